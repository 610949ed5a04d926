"""The experiments, by name: one file each, and one row here."""

from benchmarks.experiment import Experiment
from benchmarks.experiments import (
    capacity,
    in_outbound,
    lap_track,
    length_generalisation,
    nmda_ltrm_by_alpha,
    sample_efficiency,
    spatial_alternation,
    tem_t_ablation,
    zero_shot_family_tree,
    zero_shot_hexagonal,
    zero_shot_line,
    zero_shot_rectangle,
)

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        zero_shot_rectangle,
        zero_shot_hexagonal,
        zero_shot_family_tree,
        zero_shot_line,
        sample_efficiency,
        capacity,
        length_generalisation,
        tem_t_ablation,
        lap_track,
        spatial_alternation,
        in_outbound,
        nmda_ltrm_by_alpha,
    )
}


def find_experiment(name: str) -> Experiment:
    """The experiment of that name; a ValueError that lists the names if there is none."""
    if name not in EXPERIMENTS:
        raise ValueError(f"There is no experiment {name!r}: use one of {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]
