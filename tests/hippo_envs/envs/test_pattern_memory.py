"""The pattern memory environment: episodes, rewards, many worlds. What holds for every id: test_environments.py."""

import hashlib
import json
import math
import os
import pickle
import subprocess
import sys
from itertools import pairwise
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from hippo_envs.envs.pattern_memory import PatternMemoryEnv, PatternMemoryVectorEnv
from hippo_envs.envs.pattern_picture import draw_step
from hippo_envs.envs.pattern_task import UNTRAINED, PatternTask
from hippo_envs.envs.patterns import random_patterns

# The same checks as for every id, here with other arguments.
from tests.helpers.every_id import as_bytes, assert_native_equals_sync, assert_same
from tests.helpers.paths import ROOT

PATTERNS = "hippo/PatternMemory-v0"
SMALL = {"n_units": 60, "n_ones": 12, "n_stored": 15, "n_recalled": 8}
TREE = {"structure": "tree", "bits_changed": 3}
VARIANTS = [
    pytest.param({"cue_share": 1.0}, id="full"),
    pytest.param({}, id="half"),
    pytest.param({"pseudo_share": 0.4, **TREE}, id="tree"),
    pytest.param({"ages": [1, 15, 4], "pseudo_share": 0.2}, id="ages"),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def make(**arguments):
    return gym.make(f"hippo_envs:{PATTERNS}", **{**SMALL, **arguments})


class Now(NamedTuple):
    """What an answer may be made from: all that was stored so far, the cue (None while storing), and its age."""

    stored: list[Any]
    cue: Any
    age: int


def episode(env, answer, seed=0):
    """What was shown, from the reset to the end, and the reward and info that came with it."""
    shown, info = env.reset(seed=seed)
    steps, stored, terminated = [(shown, 0.0, info)], [], False
    while not terminated:
        if not shown["recall"]:
            stored.append(shown["pattern"])
        now = Now(stored, shown["pattern"] if shown["recall"] else None, info["age"])
        shown, reward, terminated, truncated, info = env.step(answer(now))
        assert not truncated
        steps.append((shown, reward, info))
    return steps


def nothing(now):
    return np.zeros_like(now.stored[0])


def everything(now):
    return np.ones_like(now.stored[0])


def echo(now):
    return now.stored[-1] if now.cue is None else now.cue


def best_match(now):
    return max(now.stored, key=lambda pattern: (pattern & echo(now)).sum())


def remember(now):
    return now.stored[-max(now.age, 1)]


def rewards(steps):
    """Of the answers, after the steps at which something was still being stored."""
    return np.array([reward for (before, _, _), (_, reward, _) in pairwise(steps) if before["recall"]])


def stored_and_cued(steps):
    """The patterns that were stored, the cues, and their ages."""
    stored = [shown["pattern"] for shown, _, _ in steps[:-1] if not shown["recall"]]
    cues = [(shown["pattern"], info["age"]) for shown, _, info in steps if shown["recall"]]
    return np.array(stored, dtype=bool), np.array([cue for cue, _ in cues], dtype=bool), [age for _, age in cues]


# Episodes


def test_as_registered_a_thousand_patterns_are_stored_and_a_hundred_cued():
    stored, cues, ages = stored_and_cued(episode(gym.make(PATTERNS), nothing))
    assert stored.shape == (1_000, 1_000)
    assert cues.shape == (100, 1_000)
    assert (stored.sum(axis=1) == 100).all()
    assert len(set(ages)) == 100
    assert set(ages) <= set(range(1, 1_001))


def test_patterns_come_first_then_cues_then_nothing():
    steps = episode(make(cue_share=1.0), nothing)
    assert [shown["recall"] for shown, _, _ in steps] == [0] * 15 + [1] * 8 + [0]
    assert [info["age"] > 0 for _, _, info in steps] == [False] * 15 + [True] * 8 + [False]
    assert not steps[-1][0]["pattern"].any()
    assert steps[-1][2] == {"age": 0, "is_success": False}
    assert all(shown["pattern"].sum() == 12 for shown, _, _ in steps[:-1])
    assert len({bytes(shown["pattern"]) for shown, _, _ in steps[:15]}) == 15


@pytest.mark.parametrize("arguments", VARIANTS)
def test_a_cue_is_of_the_pattern_of_its_age(arguments):
    cued = set()
    for seed in range(5):
        steps = episode(make(**arguments), remember, seed)
        stored, cues, ages = stored_and_cued(steps)
        for cue, age, reward in zip(cues, ages, rewards(steps), strict=True):
            assert cue.sum() == 12 * arguments.get("cue_share", 0.5)
            if age != UNTRAINED:
                assert not (cue & ~stored[15 - age]).any()
                assert reward == 1
                cued.add(age)
    assert cued == set(arguments.get("ages", cued))
    assert {1, 15} <= cued


def test_ages_are_all_cued_before_any_is_cued_again():
    orders = set()
    for seed in range(5):
        *_, ages = stored_and_cued(episode(make(n_recalled=37), nothing, seed))
        assert sorted(ages[:15]) == sorted(ages[15:30]) == list(range(1, 16))
        assert len(set(ages[30:])) == 7
        orders |= {tuple(ages[:15]), tuple(ages[15:30])}
    assert len(orders) == 10


def test_ages_that_are_given_are_cued_in_turn():
    *_, ages = stored_and_cued(episode(make(ages=[3, 15]), nothing))
    assert ages == [3, 15] * 4


@pytest.mark.parametrize("structure", [{}, TREE], ids=["random", "tree"])
def test_pseudo_patterns_are_none_of_those_stored(structure):
    n_pseudo, overlaps = 0, []
    for seed in range(20):
        steps = episode(make(cue_share=1.0, pseudo_share=0.3, n_recalled=20, **structure), remember, seed)
        stored, cues, ages = stored_and_cued(steps)
        untrained = cues[[age == UNTRAINED for age in ages]]
        assert not (untrained[:, None] == stored).all(axis=2).any()
        assert len(set(map(bytes, untrained))) == len(untrained)
        n_pseudo += len(untrained)
        overlaps += (untrained[:, None] & stored).sum(axis=2).ravel().tolist()
    assert n_pseudo == pytest.approx(400 * 0.3, abs=4.5 * math.sqrt(400 * 0.3 * 0.7))
    assert (np.mean(overlaps) / 12 > 0.3) == bool(structure), "pseudo-patterns are of the same tree"


def test_only_pseudo_patterns_if_so_asked():
    *_, ages = stored_and_cued(episode(make(pseudo_share=1.0), nothing))
    assert ages == [UNTRAINED] * 8


# Rewards


@pytest.mark.parametrize("cue_share", [1.0, 0.5])
def test_a_perfect_memory_gets_all(cue_share):
    steps = episode(make(cue_share=cue_share), best_match)
    assert sum(reward for _, reward, _ in steps) == 8


@pytest.mark.parametrize("arguments", VARIANTS)
def test_an_echo_gets_the_share_that_was_shown(arguments):
    steps = episode(make(**arguments), echo)
    assert rewards(steps).tolist() == [arguments.get("cue_share", 0.5)] * 8
    assert sum(reward for _, reward, _ in steps) == rewards(steps).sum(), "nothing is paid while storing"


def test_turning_everything_on_pays_no_more_than_chance():
    assert rewards(episode(make(), everything)).tolist() == [12 / 60] * 8


@pytest.mark.parametrize(
    ("n_right", "n_wrong", "reward"), [(12, 0, 1), (6, 0, 0.5), (6, 6, 0.5), (12, 12, 0.5), (0, 48, 0)]
)
def test_more_ones_than_a_pattern_has_cost_what_is_gained(n_right, n_wrong, reward):
    def answer(now):
        given, pattern = nothing(now), remember(now)
        given[np.flatnonzero(pattern)[:n_right]] = 1
        given[np.flatnonzero(1 - pattern)[:n_wrong]] = 1
        return given

    assert rewards(episode(make(cue_share=0.25), answer)).tolist() == [reward] * 8


# Many worlds


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize(
    "extra",
    [
        {"n_units": 13, "cue_share": 0.5, "pseudo_share": 0.5},
        {"n_stored": 30},  # cut short while storing
        {"n_stored": 18, "ages": [2, 1], "structure": "tree", "bits_changed": 2},  # cut short while recalling
        {"n_stored": 1, "n_recalled": 30, "max_episode_steps": None},
    ],
    ids=["bits to spare", "storing", "recalling", "one pattern"],
)
def test_native_equals_sync_whatever_the_arguments(extra, mode):
    assert_native_equals_sync(PATTERNS, mode, n_steps=1_000, **extra)


@pytest.mark.parametrize("arguments", VARIANTS)
def test_a_world_is_that_of_its_seed(arguments):
    envs = PatternMemoryVectorEnv(3, autoreset_mode="SameStep", **SMALL, **arguments)
    alone = [make(**arguments) for _ in range(3)]
    shown, info = envs.reset(seed=4)
    first = [env.reset(seed=4 + world) for world, env in enumerate(alone)]
    actions = random_patterns(3 * 23, 60, 12, rng()).reshape(23, 3, 60).astype(np.int8)
    for t in range(23):
        for world, (one, one_info) in enumerate(first):
            assert (shown["pattern"][world] == one["pattern"]).all()
            assert (shown["recall"][world], info["age"][world]) == (one["recall"], one_info["age"])
        shown, paid, terminated, _, info = envs.step(actions[t])
        steps = [env.step(action) for env, action in zip(alone, actions[t], strict=True)]
        assert paid.tolist() == [reward for _, reward, *_ in steps]
        assert terminated.tolist() == [t == 22] * 3
        first = [(one, one_info) for one, _, _, _, one_info in steps]
    assert info["final_info"]["age"].tolist() == [0, 0, 0]


def test_what_an_action_is_does_not_matter_in_a_world_that_is_reset():
    envs = PatternMemoryVectorEnv(2, n_units=5, n_ones=2, n_stored=1, n_recalled=1)
    envs.reset(seed=0)
    nothing_on = np.zeros((2, 5), dtype=np.int8)
    for _ in range(2):
        *_, terminated, _, _ = envs.step(nothing_on)
    assert terminated.all()
    shown, paid, *_ = envs.step(nothing_on + 7)
    assert shown["pattern"].sum(axis=1).tolist() == [2, 2]
    assert paid.tolist() == [0, 0]


# SHA-256 of an episode. A change means that results change: then the environment's version goes up.
GOLDEN = {
    "random": "ae6ede104a4565a704c2697c732640e6565af400f5492313a7fcce9d75187572",
    "tree": "2fdf1a95c96ad25fccb6bddb06df60936f3fa464ad3aca3b239a01aa5836f407",
}


def episode_hash(structure):
    task = PatternTask(**SMALL, cue_share=0.5, structure=structure, bits_changed=3, pseudo_share=0.3)
    return hashlib.sha256(b"".join(as_bytes(part) for part in task.episode(0.7))).hexdigest()


@pytest.mark.parametrize("structure", GOLDEN)
def test_episodes_are_what_they_were(structure):
    assert episode_hash(structure) == GOLDEN[structure]


def test_another_process_with_other_hashes_gives_the_same_episodes():
    program = (
        f"import json, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.hippo_envs.envs.test_pattern_memory import GOLDEN, episode_hash\n"
        "print(json.dumps({structure: episode_hash(structure) for structure in GOLDEN}))"
    )
    environ = {**os.environ, "PYTHONHASHSEED": "123"}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environ)
    assert json.loads(run.stdout) == GOLDEN


def test_seeds_that_differ_a_little_give_unlike_episodes():
    task = PatternTask(**SMALL)
    near = {as_bytes(tuple(task.episode(0.5 + steps / 2**53))) for steps in range(0, 20, 2)}
    assert len(near) == 10


# Conventions


@pytest.mark.parametrize("arguments", VARIANTS)
@pytest.mark.usefixtures("without_waiting")
def test_the_checkers_have_nothing_to_say(arguments):
    check_env(make(**arguments).unwrapped)
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(make(**arguments))


@pytest.mark.parametrize("n_steps", [3, 17])
def test_pickling_in_mid_episode_goes_on_alike(n_steps):
    env, many = make(cue_share=0.5), PatternMemoryVectorEnv(2, **SMALL)
    env.reset(seed=0)
    many.reset(seed=0)
    action = np.ones(60, dtype=np.int8)
    for _ in range(n_steps):
        env.step(action)
        many.step([action] * 2)
    copies = pickle.loads(pickle.dumps((env, many)))
    for _ in range(5):
        assert as_bytes(env.step(action)) == as_bytes(copies[0].step(action))
        assert_same(many.step([action] * 2), copies[1].step([action] * 2))
    assert as_bytes(env.reset()) == as_bytes(copies[0].reset())


def test_the_specification_survives_json():
    spec = make(ages=[1, 2], cue_share=0.5, **TREE).spec
    again = gym.envs.registration.EnvSpec.from_json(spec.to_json())
    assert again.kwargs == spec.kwargs
    assert as_bytes(gym.make(again).reset(seed=0)) == as_bytes(gym.make(spec).reset(seed=0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_ones": 61}, "n_ones must be at most n_units, which is 60, got 61"),
        ({"n_ones": 0}, "n_ones must be a whole number of at least 1, got 0"),
        ({"n_units": 60.0}, "n_units must be a whole number of at least 1, got 60.0"),
        ({"n_stored": 0}, "n_stored must be"),
        ({"n_recalled": -1}, "n_recalled must be"),
        ({"cue_share": 0}, "above 0 and at most 1, got 0"),
        ({"cue_share": 1.1}, "above 0 and at most 1, got 1.1"),
        ({"cue_share": 0.08}, "use a cue_share of 1/12 or more, got 0.08"),
        ({"structure": "ring"}, "no structure 'ring': use one of random, tree"),
        ({"structure": "tree", "bits_changed": 13}, "bits_changed must be in 1..12, .* got 13"),
        ({"structure": "tree", "bits_changed": 9, "n_ones": 52}, "bits_changed must be in 1..8, .* got 9"),
        ({"bits_changed": 0}, "bits_changed must be a whole number of at least 1"),
        ({"pseudo_share": -0.1}, "pseudo_share must be a number at least 0 and at most 1, got -0.1"),
        ({"ages": [1, 16]}, r"whole numbers in 1..15, .* got \[1, 16\]"),
        ({"ages": [0]}, "whole numbers in 1..15"),
        ({"ages": [1.0]}, "whole numbers in 1..15"),
        ({"ages": []}, "whole numbers in 1..15"),
    ],
)
def test_wrong_arguments_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        PatternMemoryEnv(**{**SMALL, **wrong})
    with pytest.raises(ValueError, match=message):
        PatternMemoryVectorEnv(2, **{**SMALL, **wrong})


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.zeros(59, dtype=np.int8), r"zeros and ones of shape \(60,\), .* got int8 of shape \(59,\)"),
        (3, r"shape \(60,\), .* got int64 of shape \(\)"),
        (["1"] * 60, r"got <U1 of shape \(60,\)"),
        (np.where(np.arange(60) == 7, 2, 0), "got 2 for unit 7: use 1 for on, 0 for off"),
        (np.where(np.arange(60) == 7, -1, 1), "got -1 for unit 7"),
        (np.where(np.arange(60) == 7, 0.5, 1), "got 0.5 for unit 7"),
        (np.where(np.arange(60) == 7, np.nan, 1), "got nan for unit 7"),
    ],
)
def test_wrong_actions_are_refused_and_nothing_happens(action, message):
    env = make().unwrapped
    env.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        env.step(action)
    second = env.step(np.zeros(60, dtype=np.int8))
    env.reset(seed=0)
    assert as_bytes(env.step(np.zeros(60, dtype=np.int8))) == as_bytes(second)


def test_wrong_actions_of_many_worlds_are_refused():
    envs = PatternMemoryVectorEnv(2, **SMALL)
    envs.reset(seed=0)
    actions = np.zeros((2, 60), dtype=np.int8)
    with pytest.raises(ValueError, match=r"shape \(2, 60\), .* got int8 of shape \(60,\)"):
        envs.step(actions[0])
    actions[1, 5] = 3
    with pytest.raises(ValueError, match="got 3 for unit 5 of world 1"):
        envs.step(actions)


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32])
def test_zeros_and_ones_may_be_of_any_type(dtype):
    steps = episode(make(), lambda now: remember(now).astype(dtype))
    assert rewards(steps).tolist() == [1] * 8


def test_a_step_needs_a_reset_before_and_after():
    env = make().unwrapped
    with pytest.raises(gym.error.ResetNeeded, match="no patterns yet"):
        env.step(np.zeros(60, dtype=np.int8))
    episode(env, nothing)
    with pytest.raises(gym.error.ResetNeeded, match="is over"):
        env.step(np.zeros(60, dtype=np.int8))
    env.reset()
    env.step(np.zeros(60, dtype=np.int8))
    with pytest.raises(gym.error.ResetNeeded):
        PatternMemoryVectorEnv(2, **SMALL).step(np.zeros((2, 60), dtype=np.int8))


def test_text_shows_the_units_that_are_on():
    env = make(render_mode="ansi", pseudo_share=0.5).unwrapped
    many = PatternMemoryVectorEnv(2, render_mode="ansi", **SMALL, pseudo_share=0.5)
    with pytest.raises(gym.error.ResetNeeded):
        env.render()
    with pytest.raises(gym.error.ResetNeeded):
        many.render()
    shown, info = env.reset(seed=0)
    many.reset(seed=0)
    captions = set()
    for step in range(24):
        assert many.render()[0] == env.render()
        caption, *lines = env.render().splitlines()
        assert [len(line) for line in lines] == [50, 10]
        assert [unit == "#" for unit in "".join(lines)] == shown["pattern"].tolist()
        what = {0: "store" if step < 15 else "the end", -1: "recall, untrained"}
        assert caption == f"step {step}: {what.get(info['age'], 'recall, age ' + str(info['age']))}"
        captions.add(caption.split(":")[1].rstrip("0123456789"))
        if step < 23:
            shown, *_, info = env.step(np.zeros(60, dtype=np.int8))
            many.step(np.zeros((2, 60), dtype=np.int8))
    assert captions == {" store", " recall, age ", " recall, untrained", " the end"}
    assert make().unwrapped.render() is None
    assert PatternMemoryVectorEnv(2, **SMALL).render() is None


def test_narrow_patterns_are_one_line():
    assert (
        draw_step(PatternTask(n_units=3, n_ones=1, cue_share=1.0), np.packbits([0, 0, 1]), 0, 0) == "step 0: store\n..#"
    )
