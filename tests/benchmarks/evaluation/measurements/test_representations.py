"""Every instrument, on maps whose answer is known in closed form."""

import numpy as np
import pytest

from benchmarks.evaluation.measurements.grid_scores import (
    SQUARE,
    TRIANGULAR,
    autocorrelograms,
    band_scores,
    grid_scores,
    lattice_images,
)
from benchmarks.evaluation.measurements.nulls import random_rotation, rotated_maps, smooth_noise
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
from hippo_envs import Graph, hexagonal_graph, rectangle_graph

GRAPH = rectangle_graph(11, 11)
POSITIONS = GRAPH.positions
NEIGHBOURS = neighbours_of(GRAPH)
N_NODES = GRAPH.n_nodes
EVEN = np.ones(N_NODES)


def waves(*directions_in_degrees, wavelength=4.0, positions=POSITIONS):
    """The sum of plane waves, as a map."""
    angles = np.deg2rad(directions_in_degrees)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    return np.cos(2 * np.pi / wavelength * positions @ directions).sum(axis=1)


def one_node(node):
    return np.eye(N_NODES)[node]


def test_rate_maps_are_means_and_unvisited_nodes_are_not_zero():
    activity = np.array([[1.0, 10.0], [3.0, 20.0], [5.0, 30.0]])
    maps = rate_maps(activity, np.array([0, 0, 2]), n_nodes=4)
    np.testing.assert_array_equal(maps, [[2, np.nan, 5, np.nan], [15, np.nan, 30, np.nan]])
    np.testing.assert_array_equal(occupancy(np.array([0, 0, 2]), 4), [2, 0, 1, 0])


def test_neighbours_are_what_a_step_connects_in_either_direction():
    one_way = Graph(np.array([[1, 0], [2, 1], [0, 2]]), np.zeros((3, 2)), ("on", "stay"))
    np.testing.assert_array_equal(neighbours_of(one_way), ~np.eye(3, dtype=bool))
    assert NEIGHBOURS.sum() == 2 * 2 * 11 * 10


@pytest.mark.parametrize("n_active", [1, 2, 8, N_NODES])
def test_information_and_sparsity_of_a_unit_active_at_some_nodes_alike(n_active):
    maps = 3.0 * (np.arange(N_NODES) < n_active)[None]
    assert spatial_information(maps, EVEN)[0] == pytest.approx(np.log2(N_NODES / n_active))
    assert sparsity(maps, EVEN)[0] == pytest.approx(n_active / N_NODES)


def test_information_weighs_nodes_by_occupancy_and_skips_unvisited_ones():
    maps = np.array([[2.0, 1.0, np.nan]])
    p, rates = np.array([0.25, 0.75]), np.array([2.0, 1.0])
    mean = p @ rates
    assert spatial_information(maps, np.array([1, 3, 0]))[0] == pytest.approx(
        p @ (rates / mean * np.log2(rates / mean))
    )
    assert sparsity(maps, np.array([1, 3, 0]))[0] == pytest.approx(mean**2 / (p @ rates**2))


def test_a_silent_unit_has_no_information_and_a_signed_one_is_refused():
    assert np.isnan(spatial_information(np.zeros((1, N_NODES)), EVEN)).all()
    with pytest.raises(ValueError, match=r"must not be negative, got -1\.0: rectify"):
        spatial_information(-np.ones((1, N_NODES)), EVEN)


def test_coherence_is_high_for_smooth_maps_and_minus_one_for_a_chequerboard():
    chequered = (POSITIONS.sum(axis=1) % 2)[None]
    assert coherence(chequered, NEIGHBOURS)[0] == pytest.approx(-1)
    gradient = POSITIONS[:, :1].T
    noise = np.random.default_rng(0).standard_normal((200, N_NODES))
    assert coherence(gradient, NEIGHBOURS)[0] > 0.95
    assert abs(coherence(noise, NEIGHBOURS).mean()) < 0.03


def test_correlations_use_the_nodes_that_both_have():
    a = np.array([[1.0, 2.0, 3.0, np.nan, 5.0], [1, 2, 3, 4, 5], [1, 1, 1, 1, 1]])
    b = np.array([[2.0, 4.0, 6.0, 8.0, np.nan], [5, 4, 3, 2, 1], [1, 2, 3, 4, 5]])
    np.testing.assert_allclose(correlations(a, b), [1, -1, np.nan])
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 40))
    np.testing.assert_allclose(correlations(x, y), [np.corrcoef(p, q)[0, 1] for p, q in zip(x, y, strict=True)])


def test_constant_units_correlate_with_nothing():
    noise = np.random.default_rng(0).standard_normal((1, 49))
    for a, b in ((0.1, 0.1), (0.3, 0.1), (0.1, noise), (0.0, noise)):
        assert np.isnan(correlations(np.full((1, 49), a), b * np.ones((1, 49)))).all()


def test_a_common_shift_moves_maps_and_keeps_phase_relations():
    phases = np.linspace(0, 3, 5)
    before, after = (
        np.array([np.cos(4 * np.pi / 11 * POSITIONS[:, 0] + p + shift) for p in phases]) for shift in (0.0, 2.0)
    )
    assert correlations(before, after).max() < 0
    first, second = np.triu_indices(len(phases), k=1)
    relations = [correlations(maps[first], maps[second]) for maps in (before, after)]
    np.testing.assert_allclose(*relations, atol=1e-12)


def test_fields_are_connected_sets_above_threshold():
    two_fields = one_node(0) + 0.5 * one_node(1) + 0.6 * one_node(60) + 0.1 * one_node(61)
    found = fields(two_fields, NEIGHBOURS, threshold=0.2)
    assert [np.flatnonzero(field).tolist() for field in found] == [[0, 1], [60]]
    assert largest_field_share(two_fields[None], NEIGHBOURS)[0] == pytest.approx(1.5 / 2.1)
    assert largest_field_share(one_node(5)[None], NEIGHBOURS)[0] == 1
    assert np.isnan(largest_field_share(np.zeros((1, N_NODES)), NEIGHBOURS)[0])


def test_place_score_is_nearly_one_at_one_node_and_zero_everywhere():
    one, uniform = place_scores(np.stack([one_node(60), EVEN]), NEIGHBOURS)
    assert one == pytest.approx(1 - 1 / N_NODES)
    assert uniform == 0


def test_place_score_descends_from_the_peak_and_does_not_climb_a_second_hill():
    line = rectangle_graph(7, 1)
    rates = np.array([[8.0, 4.0, 2.0, 4.0, 6.0, 0.0, 0.0]])
    found = place_scores(rates, neighbours_of(line), threshold=0.1)
    assert found[0] == pytest.approx(14 / 24 * (1 - 3 / 7))


def slow_place_score(rates, neighbours, threshold):
    """One unit, walking downhill node by node."""
    peak = int(np.nanargmax(rates))
    reached, waiting = {peak}, [peak]
    while waiting:
        node = waiting.pop()
        for other in np.flatnonzero(neighbours[node]):
            if threshold * rates[peak] <= rates[other] <= rates[node] and int(other) not in reached:
                reached.add(int(other))
                waiting.append(int(other))
    share = len(reached) / np.isfinite(rates).sum()
    return rates[sorted(reached)].sum() / np.nansum(rates) * (1 - share)


@pytest.mark.parametrize("graph", [rectangle_graph(7, 6), hexagonal_graph(3)], ids=["squares", "hexagons"])
@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.5])
def test_place_scores_of_many_units_are_those_of_each_with_holes_left_out(graph, threshold):
    rng = np.random.default_rng(0)
    maps = rng.random((60, graph.n_nodes)) ** 3
    maps[rng.random(maps.shape) < 0.1] = np.nan
    maps[:20] = np.exp(-((graph.positions - graph.positions[:20, None]) ** 2).sum(axis=-1) / 4)  # hills
    neighbours = neighbours_of(graph)
    expected = [slow_place_score(rates, neighbours, threshold) for rates in maps]
    np.testing.assert_allclose(place_scores(maps, neighbours, threshold), expected)


def test_place_scores_of_silent_and_never_mapped_units_are_unknown():
    maps = np.stack([np.zeros(N_NODES), np.full(N_NODES, np.nan), one_node(3)])
    assert np.isnan(place_scores(maps, NEIGHBOURS)).tolist() == [True, True, False]


def walls():
    x, y = POSITIONS.T
    return np.stack([x == 0, x == 10, y == 0, y == 10])


def test_border_score_is_one_along_a_wall_and_minus_one_in_the_middle():
    along, centre = (POSITIONS[:, 0] == 0).astype(float), one_node(60)
    scores = border_scores(np.stack([along, centre, np.zeros(N_NODES)]), NEIGHBOURS, POSITIONS, walls())
    assert scores[:2].tolist() == [1, -1]
    assert np.isnan(scores[2])
    half = along * (POSITIONS[:, 1] < 5)
    assert border_scores(half[None], NEIGHBOURS, POSITIONS, walls())[0] == 1, "the rest of the wall is not fired at"


def slow_autocorrelation(rates, shift, smallest_overlap):
    """Pearson correlation of the pairs of nodes one shift apart, by looking for them."""
    at = {tuple(position): rate for position, rate in zip(POSITIONS, rates, strict=True) if not np.isnan(rate)}
    pairs = [
        (rate, at[there]) for here, rate in at.items() if (there := (here[0] + shift[0], here[1] + shift[1])) in at
    ]
    return np.corrcoef(np.array(pairs).T)[0, 1] if len(pairs) >= smallest_overlap else np.nan


def test_the_autocorrelogram_leaves_out_holes():
    rates = np.random.default_rng(0).standard_normal(N_NODES)
    rates[np.random.default_rng(1).random(N_NODES) < 0.3] = np.nan
    (sac,) = autocorrelograms(rates[None], POSITIONS, smallest_overlap=20).values
    assert sac.shape == (21, 21)
    assert sac[10, 10] == pytest.approx(1)
    for shift in [(1, 0), (0, 3), (-2, 5), (7, -4), (9, 9)]:
        expected = slow_autocorrelation(rates, shift, 20)
        assert sac[10 + shift[0], 10 + shift[1]] == pytest.approx(expected, nan_ok=True)


def score_of(rates, fold=60, positions=POSITIONS, basis=SQUARE):
    return grid_scores(autocorrelograms(rates[None], positions, basis), fold)[0]


def test_a_hole_counted_as_zero_would_change_the_score():
    rates = waves(0, 60, 120) + 5
    holes = rates.copy()
    holes[::7] = np.nan
    whole, masked, filled = (score_of(r) for r in (rates, holes, np.nan_to_num(holes)))
    assert masked == pytest.approx(whole, abs=0.15)
    assert abs(filled - whole) > 0.3


def hexagon(radius=6):
    """Nodes of a triangular lattice within a hexagon."""
    steps = [(q, r) for q in range(-radius, radius + 1) for r in range(-radius, radius + 1) if abs(q + r) <= radius]
    return np.array(steps) @ TRIANGULAR


@pytest.mark.parametrize(
    ("positions", "basis"),
    [(rectangle_graph(21, 21).positions, SQUARE), (hexagon(10), TRIANGULAR)],
    ids=["squares", "hexagons"],
)
def test_grid_scores_tell_triangles_from_squares_from_stripes(positions, basis):
    triangles, squares, stripes = (
        waves(*directions, wavelength=5.0, positions=positions) for directions in ((10, 70, 130), (10, 100), (10,))
    )

    def score(rates, fold):
        return score_of(rates, fold, positions, basis)

    assert score(triangles, 60) > 1.0
    assert score(squares, 90) > 1.0
    assert score(squares, 60) < 0.3
    assert score(triangles, 90) < 0.5
    assert score(stripes, 60) < 0.3
    assert score(stripes, 90) < 0.5


def test_white_noise_scores_high_on_small_maps_as_the_docstring_warns():
    noise = np.random.default_rng(0).standard_normal((400, N_NODES))
    sacs = autocorrelograms(noise, POSITIONS)
    assert np.quantile(grid_scores(sacs, 60), 0.95) == pytest.approx(0.4, abs=0.07)
    assert np.quantile(grid_scores(sacs, 90), 0.95) == pytest.approx(0.7, abs=0.07)


def test_a_wrong_fold_lattice_or_too_small_a_map_is_told():
    with pytest.raises(ValueError, match="fold is 60"):
        score_of(waves(0), fold=45)
    with pytest.raises(ValueError, match="not on the lattice"):
        lattice_images(np.zeros((1, 127)), hexagon(6), SQUARE)
    assert np.isnan(autocorrelograms(EVEN[None], POSITIONS).values).all(), "a constant map correlates with nothing"


@pytest.mark.parametrize(("directions", "share"), [((30,), 1), ((30, 120), 1 / 2), ((30, 90, 150), 1 / 3)])
def test_band_score_is_the_share_of_the_strongest_wave(directions, share):
    positions = rectangle_graph(30, 30).positions
    found = band_scores(waves(*directions, wavelength=6.0, positions=positions)[None], positions)
    assert found[0] == pytest.approx(share, abs=0.05)


def test_band_score_leaves_out_holes():
    maps = waves(30, wavelength=5.0)[None].copy()
    maps[:, ::5] = np.nan
    assert band_scores(maps, POSITIONS)[0] > 0.95


def test_a_rotation_keeps_what_a_linear_readout_sees():
    rng = np.random.default_rng(0)
    rotation = random_rotation(20, rng)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(20), atol=1e-12)
    maps = rng.standard_normal((20, N_NODES))
    turned = rotated_maps(maps, 1, rng)
    np.testing.assert_allclose(turned.T @ turned, maps.T @ maps, atol=1e-9)
    assert np.abs(turned - maps).max() > 0.5
    by_module = rotated_maps(maps, 4, rng)
    for before, after in zip(np.split(maps, 4), np.split(by_module, 4), strict=True):
        np.testing.assert_allclose(after.T @ after, before.T @ before, atol=1e-9)
        assert np.abs(after - before).max() > 0.5


def test_a_rotation_within_modules_leaves_bands_and_one_over_all_does_not():
    """Each module holds one wave: so does every unit of it, however it is turned."""
    directions = np.deg2rad([0, 40, 90])
    phases = 2 * np.pi / 5.0 * POSITIONS @ np.stack([np.cos(directions), np.sin(directions)])
    maps = np.stack([wave(phase) for phase in phases.T for wave in (np.cos, np.sin)])
    rng = np.random.default_rng(0)
    assert band_scores(rotated_maps(maps, 3, rng), POSITIONS).min() > 0.9
    assert band_scores(rotated_maps(maps, 1, rng), POSITIONS).max() < 0.9


def test_bands_as_short_as_a_lattice_holds_are_seen():
    chequers = (-1.0) ** POSITIONS.sum(axis=1)
    assert band_scores(chequers[None], POSITIONS)[0] > 0.99


def test_rotations_are_uniform():
    """The trace of a uniform orthogonal matrix has mean 0 and variance 1."""
    rng = np.random.default_rng(0)
    traces = [np.trace(random_rotation(6, rng)) for _ in range(2_000)]
    assert abs(np.mean(traces)) < 0.08
    assert np.var(traces) == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("wavelength", [6.0, 12.0])
def test_smooth_noise_is_as_smooth_as_its_map(wavelength):
    source = np.repeat(waves(20, 110, wavelength=wavelength)[None], 300, axis=0)
    source[:, 7] = np.nan
    noise = smooth_noise(source, POSITIONS, NEIGHBOURS, np.random.default_rng(0))
    assert np.isnan(noise[:, 7]).all()

    def one_step(maps):
        first, second = np.nonzero(NEIGHBOURS)
        centred = maps - np.nanmean(maps)
        return np.nanmean(centred[:, first] * centred[:, second]) / np.nanmean(centred**2)

    assert one_step(noise) == pytest.approx(one_step(source), abs=0.05)
    assert abs(correlations(noise, source).mean()) < 0.06


def test_one_unit_has_a_row_of_its_own_or_is_refused():
    """Activity (T,) would be spread over all nodes, and give a map for each of them."""
    nodes, activity = np.arange(N_NODES), np.arange(N_NODES, dtype=float)
    assert rate_maps(activity[:, None], nodes, N_NODES).shape == (1, N_NODES)
    for wrong in (activity, np.array(3.0), activity[None]):
        with pytest.raises(ValueError, match=r"Activity is \(steps, units\) and nodes are .*: for one unit"):
            rate_maps(wrong, nodes, N_NODES)
    one = waves(0)
    for measure in (
        lambda maps: spatial_information(maps + 2, EVEN),
        lambda maps: correlations(maps, maps),
        lambda maps: place_scores(maps + 2, NEIGHBOURS),
        lambda maps: largest_field_share(maps + 2, NEIGHBOURS),
        lambda maps: coherence(maps, NEIGHBOURS),
    ):
        assert measure(one[None]).shape == (1,)
        with pytest.raises(ValueError, match=r"Maps are .*, got \(121,\): for one unit, give maps\[None\]"):
            measure(one)
