"""Measurements: what is measured on a trained agent and is not a count of right answers. One table, a row each."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.evaluation.measurements.alpha_switch import alpha_switch
from benchmarks.evaluation.measurements.letters_known import letters_known
from benchmarks.evaluation.measurements.map_share import map_share
from benchmarks.evaluation.measurements.memory_neurons import memory_fields
from benchmarks.evaluation.measurements.place_cells import place_cells
from benchmarks.evaluation.measurements.place_remapping import place_remapping
from benchmarks.evaluation.measurements.remapping import remapping
from benchmarks.evaluation.measurements.spectra import position_spectrum
from benchmarks.evaluation.measurements.splitter_cells import splitter_cells
from benchmarks.evaluation.measurements.subject import Subject
from benchmarks.evaluation.measurements.tem_attention import tem_as_attention
from benchmarks.evaluation.measurements.tuning import position_tuning

MEASUREMENTS: Mapping[str, Callable[[Subject], dict[str, Any]]] = {
    "map_share": map_share,
    "position_tuning": position_tuning,
    "position_spectrum": position_spectrum,
    "memory_fields": memory_fields,
    "remapping": remapping,
    "place_remapping": place_remapping,
    "splitter_cells": splitter_cells,
    "place_cells": place_cells,
    "tem_as_attention": tem_as_attention,
    "alpha_switch": alpha_switch,
    "letters_known": letters_known,
}
