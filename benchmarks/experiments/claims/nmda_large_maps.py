"""Reference memory on maps of 11 x 11 nodes, the published size: does alpha matter where there is much to remember?

Eight maps have 968 places. A network of a quarter of the published width learns them in an hour of one core; `paper`
has the published 32 maps and sizes, which take about 47 CPU hours a run and are for a GPU.
"""

from dataclasses import replace

from benchmarks.experiments.claims.nmda_ltrm_by_alpha import EXPERIMENT as LTRM_BY_ALPHA
from benchmarks.experiments.claims.nmda_place_cells import TRAINED
from benchmarks.experiments.experiment import Claim, Variant
from benchmarks.experiments.presets import QUICK

ALPHAS = (0, 1, 10)
SIZES = {"n_units": 128, "n_hidden": 512}
# Until `nmda-large-maps-rates` has been run, those that were best on maps of 5 x 5 (`nmda-alpha-tuned`).
RATES = {0: 4e-3, 1: 8e-3, 10: 8e-3}
LATE = "ltrm_64[513-1024]"  # nodes left long ago, or not yet visited, after as many steps as there are places


def of_alpha(alpha: int, rate: float) -> Variant:
    """The agent with this alpha."""
    return Variant("nmda", learning_rate=rate, sizes={**SIZES, "alpha": float(alpha)}, measurements=("place_cells",))


VARIANTS = {f"nmda-a{alpha}": of_alpha(alpha, RATES[alpha]) for alpha in ALPHAS}
LEARNED = replace(VARIANTS["nmda-a10"], sizes={**VARIANTS["nmda-a10"].sizes, "position": "learned"})

EXPERIMENT = replace(
    LTRM_BY_ALPHA,
    name="nmda-large-maps",
    statement=(
        "On eight maps of 11 x 11 nodes, reference memory is better with alpha = 10 than with a linear layer, and "
        "place cells appear in the feed-forward layer."
    ),
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error against alpha, and place cells",
    arguments={"n_maps": 8, "size": 11, "n_observations": 10},
    evaluations={},
    variants={**VARIANTS, "nmda-a10-learned": LEARNED},
    presets={
        **LTRM_BY_ALPHA.presets,
        "smoke": replace(LTRM_BY_ALPHA.presets["smoke"], n_evaluation_worlds=2),
        "hour": replace(QUICK, n_updates=20_000, n_evaluation_worlds=50, evaluation_length=1_024, seeds=(0, 1, 2)),
    },
    claims=(
        Claim("nmda-a10 - nmda-a0", "hour", LATE, at_least=0.10),
        Claim("nmda-a1 - nmda-a0", "hour", LATE, at_least=0.0),
        Claim("nmda-a10 - nmda-a1", "hour", LATE, at_least=0.0),
        Claim("nmda-a10", "hour", LATE, at_least=0.90),
        Claim("nmda-a10", "hour", "stwm_64[513-1024]", at_least=0.95),
        Claim("nmda-a10", "hour", TRAINED, at_least=0.0),
        Claim("nmda-a10", "hour", "hidden_2_place_score - attention_2_place_score", at_least=0.0),
        Claim("nmda-a10-learned", "hour", LATE, at_least=0.5),
    ),
)
