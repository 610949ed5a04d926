"""Splitter cells: found where a unit holds the lap, and not where it holds the spot, the time, or nothing."""

import json

import numpy as np
import pytest
import torch

from agents import make_agent
from agents.base import Agent, Prediction
from benchmarks.evaluation.measurements.splitter_cells import split, splitter_cells
from benchmarks.evaluation.measurements.subject import Subject
from hippo_envs import make_family, rectangle_family, sample_walks
from tests.helpers.measured import Noise, subject_of

FAMILY = make_family("hippo/LapTrack-v0")
GRAPH = FAMILY.graphs[0]
WALKS = sample_walks(FAMILY, range(4), 256)
NODES = WALKS.nodes[0]
ALTERNATION = make_family("hippo/SpatialAlternation-v0")


def split_of(activity, nodes=NODES, graph=GRAPH):
    return split(np.asarray(activity, dtype=float), nodes, graph.appearance, np.random.default_rng(0))


def test_a_unit_for_each_lap_splits_and_a_place_cell_does_not():
    lap = NODES // 8
    of_laps = np.eye(4)[lap]
    at_spots = np.eye(GRAPH.n_nodes)[GRAPH.appearance[NODES]][:, :8]
    units = split_of(np.concatenate([of_laps, at_spots], axis=1))
    assert units.is_splitter.tolist() == [1] * 4 + [0] * 8
    np.testing.assert_allclose(units.spot[4:], 1)
    np.testing.assert_allclose(units.kind[4:], 0, atol=1e-12)
    # All variance of a unit of one lap lies within spots, but for the reward, a spot of its own seen in one lap only.
    assert (units.kind[:4] > 0.85).all()


def test_the_shares_are_those_of_an_analysis_of_variance():
    rng = np.random.default_rng(1)
    walks = sample_walks(ALTERNATION, [3], 300)
    graph, nodes = ALTERNATION.graphs[0], walks.nodes[0]
    activity = rng.normal(size=(300, 5)) + rng.normal(size=(graph.n_nodes, 5))[nodes]
    units = split_of(activity, nodes, graph)
    for unit, x in enumerate(activity.T):
        means = {group: {k: x[group(nodes) == k].mean() for k in set(group(nodes))} for group in GROUPINGS}
        spots, kinds = (np.array([means[g][k] for k in g(nodes)]) for g in GROUPINGS)
        assert units.spot[unit] == pytest.approx(spots.var() / x.var())
        assert units.kind[unit] == pytest.approx((kinds - spots).var() / x.var())


def by_spot(nodes):
    return ALTERNATION.graphs[0].appearance[nodes]


def by_node(nodes):
    return nodes


GROUPINGS = (by_spot, by_node)


def test_noise_splits_as_often_as_chance_says():
    activity = np.random.default_rng(0).normal(size=(len(NODES), 2_000))
    assert split_of(activity).is_splitter.mean() == pytest.approx(0.05, abs=0.02)


def test_a_silent_unit_is_neither():
    units = split_of(np.concatenate([np.zeros((256, 1)), np.full((256, 1), 3.0)], axis=1))
    assert np.isnan(units.kind).all()
    assert np.isnan(units.is_splitter).all()


class LapCounter(Agent):
    """Position units that know the lap, memory that knows nothing."""

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, 1)

    def forward(self, observations, actions, state):
        noise = Noise().forward(observations, actions, state)
        lap = torch.arange(observations.shape[1]) // 8 % 4
        position = torch.nn.functional.one_hot(lap, 4).double().expand(*observations.shape, 4)
        return Prediction(noise.logits, {"position": position, "memory": noise.activity["memory"]}, state)


def test_a_code_that_counts_laps_is_told_from_the_untrained_and_from_memory():
    numbers = splitter_cells(subject_of(LapCounter(), WALKS))
    assert numbers["position_splitters"] == 1
    assert numbers["position_splitters_untrained"] < 0.2
    assert numbers["memory_splitters"] < 0.2
    assert np.shape(numbers["rate_maps"]["maps"]) == (6, GRAPH.n_nodes)
    assert numbers["rate_maps"]["of"] == "memory"


@pytest.mark.parametrize(
    ("name", "sizes", "codes"),
    [
        ("tem-t", {"n_units": 12, "n_modules": 3}, {"position", "memory"}),
        ("tem", {"n_abstract": (9, 6), "smoothing": (0.9, 0.1)}, {"abstract", "grounded"}),
    ],
)
def test_it_is_plain_data_about_the_codes_that_an_agent_has(name, sizes, codes):
    agents = [make_agent(name, 45, 4, **sizes) for _ in range(2)]
    subject = Subject(*agents, WALKS, torch.device("cpu"), seed=0)
    measured = splitter_cells(subject)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured == splitter_cells(subject)
    assert {key.split("_")[0] for key in measured} == codes | {"splitter", "rate"}


def test_an_agent_without_such_codes_is_told_so():
    agents = [make_agent("lstm", 45, 4) for _ in range(2)]
    with pytest.raises(ValueError, match="LSTM has no activity among 'abstract', 'grounded', 'position', 'memory'"):
        splitter_cells(Subject(*agents, WALKS, torch.device("cpu"), seed=0))


def test_worlds_without_hidden_states_have_no_splitter_cells():
    walks = sample_walks(rectangle_family(4), range(4), 64)
    with pytest.raises(ValueError, match="look alike"):
        splitter_cells(subject_of(LapCounter(), walks))
