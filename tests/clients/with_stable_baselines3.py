"""Stable-Baselines3: its checker, PPO on its own and on our native vector, `evaluate_policy`, saving and loading."""

import gymnasium as gym
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

from hippo_envs.stable_baselines import make_sb3_vec_env

ONE_HOT = {"observation": "one-hot"}


def policy_for(env):
    return "MultiInputPolicy" if isinstance(env.observation_space, gym.spaces.Dict) else "MlpPolicy"


def test_the_checker_finds_no_fault(environment_id):
    check_env(gym.make(environment_id).unwrapped)


def test_ppo_learns_and_is_saved_and_evaluated(environment_id, tmp_path):
    envs = make_vec_env(environment_id, 2, env_kwargs=ONE_HOT)
    model = PPO("MlpPolicy", envs, n_steps=64, batch_size=32, n_epochs=1, device="cpu").learn(128)
    model.save(tmp_path / "ppo")
    loaded = PPO.load(tmp_path / "ppo", device="cpu")
    env = gym.make(environment_id, **ONE_HOT)
    rewards, steps = evaluate_policy(loaded, env, 1, return_episode_rewards=True, warn=False)
    assert len(rewards) == 1
    assert steps[0] <= env.spec.max_episode_steps


def test_ppo_learns_on_native_worlds(environment_id):
    worlds = make_sb3_vec_env(environment_id, num_envs=4, seed=0)
    PPO(policy_for(worlds), worlds, n_steps=32, batch_size=32, n_epochs=1, device="cpu").learn(128)


def test_a_window_of_past_steps(environment_id):
    from stable_baselines3.common.vec_env import VecFrameStack

    if environment_id == "hippo/PatternMemory-v0":
        pytest.skip("a window of two patterns is as the other ids, at 2,000 numbers a step")
    worlds = VecFrameStack(make_vec_env(environment_id, 2, env_kwargs=ONE_HOT), 4)
    PPO("MlpPolicy", worlds, n_steps=32, batch_size=32, n_epochs=1, device="cpu").learn(64)
