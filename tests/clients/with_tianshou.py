"""tianshou: vector environments, a collector and deep Q learning.

It learns with one discrete action: `MultiDiscreteToDiscrete` makes one of the two of a view `-Explore`.
"""

import gymnasium as gym
import numpy as np
import pytest
from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
from tianshou.data import Collector, VectorReplayBuffer
from tianshou.env import DummyVectorEnv, MultiDiscreteToDiscrete, SubprocVectorEnv
from tianshou.highlevel.config import OffPolicyTrainingConfig
from tianshou.highlevel.env import EnvFactoryRegistered, VectorEnvType
from tianshou.highlevel.experiment import DQNExperimentBuilder, ExperimentConfig
from tianshou.utils.net.common import Net


def flat(environment_id):
    env = gym.make(environment_id, observation="one-hot")
    return MultiDiscreteToDiscrete(env) if isinstance(env.action_space, gym.spaces.MultiDiscrete) else env


def one_discrete_action(environment_id):
    if not isinstance(flat(environment_id).action_space, gym.spaces.Discrete):
        pytest.skip("tianshou has no learner whose actions are MultiBinary")


@pytest.mark.parametrize("vector", [DummyVectorEnv, SubprocVectorEnv])
def test_vector_environments_step(vector, environment_id):
    envs = vector([lambda: gym.make(environment_id)] * 2)
    envs.reset()
    seen, rewards, *_ = envs.step(np.stack([envs.action_space[0].sample()] * 2))
    assert (len(seen), len(rewards)) == (2, 2)
    envs.close()


def test_a_collector_gathers_whole_episodes(environment_id):
    one_discrete_action(environment_id)
    env = flat(environment_id)
    net = Net(state_shape=env.observation_space.shape, action_shape=env.action_space.n, hidden_sizes=(32,))
    policy = DiscreteQLearningPolicy(model=net, action_space=env.action_space, eps_training=0.5)
    envs = DummyVectorEnv([lambda: flat(environment_id)] * 4)
    collector = Collector(policy, envs, VectorReplayBuffer(2_000, 4), exploration_noise=True)
    collector.reset()
    gathered = collector.collect(n_episode=8)
    assert gathered.n_collected_episodes == 8
    assert np.isfinite(gathered.returns).all()


def test_the_high_level_interface_trains_dqn(environment_id):
    if not isinstance(gym.make(environment_id).action_space, gym.spaces.Discrete):
        pytest.skip("tianshou's high level takes one discrete or a continuous action")
    made = EnvFactoryRegistered(task=environment_id, venv_type=VectorEnvType.DUMMY, observation="one-hot")
    training = OffPolicyTrainingConfig(
        max_epochs=1,
        epoch_num_steps=512,
        num_training_envs=4,
        num_test_envs=2,
        buffer_size=2_000,
        collection_step_num_env_steps=64,
        update_step_num_gradient_steps_per_sample=0.1,
    )
    builder = DQNExperimentBuilder(made, ExperimentConfig(persistence_enabled=False, watch=False), training)
    trained = builder.with_model_factory_default(hidden_sizes=(32,)).build().run()
    assert trained.trainer_result is not None
