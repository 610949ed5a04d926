"""What position does: one transformer with six position codes, on squares and under what undoes a sum of moves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.experiments.experiment import Claim, Experiment, Variant
from benchmarks.experiments.hippo_1 import PRESETS
from benchmarks.experiments.presets import SMOKE

CODES = ("none", "sinusoids", "rope", "angles", "matrices", "given")
WORLDS: Mapping[str, Mapping[str, Any]] = {
    "torus": {"torus": True},
    "slip": {"slip": 0.1},
    "unknown-actions": {"shuffle_actions": True},
}


def transformers(matrices: Mapping[str, Any]) -> dict[str, Variant]:
    """The transformer with each of its codes.

    Args:
        matrices: sizes of the code that actions multiply, where they differ from the defaults.
    """
    sizes = {code: {"position": code, **(matrices if code == "matrices" else {})} for code in CODES}
    return {f"transformer-{code}": Variant("transformer", learning_rate=3e-3, sizes=sizes[code]) for code in CODES}


ON_SQUARES = transformers(matrices={})


def _contrast(more: str, less: str, world: str = "", at_least: float = 0.0) -> Claim:
    """Of two codes on loop closures of the worlds that both have learnt in; where steps slip, of those that did not."""
    ending = f"-{world}" if world else ""
    mask = "unslipped_loop_closure" if world == "slip" else "loop_closure"
    metric = f"{mask}@{world}" if world else mask
    return Claim(f"transformer-{more}{ending} - transformer-{less}{ending}", "quick", metric, at_least=at_least)


EXPERIMENT = Experiment(
    name="what-position-does",
    statement=(
        "A transformer closes loops with positions that follow the actions, and not with positions that count steps; "
        "where a sum of moves does not say where one is, only the true position is enough."
    ),
    source=(
        "a question of ours, after Whittington, Warren and Behrens (2022), ICLR, and Rambaud, Mascarenhas and Lakretz "
        "(2025), arXiv 2511.19279"
    ),
    environment="hippo/Rectangle-v0",
    arguments={"width": (6, 7, 8), "n_observations": 10, "stay": True},
    evaluations=WORLDS,
    variants={
        **ON_SQUARES,
        **{
            f"{name}-{world}": replace(variant, trains_in=arguments)
            for world, arguments in WORLDS.items()
            for name, variant in ON_SQUARES.items()
        },
    },
    presets={**PRESETS, "smoke": SMOKE},
    claims=(
        Claim("transformer-given", "quick", "loop_closure", at_least=0.99),
        _contrast("angles", "none", at_least=0.5),
        _contrast("matrices", "none", at_least=0.5),
        _contrast("angles", "rope", at_least=0.5),
        _contrast("angles", "sinusoids", at_least=0.5),
        _contrast("angles", "rope", "torus"),
        _contrast("given", "angles", "torus", at_least=0.05),
        _contrast("given", "angles", "slip", at_least=0.2),
        _contrast("angles", "matrices", "slip"),
        _contrast("given", "angles", "unknown-actions", at_least=0.3),
        _contrast("given", "matrices", "unknown-actions", at_least=0.3),
    ),
    masks=("loop_closure", "unslipped_loop_closure", "zero_shot", "revisit"),
    references=("inverse-agent", "edge-agent", "most-frequent", "chance"),
)
