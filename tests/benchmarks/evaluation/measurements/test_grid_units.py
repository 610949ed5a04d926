"""Which units are grid cells: more periodic than noise as smooth as they are."""

import numpy as np

from benchmarks.evaluation.measurements.grid_units import N_NOISES, n_fields, share_beyond
from benchmarks.evaluation.measurements.nulls import smooth_noise, smooth_noises
from benchmarks.evaluation.measurements.representations import neighbours_of
from hippo_envs import hexagonal_graph

GRAPH = hexagonal_graph(6)
NEAR = neighbours_of(GRAPH)


def waves(directions, period=4.0):
    angles = np.deg2rad(directions)
    along = GRAPH.positions @ np.stack([np.cos(angles), np.sin(angles)])
    return np.cos(2 * np.pi * along / (period * np.sqrt(3) / 2)).sum(axis=1)


def test_grid_cells_are_beyond_noise_as_smooth_as_they_are_and_noise_is_not():
    rng = np.random.default_rng(0)
    grids = np.stack([waves([30, 90, 150])] * 4)
    noise = smooth_noise(np.tile(grids, (5, 1)), GRAPH.positions, NEAR, rng)
    for maps, least, most in ((grids, 1.0, 1.0), (noise, 0.0, 0.2)):
        null = smooth_noises(maps, GRAPH.positions, NEAR, rng, N_NOISES)
        assert least <= share_beyond(maps, null, GRAPH.positions, 60) <= most


def test_noise_drawn_many_times_begins_with_the_noise_drawn_once():
    maps = np.stack([waves([0]), waves([30, 90, 150])])
    many = smooth_noises(maps, GRAPH.positions, NEAR, np.random.default_rng(3), 2)
    assert many.shape == (2, *maps.shape)
    assert not np.array_equal(many[0], many[1])
    one_map = smooth_noises(maps[:1], GRAPH.positions, NEAR, np.random.default_rng(3), 1)
    assert np.array_equal(one_map[0], smooth_noise(maps[:1], GRAPH.positions, NEAR, np.random.default_rng(3)))


def test_a_grid_cell_has_many_fields_and_a_place_cell_one():
    place = np.exp(-(GRAPH.positions**2).sum(axis=1))
    grid, single, nothing = n_fields(np.stack([waves([30, 90, 150]), place, np.zeros(len(place))]), NEAR)
    assert grid >= 7
    assert single == 1
    assert np.isnan(nothing)
