"""Every registered environment, by being registered."""

import hashlib
import inspect
import json
import pickle
import re
import subprocess
import sys
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from hippo_envs import ENVIRONMENTS, make_family, register_environments, sample_walks
from hippo_envs.envs.pattern_task import PatternTask
from tests.helpers.every_id import as_bytes, for_every_id, make, make_native, random_actions
from tests.helpers.paths import ROOT

# SHA-256 of `stream` below. A change means that results change: then the environment's version goes up.
GOLDEN_STREAMS = {
    "hippo/Rectangle-v0": "3fdb27dafaa72deb377998eabcfea47bb99e582b8fa5b01f9538037bab83a2ef",
    "hippo/Hexagonal-v0": "6da4aeb762091241ef5648906325ba130b1c1328690c585def1bdd765bd717a6",
    "hippo/FamilyTree-v0": "48daac6acce5115cbda901a52d9fb2e6fa3eb77cca890ed960f74d6530c2ca10",
    "hippo/Line-v0": "1557c38f63b5f31869f2f924f5ca9e00f69fc0677c9a1f1576c08c6ce6d3b350",
    "hippo/Network-v0": "1071f44012bbdbea8c3d1b126f67d5719cd13a534a33613df86b4e225089cabc",
    "hippo/ReferenceMemory-v0": "a807d67963fa2341ee12dff6287e8fd4682328f63ed892df9b51dcda411e7a1d",
    "hippo/CaseSequence-v0": "01aa8367579c36a7539dfc312f54afc44fe76ef2e3da0f7b68248f6a596a8d2c",
    "hippo/PatternCompletion-v0": "8217f31914ec4433c9691bcb488933cac1a7bacb6721de85c54983af7c559c7a",
    "hippo/LapTrack-v0": "015731ef5a696a6bbb85cc207dc426e80efe7da2e27f260cdebf3f6cd97e334e",
    "hippo/SpatialAlternation-v0": "243eb2f6903c12e82b9da311c3fd3b9f1e0841c449828872a5036b1866c30472",
    "hippo/InOutbound-v0": "ca8a568db365d333bc2a521fee7a32a8207bd4e08bcd5be13f5fcdadfebdf912",
    "hippo/DoubleEndedMaze-v0": "ebb59083a182a406205b02330a1a971e7d427bfabe8b2a7d4ffffcc938a42299",
    "hippo/EvidenceTowers-v0": "abb6b237a6eab17923a2f18ef8e0c7f8065d4e1f824beac465c0a904d236f359",
    "hippo/Rectangle-Predict-v0": "58b218e7f2e7e52078b5baad1338d686e79614f0783ce0b29dcacafd43bf84d5",
    "hippo/Hexagonal-Predict-v0": "bd07cf151f367cfe0d61c146c37b954bcb2576e91fd5bc5dcb7911f96ab02e65",
    "hippo/FamilyTree-Predict-v0": "013b60e740485849ea86042b6d9ad2009affeb450fa2cd651454da428434c22a",
    "hippo/CaseSequence-Predict-v0": "fb65e7efb44df29af08c9f32ca8e8bcaf98c1002444d8105358e72959652796b",
    "hippo/Rectangle-Explore-v0": "47fde0ee3c1dd2e8344221019bd949f6426bbe3961b2bbdb2a6fd8ad2dfc92bc",
    "hippo/Hexagonal-Explore-v0": "8a7f716d8d7d27d83891d26dfa75e7c0d387cdeb3a52ba2ccbf6588e231f03b1",
    "hippo/FamilyTree-Explore-v0": "8de7fc00e50482a5434f89cf5afb4e2ad454c509b2454ece0c3658fe0de812f2",
    "hippo/PatternMemory-v0": "b3669c4b0a22eed1c91ac7e440f9b5425cb4bd7a33990b11f3193618db29c412",
}


pytest_generate_tests = for_every_id


def stream_hash(env_id, n_steps=1_000):
    """SHA-256 of all that seeded episodes with seeded actions give back, and of where they are."""
    env = make(env_id)
    digest = hashlib.sha256(as_bytes(with_node(env, env.reset(seed=0))))
    for action in random_actions(env.action_space, np.random.default_rng(1), n_steps):
        step = env.step(action)
        digest.update(as_bytes(with_node(env, step)))
        if step[2] or step[3]:
            digest.update(as_bytes(with_node(env, env.reset())))
    return digest.hexdigest()


def with_node(env, given):
    """What `reset` or `step` gave back, the ground truth added to the info; pattern memory has no nodes."""
    *rest, info = given
    return *rest, info | ({"node": env.unwrapped.node} if hasattr(env.unwrapped, "node") else {})


def test_the_checker_of_gymnasium_has_nothing_to_say(env_id):
    check_env(make(env_id).unwrapped)


def test_the_checker_of_stable_baselines_has_nothing_to_say(env_id):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(make(env_id))


def test_streams_are_what_they_were(env_id):
    assert stream_hash(env_id) == GOLDEN_STREAMS[env_id]


def test_another_process_with_other_hashes_gives_the_same_stream(env_id):
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.hippo_envs.test_environments import stream_hash;"
        f"print(stream_hash({env_id!r}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "123"}
    )
    assert run.stdout.strip() == GOLDEN_STREAMS[env_id]


@pytest.mark.parametrize("remapped", [{}, {"remap_after": 20, "remap_share": 0.8}], ids=["as it is", "remapped"])
def test_a_stepped_episode_equals_the_sampled_walk(stream_id, remapped):
    if remapped and not make_family(stream_id).can_be_remapped:
        pytest.skip("has nothing to remap")
    family = make_family(stream_id, **remapped)
    walk_length = family.walk_length or 100
    walks = sample_walks(family, range(5, 15), walk_length)
    for world, seed in enumerate(range(5, 15)):
        env = make(stream_id, max_episode_steps=200, **remapped)
        observation, info = env.reset(seed=seed)
        for t in range(walk_length):
            assert observation == walks.observations[world, t]
            assert env.unwrapped.node == walks.nodes[world, t]
            assert info["action_mask"][walks.actions[world, t]] == 1
            if t < walk_length - 1:
                observation, *_, info = env.step(walks.actions[world, t])


def test_the_same_seed_gives_the_same_world_and_generator(env_id):
    first, second = make(env_id).unwrapped, make(env_id).unwrapped
    assert as_bytes(first.reset(seed=3)) == as_bytes(second.reset(seed=3))
    assert first.np_random.bit_generator.state == second.np_random.bit_generator.state
    assert as_bytes(first.reset(options={})) == as_bytes(second.reset()), "without a seed the stream goes on"
    assert first.np_random.bit_generator.state == second.np_random.bit_generator.state


def test_two_resets_without_a_seed_give_two_worlds(stream_id):
    env = make(stream_id).unwrapped
    env.reset(seed=0)
    first = env.world.observation_at.tolist()
    env.reset()
    assert env.world.observation_at.tolist() != first


def test_an_action_without_an_edge_leaves_the_agent_where_it_is(stream_id):
    env = make(stream_id).unwrapped
    if env.family.union.available.all():
        pytest.skip("every action is available everywhere")
    blocked = 0
    for seed in range(50):
        observation, info = env.reset(seed=seed)
        node = env.node
        for action in np.flatnonzero(info["action_mask"] == 0):
            after, reward, terminated, truncated, _ = env.step(int(action))
            assert (after, env.node, reward, terminated, truncated) == (observation, node, 0, False, False)
            blocked += 1
    assert blocked > 0


def test_where_the_agent_is_is_told_to_no_agent(env_id):
    """Ground truth is asked of the environment, which has none before the first reset."""
    if env_id == "hippo/PatternMemory-v0":
        pytest.skip("has no nodes")
    for envs in (make(env_id), make_native(env_id, num_envs=2)):
        with pytest.raises(gym.error.ResetNeeded, match="before asking for the node"):
            _ = envs.unwrapped.node
        _, info = envs.reset(seed=0)
        assert "node" not in info
        assert np.shape(envs.unwrapped.node) == ((2,) if isinstance(envs, gym.vector.VectorEnv) else ())


def test_masks_are_fresh_fit_the_action_space_and_agree(stream_id):
    env = make(stream_id).unwrapped
    _, info = env.reset(seed=0)
    assert env.action_space.sample(info["action_mask"]) in env.action_space
    np.testing.assert_array_equal(env.action_masks(), info["action_mask"] == 1)
    info["action_mask"][:] = 0
    assert env.action_masks().any()


@pytest.mark.parametrize("action", [-1, 99])
def test_an_action_out_of_range_is_refused_and_nothing_moves(stream_id, action):
    env = make(stream_id).unwrapped
    _, info = env.reset(seed=0)
    with pytest.raises(ValueError, match=rf"Action {action} does not exist: use one of 0..\d+"):
        env.step(action)
    np.testing.assert_array_equal(env.action_masks(), info["action_mask"] == 1)


@pytest.mark.parametrize("action", ["north", None, 0.0, np.float32(0), float("nan"), [0], np.array([0]), np.arange(2)])
def test_what_is_no_number_of_an_action_is_named_with_those_that_are(stream_id, action):
    env = make(stream_id).unwrapped
    _, info = env.reset(seed=0)
    names = [f"{number} = {name}" for number, name in enumerate(env.family.action_names)]
    with pytest.raises(ValueError, match="does not exist: use one of 0") as refusal:
        env.step(action)
    assert f"Action {action!r}" in str(refusal.value)
    assert ", ".join(names[:20]) in str(refusal.value)
    np.testing.assert_array_equal(env.action_masks(), info["action_mask"] == 1)


def test_stepping_before_reset_is_refused(stream_id):
    env = make(stream_id).unwrapped
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.action_masks()


def parameters_of(*functions):
    """The names of what they take by keyword."""
    parameters = [parameter for function in functions for parameter in inspect.signature(function).parameters.values()]
    return {parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD}


# TorchRL and others try an argument, and take it back where a TypeError says this in Python's own words.
REFUSED = r"^{owner}\.__init__\(\) got an unexpected keyword argument '{name}': set any of"


@pytest.mark.parametrize("make_one", [make, partial(make_native, num_envs=2)], ids=["one", "many"])
def test_an_unknown_keyword_is_refused_with_all_that_can_be_given(env_id, make_one):
    made = make_one(env_id).unwrapped
    entry = ENVIRONMENTS[env_id]
    if entry.kind == "patterns":
        behind = [PatternTask]
    else:
        stream = type(gym.make(entry.arguments.get("stream", env_id)).unwrapped)
        behind = [stream.build_family, stream.make_family]
    with pytest.raises(TypeError, match=REFUSED.format(owner=type(made).__name__, name="colour")) as refusal:
        make_one(env_id, colour="red")
    named = re.search(r"set any of ([\w, ]+)\.", str(refusal.value))[1].split(", ")
    assert sorted(named) == sorted(parameters_of(made.__init__, *behind)), "each of them once"


@pytest.mark.parametrize("view", [name for name, entry in ENVIRONMENTS.items() if entry.kind != "stream"])
def test_a_view_is_a_dict_or_one_flat_vector(view):
    """The second path is Gymnasium's own `flatten`, world by world."""
    windows = [{}, {"window": 3}] if ENVIRONMENTS[view].kind == "predict" else [{}]
    for window in windows:
        env, flat = make(view, **window), make(view, observation="one-hot", **window)
        native = make_native(view, num_envs=1, observation="one-hot", **window)
        env.action_space.seed(0)
        shown, vector, vectors = env.reset(seed=4)[0], flat.reset(seed=4)[0], native.reset(seed=4)[0]
        for _ in range(5):
            assert vector.dtype == np.float32
            assert flat.observation_space.contains(vector)
            np.testing.assert_array_equal(vector, gym.spaces.flatten(env.observation_space, shown))
            np.testing.assert_array_equal(vectors, vector[None])
            action = env.action_space.sample()
            shown, vector = env.step(action)[0], flat.step(action)[0]
            vectors = native.step(np.array(action)[None])[0]
    with pytest.raises(ValueError, match="no observation form 'integer' here: use one of 'dict', 'one-hot'"):
        make(view, observation="integer")


def test_a_family_does_not_say_that_its_environment_takes_no_form_of_observations(stream_id):
    with pytest.raises(
        TypeError,
        match=r"^\w+Env\.make_family\(\) got an unexpected keyword argument 'observation': .*, remap_share\.$",
    ):
        make_family(stream_id, observation="dict")


def test_pickling_in_mid_episode_goes_on_alike(env_id):
    env = make(env_id)
    env.reset(seed=0)
    first, *rest = random_actions(env.action_space, np.random.default_rng(0), 5)
    env.step(first)
    copy = pickle.loads(pickle.dumps(env))
    for action in rest[:3]:
        assert as_bytes(env.step(action)) == as_bytes(copy.step(action))
    assert as_bytes(env.reset()) == as_bytes(copy.reset())


def test_the_specification_survives_json(env_id):
    spec = make(env_id).spec
    again = gym.envs.registration.EnvSpec.from_json(spec.to_json())
    json.loads(spec.to_json())
    assert as_bytes(gym.make(again).reset(seed=0)) == as_bytes(make(env_id).reset(seed=0))


def test_registering_again_changes_nothing(env_id):
    before = gym.spec(env_id)
    register_environments()
    assert gym.spec(env_id) is before


@pytest.mark.parametrize("form", ["integer", "dict", "one-hot"])
def test_observation_forms_say_the_same(stream_id, form):
    plain, other = make(stream_id), make(stream_id, observation=form)
    symbol, previous = plain.reset(seed=2)[0], plain.action_space.n
    seen = other.reset(seed=2)[0]
    for action in random_actions(plain.action_space, np.random.default_rng(0), 4).tolist():
        assert seen in other.observation_space
        assert (
            seen
            == {
                "integer": symbol,
                "dict": {"observation": symbol, "previous_action": previous},
                "one-hot": pytest.approx(np.eye(plain.observation_space.n)[symbol]),
            }[form]
        )
        symbol, seen, previous = plain.step(action)[0], other.step(action)[0], action


def test_an_unknown_observation_form_is_refused(stream_id):
    with pytest.raises(ValueError, match="no observation form 'words': use one of 'integer', 'dict', 'one-hot'"):
        make(stream_id, observation="words")


def test_text_shows_the_agent_where_it_is(stream_id):
    env = make(stream_id, render_mode="ansi").unwrapped
    with pytest.raises(gym.error.ResetNeeded):
        env.render()
    symbol, _ = env.reset(seed=0)
    assert env.render().count("[") == 1
    assert f"[{symbol}]" in env.render()
    many = make_native(stream_id, num_envs=2, render_mode="ansi")
    many.reset(seed=0)
    assert many.render()[0] == env.render()
    assert make(stream_id).unwrapped.render() is None


def test_an_unknown_render_mode_is_refused(env_id):
    env = make(env_id)
    with pytest.raises(ValueError, match="render mode 'hologram'"):
        type(env.unwrapped)(**{**env.spec.kwargs, "render_mode": "hologram"})


def steps_to_the_end(env, action, at_most=3_000):
    env.reset(seed=0)
    for step in range(1, at_most + 1):
        *_, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return step
    raise AssertionError(f"no end within {at_most} steps")


def test_an_episode_ends_whatever_is_done(env_id):
    env = make(env_id)
    limit = env.spec.max_episode_steps
    first, last = np.zeros_like(env.action_space.sample()), env.action_space.sample()
    if isinstance(env.action_space, gym.spaces.Discrete):
        first, last = 0, int(env.action_space.n) - 1
    assert max(steps_to_the_end(env, action) for action in (first, last)) <= limit
    assert (
        gym.wrappers.TimeAwareObservation(gym.wrappers.FlattenObservation(env)).observation_space.contains is not None
    )


@pytest.mark.parametrize(
    ("name", "arguments", "n_steps"),
    [
        ("hippo/Rectangle-Predict-v0", {"walk_length": 500}, 499),
        ("hippo/CaseSequence-v0", {"n_letters": 9}, 10),
        ("hippo/CaseSequence-Predict-v0", {"n_letters": 9}, 10),
        ("hippo/PatternCompletion-v0", {"n_stored": 40}, 219),
        ("hippo/PatternMemory-v0", {"n_units": 9, "n_ones": 2, "n_stored": 50, "n_recalled": 30}, 80),
    ],
)
def test_an_episode_whose_length_follows_from_an_argument_has_it_in_its_spec(name, arguments, n_steps):
    """And not in the registry, where it would cut a longer walk at the length of the default one."""
    assert ENVIRONMENTS[name].max_episode_steps is None
    env = make(name, **arguments)
    assert env.spec.max_episode_steps == env.unwrapped.spec.max_episode_steps == n_steps
    assert steps_to_the_end(env, np.zeros_like(env.action_space.sample())) == n_steps
    again = gym.make(env.spec)
    assert steps_to_the_end(again, np.zeros_like(env.action_space.sample())) == n_steps
    native = make_native(name, num_envs=2, **arguments)
    assert native.spec.max_episode_steps == n_steps
