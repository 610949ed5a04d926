"""A control: a network given the true position learns a few maps by heart, and working memory suffers on novel ones."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE
from benchmarks.experiments.experiment import Claim

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
RELATIVE, TRUE = "relative-position", "true-position"
NMDA = FIRST.variants["nmda-a10"]

EXPERIMENT = replace(
    FIRST,
    name="nmda-true-position",
    statement="Where every trial starts at the same node, the sum of the moves is the true position: then maps are "
    "learnt by heart, and working memory suffers on novel ones.",
    source="a control of ours for Kim, Kwon, Cha and Lee (2023), NeurIPS, whose model starts from a random code",
    along="",
    # All are scored on trials that start at the first node; only one of them was trained on such.
    arguments={**FIRST.arguments, "start_node": 0},
    variants={RELATIVE: replace(NMDA, trains_in={"start_node": None}), TRUE: NMDA},
    claims=(
        Claim(f"{TRUE} - {RELATIVE}", "quick", f"ltrm_64{LATE}", at_least=0.0),
        Claim(f"{RELATIVE} - {TRUE}", "quick", f"stwm_64@novel-maps{LATE}", at_least=0.10),
        Claim(RELATIVE, "quick", f"stwm_64@novel-maps{LATE}", at_least=0.99),
    ),
)
