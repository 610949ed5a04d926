"""Do fixed sparse layers below the memory separate similar patterns, and is more remembered because of it?"""

from benchmarks.experiments.claims.kwinner_retention import K_WINNER
from benchmarks.experiments.claims.kwinner_structured import STUDY as STRUCTURED
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

# Units, fan-in and winners of each layer; the memory above has as many plastic weights as without layers.
LAYERS = {
    "no-layer": {},
    "one-layer": {"layers": [[2_000, 0.05, 100]], "fan_in": 0.025, "n_winners": 100},
    "two-layers": {"layers": [[2_000, 0.05, 100], [2_000, 0.025, 100]], "fan_in": 0.025, "n_winners": 100},
}

STUDY = Study(
    name="pattern-separation",
    statement="Layers of K winners with fixed connections separate similar patterns before they are stored.",
    source="Bhandarkar and McClelland (2025), arXiv 2511.04593, A.4: proposed there, and not tried",
    program="structured_retention",
    settings=STRUCTURED.settings,
    variants={name: {**K_WINNER, **layers, "bits_changed": 5} for name, layers in LAYERS.items()},
    presets={
        "smoke": Scale((0,), {"n_networks": 2, "n_stored": 600, "n_tested": 520, "n_leaves": 1_200}),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(10)), {"n_stored": 4_000, "n_tested": 1_000}),
    },
    claims=(
        Claim("one-layer", "quick", "similarity_above - similarity", at_most=-0.1),
        Claim("two-layers - one-layer", "quick", "similarity_above", at_most=0.0),
        *(Claim("one-layer - no-layer", "quick", f"d_prime_full_{age}", at_least=0.0) for age in (1, 50, 300)),
        Claim("one-layer - no-layer", "quick", "raw_difference_full_50", at_least=0.0),
    ),
)
