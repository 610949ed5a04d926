"""Gymnasium: its checker, wrappers, vectors of processes and native ones, and recorded statistics."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.utils.env_checker import check_env

from hippo_envs import sample_mask

N_WORLDS = 3


def played(env):
    """The info of the last step of an episode of open moves."""
    _, info = env.reset(seed=0)
    while True:
        _, _, terminated, truncated, info = env.step(env.action_space.sample(sample_mask(env.action_space, info)))
        if terminated or truncated:
            return info


def test_the_checker_finds_no_fault(environment_id):
    check_env(gym.make(environment_id).unwrapped, skip_render_check=True)


def test_wrappers_of_observations_and_of_episodes(environment_id):
    env = wrappers.FlattenObservation(wrappers.RecordEpisodeStatistics(gym.make(environment_id)))
    assert played(env)["episode"]["l"] <= env.spec.max_episode_steps
    played(wrappers.TimeAwareObservation(wrappers.FlattenObservation(gym.make(environment_id))))
    played(wrappers.FrameStackObservation(gym.make(environment_id, observation="one-hot"), 4))


@pytest.mark.parametrize("mode", ["sync", "async", "vector_entry_point"])
def test_a_vector_steps_and_resets_its_worlds(environment_id, mode):
    envs = wrappers.vector.RecordEpisodeStatistics(
        gym.make_vec(f"hippo_envs:{environment_id}", N_WORLDS, vectorization_mode=mode)
    )
    envs.reset(seed=0)
    for _ in range(gym.make(environment_id).spec.max_episode_steps):
        _, rewards, terminated, truncated, info = envs.step(envs.action_space.sample())
    assert rewards.shape == (N_WORLDS,)
    assert (terminated | truncated).all()
    assert (info["episode"]["l"] > 0).all()
    envs.close()


def test_pictures_are_rendered(environment_id):
    pytest.importorskip("pygame", reason="pygame-ce, of the extra render, is not installed")
    env = gym.make(environment_id, render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
