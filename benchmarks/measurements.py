"""Measurements: what is measured on a trained agent and is not a count of right answers. One table, a row each."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.spectra import position_spectrum
from benchmarks.subject import Subject
from benchmarks.tuning import position_tuning

MEASUREMENTS: Mapping[str, Callable[[Subject], dict[str, Any]]] = {
    "position_tuning": position_tuning,
    "position_spectrum": position_spectrum,
}
