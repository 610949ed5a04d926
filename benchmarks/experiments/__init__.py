"""The experiments, by name: one file each, and one row here."""

from benchmarks.experiment import Experiment
from benchmarks.experiments import tem_t_ablation, zero_shot_rectangle

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment for experiment in (zero_shot_rectangle.EXPERIMENT, tem_t_ablation.EXPERIMENT)
}


def find_experiment(name: str) -> Experiment:
    """The experiment of that name; a ValueError that lists the names if there is none."""
    if name not in EXPERIMENTS:
        raise ValueError(f"There is no experiment {name!r}: use one of {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]
