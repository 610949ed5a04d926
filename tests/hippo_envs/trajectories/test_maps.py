"""Maps of cells whose fields are known, and how similar populations with known codes are."""

import numpy as np
import pytest

from hippo_envs.trajectories import Positions, rectangle_lattice, representational_similarity, walk_along


@pytest.fixture(scope="module")
def trajectory():
    """Half an hour in a box of a metre, in bins of 20 cm."""
    times = np.arange(0, 1800, 0.1)
    positions = Positions(times, 50 + 49 * np.sin(times / 7), 50 + 49 * np.sin(times / 4.3))
    return walk_along(positions, rectangle_lattice(positions, 20))


def samples_at(trajectory, node):
    positions = trajectory.positions
    return positions.t[trajectory.lattice.nodes_at(positions.places) == node]


def test_a_cell_that_fires_at_one_node_has_its_rate_there(trajectory):
    at_12 = samples_at(trajectory, 12)
    (rates,) = trajectory.cell_maps([np.repeat(at_12 + 0.01, 2)])  # two spikes for each 0.1 s
    assert rates[12] == pytest.approx(20, rel=0.1)
    neighbours = [7, 11, 13, 17]  # which samples that only touch node 12 belong to
    assert np.delete(rates, [12, *neighbours]).max() == 0
    assert rates[neighbours].max() < 2


def test_spikes_and_seconds_are_all_there(trajectory):
    spikes = np.sort(np.random.default_rng(0).uniform(-100, 1900, 5000))
    counts = trajectory.spike_counts([spikes, []])
    inside = (spikes >= 0) & (spikes < 1800)
    assert counts.shape == (*trajectory.walks.nodes.shape, 2)
    assert counts[..., 0].sum() == pytest.approx(inside.sum(), abs=5)
    assert counts[..., 1].sum() == 0
    assert trajectory.seconds.sum() == pytest.approx(1800, abs=1)


def test_a_signal_is_averaged_over_time(trajectory):
    positions = trajectory.positions
    there = trajectory.lattice.nodes_at(positions.places) == 6
    flat, field = trajectory.signal_maps(np.stack([np.full(len(there), 3.0), there], axis=1))
    assert flat == pytest.approx(np.full(25, 3.0))
    assert field.argmax() == 6
    assert field[6] > 0.95


def test_nodes_never_visited_have_no_rate():
    positions = Positions([0, 0.1, 0.2, 0.3], [5, 12, 25, 25], [5, 5, 5, 12])
    trajectory = walk_along(positions, rectangle_lattice(positions, 10, ((0, 30), (0, 30))))
    (rates,) = trajectory.cell_maps([[0.05]])
    assert np.isfinite(rates).tolist() == [True, True, True, False, False, True, False, False, False]
    (activity,) = trajectory.unit_maps(np.arange(4.0)[None, :, None])
    assert activity[[0, 1, 2, 5]].tolist() == [0, 1, 2, 3]


def place_code(trajectory, centres, width):
    """Activity (1, T, N) that falls off with the distance to the centre of each unit."""
    at = trajectory.lattice.graph.positions[trajectory.walks.nodes]
    return np.exp(-((at[:, :, None] - centres) ** 2).sum(axis=-1) / (2 * width**2))


@pytest.fixture(scope="module")
def codes(trajectory):
    rng = np.random.default_rng(1)
    return {
        "narrow": place_code(trajectory, rng.uniform(-0.5, 4.5, (40, 2)), 0.8),
        "others": place_code(trajectory, rng.uniform(-0.5, 4.5, (40, 2)), 0.8),
        "patches": rng.random((40, 25))[:, trajectory.walks.nodes].transpose(1, 2, 0),
        "nothing": rng.random((*trajectory.walks.nodes.shape, 40)),
    }


def similarity(trajectory, codes, one, other):
    cells = codes[other] * trajectory.seconds[..., None]
    return representational_similarity(trajectory, codes[one], cells, np.random.default_rng(0), n_shuffles=50)


def test_a_population_is_like_itself(trajectory, codes):
    for code in ("narrow", "patches"):
        found = similarity(trajectory, codes, code, code)
        assert found.value == pytest.approx(1, abs=0.01)
        assert found.beyond_distance == pytest.approx(1, abs=0.02)
        assert found.p_value == found.p_value_beyond_distance == pytest.approx(1 / 51)
        assert found.n_nodes == 25


def test_two_codes_of_distance_are_alike_because_of_it(trajectory, codes):
    found = similarity(trajectory, codes, "narrow", "others")
    assert found.value > 0.7
    assert found.p_value < 0.05
    assert found.beyond_distance < found.value


def test_codes_with_nothing_in_common_are_within_the_shuffles(trajectory, codes):
    for other in ("patches", "nothing"):
        found = similarity(trajectory, codes, "narrow", other)
        assert abs(found.value) < 0.25
        assert found.p_value > 0.05
        assert len(found.null) == len(found.null_beyond_distance) == 50


@pytest.mark.parametrize(
    ("units", "cells", "words"), [(1, 5, "at least two units"), (5, 1, "at least two units"), (5, 5, "twice as many")]
)
def test_populations_that_cannot_be_compared_are_told(units, cells, words):
    positions = Positions([0, 0.1, 0.2], [5, 15, 25], [5, 5, 5])
    trajectory = walk_along(positions, rectangle_lattice(positions, 10, ((0, 30), (0, 10))))
    with pytest.raises(ValueError, match=words):
        representational_similarity(
            trajectory, np.ones((1, 3, units)), np.ones((1, 3, cells)), np.random.default_rng(0)
        )


def test_signals_of_other_samples_are_told(trajectory):
    with pytest.raises(ValueError, match="18000 samples, cells"):
        trajectory.signal_maps(np.ones((10, 2)))
    with pytest.raises(ValueError, match="at least one cell"):
        trajectory.cell_maps([])
