"""A second set of maps learnt after the first: what of the first is kept, and whether alpha matters at test."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE
from benchmarks.experiments.experiment import Claim, Variant

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
LINEAR, NONLINEAR = "nmda-a0", "nmda-a10"
SECOND_SET = {"map_seed": 1}
STAGES = {"a-quarter": 4, "as-much": 1}  # updates on the first set for each on the second


def _then(variant: str, share: int) -> Variant:
    n_updates = {name: preset.n_updates // share for name, preset in FIRST.presets.items()}
    return replace(FIRST.variants[variant], trains_in=SECOND_SET, after=variant, n_updates=n_updates)


EXPERIMENT = replace(
    FIRST,
    name="nmda-consolidation",
    statement=(
        "What the weights hold of familiar maps survives training on other maps; alpha in training matters more than "
        "alpha at test."
    ),
    source="a question of ours, after Kim, Kwon, Cha and Lee (2023), NeurIPS, where alpha stands for magnesium",
    along="",
    evaluations={"second-set": SECOND_SET},
    variants={
        LINEAR: FIRST.variants[LINEAR],
        NONLINEAR: replace(FIRST.variants[NONLINEAR], measurements=("alpha_switch",)),
        **{
            f"{variant}-then-{stage}": _then(variant, share)
            for variant in (LINEAR, NONLINEAR)
            for stage, share in STAGES.items()
        },
    },
    presets={
        # Alpha is switched from step 129 on.
        name: replace(preset, evaluation_length=max(preset.evaluation_length, 136))
        for name, preset in FIRST.presets.items()
    },
    claims=(
        *(
            claim
            for variant in (LINEAR, NONLINEAR)
            for claim in (
                # Without having been trained on a set, .10 of it is guessed.
                Claim(f"{variant}-then-as-much", "quick", f"ltrm_64{LATE}", at_least=0.15),
                Claim(f"{variant}-then-as-much", "quick", f"ltrm_64@second-set{LATE}", at_least=0.5),
            )
        ),
        Claim(f"{NONLINEAR}-then-as-much - {LINEAR}-then-as-much", "quick", f"ltrm_64{LATE}", at_least=0.0),
        Claim(NONLINEAR, "quick", "ltrm_64_alpha_1 - ltrm_64_alpha_10", at_least=-0.05),
        Claim(NONLINEAR, "quick", "ltrm_64_alpha_100 - ltrm_64_alpha_10", at_least=-0.05),
        Claim(NONLINEAR, "quick", "stwm_64_alpha_0", at_least=0.99),
    ),
)
