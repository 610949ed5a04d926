"""The experiments, by name: one file each, and one row here."""

from difflib import get_close_matches

from agents.imported import is_imported
from benchmarks.experiments.claims import (
    capacity,
    case_sequence,
    case_sequence_alphabets,
    case_sequence_alphabets_tuned,
    case_sequence_behind,
    case_sequence_learning_rates,
    case_sequence_values,
    cscg_familiar_maps,
    cscg_new_rooms,
    cscg_overlapping_rooms,
    gated_deltanet,
    gated_deltanet_rates,
    grid_cells,
    grid_cells_square,
    hippo_1_rates,
    hippo_1_rates_familiar_maps,
    hippo_1_rates_slips,
    in_outbound,
    kwinner_retention,
    kwinner_structured,
    landmark_correction,
    lap_track,
    length_generalisation,
    mapformer,
    mapformer_trees,
    nmda_activations,
    nmda_activations_tuned,
    nmda_alpha_equal_gain,
    nmda_alpha_own_maps,
    nmda_alpha_plateau,
    nmda_alpha_tuned,
    nmda_by_maps,
    nmda_capacity,
    nmda_consolidation,
    nmda_large_maps,
    nmda_large_maps_rates,
    nmda_learned_position,
    nmda_learning_rates,
    nmda_ltrm_by_alpha,
    nmda_place_cells,
    nmda_true_position,
    pattern_separation,
    rl_explore,
    rl_explore_family_tree,
    rl_explore_hexagonal,
    rl_predict,
    rl_predict_case_sequence,
    rl_predict_family_tree,
    rl_predict_hexagonal,
    sample_efficiency,
    slot_free_capacity,
    spatial_alternation,
    tem_published,
    tem_t_ablation,
    tem_t_published,
    what_position_does,
    what_position_does_trees,
    zero_shot_family_tree,
    zero_shot_hexagonal,
    zero_shot_line,
    zero_shot_rectangle,
)
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.own_experiment import import_experiment
from benchmarks.experiments.study import Study
from benchmarks.experiments.suites import TASKS

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        zero_shot_rectangle,
        zero_shot_hexagonal,
        zero_shot_family_tree,
        zero_shot_line,
        sample_efficiency,
        tem_published,
        capacity,
        length_generalisation,
        landmark_correction,
        tem_t_ablation,
        tem_t_published,
        grid_cells,
        grid_cells_square,
        lap_track,
        spatial_alternation,
        in_outbound,
        nmda_ltrm_by_alpha,
        nmda_learning_rates,
        nmda_activations,
        nmda_activations_tuned,
        nmda_alpha_tuned,
        nmda_alpha_equal_gain,
        nmda_alpha_own_maps,
        nmda_alpha_plateau,
        nmda_by_maps,
        nmda_capacity,
        nmda_learned_position,
        nmda_consolidation,
        nmda_place_cells,
        nmda_true_position,
        nmda_large_maps,
        nmda_large_maps_rates,
        slot_free_capacity,
        cscg_familiar_maps,
        gated_deltanet,
        gated_deltanet_rates,
        mapformer,
        mapformer_trees,
        what_position_does,
        what_position_does_trees,
        hippo_1_rates,
        hippo_1_rates_familiar_maps,
        hippo_1_rates_slips,
    )
}

STUDIES: dict[str, Study] = {
    module.STUDY.name: module.STUDY
    for module in (
        kwinner_retention,
        kwinner_structured,
        pattern_separation,
        case_sequence,
        case_sequence_values,
        case_sequence_behind,
        case_sequence_learning_rates,
        case_sequence_alphabets,
        case_sequence_alphabets_tuned,
        cscg_overlapping_rooms,
        cscg_new_rooms,
        rl_predict,
        rl_predict_hexagonal,
        rl_predict_family_tree,
        rl_predict_case_sequence,
        rl_explore,
        rl_explore_hexagonal,
        rl_explore_family_tree,
    )
}


def find_experiment(name: str) -> Experiment | Study:
    """The experiment, task or study of that name, or one of one's own, package.module:NAME, imported and checked.

    Raises:
        ValueError: if there is none; it names one like it, or all. Or if one's own cannot be run.
    """
    everything = EXPERIMENTS | TASKS | STUDIES
    if is_imported(name):
        return import_experiment(name, everything)
    if name not in everything:
        near = get_close_matches(name, everything, n=1)
        hint = (
            f"did you mean {near[0]}? All are in `list`."
            if near
            else f"use one of {', '.join(everything)}, or package.module:NAME."
        )
        raise ValueError(f"There is no experiment {name!r}: {hint}")
    return everything[name]
