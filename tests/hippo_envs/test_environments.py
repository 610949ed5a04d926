"""Every registered environment, by being registered."""

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
from tests.helpers.every_id import as_bytes, for_every_id, make, make_native, random_actions, stream_hash
from tests.helpers.paths import ROOT

pytest_generate_tests = for_every_id


@pytest.mark.usefixtures("without_waiting")
def test_the_checker_of_gymnasium_has_nothing_to_say(env_id):
    check_env(make(env_id).unwrapped)


def test_the_checker_of_stable_baselines_has_nothing_to_say(env_id):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(make(env_id))


def test_streams_are_what_they_were(env_id, golden):
    """A change means that results change: then the version of the environment goes up."""
    stream = stream_hash(env_id)
    assert stream == golden("streams.json", env_id, stream)


def test_another_process_with_other_hashes_gives_the_same_streams():
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from hippo_envs import ENVIRONMENTS\n"
        "from tests.helpers.every_id import stream_hash\n"
        "print(*(stream_hash(env_id, 200) for env_id in ENVIRONMENTS))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "123"}
    )
    assert run.stdout.split() == [stream_hash(env_id, 200) for env_id in ENVIRONMENTS]


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
        behind = stream.takers()
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
        match=r"^\w+Env\.make_family\(\) got an unexpected keyword argument 'observation': (?!.*\bobservation\b).*\.$",
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
