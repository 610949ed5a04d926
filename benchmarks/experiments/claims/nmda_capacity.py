"""How many letters of familiar maps can be recalled from the weights, as the number to learn grows?"""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_by_maps
from benchmarks.experiments.experiment import Claim

BY_MAPS = nmda_by_maps.EXPERIMENT
FIVE = {f"{n_maps}-maps": BY_MAPS.variants[f"{n_maps}-maps"] for n_maps in (2, 4, 8, 16, 32)}
MORE, LARGER = "8-maps", "4-maps-of-7x7"  # in `quick` 200 and 196 letters

# Trained as there: runs of it that have finished lend their weights.
EXPERIMENT = replace(
    BY_MAPS,
    name="nmda-capacity",
    statement=(
        "How many letters the weights hold depends on how many there are to learn, N L^2 on N maps of L x L, however "
        "they are spread over maps. Measured after a fixed number of updates, before the weights are full."
    ),
    evaluations={},
    along="",
    variants={
        name: replace(variant, measurements=("letters_known",))
        for name, variant in (FIVE | {LARGER: replace(FIVE["4-maps"], trains_in={"n_maps": 4, "size": 7})}).items()
    },
    # How many are known of more and more maps was known from `nmda-by-maps`, and is measured without a target. Larger
    # maps are scored where none of them was trained: of them only the letters of their own maps mean something.
    claims=(
        Claim(f"{LARGER} - {MORE}", "quick", "letters_known", at_least=-40.0),
        Claim(f"{LARGER} - {MORE}", "quick", "letters_known", at_most=40.0),
    ),
)
