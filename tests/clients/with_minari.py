"""Minari: record episodes into a data set, load it again, sample from it and recover its environment."""

import gymnasium as gym
import minari
import pytest


@pytest.fixture(autouse=True)
def _data_sets_of_this_test_only(monkeypatch, tmp_path):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))


def recorded(environment_id, n_episodes=3):
    env = minari.DataCollector(gym.make(environment_id), record_infos=True)
    for seed in range(n_episodes):
        env.reset(seed=seed)
        ended = False
        while not ended:
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            ended = terminated or truncated
    return env.create_dataset(dataset_id="hippo/random-v0", algorithm_name="random")


def test_episodes_are_recorded_with_what_info_holds(environment_id):
    data = recorded(environment_id)
    assert data.total_episodes == 3
    episode = next(iter(data.iterate_episodes()))
    assert len(episode.rewards) == len(episode.actions) > 0
    assert episode.infos


def test_a_data_set_is_loaded_and_sampled(environment_id):
    recorded(environment_id)
    loaded = minari.load_dataset("hippo/random-v0")
    loaded.set_seed(0)
    assert len(loaded.sample_episodes(2)) == 2


def test_the_environment_of_a_data_set_is_recovered(environment_id):
    env = recorded(environment_id).recover_environment()
    assert env.spec.id == environment_id
    assert env.reset(seed=0)[0] in env.observation_space
