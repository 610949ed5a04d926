"""Spectra: plane waves whose frequencies are known are found, whatever the axes of the code."""

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag

from agents import make_agent
from benchmarks.evaluation.measurements.grid_scores import SQUARE, TRIANGULAR, lattice_of
from benchmarks.evaluation.measurements.nulls import random_rotation
from benchmarks.evaluation.measurements.plane_waves import Waves, half_zone, plane_waves, power_spectrum, shortest
from benchmarks.evaluation.measurements.spectra import position_spectrum, share_at_place
from benchmarks.evaluation.measurements.subject import Subject, largest_world
from benchmarks.evaluation.measurements.tuning import position_tuning
from hippo_envs import (
    family_tree_family,
    hexagonal_family,
    hexagonal_graph,
    line_family,
    rectangle_family,
    sample_walks,
)
from hippo_envs.envs.rectangle import rectangle_graph
from tests.helpers.measured import HEXAGON_MOVES, SQUARE_MOVES, Ideal, subject_of

LATTICES = {
    "squares": (rectangle_graph(11, 11).positions, SQUARE),
    "hexagon": (hexagonal_graph(6).positions, TRIANGULAR),
}
both_lattices = pytest.mark.parametrize(("positions", "basis"), LATTICES.values(), ids=LATTICES)


def directed(*degrees, period=4.0):
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) / period


def code_of(frequencies, positions, amplitudes=None, offset=0.0):
    """Units (2 for each wave) that together hold these plane waves, turned at random."""
    rng = np.random.default_rng(0)
    phases = 2 * np.pi * np.asarray(frequencies) @ positions.T + rng.uniform(0, 6, (len(frequencies), 1))
    amplitudes = np.ones(len(frequencies)) if amplitudes is None else np.array(amplitudes)
    waves = amplitudes[:, None, None] * np.stack([np.cos(phases), np.sin(phases)], axis=1)
    return random_rotation(2 * len(phases), rng) @ waves.reshape(-1, len(positions)) + offset


@both_lattices
@pytest.mark.parametrize("frequency", [(0.213, 0.131), (-0.07, 0.31), (0.4, 0.02), (0.0, 0.09)])
def test_the_frequency_of_a_wave_is_found_beyond_the_grid_that_is_searched(positions, basis, frequency):
    waves = plane_waves(code_of([frequency], positions, offset=3.0), positions, basis)
    found = waves.frequencies * np.sign(waves.frequencies @ frequency)[:, None]
    np.testing.assert_allclose(found, [frequency], atol=1e-4)
    assert waves.shares == pytest.approx([1], abs=1e-5)
    assert waves.effective_number == pytest.approx(1)
    assert waves.periods == pytest.approx([1 / np.linalg.norm(frequency)], rel=1e-3)
    assert np.isnan(waves.angle)


def test_unvisited_nodes_are_left_out():
    positions, basis = LATTICES["squares"]
    maps = code_of([(0.213, 0.131)], positions)
    maps[:, ::3] = np.nan
    waves = plane_waves(maps, positions, basis)
    assert waves.shares == pytest.approx([1], abs=1e-5)
    np.testing.assert_allclose(np.abs(waves.frequencies), [(0.213, 0.131)], atol=1e-4)


@both_lattices
@pytest.mark.parametrize(("directions", "apart"), [((10, 70, 130), 60), ((10, 100), 90), ((20, 50), 30)])
def test_triangles_and_squares_are_told_by_the_angle_between_waves(positions, basis, directions, apart):
    waves = plane_waves(code_of(directed(*directions), positions), positions, basis)
    assert waves.effective_number == pytest.approx(len(directions), rel=0.02)
    assert sorted(waves.orientations) == pytest.approx(directions, abs=0.5)
    assert waves.angle == pytest.approx(apart, abs=1)
    assert waves.periods == pytest.approx([4] * len(directions), rel=0.01)


def test_shares_are_those_of_the_power_and_the_strongest_comes_first():
    positions = rectangle_graph(30, 30).positions
    frequencies = directed(100, 10, 40)
    waves = plane_waves(code_of(frequencies, positions, amplitudes=(1, 3, 2)), positions, SQUARE)
    assert waves.shares == pytest.approx(np.array([9, 4, 1]) / 14, abs=0.01)
    assert waves.orientations == pytest.approx([10, 40, 100], abs=0.5)
    assert waves.effective_number == pytest.approx(14**2 / (81 + 16 + 1), rel=0.02)


@both_lattices
def test_a_rotation_of_the_code_changes_nothing(positions, basis):
    rng = np.random.default_rng(1)
    maps = code_of(directed(10, 75), positions, amplitudes=(2, 1)) + 0.1 * rng.standard_normal((4, len(positions)))
    maps[:, 5] = np.nan
    turned = random_rotation(len(maps), rng) @ maps
    before, after = (plane_waves(code, positions, basis) for code in (maps, turned))
    np.testing.assert_allclose(after.frequencies, before.frequencies, atol=1e-9)
    np.testing.assert_allclose(after.shares, before.shares, atol=1e-9)
    frequencies = half_zone(basis, np.array([0.1, 0.1]))
    np.testing.assert_allclose(
        power_spectrum(turned, positions, frequencies), power_spectrum(maps, positions, frequencies), atol=1e-9
    )


def test_the_power_is_that_of_the_fourier_transform():
    n = 11
    maps = np.random.default_rng(0).standard_normal((5, n * n))
    centred = maps - maps.mean(axis=1, keepdims=True)
    expected = (np.abs(np.fft.fft2(centred.reshape(5, n, n))) ** 2).sum(axis=0)  # by (north, east)
    east, north = np.meshgrid(np.fft.fftfreq(n), np.fft.fftfreq(n))
    power = power_spectrum(maps, LATTICES["squares"][0], np.stack([east, north], axis=-1).reshape(-1, 2))
    np.testing.assert_allclose(power, expected.ravel(), atol=1e-9)
    assert power.mean() == pytest.approx((centred**2).sum()), "Parseval"


def test_the_power_on_a_hexagon_is_summed_node_by_node():
    positions = LATTICES["hexagon"][0]
    maps = code_of(directed(30), positions)
    maps[:, 3] = np.nan
    frequency = np.array([0.2, 0.11])
    total = 0
    for rates in maps:
        total += (
            abs(
                sum(
                    (rate - np.nanmean(rates)) * np.exp(-2j * np.pi * frequency @ at)
                    for rate, at in zip(rates, positions, strict=True)
                    if not np.isnan(rate)
                )
            )
            ** 2
        )
    assert power_spectrum(maps, positions, frequency[None]) == pytest.approx([total])


@both_lattices
def test_of_frequencies_that_look_alike_the_shortest_is_given(positions, basis):
    reciprocal = np.linalg.inv(basis).T
    inner = np.random.default_rng(0).uniform(-0.2, 0.2, (50, 2))
    for shift in ((1, 0), (-2, 1), (0, 3)):
        far = inner + np.array(shift) @ reciprocal
        np.testing.assert_allclose(shortest(far, basis), inner, atol=1e-12)
        np.testing.assert_allclose(np.exp(2j * np.pi * far @ positions.T), np.exp(2j * np.pi * inner @ positions.T))


@pytest.mark.parametrize("basis", [SQUARE, TRIANGULAR], ids=LATTICES)
def test_the_search_covers_what_a_lattice_can_hold_once(basis):
    tried = half_zone(basis, np.array([0.05, 0.05]))
    every = np.concatenate([tried, -tried])
    for wanted in np.random.default_rng(0).uniform(-0.7, 0.7, (50, 2)):
        gaps = shortest(every - wanted, basis)
        assert np.abs(gaps @ basis.T).max(axis=1).min() <= 0.025 + 1e-9
    np.testing.assert_allclose(np.linalg.norm(tried, axis=1), np.linalg.norm(shortest(tried, basis), axis=1))


def test_the_effective_number_is_about_what_was_found_whatever_it_leaves_unexplained():
    assert Waves(np.ones((2, 2)), np.array([0.3, 0.1])).effective_number == pytest.approx(0.4**2 / (0.3**2 + 0.1**2))


def test_waves_that_only_change_sign_are_told():
    frequencies = np.array([[0.5, 0.5], [0.0, -0.498], [0.25, 0.5], [0.4, 0.0]])
    assert Waves(frequencies, np.ones(4)).alternates(SQUARE).tolist() == [True, True, False, False]
    chequered = (LATTICES["squares"][0].sum(axis=1) % 2)[None]
    waves = plane_waves(chequered, *LATTICES["squares"])
    assert waves.shares == pytest.approx([1])
    assert waves.alternates(SQUARE).all()


@both_lattices
def test_noise_is_many_waves_and_a_constant_none(positions, basis):
    noise = np.random.default_rng(0).standard_normal((24, len(positions)))
    waves = plane_waves(noise, positions, basis)
    assert waves.effective_number > 11
    assert waves.shares.sum() < 0.5
    flat = plane_waves(5 + 1e-3 * noise, positions, basis)
    assert len(flat.shares) == 0
    assert np.isnan(flat.effective_number)


def test_the_share_at_place_is_that_of_the_variance():
    rng = np.random.default_rng(0)
    nodes = rng.integers(20, size=4_000)
    of_place, other = rng.standard_normal((20, 3))[nodes], rng.standard_normal((4_000, 3))
    assert share_at_place(of_place, nodes) == pytest.approx(1)
    assert share_at_place(other, nodes) == pytest.approx(0, abs=0.01)
    expected = of_place.var(axis=0).sum() / (of_place.var(axis=0).sum() + 3)
    assert share_at_place(of_place + other, nodes) == pytest.approx(expected, abs=0.02)
    few = [share_at_place(rng.standard_normal((40, 3)), rng.integers(20, size=40)) for _ in range(200)]
    assert np.mean(few) == pytest.approx(0, abs=0.02), "as many nodes as visits explain nothing either"
    assert np.isnan(share_at_place(other[:20], np.arange(20)))
    assert np.isnan(share_at_place(np.ones((50, 2)), np.arange(50) % 5))


SQUARES = sample_walks(rectangle_family((6, 11)), range(4), 1_000)
HEXAGONS = sample_walks(hexagonal_family((3, 6)), range(4), 1_000)


@pytest.mark.parametrize(
    ("walks", "moves", "directions", "near_60", "near_90"),
    [
        (SQUARES, SQUARE_MOVES, (10, 100), 0, 1),
        (HEXAGONS, HEXAGON_MOVES, (10, 70, 130), 1, 0),
    ],
    ids=["squares", "triangles"],
)
def test_a_code_of_known_waves_is_described_module_by_module(walks, moves, directions, near_60, near_90):
    ideal = Ideal([directed(*directions, period=period) for period in (3.5, 4.5)], moves)
    measured = position_spectrum(subject_of(ideal, walks))
    assert measured["spectrum_waves"] == pytest.approx(len(directions), rel=0.02)
    assert measured["spectrum_explained"] == pytest.approx(1, abs=0.01)
    assert measured["spectrum_strongest"] == pytest.approx(1 / len(directions), abs=0.05)
    assert measured["spectrum_two_strongest"] == pytest.approx(2 / len(directions), abs=0.05)
    assert measured["spectrum_period"] == pytest.approx(4, rel=0.01)
    assert (measured["spectrum_near_60"], measured["spectrum_near_90"]) == (near_60, near_90)
    assert measured["spectrum_modules_with_two"] == 1
    assert measured["spectrum_constant"] == measured["spectrum_alternating"] == 0
    assert measured["code_at_place"] == 1
    assert measured["code_at_place_untrained"] == pytest.approx(0, abs=0.02)
    assert measured["spectrum_waves_untrained"] > 10
    assert [len(measured["spectrum_modules"][name]) for name in ("trained", "untrained")] == [2, 2]
    picture = np.array(measured["spectrum_power"]["trained"])
    assert picture.max() == 1
    assert picture.shape == (len(measured["spectrum_power"]["north"]), len(measured["spectrum_power"]["east"]))


def test_of_a_linear_module_the_wave_that_grows_fastest_is_left():
    """The code is set to one length at every step, so only the largest pair of eigenvalues lasts."""
    torch.manual_seed(0)
    agent, untrained = (make_agent("tem-t", 45, 5, n_units=8, n_modules=2, n_key=4) for _ in range(2))
    grows, fades = np.array([[0.21, 0.13], [0.07, -0.31]]), np.array([[0.4, 0.1], [0.1, 0.45]])
    with torch.no_grad():
        for module in range(2):
            axes = random_rotation(4, np.random.default_rng(module))
            for action, move in enumerate(SQUARE_MOVES):
                blocks = [
                    size * turn(2 * np.pi * wave @ move) for size, wave in ((1.6, grows[module]), (0.8, fades[module]))
                ]
                matrix = axes @ block_diag(*blocks) @ axes.T
                agent.path_integrator.transition[action, module] = torch.from_numpy(matrix)
    measured = position_spectrum(Subject(agent, untrained, SQUARES, torch.device("cpu"), seed=0))
    for module, wave in zip(measured["spectrum_modules"]["trained"], grows, strict=True):
        np.testing.assert_allclose(np.abs(module["frequencies"][0]), np.abs(wave), atol=0.002)
        assert module["shares"][0] > 0.98
    assert measured["spectrum_modules_with_two"] == 0
    assert measured["code_at_place"] > 0.98


def turn(angle):
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def test_tuning_keeps_whole_distributions_and_the_share_above_the_convention():
    bands = Ideal([directed(17, period=5.0), directed(40, period=4.0)], SQUARE_MOVES)
    measured = position_tuning(subject_of(bands, SQUARES))
    assert measured["band_score"] > 0.95
    assert measured["band_score_share"] == 1
    assert measured["band_score_share_untrained"] == 0
    for null, n_units in (("", 12), ("_untrained", 24), ("_rotated", 12), ("_mixed", 12), ("_noise", 12)):
        for score in ("grid_score_60", "grid_score_90", "band_score"):
            values = measured["score_distributions"][f"{score}{null}"]
            assert len(values) == n_units
            assert values == sorted(values)
            assert np.median(values) == pytest.approx(measured[f"{score}{null}"], abs=1e-3)
            assert np.mean(np.array(values) > 0.3) == pytest.approx(measured[f"{score}_share{null}"], abs=1e-4)


@pytest.mark.parametrize(
    ("family", "why"),
    [(family_tree_family(3), "plane lattice"), (line_family(5), "on one line")],
    ids=["tree", "line"],
)
def test_what_is_no_plane_lattice_is_refused_by_name(family, why):
    walks = sample_walks(family, range(2), 60)
    ideal = Ideal([directed(0)], np.zeros((family.n_actions, 2)))
    for measure in (position_tuning, position_spectrum):
        with pytest.raises(ValueError, match=why):
            measure(subject_of(ideal, walks))


def test_nodes_that_share_a_place_are_on_no_lattice():
    with pytest.raises(ValueError, match="some of these share theirs"):
        lattice_of(np.array([[0.0, 0], [1, 0], [0, 1], [0, 0]]))


def test_the_largest_world_is_the_first_of_its_size():
    sizes = [SQUARES.worlds.graph(i).n_nodes for i in range(4)]
    assert largest_world(SQUARES) == sizes.index(max(sizes))
