"""What holds for every graph: walker, masks and scores on random tables, not only on the worlds we thought of."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_envs import Graph, UniformPolicy, WorldFamily, sample_walks
from hippo_envs.anatomy import error_anatomy
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import answers_of, count, score
from tests.helpers.brute_force import brute_force


@st.composite
def graphs(draw, n_actions):
    """Any table: one-way edges, loops, several actions to one node, separate parts; no node without a way on."""
    n_nodes = draw(st.integers(2, 7))
    rows = st.lists(st.integers(-1, n_nodes - 1), min_size=n_actions, max_size=n_actions).filter(lambda r: max(r) >= 0)
    table = draw(st.lists(rows, min_size=n_nodes, max_size=n_nodes))
    return Graph(np.array(table), np.zeros((n_nodes, 2)), tuple(f"action {a}" for a in range(n_actions)))


@st.composite
def families(draw):
    n_actions = draw(st.integers(1, 4))
    several = draw(st.lists(graphs(n_actions), min_size=1, max_size=3))
    return WorldFamily(tuple(several), draw(st.integers(2, 6)), UniformPolicy())


@st.composite
def walks(draw):
    seeds = draw(st.lists(st.integers(0, 2**64), min_size=1, max_size=5))
    return sample_walks(draw(families()), seeds, draw(st.integers(1, 40)))


@settings(max_examples=150, deadline=None)
@given(walks())
def test_a_walk_keeps_to_its_graph(walks):
    for world, (nodes, actions) in enumerate(zip(walks.nodes, walks.actions, strict=True)):
        graph = walks.worlds.graph(world)
        assert nodes.max() < graph.n_nodes
        assert graph.available[nodes, actions].all()
        np.testing.assert_array_equal(graph.next_node[nodes[:-1], actions[:-1]], nodes[1:])
    assert walks.observations.min() >= 0, "padding is never seen"
    assert walks.observations.max() < walks.worlds.family.n_observations


@settings(max_examples=150, deadline=None)
@given(walks())
def test_masks_equal_a_brute_force_version(walks):
    expected = [brute_force(nodes) for nodes in walks.nodes.tolist()]
    for name in expected[0][0]:
        np.testing.assert_array_equal(getattr(walks, name), [[step[name] for step in steps] for steps in expected])


@settings(max_examples=100, deadline=None)
@given(walks())
def test_masks_fit_into_each_other(walks):
    np.testing.assert_array_equal(walks.zero_shot, walks.loop_closure | walks.reversal)
    assert not (walks.loop_closure & walks.reversal).any()
    assert not (walks.zero_shot & (walks.stay | ~walks.revisit)).any()
    first = np.zeros(walks.nodes.shape, dtype=bool)
    first[:, 0] = True
    np.testing.assert_array_equal(walks.revisit | walks.never_in_trial | first, np.ones_like(first))


@settings(max_examples=100, deadline=None)
@given(walks())
def test_who_knows_more_of_the_structure_knows_more_steps(walks):
    edge, inverse, node = (REFERENCES[name](walks) for name in ("edge-agent", "inverse-agent", "node-agent"))
    assert not (edge.known & ~inverse.known).any()
    one_way_back = inverse.known & ~node.known
    assert not one_way_back.any(), "an edge taken backwards was left from the node it leads to"
    np.testing.assert_array_equal(inverse.known & walks.zero_shot, walks.reversal)


@settings(max_examples=100, deadline=None)
@given(walks(), st.data())
def test_counts_add_up_however_steps_are_binned(walks, data):
    predictions = np.random.default_rng(0).integers(walks.worlds.family.n_observations, size=walks.nodes.shape)
    answers = answers_of(predictions, walks)
    inner = data.draw(st.sets(st.integers(1, walks.walk_length)))
    bins = sorted(inner | {walks.walk_length})
    binned = count(answers, walks.revisit, bins)
    (whole,) = score(answers, walks, ("revisit",), (walks.walk_length,)).values()
    for parts, total in zip(binned, whole, strict=True):
        np.testing.assert_array_equal(parts.sum(axis=1), total[:, 0])
    assert (binned.correct <= binned.known).all()
    assert (binned.known <= binned.total).all()


@settings(max_examples=60, deadline=None)
@given(walks())
def test_rows_of_the_error_anatomy_partition_what_they_should(walks):
    rows = {row: int(counts.total.sum()) for row, counts in error_anatomy(REFERENCES["chance"](walks), walks).items()}
    ages = sum(n for row, n in rows.items() if row.startswith("revisit, age"))
    assert ages == rows["in window of 64"] + rows["out of window, in trial"] == walks.revisit.sum()
    lengths = sum(n for row, n in rows.items() if row.startswith("loop closure, length"))
    assert lengths == rows["loop closure"], "no loop is shorter than three steps: one is a stay, two a reversal"
    assert rows["reversal"] <= rows["inverse edge"]
