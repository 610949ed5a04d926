"""How similar may memories be before sparse ensembles lose their advantage?"""

from benchmarks.experiments.claims.kwinner_retention import K_WINNER, ONE_WINNER
from benchmarks.experiments.claims.kwinner_retention import STUDY as UNSTRUCTURED
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

SIMILARITIES = {5: 0.45, 10: 0.23, 15: 0.15, 20: 0.12, 30: 0.10}  # by bits changed from parent to child: the paper's


def _contrast(bits_changed: int) -> str:
    return f"k-winner-b{bits_changed} - one-winner-b{bits_changed}"


STUDY = Study(
    name="kwinner-structured",
    statement="Sparse ensembles keep older memories better unless these are very similar.",
    source="Bhandarkar and McClelland (2025), arXiv 2511.04593, section 2.2.2, A.3 and figures S4 to S7",
    program="structured_retention",
    settings={**UNSTRUCTURED.settings, "n_leaves": 7_000, "cues": ["full"], "n_stored": 2_000, "n_tested": 600},
    variants={
        f"{name}-b{bits_changed}": {**sizes, "bits_changed": bits_changed}
        for bits_changed in SIMILARITIES
        for name, sizes in (("k-winner", K_WINNER), ("one-winner", ONE_WINNER))
    }
    # As the authors' code has it. Units that seldom win keep what they began with, and there the two matrices differ.
    | {"k-winner-two-matrices-b5": {**K_WINNER, "bits_changed": 5, "symmetric": False}},
    presets={
        "smoke": Scale((0,), {"n_networks": 2, "n_stored": 600, "n_tested": 520, "n_leaves": 1_200}),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(10)), {"n_stored": 4_000, "n_tested": 1_000}),
    },
    claims=(
        *(Claim(f"k-winner-b{b}", "quick", "similarity", paper=s, within=0.02) for b, s in SIMILARITIES.items()),
        Claim(_contrast(5), "quick", "d_prime_full_50", at_most=0.0),
        Claim(_contrast(5), "quick", "d_prime_full_300", at_most=0.0),
        *(Claim(_contrast(b), "quick", f"d_prime_full_{age}", at_least=0.0) for b in (15, 20, 30) for age in (50, 300)),
        # S7: both have learnt what the family is like, and retrieve more of its members than of random patterns.
        *(
            Claim(f"{name}-b{b}", "quick", "baseline_full - baseline_unstructured", at_least=0.0)
            for name in ("k-winner", "one-winner")
            for b in (5, 10)
        ),
        # The authors' number for an unstructured pattern after patterns that are alike, and that of one matrix.
        Claim("k-winner-two-matrices-b5", "quick", "baseline_unstructured", paper=0.36, within=0.02),
        Claim("k-winner-b5 - k-winner-two-matrices-b5", "quick", "baseline_unstructured", at_least=0.05),
    ),
)
