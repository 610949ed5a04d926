"""The walker and the masks, against a slow version that shares nothing with them but the definitions."""

import numpy as np
import pytest

from hippo_envs import (
    DriftingHeadingPolicy,
    Graph,
    UniformPolicy,
    WorldFamily,
    make_family,
    rectangle_family,
    sample_walks,
)
from hippo_envs.scoring import memory_split
from hippo_envs.walking.step_table import N_POINTS
from hippo_envs.walks import Walks
from tests.helpers.brute_force import brute_force


def one_way_ring_with_chords() -> WorldFamily:
    """A graph without inverses, with two actions over the same edge, and of two sizes."""
    graphs = []
    for n in (5, 7):
        nodes = np.arange(n)
        table = np.stack([(nodes + 1) % n, (nodes + 1) % n, np.where(nodes % 2, (nodes + 2) % n, -1)], axis=1)
        graphs.append(Graph(table, np.zeros((n, 2)), ("on", "on again", "chord")))
    return WorldFamily(tuple(graphs), n_observations=3, policy=UniformPolicy())


FAMILIES = {
    "squares": rectangle_family((2, 3, 4)),
    "torus": rectangle_family(3, torus=True),
    "no stay": rectangle_family((3, 5), stay=False),
    "one way": one_way_ring_with_chords(),
}


@pytest.fixture(params=FAMILIES)
def walks(request) -> Walks:
    return sample_walks(FAMILIES[request.param], range(40), walk_length=60)


@pytest.mark.parametrize("name", brute_force([0])[0])
def test_ages_and_masks_equal_a_brute_force_version(walks, name):
    expected = [[step[name] for step in brute_force(nodes)] for nodes in walks.nodes.tolist()]
    np.testing.assert_array_equal(getattr(walks, name), expected)


def test_every_kind_of_step_occurs_where_it_can():
    walks = sample_walks(FAMILIES["squares"], range(40), walk_length=60)
    for name in ("stay", "revisit", "zero_shot", "reversal", "loop_closure", "never_in_trial"):
        assert getattr(walks, name).any(), name
    assert not sample_walks(FAMILIES["one way"], range(40), walk_length=60).reversal.any()


def test_a_window_splits_revisits(walks):
    inside, outside = walks.in_window(6), walks.out_of_window(6)
    np.testing.assert_array_equal(inside | outside, walks.revisit)
    assert not (inside & outside).any()
    assert walks.age[inside].max() == 6
    assert walks.age[outside].min() > 6


@pytest.mark.parametrize("window", [0, -3, 2.5, "8", True, None])
def test_a_window_is_a_whole_number_of_steps(walks, window):
    for asked in (walks.in_window, walks.out_of_window, lambda window: memory_split(walks, window)):
        with pytest.raises(ValueError, match=f"window must be a whole number of at least 1, got {window!r}"):
            asked(window)
    np.testing.assert_array_equal(walks.in_window(np.int64(6)), walks.in_window(6))


def test_rewritten_is_what_was_seen_before_the_remapping_and_since_and_differs():
    family = make_family("hippo/Rectangle-v0", width=(3, 4), n_observations=5, remap_after=20)
    walks = sample_walks(family, range(20), 60)
    expected = np.zeros_like(walks.rewritten)
    for b, (nodes, shown) in enumerate(zip(walks.nodes.tolist(), walks.observations.tolist(), strict=True)):
        for t in range(20, 60):
            before, after = ([shown[i] for i in steps if nodes[i] == nodes[t]] for steps in (range(20), range(20, t)))
            expected[b, t] = bool(before) and bool(after) and before[0] != shown[t]
    assert expected.any()
    np.testing.assert_array_equal(walks.rewritten, expected)
    assert not sample_walks(rectangle_family(4), range(3), 60).rewritten.any()


def test_actions_lead_along_edges_to_the_next_node_and_its_observation(walks):
    for world, (nodes, actions) in enumerate(zip(walks.nodes, walks.actions, strict=True)):
        graph = walks.worlds.graph(world)
        assert graph.available[nodes, actions].all()
        np.testing.assert_array_equal(graph.next_node[nodes[:-1], actions[:-1]], nodes[1:])
        np.testing.assert_array_equal(walks.worlds.observation_at[world][nodes], walks.observations[world])
        assert nodes[0] == walks.worlds.start_node[world]


def test_a_walk_depends_on_its_seed_alone(walks):
    family = walks.worlds.family
    alone = sample_walks(family, [7], walk_length=60)
    longer = sample_walks(family, [99, 7], walk_length=90)
    for name in ("nodes", "observations", "actions"):
        np.testing.assert_array_equal(getattr(alone, name)[0], getattr(walks, name)[7])
        np.testing.assert_array_equal(getattr(longer, name)[1, :60], getattr(walks, name)[7])


def test_graphs_of_mixed_size_share_a_batch(walks):
    sizes = {graph.n_nodes for graph in walks.worlds.family.graphs}
    assert {walks.worlds.graph(world).n_nodes for world in range(len(walks.worlds))} == sizes


def visits_after_100_steps(policy):
    """How often 20,000 walks are at each node of a square of 5, and how often uniform ones are expected there."""
    family = rectangle_family(5)
    walks = sample_walks(family, range(20_000), walk_length=101, policy=policy)
    degree = family.graphs[0].available.sum(axis=1)
    return walks, np.bincount(walks.nodes[:, 100], minlength=25), 20_000 * degree / degree.sum()


BEYOND = 51.2  # 99.9 % of chi-squares with 24 degrees of freedom are below


def test_a_uniform_walk_is_where_theory_says():
    """Uniform over available actions: the stationary probability of a node is its degree (stay included) over the sum.

    At a node that has it, staying is one over the degree.
    """
    walks, visits, expected = visits_after_100_steps(UniformPolicy())
    assert ((visits - expected) ** 2 / expected).sum() < BEYOND
    assert walks.stay[:, 1:].mean() == pytest.approx(25 / 105, abs=0.001), "25 nodes, 105 actions"


def test_who_follows_a_heading_is_at_the_walls_more_often():
    """And in the middle less often than who walks uniformly."""
    _, visits, expected = visits_after_100_steps(DriftingHeadingPolicy())
    assert ((visits - expected) ** 2 / expected).sum() > BEYOND
    inside = np.zeros((5, 5), dtype=bool)
    inside[1:-1, 1:-1] = True
    share = (visits / expected).reshape(5, 5)
    assert share[inside].mean() < 0.95 < 1.03 < share[~inside].mean()


def test_following_a_heading_reaches_farther_than_walking_uniformly():
    family = rectangle_family(30)

    def distance(policy):
        walks = sample_walks(family, range(300), walk_length=60, policy=policy)
        positions = family.graphs[0].positions[walks.nodes]
        return np.linalg.norm(positions[:, -1] - positions[:, 0], axis=1).mean()

    assert distance(DriftingHeadingPolicy(follow=0.8)) > 1.5 * distance(UniformPolicy())


def test_a_heading_always_followed_goes_straight_until_the_wall():
    family = rectangle_family(9)
    straight = DriftingHeadingPolicy(follow=1.0, drift=0.0)
    walks = sample_walks(family, range(200), walk_length=30, policy=straight)
    stay = family.action_names.index("stay")
    assert (walks.actions != stay).all()
    graph = family.graphs[0]
    ahead = graph.available[walks.nodes[:, 1:], walks.actions[:, :-1]]
    same = walks.actions[:, 1:] == walks.actions[:, :-1]
    assert same[ahead].all(), "the same move again wherever it is open"
    assert not same[~ahead].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seeds": [], "walk_length": 5}, "at least one seed"),
        ({"seeds": [0], "walk_length": 0}, "walk_length must be a whole number of at least 1, got 0"),
    ],
)
def test_no_walk_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sample_walks(rectangle_family(3), **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hippo/Rectangle-v0", [0], 5), r"such as make_family\('hippo/Rectangle-v0'\), got 'hippo/Rectangle-v0'"),
        ((rectangle_family(3), 200, 5), "one seed for each world, such as range.200. or .0., got 200"),
        ((rectangle_family(3), "12", 5), "seeds needs one seed for each world, such as .*, got '12'"),
    ],
)
def test_neither_a_name_is_a_family_nor_a_number_several_seeds(arguments, message):
    with pytest.raises(TypeError, match=message):
        sample_walks(*arguments)


def test_a_heading_needs_a_plane():
    with pytest.raises(ValueError, match="no headings to follow"):
        sample_walks(FAMILIES["one way"], [0], 5, DriftingHeadingPolicy())
    with pytest.raises(ValueError, match=r"follow must be a number at least 0 and at most 1, got 1\.5"):
        DriftingHeadingPolicy(follow=1.5)


def test_a_family_needs_graphs_that_share_their_actions():
    with pytest.raises(ValueError, match="share their actions"):
        WorldFamily((*FAMILIES["torus"].graphs, *FAMILIES["no stay"].graphs), 45, UniformPolicy())
    with pytest.raises(ValueError, match="at least one graph"):
        WorldFamily((), 45, UniformPolicy())


def test_a_lost_walker_turns_to_a_move_and_not_to_standing_still():
    """On a line whose first action is to stay; walkers heading north or south find no such move here, and turn."""
    nodes = np.arange(5)
    nowhere = np.full(5, -1)
    east, west = np.where(nodes < 4, nodes + 1, -1), np.where(nodes > 0, nodes - 1, -1)
    positions = np.stack([nodes, 0 * nodes], axis=1).astype(float)
    names = ("stay", "east", "west", "north", "south")
    headings = np.array([np.nan, 0, np.pi, np.pi / 2, -np.pi / 2])
    graph = Graph(np.stack([nodes, east, west, nowhere, nowhere], axis=1), positions, names, headings)
    always = DriftingHeadingPolicy(follow=1.0)
    family = WorldFamily((graph,), n_observations=3, policy=always)
    assert not sample_walks(family, range(100), 50).stay.any()


@pytest.mark.parametrize("headings", [(0.0, 1.0), (-3.0, 0.5, 2.0, np.nan), (5.0, 9.0, np.nan, -7.0, 1.0)])
def test_the_move_ahead_is_the_nearest(headings):
    """All moves are open at every node; at a point of the compass that is half one move's, either will do."""
    n_actions = len(headings)
    everywhere = np.tile(np.arange(n_actions), (n_actions, 1))
    graph = Graph(everywhere, np.zeros((n_actions, 2)), tuple("abcde"[:n_actions]), np.array(headings))
    table = WorldFamily((graph,), n_observations=3, policy=UniformPolicy()).step_table
    turns = np.random.default_rng(0).random(2_000)
    ahead = table.action[table.ahead[(turns * N_POINTS).astype(int)]]
    apart = np.abs(np.exp(2j * np.pi * turns)[:, None] - np.exp(1j * np.array(headings)))
    nearest = np.nanmin(apart, axis=1)
    assert (apart[np.arange(2_000), ahead] < nearest + 2 * np.pi / N_POINTS).all()
    assert (ahead == np.nanargmin(apart, axis=1)).mean() > 0.99


def test_a_family_that_asks_for_nothing_of_its_own_says_so():
    family = rectangle_family(3)
    walks = sample_walks(family, [0], 5)
    assert (family.walk_length, family.alphabet, family.scored(walks), family.ceiling(walks)) == (None,) * 4
    cases = make_family("hippo/CaseSequence-v0")
    walks = sample_walks(cases, [0], cases.walk_length or 0)
    assert all(own is not None for own in (cases.alphabet, cases.scored(walks), cases.ceiling(walks)))
