"""At which learning rate does each agent of hippo-1 compete? Chosen on worlds of validation, one rate for all tasks.

Of three rates the one with the highest accuracy, on average over a task with squares, one with familiar maps and one
with slips, each trained once, with seed 0. Where the highest of the three is the best, a search that ended there would
have ended at its edge: a fourth is asked, three times as high, and a fifth if need be. Nothing else of an agent is
chosen here.
"""

from dataclasses import replace

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.hippo_1 import SQUARE

RATES = {
    "tem-t": (0.001, 0.003, 0.009, 0.027),
    "slot-free": (0.001, 0.003, 0.009),
    "mapformer": (0.001, 0.003, 0.009),
    "nmda": (0.0007, 0.002, 0.006),
    "nmda-learned": (0.0007, 0.002, 0.006),
    "transformer": (0.001, 0.003, 0.009, 0.027, 0.081),
    "transformer-rope": (0.001, 0.003, 0.009),
    "gated-deltanet": (0.003, 0.01, 0.03),
    "lstm": (0.0017, 0.005, 0.015, 0.045),
}


def at_all_rates(task: Experiment, name: str) -> Experiment:
    """A task of the suite with each of these agents at three rates, scored on worlds of validation."""
    return replace(
        task,
        name=name,
        statement=f"Which learning rate suits each agent of the suite? Asked of {task.name}, on worlds of validation.",
        source="a question of ours",
        variants={
            f"{agent}-at-{rate:g}": replace(task.variants[agent], learning_rate=rate)
            for agent, rates in RATES.items()
            for rate in rates
        },
        presets={preset: replace(spent, seeds=(0,)) for preset, spent in task.presets.items()},
        stepped=False,
        chooses=True,
    )


EXPERIMENT = at_all_rates(SQUARE, "hippo-1-rates")
