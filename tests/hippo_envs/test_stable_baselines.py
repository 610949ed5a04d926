"""The adapter for Stable-Baselines3, beside what that package makes of single environments."""

import subprocess
import sys
import time

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecCheckNan, VecMonitor

from hippo_envs import ENVIRONMENTS
from hippo_envs.stable_baselines import HippoVecEnv, make_sb3_vec_env

RECTANGLE = "hippo/Rectangle-v0"


def dummy(num_envs, environment_id=RECTANGLE, **arguments):
    return DummyVecEnv([lambda: gym.make(environment_id, **arguments)] * num_envs)


def native(num_envs=2, **arguments):
    return gym.make_vec(RECTANGLE, num_envs=num_envs, vectorization_mode="vector_entry_point", **arguments)


@pytest.fixture
def envs():
    """Three worlds that have begun."""
    made = make_sb3_vec_env(RECTANGLE, 3, seed=0, render_mode="ansi")
    made.reset()
    return made


def assert_equal(one, other):
    """Equal values of equal types, but for NumPy's scalars, which count as Python's."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal(one[key], other[key])
    else:
        one, other = np.asarray(one), np.asarray(other)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("environment_id", "n_steps", "arguments"),
    [
        (RECTANGLE, 600, {"observation": "integer", "width": (3, 4), "max_episode_steps": 23}),
        (RECTANGLE, 600, {"observation": "dict", "width": (3, 4), "max_episode_steps": 23}),
        (RECTANGLE, 600, {"observation": "one-hot", "width": (3, 4), "max_episode_steps": 23}),
        ("hippo/CaseSequence-v0", 200, {}),  # terminates at step 5
        ("hippo/CaseSequence-v0", 200, {"max_episode_steps": 5}),  # ... where it is truncated, too
        *((environment_id, 100, {"max_episode_steps": 23}) for environment_id in ENVIRONMENTS),
    ],
)
def test_it_shows_what_dummy_vec_env_shows(environment_id, n_steps, arguments):
    """With everything in the infos; some worlds are reset on their own, so that they end at different steps."""
    n, rng = 5, np.random.default_rng(0)
    info_keys = tuple(gym.make(environment_id).reset()[1])
    adapter = make_sb3_vec_env(environment_id, n, info_keys=info_keys, **arguments)
    beside = dummy(n, environment_id, **arguments)
    assert adapter.seed(7) == beside.seed(7)
    assert_equal(adapter.reset(), beside.reset())
    adapter.action_space.seed(0)
    ended_together = set()
    for t in range(n_steps):
        early = rng.random(n) < 0.02
        if early.any():
            adapter.native.reset(options={"reset_mask": early})
            for world in np.flatnonzero(early):
                beside.envs[world].reset()
        if t in (n_steps // 3, n_steps // 2):
            if t == n_steps // 3:
                adapter.seed(99), beside.seed(99)
            assert_equal(adapter.reset(), beside.reset())
        actions = np.array([adapter.action_space.sample() for _ in range(n)])
        (*shown, infos), (*shown_beside, infos_beside) = adapter.step(actions), beside.step(actions)
        for one, other in zip(shown, shown_beside, strict=True):
            assert_equal(one, other)
        for done, info, info_beside in zip(shown[2], infos, infos_beside, strict=True):
            assert ("TimeLimit.truncated" in info) == done
            assert_equal({"TimeLimit.truncated": False} | info, info_beside)
        for world in np.flatnonzero(shown[2]):
            assert_equal(adapter.reset_infos[world], beside.reset_infos[world])
        ended_together.add(shown[2].sum())
    assert len(ended_together) > 2, "worlds always ended together"


def test_without_info_keys_the_infos_of_worlds_that_go_on_are_empty_and_the_callers_own(envs):
    for _ in range(200):
        _, _, dones, infos = envs.step(np.array([0, 1, 2]))
        assert [bool(info) for info in infos] == dones.tolist()
        for info in infos:
            info["mine"] = 1
        envs.reset_infos[0]["mine"] = 1


def test_seed_counts_once_and_without_it_the_worlds_go_on():
    envs, beside = make_sb3_vec_env(RECTANGLE, 4, seed=3, observation="one-hot"), dummy(4, observation="one-hot")
    beside.seed(3)
    resets = [envs.reset() for _ in range(3)]
    assert_equal(np.array(resets), np.array([beside.reset() for _ in range(3)]))
    assert not np.array_equal(resets[0], resets[1])
    envs.seed(3), beside.seed(3)
    assert_equal(envs.reset(), resets[0])
    beside.reset()
    envs._seeds, beside._seeds = ([9, 9, None, 2] for _ in range(2))
    assert_equal(envs.reset(), beside.reset())


def test_options_count_once_and_are_of_all_worlds(monkeypatch):
    envs, given = make_sb3_vec_env(RECTANGLE, 2), []
    reset = envs.native.reset
    monkeypatch.setattr(envs.native, "reset", lambda *, seed, options: given.append(options) or reset(seed=seed))
    envs.set_options({"anything": 1})
    envs.reset()
    envs.reset()
    envs.set_options([{"anything": 2}, {"anything": 2}])
    envs.reset()
    assert given == [{"anything": 1}, {}, {"anything": 2}]
    for wrong in ([{"anything": 1}, {}], [{"anything": 1}]):
        with pytest.raises(ValueError, match="2 worlds share their options"):
            envs.set_options(wrong)
    with pytest.raises(ValueError, match="leave out the option 'reset_mask'"):
        envs.set_options({"reset_mask": np.array([True, False])})


def test_attributes_are_those_of_one_world(envs):
    beside = dummy(3, render_mode="ansi")
    for name in ("action_space", "observation_space", "render_mode"):
        assert envs.get_attr(name) == beside.get_attr(name)
    assert envs.get_attr("family", indices=[0, 2]) == [envs.native.family] * 2
    assert envs.get_attr("np_random", indices=-1) == [envs.native.np_random[2]]
    assert (envs.has_attr("family"), envs.has_attr("colour")) == (True, False)
    with pytest.raises(AttributeError, match="colour"):
        envs.get_attr("colour")
    with pytest.raises(IndexError):
        envs.get_attr("family", indices=[3])
    assert envs.env_is_wrapped(gym.wrappers.TimeLimit, indices=[0, 1]) == [False, False]


def test_attributes_are_set_for_all_worlds_or_not_at_all(envs):
    envs.set_attr("mood", "good")
    assert envs.get_attr("mood") == ["good"] * 3
    with pytest.raises(ValueError, match="All 3 worlds share 'mood'"):
        envs.set_attr("mood", "bad", indices=[0, 1])
    assert envs.native.mood == "good"


def test_methods_answer_for_each_index_and_those_of_all_worlds_are_refused(envs, monkeypatch):
    monkeypatch.setattr(envs.native, "double", lambda number: 2 * number, raising=False)
    assert envs.env_method("double", 4, indices=[1, 2]) == [8, 8]
    assert envs.env_method("double", number=1) == [2, 2, 2]
    with pytest.raises(ValueError, match="All 3 worlds reset together"):
        envs.env_method("reset", indices=[1])


@pytest.mark.parametrize("environment_id", [RECTANGLE, "hippo/Rectangle-Explore-v0"])
def test_action_masks_are_those_of_the_single_environments(environment_id):
    envs, beside = make_sb3_vec_env(environment_id, 3, seed=0), dummy(3, environment_id)
    beside.seed(0)
    assert_equal(envs.reset(), beside.reset())
    assert envs.has_attr("action_masks")
    envs.action_space.seed(0)
    for _ in range(200):
        masks = np.array(beside.env_method("action_masks"))
        assert_equal(envs.action_masks(), masks)
        assert_equal(np.stack(envs.env_method("action_masks")), masks)
        assert_equal(envs.get_attr("action_masks", indices=2)[0](), masks[2])
        actions = np.array([envs.action_space.sample() for _ in range(3)])
        envs.step(actions), beside.step(actions)


def test_action_masks_need_worlds():
    with pytest.raises(gym.error.ResetNeeded):
        make_sb3_vec_env(RECTANGLE, 2).action_masks()


@pytest.mark.parametrize("environment_id", ["hippo/Rectangle-Predict-v0", "hippo/PatternMemory-v0"])
def test_whether_actions_are_masked_is_known_before_the_first_reset(environment_id):
    """sb3-contrib's `is_masking_supported` asks so, and MaskablePPO then fails where there are no masks."""
    envs = make_sb3_vec_env(environment_id, 2)
    assert not envs.has_attr("action_masks")
    with pytest.raises(AttributeError, match="masks no actions"):
        envs.action_masks()
    envs.reset()
    assert not envs.has_attr("action_masks")


def test_worlds_are_rendered_as_text_one_by_one(envs):
    beside = dummy(3, render_mode="ansi")
    beside.seed(0)
    beside.reset()
    assert envs.env_method("render", indices=[2, 0]) == beside.env_method("render", indices=[2, 0])
    assert envs.render() is None
    assert envs.get_images() == [None, None, None]
    assert envs.metadata["render_fps"] == beside.metadata["render_fps"]
    assert envs.metadata["render_modes"] == ["rgb_array", "ansi"], "one window is not for many worlds"
    blind = make_sb3_vec_env(RECTANGLE, 2)
    blind.reset()
    assert blind.env_method("render") == [None, None], "without a render mode"


def test_pictures_are_tiled_where_the_environment_makes_them(envs, monkeypatch):
    pictures = tuple(np.full((2, 3, 3), world, dtype=np.uint8) for world in range(3))
    monkeypatch.setattr(envs, "render_mode", "rgb_array")
    monkeypatch.setattr(envs.native, "render", lambda: pictures)
    assert_equal(np.array(envs.get_images()), np.array(pictures))
    assert envs.render().shape == (4, 6, 3)


@pytest.mark.parametrize("mode", ["NextStep", "Disabled"])
def test_a_native_environment_that_resets_at_another_time_is_refused(mode):
    with pytest.raises(ValueError, match=f"make the native environment with autoreset_mode='SameStep', got '{mode}'"):
        HippoVecEnv(native(autoreset_mode=mode))


def test_other_vector_environments_and_unknown_ids_are_refused():
    with pytest.raises(ValueError, match="takes a native vector environment of hippo_envs, got SyncVectorEnv"):
        HippoVecEnv(gym.make_vec(RECTANGLE, num_envs=2, vectorization_mode="sync"))
    with pytest.raises(ValueError, match="There is no environment 'CartPole-v1' here: use one of hippo/Rectangle-v0"):
        make_sb3_vec_env("CartPole-v1", 2)


def test_info_keys_are_passed_on_as_they_are_or_refused():
    envs = make_sb3_vec_env(RECTANGLE, 2, info_keys=["action_mask"])
    envs.reset()
    assert all(info["action_mask"].dtype == np.int8 for info in envs.reset_infos), "as in the single environment"
    with pytest.raises(ValueError, match="does not tell 'mood': let info_keys be some of action_mask"):
        make_sb3_vec_env(RECTANGLE, 2, info_keys=["mood"]).reset()


def test_wrong_actions_are_named(envs):
    with pytest.raises(ValueError, match="Action 9 in world 1 does not exist"):
        envs.step(np.array([0, 9, 0]))


def test_wrappers_of_stable_baselines_fit_around_it(tmp_path):
    envs = VecMonitor(VecCheckNan(make_sb3_vec_env("hippo_envs:hippo/Rectangle-v0", 2, seed=0)), str(tmp_path / "log"))
    envs.reset()
    for _ in range(128):
        *_, infos = envs.step(np.array([0, 1]))
    assert [info["episode"]["l"] for info in infos] == [128, 128]
    assert envs.has_attr("action_masks")
    assert envs.action_masks().shape == (2, 5)
    envs.close()
    envs.close()
    assert '"env_id": "hippo/Rectangle-v0"' in (tmp_path / "log.monitor.csv").read_text()


@pytest.mark.parametrize(("observation", "policy"), [("integer", "MlpPolicy"), ("dict", "MultiInputPolicy")])
def test_ppo_learns_the_same_as_on_dummy_vec_env(observation, policy, monkeypatch, tmp_path):
    monkeypatch.setenv("SB3_LOGDIR", str(tmp_path))

    def parameters(envs):
        model = PPO(policy, envs, n_steps=16, batch_size=32, n_epochs=1, seed=1, device="cpu")
        model.learn(64)
        return model.get_parameters()["policy"]

    arguments = {"observation": observation, "max_episode_steps": 7}
    adapter = parameters(make_sb3_vec_env(RECTANGLE, 2, **arguments))
    beside = parameters(dummy(2, **arguments))
    for name, tensor in adapter.items():
        assert tensor.equal(beside[name]), name


def test_maskable_ppo_never_takes_a_closed_action(monkeypatch, tmp_path):
    contrib = pytest.importorskip("sb3_contrib")
    monkeypatch.setenv("SB3_LOGDIR", str(tmp_path))
    envs = VecMonitor(make_sb3_vec_env(RECTANGLE, 2, seed=0))
    taken, step_async = [], envs.step_async

    def note(actions):
        taken.append(envs.action_masks()[np.arange(2), actions])
        step_async(actions)

    envs.step_async = note
    contrib.MaskablePPO("MlpPolicy", envs, n_steps=64, batch_size=32, n_epochs=1, seed=1, device="cpu").learn(128)
    assert len(taken) == 64
    assert np.all(taken)


def test_64_worlds_are_stepped_several_times_as_fast_as_by_dummy_vec_env():
    """Measured: fourteen times, in CPU time."""

    def seconds(envs):
        envs.reset()
        spent = []
        for _ in range(3):
            before = time.process_time()
            for actions in all_actions:
                envs.step(actions)
            spent.append(time.process_time() - before)
        return min(spent)

    all_actions = np.random.default_rng(0).integers(5, size=(130, 64))  # once past the end of all episodes
    assert 5 * seconds(make_sb3_vec_env(RECTANGLE, 64)) < seconds(dummy(64))


def test_where_stable_baselines_is_missing_one_line_says_what_to_install():
    program = "import sys; sys.modules['stable_baselines3'] = None; import hippo_envs.stable_baselines"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: hippo_envs.stable_baselines needs Stable-Baselines3: pip install stable-baselines3"
    )
