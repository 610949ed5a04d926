"""Relations between units, in pairs of worlds made so that it is known what they keep."""

import numpy as np
import pytest

from benchmarks.evaluation.measurements.memory_neurons import peaks
from benchmarks.evaluation.measurements.nulls import random_rotation
from benchmarks.evaluation.measurements.place_remapping import Cells, _kept, place_remapping
from benchmarks.evaluation.measurements.relations import (
    distances,
    grid_at_place,
    inside,
    positions_kept,
    relations,
    relations_kept,
)
from benchmarks.evaluation.measurements.remapping import remapping
from hippo_envs import hexagonal_graph, rectangle_family, rectangle_graph, sample_walks
from tests.helpers.measured import SQUARE_MOVES, Ideal, subject_of

POSITIONS = rectangle_graph(12, 12).positions
N_NODES = len(POSITIONS)
ALL = np.ones((20, 20), dtype=bool)


def rng():
    return np.random.default_rng(0)


def grid_cells(shift, frequency=(0.25, 0.0), n=20):
    """Units of one wave, whose period fits the world, with even phases."""
    return np.cos(2 * np.pi * (POSITIONS @ frequency + shift)[None] + np.linspace(0, 6, n)[:, None])


def test_relations_are_correlations_and_a_constant_has_none():
    maps = rng().standard_normal((4, 50)) + 3
    maps[2] = 1 + 1e-4 * maps[2]
    maps[:, 7] = np.nan
    known = np.delete(maps, 7, axis=1)
    expected = np.corrcoef(known)
    expected[2], expected[:, 2] = np.nan, np.nan
    np.testing.assert_allclose(relations(maps), expected)


def test_a_shift_of_all_grid_cells_keeps_relations_and_places_that_are_dealt_anew_do_not():
    kept = relations_kept(relations(grid_cells(0.0)), relations(grid_cells(0.3)), ALL, rng())
    assert kept.value == pytest.approx(1)
    assert kept.chance < 0.5
    generator = rng()
    places = [np.exp(-distances(generator.permutation(N_NODES)[:20], POSITIONS)) for _ in range(2)]
    dealt = relations_kept(*places, ALL, rng())
    assert abs(dealt.value) < 0.2
    assert dealt.chance < 0.3


def test_relations_count_the_pairs_that_are_asked_for():
    """Two modules whose units keep their relations within, and not across."""
    a = np.concatenate([grid_cells(0.0, n=10), grid_cells(0.0, (0.25, 0.0), n=10)])
    b = np.concatenate([grid_cells(0.4, n=10), grid_cells(0.65, (0.25, 0.0), n=10)])
    module = np.arange(20) // 10
    within = relations_kept(relations(a), relations(b), module[:, None] == module, rng())
    across = relations_kept(relations(a), relations(b), module[:, None] != module, rng())
    assert within.value == pytest.approx(1)
    assert across.value < 0.5
    nothing = relations_kept(relations(a), relations(b), np.eye(20, dtype=bool), rng())
    assert np.isnan(nothing).all()


def test_permuted_units_have_relations_by_chance():
    """The 95th percentile is exceeded once in twenty by units that are permuted."""
    generator = rng()
    a, values = relations(generator.standard_normal((20, 40))), []
    for _ in range(100):
        order = generator.permutation(20)
        kept = relations_kept(a, a[order][:, order], ALL, generator, n_permutations=60)
        values.append(kept.value > kept.chance)
    assert 0.0 < np.mean(values) < 0.15


def test_peaks_that_stay_are_kept_and_peaks_that_are_dealt_anew_are_not():
    nodes = rng().permutation(N_NODES)[:60]
    assert positions_kept(nodes, nodes, POSITIONS).value == pytest.approx(1)
    mirrored = N_NODES - 1 - nodes
    assert positions_kept(nodes, mirrored, POSITIONS).value == pytest.approx(-1)
    elsewhere = positions_kept(nodes, rng().permutation(nodes), POSITIONS)
    assert abs(elsewhere.value) < 0.2
    assert 0 < elsewhere.chance < 0.3


def test_chance_remembers_that_neighbours_in_time_are_neighbours_in_space():
    """Two slow walks: few independent places, so chance is far wider than that of a free permutation."""
    slow = np.repeat(rng().permutation(N_NODES)[:8], 30)
    other = np.repeat(np.random.default_rng(1).permutation(N_NODES)[:8], 30)
    assert positions_kept(slow, other, POSITIONS).chance > 0.2


def test_grid_at_place_is_one_for_cells_that_follow_the_grid_and_zero_for_those_that_do_not():
    frequencies = rng().uniform(-0.3, 0.3, (10, 2))
    phases = 2 * np.pi * frequencies @ POSITIONS.T
    a = np.concatenate([np.cos(phases), np.sin(phases)])
    places = rng().permutation(N_NODES)[:60]
    moved = rng().permutation(N_NODES)  # a world whose node i looks to the code like node moved[i] of the other
    b = a[:, moved]
    follows = grid_at_place(a, b, places, np.argsort(moved)[places], rng())
    assert follows.value == pytest.approx(1)
    random = grid_at_place(a, b, places, np.random.default_rng(5).permutation(N_NODES)[:60], rng())
    assert abs(random.value) < 0.15
    assert 0 < random.chance < 0.15
    half = b.copy()
    half[::2] = rng().standard_normal((10, N_NODES)) * np.std(b)
    assert grid_at_place(a, half, places, np.argsort(moved)[places], rng()).value == pytest.approx(0.5, abs=0.1)


def test_grid_at_place_is_the_correlation_of_the_pairs_once_means_are_off():
    a, b = rng().standard_normal((2, 5, 30))
    at_a, at_b = rng().integers(30, size=(2, 12))
    x = [a[u, p] - a[u, at_a].mean() for p in at_a for u in range(5)]
    y = [b[u, p] - b[u, at_b].mean() for p in at_b for u in range(5)]
    assert grid_at_place(a, b, at_a, at_b, rng()).value == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_units_of_unlike_rates_do_not_make_an_effect_and_rotations_do_not_unmake_it():
    a, b = rng().standard_normal((2, 6, 40))
    at_a, at_b = rng().integers(40, size=(2, 15))
    plain = grid_at_place(a, b, at_a, at_b, rng())
    offsets, rotation = 100 * rng().random((6, 1)), random_rotation(6, rng())
    assert grid_at_place(a + offsets, b + offsets, at_a, at_b, rng()).value == pytest.approx(plain.value)
    assert grid_at_place(rotation @ a, rotation @ b, at_a, at_b, rng()).value == pytest.approx(plain.value, abs=1e-9)


def test_grid_at_place_says_nothing_of_too_few_cells_or_a_constant_code():
    a = rng().standard_normal((3, 9))
    assert np.isnan(grid_at_place(a, a, np.array([1, 2]), np.array([1, 2]), rng())).all()
    assert np.isnan(grid_at_place(np.ones((3, 9)), a, np.arange(9), np.arange(9), rng())).all()
    holes = a.copy()
    holes[:, 4] = np.nan
    assert grid_at_place(a, holes, np.arange(9), np.arange(9), rng()).value == pytest.approx(1)


def test_the_inside_is_what_has_all_its_neighbours():
    x, y = rectangle_graph(5, 4).positions.T
    np.testing.assert_array_equal(inside(rectangle_graph(5, 4)), (x > 0) & (x < 4) & (y > 0) & (y < 3))
    assert inside(hexagonal_graph(3)).sum() == hexagonal_graph(2).n_nodes
    assert inside(rectangle_graph(5, 4, torus=True)).all()


def test_cells_that_are_silent_or_peak_at_the_border_in_either_world_do_not_count():
    a, b = rng().standard_normal((2, 5, N_NODES))
    graph = rectangle_graph(12, 12)
    within = np.flatnonzero(inside(graph))[:20]
    cells_a = Cells(a, {"some": np.concatenate([within, [0, 13, 40, -1]])})
    cells_b = Cells(b, {"some": np.concatenate([within[::-1], [13, 143, -1, 40]])})
    found = _kept(cells_a, cells_b, "some", inside(graph), rng())
    assert found == grid_at_place(a, b, within, within[::-1], rng())


WALKS = sample_walks(rectangle_family(10), range(4), 1_000)
WAVES = [[(0.11, 0.23)], [(0.31, -0.08)], [(0.19, 0.17)], [(-0.27, 0.14)]]
SUBJECT = subject_of(Ideal(WAVES, SQUARE_MOVES), WALKS)


def measured_with(measure):
    """And the agent is left as it was. That the same numbers come again: test_measurements.py."""
    SUBJECT.agent.train()
    numbers = measure(SUBJECT)
    assert SUBJECT.agent.training
    return numbers


def test_an_ideal_agents_position_units_keep_relations_and_its_memory_neurons_do_not():
    measured = measured_with(remapping)
    assert abs(measured["position_same_map"]) < 0.4
    assert measured["position_relations_within"] > 0.95 > measured["position_relations_within_chance"]
    assert measured["position_relations"] > measured["position_relations_chance"]
    assert abs(measured["memory_same_map"]) < 0.1
    assert abs(measured["memory_relations"]) < 0.05
    assert abs(measured["memory_neighbours"]) < 0.15
    assert measured["memory_neighbours_in_time"] > measured["memory_neighbours_in_time_chance"]
    assert abs(measured["position_relations_untrained"]) < 0.2


def test_place_cells_that_are_projections_of_the_code_keep_to_it_and_others_do_not():
    measured = measured_with(place_remapping)
    assert measured["grid_at_place_g"] > 0.4 > measured["grid_at_place_g_chance"]
    assert abs(measured["grid_at_place_x"]) < 0.15
    assert abs(measured["grid_at_place_memory"]) < 0.15
    population = measured["grid_at_place_population"]
    assert measured["grid_at_place_population_chance"] < population < measured["grid_at_place_g"]
    for kind in ("g", "x", "memory", "first_memories", "population"):
        assert abs(measured[f"grid_at_place_{kind}_untrained"]) < 0.2


def test_the_peak_of_a_map_is_where_it_is_highest_among_visited_nodes():
    assert peaks(np.array([[np.nan, 1.0, 3.0], [0.0, -1.0, np.nan], [np.nan] * 3])).tolist() == [2, 0, 0]
