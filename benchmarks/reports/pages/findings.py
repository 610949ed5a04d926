"""The tables of docs/findings.md: the numbers behind each answer."""

import re
from itertools import pairwise

from benchmarks.reports.pages.numbers import Number, Numbers, of_agents, of_metrics

LATE = "ltrm_64[129-256]"
SPACE, EFFICIENCY, PLACES = "zero-shot-rectangle", "sample-efficiency", "nmda-place-cells"
ALPHAS = ("0", "0.1", "1", "10", "100")


def anchor(title: str) -> str:
    """The address of a heading within its page, as GitHub makes it.

    >>> anchor("Is TEM's memory attention?")
    'is-tems-memory-attention'
    """
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


EQUAL_VARIANCE = [f"nmda-a{alpha}-unit-variance" for alpha in (1, 10, 100)]


def _by_alpha(experiment: str, name: str, metric: str = LATE) -> list[Number | None]:
    """The linear network, which is the same under every scaling, and those of larger alpha."""
    return of_agents(experiment, metric, "nmda-a0", *(name.format(alpha) for alpha in ALPHAS[1:]))


def _steps_of_alpha(experiment: str, name: str, metric: str = LATE) -> list[Number | None]:
    """Contrasts of one alpha and the next."""
    pairs = [("1", "0.1"), ("10", "1"), ("100", "10")]
    return of_agents(experiment, metric, *(f"{name.format(more)} - {name.format(less)}" for more, less in pairs))


WORLDS = {
    "squares": SPACE,
    "hexagons": "zero-shot-hexagonal",
    "family trees": "zero-shot-family-tree",
    "lines": "zero-shot-line",
}
FAR = ("loop_closure", "loop_closure@32x32[513-1024]", "loop_closure@64x64[513-1024]")
LONG = ("loop_closure", "loop_closure@32x32[2049-4096]", "loop_closure@64x64[2049-4096]")

# What a reader wants first: each question with its answer, and one number that carries it.
ANSWERS = {
    ("Is the structure of space learnt?", "TEM-t predicts untried steps in new worlds as a perfect map does"): Number(
        SPACE, "tem-t", "loop_closure"
    ),
    (
        "Does it hold in larger worlds and longer walks?",
        "the linear TEM-t nearly does: 64 x 64 nodes, 4,096 steps",
    ): Number("length-generalisation", "tem-t", LONG[2]),
    ("Does TEM-t learn faster than TEM?", "yes; loop closures of TEM-t less those of TEM after the same walks"): Number(
        EFFICIENCY, "tem-t-bptt-20 - tem", "loop_closure"
    ),
    ("What does TEM reach when it is trained to the end?", "most of a map; the share of it, in one seed"): Number(
        "tem-published", "tem", "map_share", preset="hour"
    ),
    ("Is TEM's memory attention?", "in part; accuracy of retrieval with a softmax less that with equation 11"): Number(
        EFFICIENCY, "tem", "retrieval_softmax - retrieval_linear"
    ),
    (
        "Are there grid cells, band cells and place cells in TEM-t?",
        "band and place cells, no grid cells; share of band cells, trained less untrained",
    ): Number(SPACE, "tem-t", "band_score_share - band_score_share_untrained"),
    ("Are hidden states learnt?", "on two of three tracks; decisions predicted in outbound and inbound runs"): Number(
        "in-outbound", "tem-t", "seen_decision"
    ),
    (
        "Does reference memory improve with alpha?",
        "up to alpha = 1; accuracy with 10 less that with 1, each at its own learning rate",
    ): Number("nmda-alpha-tuned", "nmda-a10 - nmda-a1", LATE),
    ("Is the NMDA form special?", "no; alpha = 10 less ReLU, each at its own learning rate"): Number(
        "nmda-activations-tuned", "nmda-a10 - relu", LATE
    ),
    ("Is it consolidation?", "no; accuracy on the first maps after training on a second set, chance being .1"): Number(
        "nmda-consolidation", "nmda-a10-then-as-much", LATE
    ),
    (
        "Which memory does an answer come from?",
        "trained on one map, an agent loses working memory on novel ones",
    ): Number("nmda-by-maps", "1-maps", "stwm_64@novel-maps[129-256]"),
    ("Do place cells go with memory?", "with alpha above 0; place score, trained less untrained"): Number(
        PLACES, "nmda-a10", "hidden_2_place_score - hidden_2_place_score_untrained"
    ),
    ("Can it be learnt from reward?", "with a memory; PPO in front of a frozen TEM-t"): Number(
        "rl-predict", "ppo-memory", "revisit"
    ),
}

TABLES = {
    "answers": Numbers(
        ("question and answer", "measured"),
        {
            f"[{question}](#{anchor(question)}) {answer[0].upper()}{answer[1:]}.": [number]
            for (question, answer), number in ANSWERS.items()
        },
    ),
    "space": Numbers(
        ("loop closures predicted", "TEM-t", "TEM-t, rectified", "TEM", "transformer", "LSTM"),
        {
            worlds: of_agents(name, "loop_closure", "tem-t", "tem-t-relu", "tem", "transformer", "lstm")
            for worlds, name in WORLDS.items()
        },
    ),
    "larger-worlds": Numbers(
        ("loop closures predicted", "as trained", "32 x 32, steps 2,049 to 4,096", "64 x 64, steps 2,049 to 4,096"),
        {
            "TEM-t": of_metrics("length-generalisation", "tem-t", *LONG),
            "TEM-t, rectified": of_metrics("length-generalisation", "tem-t-relu", *LONG),
        },
    ),
    "landmarks": Numbers(
        ("loop closures predicted", "as trained", "32 x 32, steps 513 to 1,024", "64 x 64, steps 513 to 1,024"),
        {
            "TEM-t": of_metrics("landmark-correction", "tem-t", *FAR),
            "with landmarks, two attentions": of_metrics("landmark-correction", "landmarks-product", *FAR),
            "with landmarks, one attention": of_metrics("landmark-correction", "landmarks", *FAR),
            "two attentions less none": of_metrics("landmark-correction", "landmarks-product - tem-t", *FAR),
            "one attention less none": of_metrics("landmark-correction", "landmarks - tem-t", *FAR),
        },
    ),
    "parts": Numbers(
        ("part of TEM-t", "loop closures that it adds, 32 x 32, steps 513 to 1,024"),
        {
            title: of_agents("tem-t-ablation", FAR[1], contrast)
            for title, contrast in {
                "penalty on drift": "tem-t - no-drift-penalty",
                "sixteen modules in place of one": "tem-t - one-module",
                "landmarks": "landmarks - tem-t",
                "write gate": "write-gate - tem-t",
            }.items()
        },
    ),
    "efficiency": Numbers(
        ("after the same walks", "loop closures", "zero-shot", "revisits"),
        {
            "TEM": of_metrics(EFFICIENCY, "tem", "loop_closure", "zero_shot", "revisit"),
            "TEM-t, a step every 20 steps": of_metrics(
                EFFICIENCY, "tem-t-bptt-20", "loop_closure", "zero_shot", "revisit"
            ),
            "TEM-t, a step every walk": of_metrics(EFFICIENCY, "tem-t", "loop_closure", "zero_shot", "revisit"),
        },
    ),
    "size": Numbers(
        ("revisits predicted in steps 257 to 512", "4 x 4", "6 x 6", "8 x 8", "10 x 10", "12 x 12", "16 x 16"),
        {
            title: of_metrics("capacity", agent, *(f"revisit@{side}x{side}[257-512]" for side in (4, 6, 8, 10, 12, 16)))
            for title, agent in {"TEM-t": "tem-t-bptt-20", "TEM": "tem", "difference": "tem-t-bptt-20 - tem"}.items()
        },
    ),
    "map-share": Numbers(
        ("share of a map, beyond known edges", "squares", "hexagons", "family trees"),
        {"TEM": [Number(name, "tem", "map_share", "±.2f") for name in list(WORLDS.values())[:3]]},
    ),
    "tem-to-the-end": Numbers(
        ("one run", "5 x 5, as trained", "8 x 8"),
        {
            title: [Number("tem-published", "tem", metric, preset="hour") if metric else None for metric in metrics]
            for title, metrics in {
                "loop closures predicted": ("loop_closure", "loop_closure@8x8"),
                "zero-shot": ("zero_shot", "zero_shot@8x8"),
                "revisits": ("revisit", "revisit@8x8"),
                "share of a map, beyond known edges": ("map_share", None),
                "relations of position cells kept between worlds": ("abstract_relations", None),
                "the same of place cells": ("grounded_relations", None),
            }.items()
        },
    ),
    "attention": Numbers(
        ("TEM's memory", "trained", "untrained"),
        {
            "variation of the weighting by senses": of_metrics(
                EFFICIENCY, "tem", "weighting_x_variation", "weighting_x_variation_untrained"
            ),
            "variation of the weighting by location": of_metrics(
                EFFICIENCY, "tem", "weighting_g_variation", "weighting_g_variation_untrained"
            ),
            "right with equation 11": of_metrics(EFFICIENCY, "tem", "retrieval_linear", None),
            "right with a softmax over the same keys": of_metrics(EFFICIENCY, "tem", "retrieval_softmax", None),
            "right with TEM's own iterations": of_metrics(EFFICIENCY, "tem", "retrieval_tem", None),
        },
    ),
    "grids": Numbers(
        ("share of units", "trained", "rotated within modules", "untrained", "noise of the same smoothness"),
        {
            f"{shape}, {kind}: {what}": of_metrics(
                name, agent, *(score + null for null in ("", "_rotated", "_untrained", "_noise"))
            )
            for shape, name, grid in (
                ("squares", SPACE, "grid_score_90_share"),
                ("hexagons", WORLDS["hexagons"], "grid_score_60_share"),
            )
            for kind, agent in (("linear", "tem-t"), ("rectified", "tem-t-relu"))
            for what, score in (("grid-like", grid), ("bands", "band_score_share"))
        },
    ),
    "hidden-states": Numbers(
        ("decisions predicted", "TEM", "TEM-t", "LSTM", "units of TEM-t that split", "the same untrained"),
        {
            title: [
                *of_agents(name, "seen_decision", "tem", "tem-t", "lstm"),
                *of_metrics(name, "tem-t", "position_splitters", "position_splitters_untrained"),
            ]
            for title, name in {
                "left or right in turn": "spatial-alternation",
                "outbound and inbound": "in-outbound",
                "every fourth lap": "lap-track",
            }.items()
        },
    ),
    "alpha": Numbers(
        ("reference memory", *(f"alpha = {alpha}" for alpha in ALPHAS)),
        {
            "one learning rate for all": _by_alpha("nmda-ltrm-by-alpha", "nmda-a{}"),
            "each at its own rate": _by_alpha("nmda-alpha-tuned", "nmda-a{}"),
            "slope of 1 at 0": _by_alpha("nmda-alpha-equal-gain", "nmda-a{}-unit-slope"),
            "outputs of equal variance": of_agents("nmda-alpha-equal-gain", LATE, "nmda-a0", None, *EQUAL_VARIANCE),
            "small network, longer": _by_alpha("nmda-alpha-plateau", "nmda-a{}", "ltrm_16[129-256]"),
        },
    ),
    "alpha-steps": Numbers(
        ("difference in reference memory", "1 less 0.1", "10 less 1", "100 less 10"),
        {
            "one learning rate for all": _steps_of_alpha("nmda-ltrm-by-alpha", "nmda-a{}"),
            "each at its own rate": _steps_of_alpha("nmda-alpha-tuned", "nmda-a{}"),
            "slope of 1 at 0": _steps_of_alpha("nmda-alpha-equal-gain", "nmda-a{}-unit-slope"),
            "outputs of equal variance": of_agents(
                "nmda-alpha-equal-gain", LATE, None, *(f"{more} - {less}" for less, more in pairwise(EQUAL_VARIANCE))
            ),
            "small network, longer": _steps_of_alpha("nmda-alpha-plateau", "nmda-a{}", "ltrm_16[129-256]"),
        },
    ),
    "order": Numbers(
        ("updates until", "working memory is right", "untried steps are right", "reference memory is half right"),
        {
            "exact position, alpha = 10": of_metrics(
                "nmda-ltrm-by-alpha", "nmda-a10", "updates_to_stwm_64_.90", None, "updates_to_ltrm_64_.50", spec="±.0f"
            ),
            "learnt position, alpha = 10": of_metrics(
                "nmda-learned-position",
                "nmda-a10",
                "updates_to_stwm_64_.80",
                "updates_to_zero_shot_.70",
                "updates_to_ltrm_64_.50",
                spec="±.0f",
            ),
        },
    ),
    "activations": Numbers(
        ("reference memory", "GELU", "leaky ReLU", "ReLU", "alpha = 10", "tanh", "sigmoid", "linear"),
        {
            "each at its own learning rate": of_agents(
                "nmda-activations-tuned", LATE, "gelu", "leaky-relu", "relu", "nmda-a10", "tanh", "sigmoid", "nmda-a0"
            ),
            "alpha = 10 less this": of_agents(
                "nmda-activations-tuned",
                LATE,
                *(f"nmda-a10 - {other}" for other in ("gelu", "leaky-relu", "relu")),
                None,
                *(f"nmda-a10 - {other}" for other in ("tanh", "sigmoid", "nmda-a0")),
            ),
            "one learning rate for all": of_agents(
                "nmda-activations", LATE, "gelu", None, "relu", "nmda-a10", None, None, "nmda-a0"
            ),
        },
    ),
    "consolidation": Numbers(
        ("reference memory", "first maps", "first maps, after training on a second set", "second set"),
        {
            f"alpha = {alpha}": [
                Number("nmda-consolidation", f"nmda-a{alpha}", LATE),
                Number("nmda-consolidation", f"nmda-a{alpha}-then-as-much", LATE),
                Number("nmda-consolidation", f"nmda-a{alpha}-then-as-much", "ltrm_64@second-set[129-256]"),
            ]
            for alpha in (10, 0)
        },
    ),
    "switched": Numbers(
        ("trained with alpha = 10, tested with", "0", "1", "10", "100"),
        {
            title: of_metrics("nmda-consolidation", "nmda-a10", *(f"{mask}_alpha_{alpha}" for alpha in (0, 1, 10, 100)))
            for title, mask in {"reference memory": "ltrm_64", "working memory": "stwm_64"}.items()
        },
    ),
    "maps": Numbers(
        ("familiar maps in training", "1", "2", "4", "8", "16", "32"),
        {
            title: of_agents("nmda-by-maps", metric, *(f"{n}-maps" for n in (1, 2, 4, 8, 16, 32)))
            for title, metric in {
                "reference memory, familiar maps": LATE,
                "working memory, novel maps": "stwm_64@novel-maps[129-256]",
            }.items()
        },
    ),
    "true-position": Numbers(
        ("start of a trial", "reference memory, familiar maps", "working memory, novel maps"),
        {
            title: of_metrics("nmda-true-position", agent, LATE, "stwm_64@novel-maps[129-256]")
            for title, agent in {"unknown": "relative-position", "always the same node": "true-position"}.items()
        },
    ),
    "letters": Numbers(
        ("maps", "letters in all", "letters known by heart"),
        {
            title: of_metrics("nmda-capacity", agent, "letters", "letters_known", spec="±.0f")
            for title, agent in {
                "2 of 5 x 5": "2-maps",
                "4 of 5 x 5": "4-maps",
                "8 of 5 x 5": "8-maps",
                "16 of 5 x 5": "16-maps",
                "4 of 7 x 7": "4-maps-of-7x7",
            }.items()
        },
    ),
    "place-cells": Numbers(
        ("mean place score", "alpha = 10", "alpha = 10, untrained", "alpha = 0", "alpha = 0, untrained"),
        {
            title: [
                Number(PLACES, agent, f"{layer}_place_score{null}")
                for agent in ("nmda-a10", "nmda-a0")
                for null in ("", "_untrained")
            ]
            for title, layer in {
                "second feed-forward layer": "hidden_2",
                "attention below it": "attention_2",
                "position code": "position",
            }.items()
        },
    ),
}
