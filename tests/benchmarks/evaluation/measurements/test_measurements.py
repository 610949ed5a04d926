"""Every row of the table of measurements, on agents as they come."""

import json
from importlib import import_module

import pytest
import torch

from agents import make_agent
from benchmarks.evaluation.measurements import MEASUREMENTS, Subject
from hippo_envs import hexagonal_family, line_family, rectangle_family, sample_walks

CPU = torch.device("cpu")
SMALL = {"n_units": 12, "n_modules": 3, "n_key": 8, "n_sensory": 8, "n_hidden": 8}
PLACES = {
    "squares": (rectangle_family((6, 5)), 5),
    "hexagons": (hexagonal_family(3), 7),
    "torus": (rectangle_family(6, torus=True), 5),
}


# What only some agents have, or shows only where nodes look alike, has tests of its own.
ELSEWHERE = ("tem_as_attention", "tem_cells", "splitter_cells", "alpha_switch", "place_cells", "letters_known")
ON_A_LATTICE = [name for name in MEASUREMENTS if name not in ELSEWHERE]
OF_A_POSITION_CODE = [name for name in ON_A_LATTICE if name != "map_share"]


@pytest.fixture(autouse=True)
def _few_noises(monkeypatch):
    monkeypatch.setattr(import_module("benchmarks.evaluation.measurements.grid_units"), "N_NOISES", 2)


def subject_of(family, n_actions, n_walks=4, n_steps=256, **sizes):
    torch.manual_seed(0)
    agents = [make_agent("tem-t", 45, n_actions, **SMALL | sizes) for _ in range(2)]
    return Subject(*agents, sample_walks(family, range(n_walks), n_steps), CPU, seed=0)


@pytest.mark.parametrize("name", ON_A_LATTICE)
@pytest.mark.parametrize("place", PLACES)
def test_every_measurement_is_plain_data_and_repeats(name, place):
    subject = subject_of(*PLACES[place], n_steps=128)
    measured = MEASUREMENTS[name](subject)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured
    assert MEASUREMENTS[name](subject) == measured
    assert any(isinstance(value, float) for value in measured.values())
    assert len(json.dumps(measured)) < 100_000


@pytest.mark.parametrize("name", ON_A_LATTICE)
@pytest.mark.parametrize(
    "sizes",
    [{"activation": "relu"}, {"n_modules": 1}, {"write_gate": 0.5}, {"landmark_correction": True}],
    ids=lambda sizes: next(iter(sizes)),
)
def test_every_measurement_holds_for_every_kind_of_tem_t(name, sizes):
    MEASUREMENTS[name](subject_of(*PLACES["squares"], n_steps=64, **sizes))


def test_no_two_measurements_use_one_name():
    subject = subject_of(*PLACES["squares"], n_steps=64)
    names = [key for name in ON_A_LATTICE for key in MEASUREMENTS[name](subject)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["position_tuning", "position_spectrum"])
def test_a_line_has_no_periodicity_in_the_plane(name):
    family = line_family(6)
    with pytest.raises(ValueError, match="plane lattice"):
        MEASUREMENTS[name](subject_of(family, family.n_actions, n_steps=60))


@pytest.mark.parametrize("name", ["memory_fields", "remapping", "place_remapping"])
def test_memory_is_measured_on_any_graph(name):
    family = line_family(6)
    MEASUREMENTS[name](subject_of(family, family.n_actions, n_steps=200))


@pytest.mark.parametrize("name", OF_A_POSITION_CODE)
def test_an_agent_that_names_no_activity_is_told_so(name):
    walks = sample_walks(rectangle_family(5), range(2), 60)
    agents = [make_agent("lstm", 45, 5) for _ in range(2)]
    with pytest.raises(
        ValueError, match=r"LSTM has no activity 'position': return it from `forward` by name.*names: hidden\."
    ):
        MEASUREMENTS[name](Subject(*agents, walks, CPU, seed=0))
