"""TorchRL: `GymEnv`, a `ParallelEnv` of processes and a `Collector`.

`hippo_envs` is imported first, so that the bare id is known; `ParallelEnv` makes its environments in other processes,
which import it by the prefix of the id.
"""

from functools import partial

import torch
from torchrl.collectors import Collector
from torchrl.envs import GymEnv, ParallelEnv
from torchrl.envs.utils import check_env_specs


def test_an_environment_keeps_to_its_specs(environment_id):
    check_env_specs(GymEnv(environment_id))


def test_a_rollout_has_rewards_and_ends(environment_id):
    steps = GymEnv(environment_id).rollout(2_000)
    assert steps["next", "reward"].shape == (len(steps), 1)
    assert steps["next", "done"][-1].all()


def test_seeds_repeat_what_is_seen(environment_id):
    env = GymEnv(environment_id)
    env.set_seed(3)
    first = env.reset()
    env.set_seed(3)
    assert all(torch.equal(first[key], again) for key, again in env.reset().items())


def test_parallel_environments_step_in_processes(environment_id):
    # "spawn", which is the default, imports PyTorch once more in each of them.
    start = "spawn" if environment_id == "hippo/Rectangle-v0" else "fork"
    envs = ParallelEnv(2, partial(GymEnv, f"hippo_envs:{environment_id}"), mp_start_method=start)
    try:
        assert envs.rollout(10, break_when_any_done=False).batch_size == (2, 10)
    finally:
        envs.close()


def test_a_collector_gathers_frames_over_many_episodes(environment_id):
    collector = Collector(partial(GymEnv, environment_id), None, frames_per_batch=200, total_frames=1_400)
    assert sum(batch.numel() for batch in collector) == 1_400
    collector.shutdown()
