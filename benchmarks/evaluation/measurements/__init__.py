"""Measurements on a trained agent other than accuracy: one table, with a row for each.

What is of use on arrays of one's own, such as rate maps of a recording, is imported from here: docs/metrics.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.evaluation.measurements.alpha_switch import alpha_switch
from benchmarks.evaluation.measurements.grid_scores import (
    Autocorrelograms,
    autocorrelograms,
    band_scores,
    grid_scores,
    lattice_of,
)
from benchmarks.evaluation.measurements.grid_units import grid_units
from benchmarks.evaluation.measurements.letters_known import letters_known
from benchmarks.evaluation.measurements.map_share import map_share
from benchmarks.evaluation.measurements.memory_neurons import memory_fields
from benchmarks.evaluation.measurements.nulls import permuted_within, rotated_maps, shifted, smooth_noise
from benchmarks.evaluation.measurements.place_cells import place_cells, place_tuning
from benchmarks.evaluation.measurements.place_remapping import place_remapping
from benchmarks.evaluation.measurements.plane_waves import Waves, plane_waves, power_spectrum
from benchmarks.evaluation.measurements.relations import grid_at_place, positions_kept, relations, relations_kept
from benchmarks.evaluation.measurements.remapping import remapping
from benchmarks.evaluation.measurements.representations import (
    border_scores,
    coherence,
    correlations,
    fields,
    largest_field_share,
    neighbours_of,
    occupancy,
    place_scores,
    rate_maps,
    sparsity,
    spatial_information,
)
from benchmarks.evaluation.measurements.spectra import position_spectrum, share_at_place
from benchmarks.evaluation.measurements.splitter_cells import Split, split, splitter_cells
from benchmarks.evaluation.measurements.subject import Subject
from benchmarks.evaluation.measurements.tem_attention import tem_as_attention
from benchmarks.evaluation.measurements.tem_cells import tem_cells
from benchmarks.evaluation.measurements.tuning import periodicity, position_tuning, share_above

__all__ = [
    "MEASUREMENTS",
    "Autocorrelograms",
    "Split",
    "Subject",
    "Waves",
    "alpha_switch",
    "autocorrelograms",
    "band_scores",
    "border_scores",
    "coherence",
    "correlations",
    "fields",
    "grid_at_place",
    "grid_scores",
    "grid_units",
    "largest_field_share",
    "lattice_of",
    "letters_known",
    "map_share",
    "memory_fields",
    "neighbours_of",
    "occupancy",
    "periodicity",
    "permuted_within",
    "place_cells",
    "place_remapping",
    "place_scores",
    "place_tuning",
    "plane_waves",
    "position_spectrum",
    "position_tuning",
    "positions_kept",
    "power_spectrum",
    "rate_maps",
    "relations",
    "relations_kept",
    "remapping",
    "rotated_maps",
    "share_above",
    "share_at_place",
    "shifted",
    "smooth_noise",
    "sparsity",
    "spatial_information",
    "split",
    "splitter_cells",
    "tem_as_attention",
    "tem_cells",
]

MEASUREMENTS: Mapping[str, Callable[[Subject], dict[str, Any]]] = {
    "map_share": map_share,
    "position_tuning": position_tuning,
    "position_spectrum": position_spectrum,
    "grid_units": grid_units,
    "memory_fields": memory_fields,
    "remapping": remapping,
    "place_remapping": place_remapping,
    "splitter_cells": splitter_cells,
    "place_cells": place_cells,
    "tem_as_attention": tem_as_attention,
    "tem_cells": tem_cells,
    "alpha_switch": alpha_switch,
    "letters_known": letters_known,
}
