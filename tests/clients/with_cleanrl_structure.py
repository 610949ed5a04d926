"""CleanRL's structure: PPO in one file, on `gym.make_vec`, Gymnasium's vector wrappers and one network.

The rollout is kept in arrays of steps by worlds; an update goes over it once, with the clipped loss.
"""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from torch import nn
from torch.distributions import Bernoulli, Categorical

N_WORLDS, N_STEPS, N_UPDATES = 4, 64, 3
GAMMA, LAMBDA, CLIP, ENTROPY = 0.99, 0.95, 0.2, 0.01


class Policy(nn.Module):
    """One hidden layer; an output for each choice of each action, and one for the value."""

    def __init__(self, n_inputs, space):
        super().__init__()
        self.n_choices = {
            gym.spaces.Discrete: lambda: [int(space.n)],
            gym.spaces.MultiDiscrete: lambda: space.nvec.tolist(),
            gym.spaces.MultiBinary: list,
        }[type(space)]()
        self.one_number = isinstance(space, gym.spaces.Discrete)
        self.hidden = nn.Sequential(nn.Linear(n_inputs, 32), nn.Tanh())
        self.actor = nn.Linear(32, sum(self.n_choices) or int(space.n))
        self.critic = nn.Linear(32, 1)

    def forward(self, seen, actions=None):
        """Actions (of the space's shape), their log probability, the entropy and the value, (...) each."""
        hidden = self.hidden(seen)
        logits = self.actor(hidden)
        if not self.n_choices:
            chances = [Bernoulli(logits=logits)]
            actions = chances[0].sample() if actions is None else actions
            told = chances[0].log_prob(actions).sum(-1)
            return actions, told, chances[0].entropy().sum(-1), self.critic(hidden).squeeze(-1)
        chances = [Categorical(logits=part) for part in logits.split(self.n_choices, -1)]
        actions = torch.stack([one.sample() for one in chances], -1) if actions is None else actions
        told = sum(one.log_prob(part) for one, part in zip(chances, actions.unbind(-1), strict=True))
        return actions, told, sum(one.entropy() for one in chances), self.critic(hidden).squeeze(-1)

    def for_env(self, actions):
        chosen = actions.numpy().astype(np.int64 if self.n_choices else np.int8)
        return chosen[:, 0] if self.one_number else chosen


def advantages_of(rewards, values, ended, last_value):
    """Generalised advantage estimation, over arrays of steps by worlds; `ended` of the step before each."""
    advantages, carried = torch.zeros_like(rewards), torch.zeros(N_WORLDS)
    following = [*values[1:], last_value]
    for step in reversed(range(N_STEPS)):
        alive = 1 - ended[step + 1]
        surprise = rewards[step] + GAMMA * alive * following[step] - values[step]
        carried = surprise + GAMMA * LAMBDA * alive * carried
        advantages[step] = carried
    return advantages


@pytest.mark.parametrize("mode", ["sync", "vector_entry_point"])
def test_ppo_in_one_file_trains(environment_id, mode):
    torch.manual_seed(1)
    made = gym.make_vec(environment_id, N_WORLDS, vectorization_mode=mode, observation="one-hot")
    envs = RecordEpisodeStatistics(made)
    policy = Policy(envs.single_observation_space.shape[0], envs.single_action_space)
    before = policy.actor.weight.clone()
    optimiser = torch.optim.Adam(policy.parameters(), lr=2.5e-4)
    seen = torch.as_tensor(envs.reset(seed=1)[0])
    done = torch.zeros(N_WORLDS)
    for _ in range(N_UPDATES):
        rollout, ended = [], [done]
        for _ in range(N_STEPS):
            with torch.no_grad():
                actions, told, _, value = policy(seen)
            then, reward, terminated, truncated, _ = envs.step(policy.for_env(actions))
            rollout.append((seen, actions, told, value, torch.as_tensor(reward, dtype=torch.float32)))
            seen, done = torch.as_tensor(then), torch.as_tensor(terminated | truncated, dtype=torch.float32)
            ended.append(done)
        observed, acted, told, values, rewards = map(torch.stack, zip(*rollout, strict=True))
        with torch.no_grad():
            advantages = advantages_of(rewards, values, ended, policy(seen)[3])
        # The step after an episode's end only resets its world: its action was ignored, and nothing is learnt of it.
        counts = torch.stack(ended[:-1]) == 0
        _, told_now, entropy, value_now = policy(observed, acted)
        ratio = (told_now - told).exp()
        gain = torch.minimum(ratio * advantages, ratio.clamp(1 - CLIP, 1 + CLIP) * advantages)
        loss = (0.5 * (value_now - advantages - values) ** 2 - gain - ENTROPY * entropy)[counts].mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
        optimiser.step()
    assert torch.isfinite(loss)
    assert not torch.equal(before, policy.actor.weight)
    envs.close()
