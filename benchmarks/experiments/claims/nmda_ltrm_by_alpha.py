"""Reference memory by alpha: does the NMDA nonlinearity decide how fast the weights remember?"""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.experiments.experiment import Claim, Experiment, Variant
from benchmarks.experiments.presets import QUICK, SMOKE

ALPHAS = (0, 0.1, 1, 3, 10, 30, 100)
LATE = "[129-256]"  # where the window is full, and most nodes have been seen


def at_unit_slope(variants: Mapping[str, Variant]) -> dict[str, Variant]:
    """The same times 1 + alpha: a slope of 1 at 0, as linear has it, and of up to 1 + alpha above."""
    return _scaled(variants, "unit_slope")


def at_unit_variance(variants: Mapping[str, Variant]) -> dict[str, Variant]:
    """The same times a constant by which outputs vary as much as those of linear, before anything is learnt."""
    return _scaled(variants, "unit_variance")


def _scaled(variants: Mapping[str, Variant], setting: str) -> dict[str, Variant]:
    return {
        f"{name}-{setting.replace('_', '-')}": replace(variant, sizes={**variant.sizes, setting: True})
        for name, variant in variants.items()
    }


OF_ALPHA = (
    # Linear against nonlinear, at a fixed budget: how fast reference memory is acquired, not what it ends at.
    Claim("nmda-a10 - nmda-a0", "quick", f"ltrm_64{LATE}", at_least=0.10),
    Claim("nmda-a0 - nmda-a10", "quick", "updates_to_ltrm_64_.70", at_least=0.0),
    # Above 0 all are nonlinear: it is to improve, and then to saturate.
    Claim("nmda-a1 - nmda-a0.1", "quick", f"ltrm_64{LATE}", at_least=0.0),
    Claim("nmda-a10 - nmda-a1", "quick", f"ltrm_64{LATE}", at_least=0.0),
    Claim("nmda-a10 - nmda-a0.1", "quick", f"ltrm_64{LATE}", at_least=0.0),
    Claim("nmda-a100 - nmda-a10", "quick", f"ltrm_64{LATE}", at_least=-0.05),
)

EXPERIMENT = Experiment(
    name="nmda-ltrm-by-alpha",
    statement="Long-term reference memory improves with alpha; here at one learning rate, a fixed number of updates, "
    "and one set of familiar maps.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error against alpha",
    environment="hippo/ReferenceMemory-v0",
    # Small enough for a CPU; `paper` has the published maps and sizes.
    arguments={"n_maps": 8, "size": 5, "n_observations": 10},
    evaluations={"novel-maps": {"novel": True}},
    variants={
        f"nmda-a{alpha:g}": Variant("nmda", learning_rate=2e-3, sizes={"alpha": float(alpha)}) for alpha in ALPHAS
    },
    presets={
        "smoke": replace(SMOKE, evaluation_length=72),
        "quick": QUICK,
        # As many targets as were published: 12,800 updates on 512 segments of 32 steps.
        "paper": replace(
            QUICK,
            n_updates=12_800,
            batch=128,
            evaluation_length=2_048,
            arguments={"n_maps": 32, "size": 11},
            sizes={"n_units": 512, "n_heads": 8, "n_hidden": 2_048, "n_place": 128, "dropout": 0.1},
        ),
    },
    claims=(
        *OF_ALPHA,
        Claim("nmda-a10", "quick", f"stwm_64{LATE}", at_least=0.99),
        Claim("nmda-a0", "quick", f"stwm_64{LATE}", at_least=0.99),
        Claim("nmda-a10", "quick", f"stwm_64@novel-maps{LATE}", at_least=0.99),
        Claim("nmda-a10", "quick", f"ltrm_64@novel-maps{LATE}", at_most=0.12),
        Claim("nmda-a10 - nmda-a0", "paper", "ltrm_64[1025-2048]", at_least=0.10),
        Claim("nmda-a10 - nmda-a0.1", "paper", "ltrm_64[1025-2048]", at_least=0.0),
        Claim("nmda-a100 - nmda-a10", "paper", "ltrm_64[1025-2048]", at_least=-0.05),
        Claim("nmda-a10", "paper", "ltrm_64[1025-2048]", at_least=0.90),
    ),
    masks=("ltrm_64", "never_in_trial", "out_of_window_64", "stwm_64"),
    learns="after_first",
    references=("bayes", "most-frequent", "chance"),
    along="alpha",
)
