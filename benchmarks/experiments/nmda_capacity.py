"""How many letters do the weights hold, of how many there are to learn?"""

from dataclasses import replace

from benchmarks.experiment import Claim
from benchmarks.experiments import nmda_by_maps

BY_MAPS = nmda_by_maps.EXPERIMENT
FIVE = {f"{n_maps}-maps": BY_MAPS.variants[f"{n_maps}-maps"] for n_maps in (2, 4, 8, 16, 32)}
MORE, LARGER = "16-maps", "8-maps-of-7x7"  # 400 and 392 letters

# Trained as there: runs of it that have finished lend their weights.
EXPERIMENT = replace(
    BY_MAPS,
    name="nmda-capacity",
    statement="What the weights can hold is a number of letters, N L^2 for N maps of L x L, however they are spread "
    "over maps; here after one number of updates, not at a plateau.",
    evaluations={},
    along="",
    variants={
        name: replace(variant, measurements=("letters_known",))
        for name, variant in (FIVE | {LARGER: replace(FIVE["8-maps"], trains_in={"n_maps": 8, "size": 7})}).items()
    },
    claims=(
        # Of few letters all are known, of more a number that no longer grows.
        Claim("4-maps - 2-maps", "quick", "letters_known", at_least=40.0),
        Claim("8-maps - 4-maps", "quick", "letters_known", at_least=0.0),
        Claim("16-maps - 8-maps", "quick", "letters_known", at_most=20.0),
        Claim(f"{LARGER} - {MORE}", "quick", "letters_known", at_least=-40.0),
    ),
)
