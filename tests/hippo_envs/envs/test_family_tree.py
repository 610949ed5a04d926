import numpy as np
import pytest

from hippo_envs import family_tree_family, family_tree_graph

TREE = family_tree_graph(4)
RELATION = {name: action for action, name in enumerate(TREE.action_names)}


def relative(person, *relations):
    """Who one arrives at over several relations, -1 if there is nobody."""
    for name in relations:
        person = TREE.next_node[person, RELATION[name]] if person >= 0 else -1
    return person


@pytest.mark.parametrize(
    ("relation", "same_as"),
    [
        ("grandparent", ("parent", "parent")),
        ("uncle or aunt", ("parent", "sibling")),
        ("niece or nephew 1", ("sibling", "child 1")),
        ("niece or nephew 2", ("sibling", "child 2")),
        ("cousin 1", ("parent", "sibling", "child 1")),
        ("cousin 2", ("uncle or aunt", "child 2")),
    ],
)
def test_relations_combine_as_they_do_in_families(relation, same_as):
    for person in range(TREE.n_nodes):
        assert relative(person, relation) == relative(person, *same_as)


def test_children_know_their_parents_and_siblings_each_other():
    for person in range(TREE.n_nodes):
        for child in ("child 1", "child 2"):
            if relative(person, child) >= 0:
                assert relative(person, child, "parent") == person
        if relative(person, "sibling") >= 0:
            assert relative(person, "sibling", "sibling") == person != relative(person, "sibling")
            assert {relative(person, "parent", "child 1"), relative(person, "parent", "child 2")} == {
                person,
                relative(person, "sibling"),
            }


def test_the_edge_to_a_grandparent_is_the_only_one_way_edge():
    one_way = {TREE.action_names[a] for _, a in np.argwhere(TREE.available & (TREE.reverse_edge < 0))}
    assert one_way == {"grandparent"}


def test_the_published_sizes_are_the_default_and_nobody_stays():
    assert [graph.n_nodes for graph in family_tree_family().graphs] == [15, 31, 63]
    assert (TREE.next_node != np.arange(TREE.n_nodes)[:, None]).all()


@pytest.mark.parametrize(
    ("levels", "message"),
    [(0, "levels must be a whole number of at least 1"), (2.5, "whole number"), ((), "whole number")],
)
def test_impossible_depths_are_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        family_tree_family(levels)
