"""Episodes of rewarded views as Minari data sets."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from benchmarks.suite.data.walks import short_name
from hippo_envs import ENVIRONMENTS, sample_mask
from hippo_envs.registration import find_environment

AUTHOR = "The hippo-envs developers"
Policy = Callable[[gym.Env[Any, Any], dict[str, Any], int], Any]  # from what info holds, and the number of the step


def at_random(env: gym.Env[Any, Any], info: dict[str, Any], _step: int) -> Any:
    """Any action that is open."""
    return env.action_space.sample(sample_mask(env.action_space, info))


def from_memory(env: gym.Env[Any, Any], info: dict[str, Any], step: int) -> Any:
    """In a `-Predict` view: the right symbol wherever memory can know it, else any."""
    walks: Any = env.get_wrapper_attr("walks")
    known = walks.knowable[0, step + 1]
    return np.int64(walks.observations[0, step + 1]) if known else at_random(env, info, step)


POLICIES: dict[str, Policy] = {"random": at_random, "memory": from_memory}


def rewarded_views() -> list[str]:
    """The ids of all environments with a reward."""
    return [name for name, entry in ENVIRONMENTS.items() if entry.kind != "stream"]


def write_episodes(environments: Sequence[str], seeds: Sequence[int], folder: Path) -> Iterator[str]:
    """A data set of each view and policy, with an episode for each seed, and its name; all views if none is named.

    The data sets are under `folder`, where `minari.load_dataset(name)` finds them if MINARI_DATASETS_PATH names it.

    Raises:
        ValueError: if an environment has no reward, or Minari is not installed.
    """
    views = [_view(text) for text in environments] or rewarded_views()
    minari = _minari()
    os.environ["MINARI_DATASETS_PATH"] = str(folder.resolve())
    for view in views:
        policies = POLICIES if ENVIRONMENTS[view].kind == "predict" else {"random": at_random}
        for name, policy in policies.items():
            yield _recorded(minari, view, name, policy, seeds)


def _recorded(minari: Any, view: str, name: str, policy: Policy, seeds: Sequence[int]) -> str:
    env = minari.DataCollector(gym.make(view), record_infos=True)
    for seed in seeds:
        env.action_space.seed(seed)
        _, info = env.reset(seed=seed)
        step, ended = 0, False
        while not ended:
            _, _, terminated, truncated, info = env.step(policy(env, info, step))
            step, ended = step + 1, terminated or truncated
    dataset_id = f"hippo/{short_name(view)}-{name}-v0"
    env.create_dataset(dataset_id=dataset_id, algorithm_name=name, author=AUTHOR, requirements=["hippo-envs"])
    env.close()
    return dataset_id


def _view(text: str) -> str:
    """The id that is meant; a ValueError if it has no reward."""
    environment_id, entry = find_environment(text)
    if entry.kind == "stream":
        raise ValueError(f"{environment_id} has no reward, and no episodes to record: name {rewarded_views()[0]}.")
    return environment_id


def _minari() -> Any:
    try:
        import minari  # pyright: ignore[reportMissingImports]  (an extra)
    except ModuleNotFoundError as error:
        raise ValueError('Episodes are written by Minari: pip install -e ".[data]".') from error
    return minari
