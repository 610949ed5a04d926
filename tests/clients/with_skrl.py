"""skrl: `wrap_env` around one world and around native vectors, and PPO on the latter.

Of native vectors it is told that they are Gymnasium's: `wrapper="gymnasium"`.
"""

import gymnasium as gym
import pytest
import torch
from skrl.envs.wrappers.torch import wrap_env
from skrl.utils.runner.torch import Runner

NETWORK = [{"name": "net", "input": "OBSERVATIONS", "layers": [32], "activations": "elu"}]
MODELS = {"Discrete": "CategoricalMixin", "MultiDiscrete": "MultiCategoricalMixin"}


def check_actions(environment_id):
    if isinstance(gym.make(environment_id).action_space, gym.spaces.MultiBinary):
        pytest.skip("skrl has no MultiBinary spaces")


def worlds(environment_id, n_worlds=4):
    made = gym.make_vec(environment_id, n_worlds, vectorization_mode="vector_entry_point", observation="one-hot")
    return wrap_env(made, wrapper="gymnasium", verbose=False)  # "auto" knows no class that is not Gymnasium's own


def test_one_world_steps(environment_id):
    check_actions(environment_id)
    env = wrap_env(gym.make(environment_id), verbose=False)
    seen, _ = env.reset()
    action = torch.as_tensor(env.action_space.sample()).reshape(1, -1)
    then, reward, *_ = env.step(action)
    assert then.shape == seen.shape
    assert reward.shape == (1, 1)


def test_native_worlds_train_ppo(environment_id, tmp_path):
    check_actions(environment_id)
    envs = worlds(environment_id)
    policy = {"class": MODELS[type(envs.action_space).__name__], "network": NETWORK, "output": "ACTIONS"}
    value = {"class": "DeterministicMixin", "network": NETWORK, "output": "ONE"}
    experiment = {"directory": str(tmp_path), "write_interval": 0, "checkpoint_interval": 0}
    trainer = {
        "class": "SequentialTrainer",
        "timesteps": 256,
        "headless": True,
        "disable_progressbar": True,
        "close_environment_at_exit": False,
    }
    runner = Runner(
        envs,
        {
            "seed": 3,
            "models": {"separate": True, "policy": policy, "value": value},
            "memory": {"class": "RandomMemory", "memory_size": -1},
            "agent": {"class": "PPO", "rollouts": 64, "experiment": experiment},
            "trainer": trainer,
        },
    )
    before = [weights.clone() for weights in runner.agent.policy.parameters()]
    runner.run("train")
    assert any(not torch.equal(old, new) for old, new in zip(before, runner.agent.policy.parameters(), strict=True))
