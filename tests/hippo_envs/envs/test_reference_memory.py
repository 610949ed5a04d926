import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import UniformPolicy, WorldFamily, make_family, sample_walks
from hippo_envs.ceilings import bayes_filter
from hippo_envs.envs.rectangle import rectangle_graph
from hippo_envs.envs.reference_memory import ReferenceMemoryFamily


def test_maps_are_the_same_in_every_trial_and_uniform():
    family = make_family("hippo/ReferenceMemory-v0", n_maps=8)
    walks = sample_walks(family, range(4_000), 1)
    which = (walks.worlds.observation_at[:, None] == family.maps).all(axis=-1)
    assert (which.sum(axis=1) == 1).all(), "every trial is on one of the maps"
    assert np.abs(which.sum(axis=0) - 500).max() < 5 * np.sqrt(500)


def test_a_larger_family_begins_with_the_maps_of_a_smaller_one():
    small, large = (make_family("hippo/ReferenceMemory-v0", n_maps=n) for n in (4, 32))
    np.testing.assert_array_equal(large.maps[:4], small.maps)
    other = make_family("hippo/ReferenceMemory-v0", n_maps=4, map_seed=1)
    assert (other.maps != small.maps).any(axis=1).all()
    assert other.specification() != small.specification()


def test_letters_are_uniform_and_independent():
    maps = make_family("hippo/ReferenceMemory-v0", n_maps=200).maps
    counts = np.bincount(maps.ravel(), minlength=10)
    assert np.abs(counts - maps.size / 10).max() < 5 * np.sqrt(maps.size / 10)
    assert (maps[:, 1:] == maps[:, :-1]).mean() == pytest.approx(0.1, abs=5 * np.sqrt(0.09 / maps.size))


def test_novel_maps_are_new_in_every_trial():
    family = make_family("hippo/ReferenceMemory-v0", novel=True)
    walks = sample_walks(family, range(100), 1)
    assert len(np.unique(walks.worlds.observation_at, axis=0)) == 100


@pytest.mark.parametrize(("size", "share"), [(5, 0.132), (7, 0.196), (11, 0.277), (13, 0.290)])
def test_the_share_of_ltrm_targets_is_the_published_one(size, share):
    """Expected for a window of 64 steps, section 1 of the specification; to .015, from 300 walks."""
    walks = sample_walks(make_family("hippo/ReferenceMemory-v0", size=size), range(300), 512)
    outside = ~walks.in_window(64)
    assert outside[:, 64:].mean() == pytest.approx(share, abs=0.015)
    parts = walks.out_of_window(64).astype(int) + walks.never_in_trial + walks.in_window(64)
    assert (parts[:, 1:] == 1).all(), "the three parts leave nothing out and share nothing"


def test_it_is_walked_uniformly_over_stay_and_open_moves():
    family = make_family("hippo/ReferenceMemory-v0")
    walks = sample_walks(family, range(400), 300)
    visits = np.bincount(walks.nodes.ravel(), minlength=121) / walks.nodes.size
    degree = family.graphs[0].available.sum(axis=1)
    np.testing.assert_allclose(visits, degree / degree.sum(), atol=0.0025)


@pytest.mark.parametrize("novel", [False, True])
@pytest.mark.parametrize(
    ("argument", "wrong", "least"), [("n_maps", "x", 1), ("n_maps", 0, 1), ("map_seed", -1, 0), ("map_seed", 0.5, 0)]
)
def test_maps_that_cannot_be_are_refused_where_none_is_familiar_too(novel, argument, wrong, least):
    with pytest.raises(ValueError, match=f"{argument} must be a whole number of at least {least}, got {wrong!r}"):
        make_family("hippo/ReferenceMemory-v0", novel=novel, **{argument: wrong})


@pytest.mark.parametrize(
    ("argument", "wrong", "least"), [("n_maps", 0, 1), ("n_maps", True, 1), ("map_seed", -1, 0), ("map_seed", "x", 0)]
)
def test_a_family_made_by_hand_refuses_them_too(argument, wrong, least):
    with pytest.raises(ValueError, match=f"{argument} must be a whole number of at least {least}, got {wrong!r}"):
        ReferenceMemoryFamily((rectangle_graph(2, 2),), 3, UniformPolicy(), **{argument: wrong})


def test_any_family_says_whether_its_maps_are_familiar():
    assert WorldFamily((rectangle_graph(2, 2),), 3, UniformPolicy()).maps is None
    maps = make_family("hippo/ReferenceMemory-v0").maps
    with pytest.raises(ValueError, match="read-only"):
        maps[0, 0] = 1


def test_to_predict_on_familiar_maps_pays_for_reference_memory_and_on_novel_ones_does_not():
    """All but the first step can be known by heart, and after a remapping only what was seen since."""
    arguments = {"stream": "hippo/ReferenceMemory-v0", "walk_length": 60, "size": 5}
    for more, known in (
        ({}, lambda walks: walks.after_first),
        ({"novel": True}, lambda walks: walks.revisit),
        ({"remap_after": 30}, lambda walks: np.where(np.arange(60) < 30, walks.after_first, walks.seen)),
    ):
        env = gym.make("hippo/Rectangle-Predict-v0", **arguments, **more).unwrapped
        env.reset(seed=0)
        walks = env.walks
        paid = [env.step(symbol)[1] for symbol in walks.observations[0, 1:].tolist()]
        np.testing.assert_array_equal(np.array(paid) > 0, known(walks)[0, 1:])
        assert sum(paid) == pytest.approx(1)


@pytest.mark.parametrize("novel", [False, True])
def test_every_trial_starts_at_the_node_that_is_asked_for(novel):
    arguments = {"size": 5, "n_maps": 3, "novel": novel, "start_node": 7}
    walks = sample_walks(make_family("hippo/ReferenceMemory-v0", **arguments), range(50), 20)
    assert (walks.nodes[:, 0] == 7).all()
    assert len(np.unique(walks.nodes[:, 1:])) == 25, "from there they go anywhere"
    env = gym.make("hippo/ReferenceMemory-v0", **arguments)
    env.reset(seed=3)
    assert env.unwrapped.node == 7
    envs = gym.make_vec("hippo/ReferenceMemory-v0", 4, vectorization_mode="vector_entry_point", **arguments)
    envs.reset(seed=3)
    assert (envs.unwrapped.node == 7).all()


def test_with_one_map_and_a_known_start_nothing_is_left_to_find_out():
    one_map = {"size": 5, "n_maps": 1}
    walks = sample_walks(make_family("hippo/ReferenceMemory-v0", **one_map, start_node=0), range(50), 20)
    assert bayes_filter(walks).correct[:, 1:].all()
    anywhere = sample_walks(make_family("hippo/ReferenceMemory-v0", **one_map), range(50), 20)
    assert not bayes_filter(anywhere).correct[:, 1].all()


@pytest.mark.parametrize("wrong", [25, -1, 1.5, True])
def test_a_start_that_is_no_node_of_the_map_is_refused(wrong):
    with pytest.raises(ValueError, match=f"start_node must be .*got {wrong!r}"):
        make_family("hippo/ReferenceMemory-v0", size=5, start_node=wrong)
