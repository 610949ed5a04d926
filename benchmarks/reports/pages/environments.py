"""Pages and a table of all environments, from their docstrings and from the floors and ceilings that were measured."""

import inspect
import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium as gym

from benchmarks.reports.markdown import table
from benchmarks.reports.timings import references as reference_scores
from hippo_envs import ENVIRONMENTS, SIZES
from hippo_envs.registration import size


class Views(NamedTuple):
    """How the ids that show a stream for reward are presented: they share a class, and so a page."""

    page: str
    title: str
    task: str
    action: Any


VIEWS = {
    "predict": Views("predict.md", "passive view", "Watch walks of `{}` and predict each next symbol, for reward", 0),
    "explore": Views(
        "explore.md", "active view", "Walk in `{}` and predict what untried moves lead to, for reward", (0, 0)
    ),
}
# The columns of the tables of reference scores in the docstrings of views.
COLUMNS = {"hippo/Rectangle-v0": 1, "hippo/Hexagonal-v0": 2, "hippo/FamilyTree-v0": 3}
FOOT = "*Made by `python -m benchmarks docs` from the class docstring.* [How fast it is](../speed.md)."


def page(environment: str, scores: Mapping[str, Any]) -> str:
    """One environment as Markdown: its id, its class docstring, and its floors and ceilings if they were measured."""
    if ENVIRONMENTS[environment].kind in VIEWS:
        return _view_page(environment)
    measured = _measured(scores[environment]) if environment in scores else ()
    parts = [f"# `{environment}`\n", f"{_fenced(_described(environment))}\n", *_sizes(environment), *measured, FOOT]
    return "\n".join(parts) + "\n"


def shared_page(kind: str) -> str:
    """What all views of a kind have in common, as Markdown: the docstring of their class."""
    names = [name for name, entry in ENVIRONMENTS.items() if entry.kind == kind]
    links = ", ".join(f"[`{name}`]({file_name(name)})" for name in names)
    head = [f"# The {VIEWS[kind].title} of a stream\n", f"Registered as {links}.\n"]
    return "\n".join([*head, f"{_fenced(_described(names[0]))}\n", FOOT]) + "\n"


def _view_page(environment: str) -> str:
    """What is an id's own among the views of a kind: its stream, its spaces, an episode, its reference scores."""
    entry, env = ENVIRONMENTS[environment], gym.make(f"hippo_envs:{environment}")
    view, stream = VIEWS[entry.kind], entry.arguments["stream"]
    arguments = ", ".join(
        f"`{name}`" for name in inspect.signature(ENVIRONMENTS[stream].environment.build_family).parameters
    )
    facts = {
        "worlds and walks": f"those of [`{stream}`]({file_name(stream)}), whose arguments it takes: {arguments}",
        "action space": f"`{env.action_space}`",
        "observation space": f"`{env.observation_space}`",
        "solved with a return of": f"{entry.reward_threshold:g}",
        "steps of an episode": f"{entry.max_episode_steps or _episode_steps(env):,}",
        "all else": f"[the {view.title}]({view.page}): what is rewarded, arguments, vector form, scoring",
    }
    rows = [[f"**{name}**", fact] for name, fact in facts.items()]
    parts = [f"# `{environment}`\n", f"{_task(environment)}.\n", f"{table(('', ''), rows, 'll')}\n"]
    parts += [_first_step(environment, env, view.action), *_sizes(environment), *_column(environment, stream), FOOT]
    return "\n".join(parts) + "\n"


def _sizes(environment: str) -> list[str]:
    """Its three sizes, and the return that solves an episode of each; nothing if it has none."""
    if environment not in SIZES:
        return []
    rows = []
    for name, arguments in SIZES[environment].items():
        spec = gym.make(f"hippo_envs:{environment}", **arguments).spec
        assert spec is not None
        given = ", ".join(f"`{argument}={value!r}`" for argument, value in arguments.items())
        rows.append([name, given or "as registered", f"{spec.reward_threshold:g}"])
    return [
        "## Sizes\n",
        f'`gym.make("{environment}", **hippo_envs.SIZES["{environment}"]["easy"])` makes the easy one.\n'
        "A return of the threshold counts as solved: [what a good score is](../what-a-good-score-is.md).\n",
        f"{table(('size', 'arguments', 'threshold'), rows, 'llr')}\n",
    ]


def _first_step(environment: str, env: gym.Env[Any, Any], action: Any) -> str:
    """The first step in world 0, as it is."""
    shown, _ = env.reset(seed=0)
    lines = [">>> import gymnasium as gym", f'>>> env = gym.make("hippo_envs:{environment}")']
    lines += [">>> env.reset(seed=0)[0]", str(shown), f">>> env.step({action})[:2]", str(env.step(action)[:2])]
    return "\n".join(["```pycon", *lines, "```\n"])


def _column(environment: str, stream: str) -> list[str]:
    """Its own column of the reference scores in the docstring; nothing if there is none."""
    if stream not in COLUMNS:
        return []
    section = _described(environment).partition("## Reference scores\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    own = [[row[0], row[COLUMNS[stream]]] for row in rows[1:]]
    return [f"## Reference scores\n\n{section.partition(':')[0]}:\n", table(("agent", "return"), own, "lr"), ""]


def _described(environment: str) -> str:
    """The docstring of its class."""
    return inspect.cleandoc(ENVIRONMENTS[environment].environment.__doc__ or "")


def _measured(scores: Mapping[str, Any]) -> list[str]:
    return [
        "## Floors and ceilings\n",
        f"Accuracy on {scores['n_worlds']} evaluation worlds, walks of {scores['walk_length']:,} steps, made by\n"
        "`python -m benchmarks references`. `bayes-actions` and `bayes` are ceilings: an exact Bayes filter that\n"
        "knows the task, but neither the world nor where it starts, from actions alone and with what is seen.\n",
        f"{reference_scores.as_markdown(scores)}\n",
        *(_measured_harder(scores) if "harder" in scores else ()),
    ]


def _measured_harder(scores: Mapping[str, Any]) -> list[str]:
    return [
        "The same under harder conditions, on walks as long and the steps that count there. Where steps slip the\n"
        "ceilings are those of a particle filter, and the node agent, which knows where it was, is above them.\n",
        f"{reference_scores.harder_as_markdown(scores)}\n",
    ]


def write_pages(folder: Path, scores: Mapping[str, Any]) -> list[Path]:
    """Write every page and remove those of environments that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {folder / file_name(name): page(name, scores) for name in ENVIRONMENTS}
    pages |= {folder / view.page: shared_page(kind) for kind, view in VIEWS.items()}
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
    pages = [f"- [`{name}`]({folder}/{file_name(name)}): {_task(name)}" for name in ENVIRONMENTS]
    pages += [f"- [The {view.title}]({folder}/{view.page}): what all these ids share" for view in VIEWS.values()]
    return "\n".join(pages)


def _task(environment: str) -> str:
    """What one does there: the first line of its docstring, or what its kind of view asks."""
    entry = ENVIRONMENTS[environment]
    if entry.kind in VIEWS:
        return VIEWS[entry.kind].task.format(entry.arguments["stream"])
    return _described(environment).partition("\n")[0].rstrip(".")


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
