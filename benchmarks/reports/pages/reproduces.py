"""The tables of docs/what-reproduces.md: a row for each claim of the four papers, with the number that decides it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.result import RESULTS
from benchmarks.reports.ledger import Row, rows_of, target_of
from benchmarks.reports.markdown import put_between, table
from benchmarks.reports.pages.numbers import Number, results_of

HEAD = ("what the paper says", "size", "number", "mean (95 % interval)", "target", "runs", "verdict")
LATE, LONG = "[129-256]", "[2049-4096]"


class PaperClaim(NamedTuple):
    """A sentence of a paper in our words, and the claim of the ledger that decides it; a reason where there is none."""

    says: str
    decided_by: Number | str


def _of(says: str, experiment: str, agent: str, metric: str, preset: str = "quick") -> PaperClaim:
    return PaperClaim(says, Number(experiment, agent, metric, ".3f", preset))


TEM = "tem-published"
PAPERS: Mapping[str, Sequence[PaperClaim]] = {
    "tem": (
        _of("In new worlds it predicts where untried steps lead", TEM, "tem", "map_share", "hour"),
        _of("It does so over edges taken in neither direction", TEM, "tem", "loop_closure", "hour"),
        _of(
            "Its position cells keep their relations between worlds",
            TEM,
            "tem",
            "abstract_relations - abstract_relations_chance",
            "hour",
        ),
        _of(
            "Its memory cells are place cells",
            TEM,
            "tem",
            "grounded_place_score - grounded_place_score_untrained",
            "hour",
        ),
        _of(
            "Place cells remap between worlds, which position cells do not",
            TEM,
            "tem",
            "abstract_relations - grounded_relations",
            "hour",
        ),
        _of(
            "Place cells remap to where the same position cells fire",
            TEM,
            "tem",
            "grid_at_place_grounded - grid_at_place_grounded_chance",
            "hour",
        ),
        _of(
            "It learns how family relations combine (here TEM-t)",
            "zero-shot-family-tree",
            "tem-t",
            "loop_closure[257-512]",
        ),
        _of("It learns transitive inference on a line (here TEM-t)", "zero-shot-line", "tem-t", "loop_closure"),
        _of("It expects the reward of every fourth lap", "lap-track", "tem", "seen_decision"),
        _of("Some of its place cells tell laps apart", "lap-track", "tem", "grounded_split - grounded_split_untrained"),
        _of("It alternates sides", "spatial-alternation", "tem", "seen_decision"),
        _of(
            "Cells on the common stem tell the sides apart",
            "spatial-alternation",
            "tem",
            "grounded_splitters - grounded_splitters_untrained",
        ),
        _of(
            "Cells tell outbound from inbound runs",
            "in-outbound",
            "tem",
            "grounded_splitters - grounded_splitters_untrained",
        ),
    ),
    "tem-t": (
        PaperClaim(
            "A step of TEM's retrieval is attention without softmax", "an identity, which a test computes both ways"
        ),
        _of(
            "A transformer with a learnt position code closes loops in new worlds",
            "zero-shot-rectangle",
            "tem-t",
            "loop_closure",
        ),
        _of(
            "With the published code, losses and correction it does so too",
            "tem-t-published",
            "tem-t-published",
            "loop_closure",
        ),
        _of("So it does in 6-connected worlds", "zero-shot-hexagonal", "tem-t", "loop_closure"),
        _of("It needs fewer samples than TEM", "sample-efficiency", "tem-t-bptt-20 - tem", "loop_closure"),
        _of("It remembers more than TEM", "capacity", "tem-t-bptt-20 - tem", "revisit@16x16[257-512]"),
        _of(
            "Softmax retrieves better than the linear sum",
            "sample-efficiency",
            "tem",
            "retrieval_softmax - retrieval_linear",
        ),
        _of(
            "Its memory neurons are place cells",
            "zero-shot-rectangle",
            "tem-t",
            "memory_place - memory_place_untrained",
        ),
        _of("They remap between worlds", "zero-shot-rectangle", "tem-t", "memory_relations - memory_relations_chance"),
        _of(
            "Its position code has band cells",
            "zero-shot-rectangle",
            "tem-t",
            "band_score_share - band_score_share_untrained",
        ),
        _of(
            "Its position code has square grid cells, more than rotations of it have",
            "zero-shot-rectangle",
            "tem-t-relu",
            "grid_score_90_share - grid_score_90_share_rotated",
        ),
        _of(
            "It has hexagonal grid cells on hexagons, more than rotations of it have",
            "zero-shot-hexagonal",
            "tem-t-relu",
            "grid_score_60_share - grid_score_60_share_rotated",
        ),
        _of(
            "The code holds on walks and in worlds much larger than those of training",
            "length-generalisation",
            "tem-t",
            f"loop_closure@32x32{LONG}",
        ),
        _of(
            "Correction at landmarks holds it in place",
            "landmark-correction",
            "landmarks-product",
            "loop_closure@32x32[513-1024]",
        ),
    ),
    "nmda": (
        _of(
            "Reference memory is better with alpha 10 than with a linear layer",
            "nmda-alpha-tuned",
            "nmda-a10 - nmda-a0",
            f"ltrm_64{LATE}",
        ),
        _of("It improves from alpha .1 to 1", "nmda-alpha-tuned", "nmda-a1 - nmda-a0.1", f"ltrm_64{LATE}"),
        _of(
            "It improves from alpha 1 to 10, each at its own rate",
            "nmda-alpha-tuned",
            "nmda-a10 - nmda-a1",
            f"ltrm_64{LATE}",
        ),
        _of("It saturates above 10", "nmda-alpha-tuned", "nmda-a100 - nmda-a10", f"ltrm_64{LATE}"),
        _of("Working memory is not affected", "nmda-alpha-own-maps", "nmda-a10", f"stwm_64{LATE}"),
        _of(
            "On novel maps reference memory is at chance", "nmda-ltrm-by-alpha", "nmda-a10", f"ltrm_64@novel-maps{LATE}"
        ),
        _of("NMDA is better than ReLU", "nmda-activations-tuned", "nmda-a10 - relu", f"ltrm_64{LATE}"),
        _of("NMDA is better than GELU", "nmda-activations-tuned", "nmda-a10 - gelu", f"ltrm_64{LATE}"),
        _of(
            "With few maps they are learnt by heart, and working memory suffers",
            "nmda-by-maps",
            "32-maps - 1-maps",
            f"stwm_64@novel-maps{LATE}",
        ),
        _of(
            "Alpha in training matters more than alpha at test",
            "nmda-consolidation",
            "nmda-a10",
            "ltrm_64_alpha_1 - ltrm_64_alpha_10",
        ),
        _of(
            "Place cells appear in the feed-forward layer",
            "nmda-place-cells",
            "nmda-a10",
            "hidden_2_place_score - hidden_2_place_score_untrained",
        ),
        _of(
            "They are stronger with alpha 10 than with a linear layer",
            "nmda-place-cells",
            "nmda-a10 - nmda-a0",
            "hidden_2_place_score - hidden_2_place_score_untrained",
        ),
        _of(
            "Place fields are in the feed-forward layer more than in attention",
            "nmda-place-cells",
            "nmda-a10",
            "hidden_2_place_score - attention_2_place_score",
        ),
        _of(
            "The published size: alpha 10 against linear",
            "nmda-ltrm-by-alpha",
            "nmda-a10 - nmda-a0",
            "ltrm_64[1025-2048]",
            "paper",
        ),
    ),
    "slot-free": (
        _of(
            "A K-winner network retrieves .716 of a pattern of age 100",
            "kwinner-retention",
            "k-winner",
            "accuracy_full_100",
        ),
        _of(
            "A one-winner network forgets by the theory of slots",
            "kwinner-retention",
            "one-winner",
            "theory_error_full",
        ),
        _of(
            "Older memories are told from new patterns better than in slots (d', age 500)",
            "kwinner-retention",
            "k-winner - one-winner",
            "d_prime_full_500",
        ),
        _of(
            "So they are where patterns are alike, if not too much",
            "kwinner-structured",
            "k-winner-b15 - one-winner-b15",
            "d_prime_full_300",
        ),
        _of(
            "Where they are very much alike, slots are better",
            "kwinner-structured",
            "k-winner-b5 - one-winner-b5",
            "d_prime_full_50",
        ),
        _of(
            "QK with input projections learns the Case Sequence as the transformer does",
            "case-sequence",
            "qk-projected",
            "accuracy",
        ),
        _of("The MHN transformer learns it less well", "case-sequence", "mhn", "accuracy"),
        _of(
            "QK with projections is faster than the baseline as published",
            "case-sequence",
            "qk-projected - baseline-published",
            "updates_to_99",
        ),
        _of(
            "It is faster than a baseline of the same rate and gradient",
            "case-sequence-behind",
            "qk-projected - baseline-fair",
            "updates_to_99",
        ),
        _of("MHN forgets by collisions", "case-sequence-behind", "mhn-strength-1", "collisions"),
        _of(
            "First the case is learnt, then queries, then the identity of letters",
            "case-sequence",
            "qk-projected",
            "updates_to_half_alignment - updates_to_half_case",
        ),
        _of("The gradient of the values is that of equation S18", "case-sequence-values", "slots-of-4", "s18_error"),
    ),
}


def with_papers(text: str, results: Path = RESULTS) -> str:
    """The page with the table of each paper in its place."""
    for paper, claims in PAPERS.items():
        rows = [_cells(claim, results) for claim in claims]
        text = put_between(text, paper, table(HEAD, rows, "lllrrrl"))
    return text


def _cells(claim: PaperClaim, results: Path) -> list[str]:
    if isinstance(claim.decided_by, str):
        return [claim.says, "", claim.decided_by, "", "", "", ""]
    number, row = claim.decided_by, row_of(claim.decided_by, results)
    named = f"[`{number.agent}`](claims/{number.experiment}.md) `{number.metric}`"
    measured = "" if row.value is None else f"{row.interval:{number.spec}}"
    target = target_of(row) if row.paper is None else target_of(row).replace("of it", f"of {row.paper:g}")
    return [claim.says, number.preset, named, measured, target, str(row.n_seeds), row.verdict]


def row_of(number: Number, results: Path = RESULTS) -> Row:
    """The row of the ledger, judged together with the other claims of its experiment and preset.

    Raises:
        ValueError: if the experiment has no such claim.
    """
    experiment = (EXPERIMENTS | STUDIES)[number.experiment]
    claims = [claim for claim in experiment.claims if claim.preset == number.preset]
    for row in rows_of(experiment, claims, results_of(number, results)):
        if (row.agent, row.metric) == (number.agent, number.metric):
            return row
    raise ValueError(f"{number.experiment} has no claim of {number}: take it out of the page, or claim it.")
