"""sb3-contrib: `RecurrentPPO` on every id, and `MaskablePPO` where moves are closed at borders."""

import gymnasium as gym
import pytest
from sb3_contrib import MaskablePPO, RecurrentPPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

from hippo_envs.stable_baselines import make_sb3_vec_env

BRIEF = {"n_steps": 32, "batch_size": 32, "n_epochs": 1, "device": "cpu", "seed": 1}


def test_recurrent_ppo_learns(environment_id):
    if environment_id == "hippo/PatternMemory-v0":
        pytest.skip("sb3-contrib's RecurrentPPO fails on MultiBinary actions of any environment")
    worlds = make_sb3_vec_env(environment_id, num_envs=2, seed=0, observation="one-hot")
    RecurrentPPO("MlpLstmPolicy", worlds, policy_kwargs={"lstm_hidden_size": 16}, **BRIEF).learn(64)


def test_maskable_ppo_takes_open_moves_only(environment_id):
    worlds = make_sb3_vec_env(environment_id, num_envs=2, seed=0, observation="one-hot")
    if not is_masking_supported(worlds):
        pytest.skip("no action is ever closed")
    model = MaskablePPO("MlpPolicy", worlds, **BRIEF).learn(64)
    seen, masks = worlds.reset(), get_action_masks(worlds)
    actions, _ = model.predict(seen, action_masks=masks)
    first = actions if isinstance(worlds.action_space, gym.spaces.Discrete) else actions[:, 0]
    assert masks[range(2), first].all()
