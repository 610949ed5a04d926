"""Memory neurons: place cells where attention knows the place, and nothing like them where it does not."""

import numpy as np
import pytest

from agents import make_agent
from benchmarks.evaluation.measurements.memory_neurons import (
    at_home,
    early_slots,
    memory_fields,
    memory_maps,
    place_measures,
)
from benchmarks.evaluation.measurements.subject import Subject, distribution, worlds_of_one_shape
from hippo_envs import rectangle_family, rectangle_graph, sample_walks
from tests.helpers.measured import SQUARE_MOVES, Ideal, Noise, subject_of

GRAPH = rectangle_graph(5, 5)
WALKS = sample_walks(rectangle_family((4, 9)), range(8), 800)


def random_walk(n_steps=300, seed=0):
    rng = np.random.default_rng(seed)
    weights = np.concatenate([np.zeros((n_steps, 1)), np.tril(rng.random((n_steps, n_steps)), -1)], axis=1)
    return rng.integers(GRAPH.n_nodes, size=n_steps), weights


def test_a_memory_is_mapped_over_the_steps_after_it():
    nodes, weights = random_walk()
    slots = np.array([0, 7, 290])
    maps = memory_maps(weights, nodes, GRAPH.n_nodes, slots)
    for rates, slot in zip(maps, slots, strict=True):
        for node in range(GRAPH.n_nodes):
            later = [weights[t, 1 + slot] for t in range(slot + 1, 300) if nodes[t] == node]
            assert rates[node] == pytest.approx(np.mean(later) if later else np.nan, nan_ok=True)


def test_what_stands_at_or_before_its_own_step_is_not_counted():
    nodes, weights = random_walk()
    spoilt = weights.copy()
    spoilt[:51, 1 + 50] = 1e6
    maps, unchanged = (memory_maps(w, nodes, GRAPH.n_nodes, np.array([50])) for w in (spoilt, weights))
    np.testing.assert_array_equal(maps, unchanged)


def test_a_memory_that_was_never_kept_has_no_map():
    nodes, weights = random_walk()
    weights[:, 1 + 4] = 0
    maps = memory_maps(weights, nodes, GRAPH.n_nodes, np.arange(6))
    assert np.isnan(maps).all(axis=1).tolist() == [False, False, False, False, True, False]
    shares, sizes = place_measures(maps, GRAPH)
    assert np.isnan(shares).tolist() == np.isnan(sizes).tolist() == [False, False, False, False, True, False]
    assert np.isnan(at_home(maps, nodes[:6])).tolist() == [False, False, False, False, True, False]


def test_attention_to_the_same_node_is_a_place_cell_at_home():
    nodes, _ = random_walk()
    same = np.tril(nodes[:, None] == nodes, -1).astype(float)
    maps = memory_maps(np.concatenate([np.zeros((300, 1)), same], axis=1), nodes, GRAPH.n_nodes, np.arange(40))
    np.testing.assert_array_equal(maps, np.eye(GRAPH.n_nodes)[nodes[:40]])
    shares, sizes = place_measures(maps, GRAPH)
    assert (shares == 1).all()
    np.testing.assert_allclose(sizes, 1 / GRAPH.n_nodes)
    assert at_home(maps, nodes[:40]).all()
    assert not at_home(maps, (nodes[:40] + 1) % GRAPH.n_nodes).any()


def test_a_map_without_structure_is_one_field_as_large_as_the_world_as_the_docstring_warns():
    shares, sizes = place_measures(np.ones((1, GRAPH.n_nodes)), GRAPH)
    assert (shares[0], sizes[0]) == (1, 1)
    two = np.zeros((1, GRAPH.n_nodes))
    two[0, [0, 1, 24]] = 2, 1, 3
    shares, sizes = place_measures(two, GRAPH)
    assert shares[0] == pytest.approx(0.5)
    assert sizes[0] in (1 / 25, 2 / 25)


def test_memory_that_does_not_keep_its_steps_apart_is_refused():
    nodes, weights = random_walk()
    with pytest.raises(ValueError, match="one for each of 300 steps, got 40 weights"):
        memory_maps(weights[:, :40], nodes, GRAPH.n_nodes, np.arange(3))


def test_an_ideal_memory_is_place_cells_and_noise_is_not():
    measured = memory_fields(subject_of(Ideal([[(0.2, 0.1)]], SQUARE_MOVES), WALKS))
    assert measured["memory_at_home"] == 1
    assert measured["memory_place"] == 1
    assert measured["memory_field_size"] == pytest.approx(1 / 81, abs=1e-3)
    assert measured["position_place"] < 0.7
    assert measured["memory_at_home_untrained"] < 0.1
    assert measured["memory_field_size_untrained"] > 0.2
    distributions = measured["place_distributions"]
    assert distributions["memory"] == [1] * 192
    assert len(distributions["position"]) == 6
    assert len(measured["memory_maps"]["maps"]) == len(measured["memory_maps"]["slots"]) == 12
    for rates in measured["memory_maps"]["maps"]:
        assert max(rate for rate in rates if rate is not None) == 1


@pytest.mark.parametrize("agent", ["lstm", "tem"])
def test_an_agent_without_such_a_memory_is_told_by_name(agent):
    agents = [make_agent(agent, 45, 5) for _ in range(2)]
    short = sample_walks(rectangle_family(4), range(2), 20)
    with pytest.raises(ValueError, match=r"has no activity '(memory|position)'"):
        memory_fields(Subject(*agents, short, subject_of(Noise(), short).device, 0))


def test_the_first_quarter_of_a_walk_is_looked_at():
    assert early_slots(1_024).tolist() == list(range(256))


def test_worlds_of_one_shape_share_their_graph_and_are_the_largest():
    chosen = worlds_of_one_shape(WALKS, 3)
    sizes = [WALKS.worlds.graph(i).n_nodes for i in range(8)]
    assert chosen == [i for i in range(8) if sizes[i] == 81][:3]
    lonely = sample_walks(rectangle_family((4, 9)), [0, int(np.argmax(np.array(sizes) != sizes[0]))], 30)
    with pytest.raises(ValueError, match="none of these 2 walks share"):
        worlds_of_one_shape(lonely, 3)


def test_distributions_are_sorted_known_and_thinned_evenly():
    assert distribution(np.array([0.3, np.nan, -0.12345])) == [-0.123, 0.3]
    assert distribution(np.arange(1_000.0), at_most=4) == [0, 333, 666, 999]
    assert distribution(np.array([np.nan])) == []
