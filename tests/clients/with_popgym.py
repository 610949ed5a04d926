"""POPGym: its wrappers around our environments.

They take a `POPGymEnv`, which knows its hidden state. `AsPOPGym` makes one of any of ours: the node is the
hidden state.
"""

import gymnasium as gym
import pytest
from popgym.core.env import POPGymEnv
from popgym.core.observability import OBS, STATE, Observability
from popgym.wrappers import Antialias, DiscreteAction, Flatten, Markovian, PreviousAction


class AsPOPGym(gym.Wrapper, POPGymEnv):
    """Any environment of ours, with its node as the hidden state."""

    obs_requires_prev_action = True
    state_space = gym.spaces.Discrete(2**31 - 1)

    @property
    def unwrapped(self):
        return self  # `Markovian` asks whether this is a POPGymEnv

    def get_state(self):
        return self.env.unwrapped.node


def play(env):
    """One episode of random actions, each seen to be in its space."""
    seen, _ = env.reset(seed=0)
    assert seen in env.observation_space
    ended = False
    while not ended:
        seen, _, terminated, truncated, _ = env.step(env.action_space.sample())
        assert seen in env.observation_space
        ended = terminated or truncated


def test_the_previous_action_is_seen_and_told_from_none(environment_id):
    play(Antialias(PreviousAction(AsPOPGym(gym.make(environment_id)))))


def test_what_is_seen_is_flat(environment_id):
    play(Flatten(PreviousAction(AsPOPGym(gym.make(environment_id)))))


def test_two_actions_become_one(environment_id):
    env = AsPOPGym(gym.make(environment_id))
    if isinstance(env.action_space, gym.spaces.MultiBinary):
        pytest.skip("POPGym's DiscreteAction takes no MultiBinary actions")
    play(DiscreteAction(env))


def test_the_hidden_state_is_the_node(environment_id):
    if environment_id == "hippo/PatternMemory-v0":
        pytest.skip("there are no nodes in hippo/PatternMemory-v0")
    env = Markovian(AsPOPGym(gym.make(environment_id)), Observability.FULL_AND_PARTIAL)
    seen, _ = env.reset(seed=0)
    assert set(seen) == {OBS, STATE}
    assert seen[STATE] == env.unwrapped.get_state()
