"""Paths with a known walk."""

from itertools import pairwise

import numpy as np
import pytest

from hippo_envs import rectangle_family, sample_walks
from hippo_envs.references import node_agent
from hippo_envs.scoring import score
from hippo_envs.trajectories import Positions, hexagon_lattice, rectangle_lattice, walk_along

ARENA = ((0, 50), (0, 50))  # centimetres: five bins of ten a side
FRAME = 0.02  # seconds


def path_through(*corners, speed=20.0, start=0.0):
    """Positions along straight lines between places, at one speed."""
    places = [np.array(corners[:1], dtype=float)]
    for here, there in pairwise(corners):
        n_frames = max(1, round(np.linalg.norm(np.subtract(there, here)) / speed / FRAME))
        places.append(np.linspace(here, there, n_frames + 1)[1:])
    places = np.concatenate(places)
    return Positions(start + FRAME * np.arange(len(places)), *places.T)


def changed(positions, **columns):
    return Positions(**{"t": positions.t, "x": positions.x, "y": positions.y} | columns)


def square(positions, angle=0.0):
    return rectangle_lattice(positions, 10, ARENA, angle)


def names(trajectory):
    actions = trajectory.walks.actions[0]
    return [trajectory.lattice.graph.action_names[action] for action in actions[:-1]]


def test_a_straight_path_is_a_move_for_each_bin():
    positions = path_through((5, 5), (45, 5), (45, 25))
    trajectory = walk_along(positions, square(positions))
    assert names(trajectory) == ["east"] * 4 + ["north"] * 2
    assert trajectory.walks.nodes.tolist() == [[0, 1, 2, 3, 4, 9, 14]]
    assert trajectory.kept.share_of_path == 1
    assert trajectory.kept.n_filled == 0
    assert trajectory.seconds.sum() == pytest.approx(len(positions.t) * FRAME)
    assert trajectory.begins[0, :3] == pytest.approx([0, 0.25, 0.75], abs=FRAME)


def test_a_diagonal_step_turns_a_corner_on_the_side_of_the_path():
    for corners, between in [(((5, 4), (25, 24)), 1), (((4, 5), (24, 25)), 5)]:
        positions = path_through(*corners, speed=500)  # one sample a bin
        trajectory = walk_along(positions, square(positions))
        assert trajectory.walks.nodes[0, :3].tolist() == [0, between, 6]
        assert trajectory.kept.n_filled == 2
        assert trajectory.seconds[0, 1] == 0


def test_pauses_are_left_out_and_the_walk_goes_on_after_them():
    going, later = path_through((5, 5), (25, 5)), path_through((25, 5), (45, 5), start=10)
    paused = [np.concatenate([getattr(going, name), getattr(later, name)]) for name in "txy"]
    stood = np.arange(going.t[-1] + FRAME, 10 - FRAME / 2, FRAME)
    columns = [
        np.concatenate([paused[0], stood]),
        np.append(paused[1], 0 * stood + 25),
        np.append(paused[2], 0 * stood + 5),
    ]
    order = np.argsort(columns[0])
    positions = Positions(*(column[order] for column in columns))
    still = walk_along(positions, square(positions))
    fast = walk_along(positions, square(positions), slowest=2.5)
    assert fast.walks.nodes.tolist() == still.walks.nodes.tolist() == [[0, 1, 2, 3, 4]]
    assert still.kept.kept_seconds == pytest.approx(11, abs=0.1)
    assert fast.kept.kept_seconds == pytest.approx(2.4, abs=0.3)
    assert fast.kept.moving_seconds == fast.kept.kept_seconds
    assert fast.kept.share_of_path > 0.95


def test_a_creep_of_more_than_a_step_ends_the_walk():
    fast, slow = path_through((5, 5), (15, 5)), path_through((15, 5), (45, 5), speed=1, start=1)
    positions = Positions(*(np.concatenate([getattr(fast, name), getattr(slow, name)[1:]]) for name in "txy"))
    again = path_through((45, 5), (45, 45), start=positions.t[-1])
    positions = Positions(*(np.concatenate([getattr(positions, name), getattr(again, name)[1:]]) for name in "txy"))
    trajectory = walk_along(positions, square(positions), slowest=5)
    assert trajectory.kept.n_pieces == 2
    assert names(trajectory) == ["north"] * 4


def test_a_short_gap_is_bridged_and_a_long_one_ends_the_walk():
    positions = path_through((5, 5), (45, 5), (45, 45))
    for lost, n_gaps in [((40, 80), 0), ((40, 100), 1)]:
        x = positions.x.copy()
        x[slice(*lost)] = np.nan
        trajectory = walk_along(changed(positions, x=x), square(positions))
        assert trajectory.kept.n_gaps == n_gaps
        assert trajectory.kept.n_pieces == n_gaps + 1
        assert trajectory.kept.tracked_seconds == pytest.approx(trajectory.kept.recorded_seconds - FRAME * np.ptp(lost))
        assert trajectory.walks.nodes[0, -1] == 24
        assert trajectory.kept.share_of_path == pytest.approx(40 / 56 if n_gaps else 1, abs=0.02)


def test_samples_that_are_missing_are_a_gap_too():
    positions = path_through((5, 5), (45, 5), (45, 45))
    few = np.r_[:40, 120 : len(positions.t)]
    trajectory = walk_along(Positions(positions.t[few], positions.x[few], positions.y[few]), square(positions))
    assert trajectory.kept.n_gaps == 1
    assert trajectory.kept.recorded_seconds < positions.t[-1]


def test_a_jump_away_and_back_is_left_out():
    positions = path_through((5, 5), (45, 5))
    x, y = positions.x.copy(), positions.y.copy()
    x[60:65], y[60:65] = 10, 48
    trajectory = walk_along(changed(positions, x=x, y=y), square(positions))
    assert names(trajectory) == ["east"] * 4
    assert (trajectory.kept.n_glitches, trajectory.kept.n_jumps, trajectory.kept.n_pieces) == (5, 0, 1)


def test_a_jump_that_stays_ends_the_walk():
    positions = path_through((5, 5), (45, 5))
    y = np.where(np.arange(len(positions.t)) < 40, 5, 45)
    trajectory = walk_along(changed(positions, y=y), square(positions))
    assert (trajectory.kept.n_glitches, trajectory.kept.n_jumps, trajectory.kept.n_pieces) == (0, 1, 2)
    assert trajectory.walks.nodes.tolist() == [[22, 23, 24]]


def test_what_is_outside_of_the_lattice_is_not_tracked():
    positions = path_through((5, 5), (-25, 5), (5, 5), (45, 5))
    trajectory = walk_along(positions, square(positions))
    assert trajectory.kept.n_gaps == 1
    assert trajectory.kept.tracked_seconds < trajectory.kept.recorded_seconds
    assert names(trajectory) == ["east"] * 4


def test_a_path_along_a_border_does_not_flicker():
    positions = path_through((5, 10), (45, 10), speed=5)
    y = 10 + np.random.default_rng(0).normal(0, 0.3, len(positions.t))
    positions = changed(positions, y=y)
    assert walk_along(positions, square(positions)).walks.walk_length < 10
    assert walk_along(positions, square(positions), margin=0).walks.walk_length > 50


@pytest.mark.parametrize(
    "make", [lambda positions, angle: square(positions, angle), lambda p, a: hexagon_lattice(p, 10, 3, a)]
)
def test_an_arena_that_is_turned_has_the_same_walk(make):
    positions = path_through((12, 13), (38, 17), (33, 39), (11, 31))
    turn = 0.3
    x, y = (
        np.cos(turn) * positions.x - np.sin(turn) * positions.y,
        np.sin(turn) * positions.x + np.cos(turn) * positions.y,
    )
    straight, turned = make(positions, 0.0), make(changed(positions, x=x, y=y), turn)
    if straight.graph.n_actions == 7:  # the middle of a turned path's extent is that of the path in the turned axes
        assert turned.node_places == pytest.approx(
            straight.node_places @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        )
    one, other = walk_along(positions, straight), walk_along(changed(positions, x=x, y=y), turned)
    assert one.walks.nodes.tolist() == other.walks.nodes.tolist()
    assert one.walks.walk_length > 5


def test_a_hexagon_has_six_ways_on():
    angles = np.pi / 3 * np.arange(7) - 2 * np.pi / 3
    corners = np.cumsum([(50.0, 50.0), *(20 * np.stack([np.cos(angles[:6]), np.sin(angles[:6])], axis=1))], axis=0)
    positions = path_through(*map(tuple, corners))
    trajectory = walk_along(positions, hexagon_lattice(positions, 20))
    ways = ["south-west", "south-east", "east", "north-east", "north-west", "west"]
    assert sorted(names(trajectory)) == sorted(ways)
    assert trajectory.walks.nodes[0, 0] == trajectory.walks.nodes[0, -1]


def rambling(seed, n=4000):
    rng = np.random.default_rng(seed)
    heading = np.cumsum(rng.normal(0, 0.2, n))
    steps = 0.6 * np.stack([np.cos(heading), np.sin(heading)])
    x, y = 25 + 24.9 * np.sin((np.cumsum(steps, axis=1) + np.array([[0], [7]])) / 24)
    return Positions(FRAME * np.arange(n), x, y)


@pytest.mark.parametrize("make", [rectangle_lattice, hexagon_lattice])
@pytest.mark.parametrize("bin_size", [2.0, 7.0, 13.0])
def test_every_move_leads_to_the_next_node(make, bin_size):
    positions = rambling(seed=1)
    lattice = make(positions, bin_size)
    assert (lattice.nodes_at(positions.places) >= 0).all()
    walks = walk_along(positions, lattice, walk_length=20).walks
    arrivals = lattice.graph.next_node[walks.nodes[:, :-1], walks.moves[:, :-1]]
    assert (arrivals == walks.nodes[:, 1:]).all()
    assert (lattice.graph.next_node[walks.nodes[:, -1], walks.actions[:, -1]] >= 0).all()
    assert not walks.stay.any()


def test_the_nearest_node_is_the_one_of_the_cell():
    positions = rambling(seed=2, n=500)
    for lattice in (rectangle_lattice(positions, 6, angle=0.4), hexagon_lattice(positions, 6, angle=0.4)):
        apart = np.linalg.norm(positions.places[:, None] - lattice.node_places, axis=2)
        assert (lattice.nodes_at(positions.places) == apart.argmin(axis=1)).all()


def test_walks_follow_each_other_and_say_what_comes_after_their_last_step():
    positions = path_through((5, 5), (45, 5), (45, 45))
    whole = walk_along(positions, square(positions))
    parts = walk_along(positions, square(positions), walk_length=4)
    assert parts.walks.nodes.tolist() == [[0, 1, 2, 3], [4, 9, 14, 19]]
    assert (parts.walks.actions.ravel() == whole.walks.actions[0, :8]).all()
    assert whole.lattice.graph.action_names[whole.walks.actions[0, -1]] == "stay"
    assert parts.kept.n_steps == 8
    assert parts.kept.share_of_path == pytest.approx(75 / 80, abs=0.02)


def test_walks_are_those_of_any_task():
    walks = walk_along(rambling(seed=3), rectangle_lattice(rambling(seed=3), 10), walk_length=30).walks
    assert walks.loop_closure.any()
    assert score(node_agent(walks), walks)["revisit"].accuracy(45) == 1
    same = sample_walks(rectangle_family(width=5), seeds=[0], walk_length=1)
    assert (walks.worlds.observation_at == same.worlds.observation_at).all()


def test_symbols_may_be_given():
    positions = path_through((5, 5), (45, 5))
    symbols = np.arange(25) % 3
    walks = walk_along(positions, square(positions), symbols=symbols, n_observations=3).walks
    assert walks.observations.tolist() == [[0, 1, 2, 0, 1]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slowest": -1}, "slowest must be a number at least 0"),
        ({"margin": 0.5}, "margin"),
        ({"longest_step": 0.5}, "longest_step"),
        ({"walk_length": 6}, "has 5 steps, a walk has 6"),
        ({"slowest": 1000}, "has 0 steps"),
        ({"symbols": [1, 2]}, "for each of 25 nodes"),
        ({"symbols": np.full(25, 45)}, "raise n_observations"),
    ],
)
def test_what_cannot_be_walked_is_told(options, words):
    positions = path_through((5, 5), (45, 5))
    with pytest.raises(ValueError, match=words):
        walk_along(positions, square(positions), **options)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([0, 1], [0, 1], [0]), "as long as each other"),
        (([0, 0], [0, 1], [0, 1]), "Times rise"),
        (([0, np.nan], [0, 1], [0, 1]), "lacks one"),
        (([0, 1], [0, np.nan], [0, 1]), "two tracked samples"),
        (([[0, 1]], [0, 1], [0, 1]), "one number for each sample"),
    ],
)
def test_positions_that_are_none_are_told(columns, words):
    with pytest.raises(ValueError, match=words):
        Positions(*columns)


def test_lattices_without_size_are_told():
    positions = path_through((5, 5), (45, 5))
    with pytest.raises(ValueError, match="bin_size must be a number above 0"):
        rectangle_lattice(positions, 0)
    with pytest.raises(ValueError, match="each from low to high"):
        rectangle_lattice(positions, 10, ((0, 50), (50, 0)))
