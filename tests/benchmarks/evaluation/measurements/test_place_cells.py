"""Place cells in hidden layers: found where a unit knows the place, told apart from symbols, moves and noise."""

import json
from importlib import import_module

import numpy as np
import pytest
import torch

from agents import make_agent
from agents.base import Agent, Prediction
from benchmarks.evaluation.measurements.nulls import permuted_within, shifted
from benchmarks.evaluation.measurements.place_cells import place_cells, place_tuning, rectified, walks_by_map
from benchmarks.evaluation.measurements.subject import Subject
from hippo_envs import make_family, rectangle_family, rectangle_graph, sample_walks
from tests.helpers.measured import CPU, Noise

GRAPH = rectangle_graph(5, 5)
EVERYWHERE = np.tile(np.arange(GRAPH.n_nodes), 3)
FAMILIAR = make_family("hippo/ReferenceMemory-v0", n_maps=2, size=5, n_observations=10)
WALKS = sample_walks(FAMILIAR, range(20), 256)


def tuning_of(maps, nodes=EVERYWHERE):
    """Of units that fire as their maps (N, n_nodes) say, at every visit."""
    found = place_tuning(np.asarray(maps, dtype=float)[:, nodes].T, nodes, GRAPH)
    return found["place_score"], found["information"]


class Told(Agent):
    """Hidden units whose activity is given for every step of `WALKS`, (B, T, N)."""

    def __init__(self, activity) -> None:
        super().__init__()
        self.told = torch.from_numpy(np.asarray(activity, dtype=np.float32))

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, 1)

    def forward(self, observations, actions, state):
        n_steps = observations.shape[1]
        seen = torch.from_numpy(WALKS.observations[:, :n_steps])
        rows = [int((seen == row).all(dim=1).nonzero()[0]) for row in observations]
        return Prediction(torch.zeros(*observations.shape, 10), {"hidden_1": self.told[rows, :n_steps]}, state)


def measured(activity):
    noise = np.random.default_rng(3).standard_normal((*WALKS.nodes.shape, 8))
    return place_cells(Subject(Told(activity), Told(noise), WALKS, CPU, seed=0))


def test_one_field_of_one_node_has_log_s_bits_and_nearly_the_whole_score():
    score, bits = tuning_of([np.eye(25)[12], np.ones(25), np.full(25, 0.3), np.zeros(25)])
    np.testing.assert_allclose(score, [1 - 1 / 25, 0, 0, np.nan])
    np.testing.assert_allclose(bits, [np.log2(25), 0, 0, np.nan], atol=1e-12)


def test_a_rate_that_is_level_but_for_rounding_is_level():
    nodes = np.random.default_rng(0).integers(25, size=997)
    score, bits = tuning_of([np.full(25, 0.3), np.full(25, 0.7)], nodes)
    np.testing.assert_array_equal(score, 0)
    np.testing.assert_allclose(bits, 0, atol=1e-9)


def test_two_fields_score_half_of_one_and_one_bit_less():
    score, bits = tuning_of([np.eye(25)[0], np.eye(25)[0] + np.eye(25)[24]])
    assert score[1] == pytest.approx(score[0] / 2)
    assert bits[1] == pytest.approx(bits[0] - 1)


def test_nodes_never_visited_are_left_out_and_not_silent():
    nodes = EVERYWHERE[~np.isin(EVERYWHERE, [3, 17, 24])]
    score, bits = tuning_of([np.eye(25)[12], np.ones(25)], nodes)
    np.testing.assert_allclose(score, [1 - 1 / 22, 0])
    np.testing.assert_allclose(bits, [np.log2(22), 0], atol=1e-12)


def test_noise_about_zero_is_rectified_before_it_is_averaged():
    """Averaged first, half of the nodes would be silent: a bit of information that is none."""
    nodes = np.random.default_rng(0).integers(25, size=5_000)
    activity = np.random.default_rng(1).standard_normal((5_000, 40))
    assert rectified(np.array([-1.0, 0.0, 2.0])).tolist() == [0, 0, 2]
    assert place_tuning(rectified(activity), nodes, GRAPH)["information"].mean() < 0.02
    late = np.array([[activity[nodes == node, unit].mean() for node in range(25)] for unit in range(40)]).clip(min=0)
    assert tuning_of(late)[1].mean() > 0.5


def test_shifts_turn_a_walk_and_permutations_keep_each_step_its_symbol():
    rng = np.random.default_rng(0)
    nodes = np.arange(50)
    firsts = {int(shifted(nodes, 20, rng)[0]) for _ in range(300)}
    assert firsts == set(range(20, 31))
    np.testing.assert_array_equal(np.sort(shifted(nodes, 20, rng)), nodes)
    with pytest.raises(ValueError, match="at least 20 steps: give 40 steps or more, not 39"):
        shifted(nodes[:39], 20, rng)
    symbol_at = rng.integers(3, size=25)
    visited = rng.integers(25, size=200)
    permuted = permuted_within(visited, symbol_at[visited], rng)
    np.testing.assert_array_equal(symbol_at[permuted], symbol_at[visited])
    np.testing.assert_array_equal(np.sort(permuted), np.sort(visited))
    assert (permuted != visited).mean() > 0.5


def test_walks_on_one_map_are_found_by_their_symbols():
    of_maps = walks_by_map(WALKS, n_maps=4, n_walks=7)
    assert [len(worlds) for worlds in of_maps] == [7, 7]
    for worlds in of_maps:
        assert len({WALKS.worlds.observation_at[world].tobytes() for world in worlds}) == 1
    new = sample_walks(rectangle_family(5), range(6), 40)
    assert walks_by_map(new) == [[0], [1], [2], [3]]


def test_units_of_one_place_are_place_cells_and_more_than_their_symbols():
    numbers = measured(np.eye(25)[WALKS.nodes])
    assert numbers["hidden_1_place_score"] == pytest.approx(0.96)
    assert numbers["hidden_1_information"] == pytest.approx(np.log2(25), abs=0.5)  # not all nodes as often
    assert numbers["hidden_1_place_cells"] == numbers["hidden_1_informative"] == 1
    assert numbers["hidden_1_place_score_shifted"] < 0.5
    assert numbers["hidden_1_place_score_symbols"] < 0.6


def test_units_of_one_symbol_have_no_place_beyond_it():
    numbers = measured(np.eye(10)[WALKS.observations])
    assert numbers["hidden_1_informative"] == 1
    for score in ("place_score", "information"):
        assert numbers[f"hidden_1_{score}"] == numbers[f"hidden_1_{score}_symbols"]


def test_of_noise_one_unit_in_twenty_is_above_its_own_shifts():
    numbers = measured(np.random.default_rng(0).standard_normal((*WALKS.nodes.shape, 256)))
    for name in ("", "_untrained"):
        assert numbers[f"hidden_1_place_cells{name}"] == pytest.approx(0.05, abs=0.03 if not name else 0.1)
    assert numbers["hidden_1_informative"] == pytest.approx(0.05, abs=0.03)
    assert numbers["hidden_1_place_score"] == pytest.approx(numbers["hidden_1_place_score_shifted"], abs=0.005)


def test_layers_of_an_nmda_transformer_are_plain_and_small_data(monkeypatch):
    monkeypatch.setattr(import_module(place_cells.__module__), "N_SHIFTS", 10)
    agents = [make_agent("nmda", 10, 5, n_units=16, n_hidden=24, window=16) for _ in range(2)]
    numbers = place_cells(Subject(*agents, WALKS, CPU, seed=0))
    text = json.dumps(numbers, allow_nan=False)
    assert json.loads(text) == numbers
    assert len(text) < 9_000
    layers = [name.removesuffix("_place_cells") for name in numbers if name.endswith("_place_cells")]
    assert layers == ["position", "attention_1", "attention_2", "hidden_1", "hidden_2"]
    assert numbers["place_maps"]["of"] == "hidden_2"
    assert np.shape(numbers["place_maps"]["maps"]) == (6, 25)
    assert {max(rates) for rates in numbers["place_maps"]["maps"]} == {1.0}


def test_silent_units_are_left_out_and_a_silent_layer_has_no_numbers():
    numbers = measured(-np.ones((*WALKS.nodes.shape, 3)))
    assert numbers["hidden_1_place_score"] is None
    assert numbers["place_quantiles"]["hidden_1_place_score"] == numbers["place_maps"]["maps"] == []


def test_an_agent_without_such_layers_is_told_so():
    class Bare(Noise):
        def forward(self, observations, actions, state):
            return Prediction(torch.zeros(*observations.shape, 10), {"thought": torch.zeros(*actions.shape, 2)}, state)

    with pytest.raises(
        ValueError, match="Bare has no activity among 'position', 'attention_1', 'attention_2', 'hidden', "
    ):
        place_cells(Subject(Bare(), Bare(), WALKS, CPU, seed=0))
