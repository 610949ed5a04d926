"""RLlib: a registered environment trains PPO for an iteration, here and in a runner of its own process.

A worker of Ray makes environments in another process, which imports `hippo_envs` by the prefix of the id.
"""

import gymnasium as gym
import pytest
import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.registry import register_env


@pytest.fixture(autouse=True, scope="module")
def _ray():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def trained(environment_id, n_runners):
    register_env("hippo", lambda config: gym.make(f"hippo_envs:{environment_id}", **config))
    config = (
        PPOConfig()
        .environment("hippo", env_config={"observation": "one-hot"})
        .env_runners(num_env_runners=n_runners, num_envs_per_env_runner=2)
        .training(train_batch_size=256, minibatch_size=128, num_epochs=1)
    )
    algorithm = config.build_algo()
    try:
        return algorithm.train()
    finally:
        algorithm.stop()


def test_ppo_trains_with_a_local_runner(environment_id):
    if isinstance(gym.make(environment_id).action_space, gym.spaces.MultiBinary):
        pytest.skip("RLlib has no distribution for MultiBinary actions")
    assert trained(environment_id, n_runners=0)["training_iteration"] == 1


def test_ppo_trains_with_a_remote_runner():
    assert trained("hippo/Rectangle-Predict-v0", n_runners=1)["training_iteration"] == 1
