"""Pages and a table of all environments, from their docstrings and from the floors and ceilings that were measured."""

import inspect
import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import gymnasium as gym

from benchmarks.reports.markdown import table
from benchmarks.reports.timings import references as reference_scores
from hippo_envs import ENVIRONMENTS
from hippo_envs.registration import size


def page(environment: str, scores: Mapping[str, Any]) -> str:
    """One environment as Markdown: its id, its class docstring, and its floors and ceilings if they were measured."""
    env = gym.make(f"hippo_envs:{environment}")
    described = inspect.cleandoc(type(env.unwrapped).__doc__ or "")
    measured = _measured(scores[environment]) if environment in scores else ()
    foot = "*Made by `python -m benchmarks docs` from the class docstring.* [How fast it is](../speed.md)."
    return "\n".join([f"# `{environment}`\n", f"{_fenced(described)}\n", *measured, foot]) + "\n"


def _measured(scores: Mapping[str, Any]) -> list[str]:
    return [
        "## Floors and ceilings\n",
        f"Accuracy on {scores['n_worlds']} evaluation worlds, walks of {scores['walk_length']:,} steps, made by\n"
        "`python -m benchmarks references`. `bayes-actions` and `bayes` are ceilings: an exact Bayes filter that\n"
        "knows the task, but neither the world nor where it starts, from actions alone and with what is seen.\n",
        f"{reference_scores.as_markdown(scores)}\n",
    ]


def write_pages(folder: Path, scores: Mapping[str, Any]) -> list[Path]:
    """Write every page and remove those of environments that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {folder / file_name(name): page(name, scores) for name in ENVIRONMENTS}
    for path in set(folder.glob("*.md")) - set(pages):
        path.unlink()
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return list(pages)


def file_name(environment: str) -> str:
    """What the page of an environment is called.

    >>> file_name("hippo/Rectangle-Predict-v0")
    'rectangle-predict.md'
    """
    return environment.removeprefix("hippo/").rsplit("-v", 1)[0].lower() + ".md"


def all_environments() -> str:
    """All environments in a Markdown table, each with a link to its page."""
    rows = []
    for name, entry in ENVIRONMENTS.items():
        env = gym.make(f"hippo_envs:{name}")
        cells = [
            f"[`{name}`](docs/environments/{file_name(name)})",
            _task(name),
            size(env.action_space),
            size(env.observation_space),
            f"{entry.max_episode_steps or _episode_steps(env):,}",
        ]
        rows.append(cells)
    return table(("id", "task", "actions", "observations", "steps"), rows, "llllr")


def links(folder: str) -> str:
    """A list of all pages, each with what one does there, as seen from where `folder` is."""
    return "\n".join(f"- [`{name}`]({folder}/{file_name(name)}): {_task(name)}" for name in ENVIRONMENTS)


def _task(environment: str) -> str:
    """The first line of its docstring."""
    described = type(gym.make(f"hippo_envs:{environment}").unwrapped).__doc__ or ""
    return described.partition("\n")[0].rstrip(".")


def _episode_steps(env: gym.Env[Any, Any]) -> int:
    """Of an environment that ends every episode itself, after as many steps that lead somewhere."""
    _, info = env.reset(seed=0)
    for step in count(1):
        _, _, terminated, truncated, info = env.step(env.action_space.sample(info.get("action_mask")))
        if terminated or truncated:
            return step
    raise AssertionError


def _fenced(text: str) -> str:
    """Examples as code blocks, so that Markdown keeps their lines."""
    return re.sub(
        r"(?:^>>> .*\n?(?:^(?!\n|#).+\n?)*)+", lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", text, flags=re.M
    )
