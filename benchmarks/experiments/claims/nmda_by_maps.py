"""In-weights against in-context memory: with few familiar maps the weights do what attention should."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE
from benchmarks.experiments.experiment import Claim

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
N_MAPS = (1, 2, 4, 8, 16, 32)
FEWEST, MOST = N_MAPS[0], N_MAPS[-1]

EXPERIMENT = replace(
    FIRST,
    name="nmda-by-maps",
    statement=(
        "A few familiar maps are learnt by heart, and working memory suffers on novel ones; with many maps, the same "
        "training leaves working memory intact and little in the weights."
    ),
    source="a question of ours, from replications of Kim, Kwon, Cha and Lee (2023), NeurIPS, with 8 to 64 maps",
    along="n_maps",
    # The first map, familiar to all: a larger set begins with the smaller ones.
    arguments={**FIRST.arguments, "n_maps": 1},
    variants={f"{n_maps}-maps": replace(FIRST.variants["nmda-a10"], trains_in={"n_maps": n_maps}) for n_maps in N_MAPS},
    presets={
        name: replace(preset, arguments={"size": 11} if name == "paper" else {})
        for name, preset in FIRST.presets.items()
    },
    claims=(
        Claim(f"{FEWEST}-maps", "quick", f"ltrm_64{LATE}", at_least=0.99),
        Claim(f"{FEWEST}-maps", "quick", f"stwm_64@novel-maps{LATE}", at_most=0.95),
        Claim(f"{MOST}-maps - {FEWEST}-maps", "quick", f"stwm_64@novel-maps{LATE}", at_least=0.01),
        Claim(f"{FEWEST}-maps - {MOST}-maps", "quick", f"ltrm_64{LATE}", at_least=0.10),
        *(Claim(f"{n_maps}-maps", "quick", f"stwm_64@novel-maps{LATE}", at_least=0.99) for n_maps in N_MAPS[3:]),
    ),
)
