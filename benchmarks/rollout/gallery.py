"""The gallery: a GIF of every environment and of every agent family, and the page that shows them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from agents import AGENTS, find_agent
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.console import say
from benchmarks.records.files import RESULT, WEIGHTS
from benchmarks.rollout.find import find_watched
from benchmarks.rollout.prediction_panel import View
from benchmarks.rollout.recording import record
from benchmarks.rollout.watched import Watched
from benchmarks.rollout.watching import frames, record_rollout
from hippo_envs import ENVIRONMENTS, sample_walks
from hippo_envs.drawing.rendering import Frame
from hippo_envs.scoring import mask_of

MOST_BYTES = 400_000
SIDE, N_FRAMES, FPS, N_COLOURS = 240, 28, 3, 32
PAGE_SIZE, N_PAGE_FRAMES, PAGE_FPS, N_PAGE_COLOURS = (800, 450), 24, 2, 48
N_SLOTS = 6  # of the memory that completes patterns
SEED = 1
PRESET = "quick"

# Worlds small enough that glyphs can be read in so few pixels.
SMALL: Mapping[str, Mapping[str, Any]] = {
    "hippo/Rectangle-v0": {"width": 6},
    "hippo/Hexagonal-v0": {"radius": 3},
    "hippo/FamilyTree-v0": {"levels": 4},
    "hippo/Network-v0": {"graph": "florentine families"},
    "hippo/InOutbound-v0": {"height": 3},
    "hippo/DoubleEndedMaze-v0": {"segment": 1},
    "hippo/EvidenceTowers-v0": {"length": 5},
    "hippo/PatternCompletion-v0": {"n_units": 4, "n_stored": 5, "n_recalled": 2},
    "hippo/PatternMemory-v0": {"n_units": 400, "n_ones": 40, "n_stored": 10, "n_recalled": 18},
}


class Show(NamedTuple):
    """An agent of the gallery: a run of the preset quick with seed 0, and what is recorded of it."""

    experiment: str
    variant: str
    title: str
    seed: int = 0
    activity: int = 0
    unit: int = 0


SHOWS = {
    "tem-t": Show("zero-shot-rectangle", "tem-t", "TEM-t on a square it has never seen", unit=120),
    "tem-t-hexagonal": Show("zero-shot-hexagonal", "tem-t-relu", "TEM-t, rectified, on a hexagon", unit=84),
    "tem-t-family-tree": Show("zero-shot-family-tree", "tem-t", "TEM-t in a family tree", unit=11),
    "tem-t-published": Show("tem-t-published", "tem-t-published", "TEM-t as published, corrected by what it sees"),
    "tem": Show("sample-efficiency", "tem", "TEM on a square of sixteen nodes", unit=28),
    "nmda": Show("nmda-ltrm-by-alpha", "nmda-a10", "The NMDA transformer on a familiar map", activity=4, unit=18),
    "slot-free": Show("slot-free-capacity", "slot-free-32", "TEM-t's position code, a memory without slots", unit=26),
    "transformer": Show("zero-shot-hexagonal", "transformer", "A transformer that counts steps", unit=53),
    "gated-deltanet": Show("gated-deltanet", "gated-deltanet", "A gated delta rule on a line"),
    "cscg": Show("cscg-familiar-maps", "cscg", "A graph of clones on a familiar map"),
    "mapformer": Show("mapformer", "mapformer", "MapFormer on a square it has never seen"),
    "lstm": Show("zero-shot-line", "lstm", "An LSTM on a line", unit=55),
}

# One picture of a step at which an edge is taken in neither direction, to a node seen 77 steps ago.
STILL, STILL_SEED, STILL_STEPS, STILL_SIZE = SHOWS["tem-t"], 5, 81, (960, 540)


def shows() -> dict[str, Show]:
    """What is shown of agents: those chosen above, and any other by the first experiment that has it."""
    found = dict(SHOWS)
    chosen = {EXPERIMENTS[show.experiment].variant(show.variant).agent for show in SHOWS.values()}
    for experiment in EXPERIMENTS.values():
        for name, variant in experiment.variants.items():
            if variant.agent in AGENTS and variant.agent not in {*chosen, *found}:
                title = (find_agent(variant.agent).__doc__ or variant.agent).partition("\n")[0].removesuffix(".")
                found[variant.agent] = Show(experiment.name, name, title)
    return found


def command_of(show: Show) -> str:
    """What makes the run that is shown."""
    return f"python -m benchmarks run {show.experiment} --agents {show.variant} --seeds 0"


def environment_frames(environment: str) -> Iterator[Frame]:
    """An environment as it draws itself, walked by its own policy, and answered by a memory where it asks."""
    entry = ENVIRONMENTS[environment]
    arguments = SMALL.get(entry.arguments.get("stream", environment), {})
    env: Any = gym.make(f"hippo_envs:{environment}", render_mode="rgb_array", render_size=SIDE, **arguments).unwrapped
    answers = {"stream": _walk, "predict": _predictions, "explore": _explored, "patterns": _completions}[entry.kind]
    episodes = chain.from_iterable(answers(env, seed) for seed in count(SEED))
    yield from islice(episodes, N_FRAMES)
    env.close()


def _walk(env: Any, seed: int) -> Iterator[Frame]:
    env.reset(seed=seed)
    walks = sample_walks(env.family, [seed], N_FRAMES)
    yield env.render()
    for action in walks.actions[0, :-1].tolist():
        _, _, is_over, _, _ = env.step(action)
        yield env.render()
        if is_over:
            return


def _predictions(env: Any, seed: int) -> Iterator[Frame]:
    """Says the last symbol where it cannot know better."""
    shown, _ = env.reset(seed=seed)
    came, seen = env.walks.observations[0], env.walks.seen[0]
    yield env.render()
    for step in range(1, min(len(came), N_FRAMES)):
        shown, _, _, is_over, _ = env.step(int(came[step]) if seen[step] else int(shown["observation"]))
        yield env.render()
        if is_over:
            return


def _explored(env: Any, seed: int) -> Iterator[Frame]:
    """Goes anywhere, and remembers every edge it has taken."""
    shown, info = env.reset(seed=seed)
    rng, known = np.random.default_rng(seed), {}
    yield env.render()
    for _ in range(N_FRAMES - 1):
        edge = env.node, int(shown["next_action"])
        move = int(rng.choice(np.flatnonzero(info["action_mask"])))
        shown, _, _, _, info = env.step((move, known.get(edge, int(shown["observation"]))))
        known[edge] = int(shown["observation"])
        yield env.render()


def _completions(env: Any, seed: int) -> Iterator[Frame]:
    """Keeps the last few patterns, and answers with the one most like the cue."""
    shown, _ = env.reset(seed=seed)
    slots: list[NDArray[np.int8]] = []
    is_over = False
    yield env.render()
    while not is_over:
        if not shown["recall"]:
            slots = [*slots, shown["pattern"]][-N_SLOTS:]
        best = max(slots, key=lambda pattern: int((pattern & shown["pattern"]).sum()))
        shown, _, is_over, _, _ = env.step(best)
        yield env.render()


def file_name(environment: str) -> str:
    """Of the GIF of an environment."""
    return f"{environment.removeprefix('hippo/').removesuffix('-v0').lower()}.gif"


def run_of(show: Show, runs: Path) -> Path | None:
    """The folder of a finished run, the first in order of names; None if there is none."""
    found = sorted((runs / show.experiment / PRESET / show.variant).glob(f"0-*/{RESULT}"))
    with_weights = [path.parent for path in found if path.with_name(WEIGHTS).exists()]
    return with_weights[0] if with_weights else None


def make_environments(output: Path) -> Iterator[Path]:
    """A GIF for each; the path as soon as it is written."""
    for environment in ENVIRONMENTS:
        path = output / file_name(environment)
        record(path, environment_frames(environment), FPS, N_COLOURS)
        yield _checked(path)


def make_agents(output: Path, runs: Path, console: Any) -> Iterator[Path]:
    """A GIF for each agent of which there is a run, and a picture of the first; the others are named."""
    for name, show in shows().items():
        directory = run_of(show, runs)
        if directory is None:
            told = f"left out: {name}, which has no run; make one with {command_of(show)} --runs {runs}"
            say(told, console)  # so that the command can be copied
            continue
        watched = find_watched(str(directory), None, {}, runs, False, console)
        view = View(show.activity, show.unit)
        shown = frames(watched, show.seed, None, best_stretch(watched, show.seed), PAGE_SIZE, view)
        path = output / f"agent-{name}.gif"
        record(path, islice(shown, N_PAGE_FRAMES), PAGE_FPS, N_PAGE_COLOURS)
        yield _checked(path)
        if show is STILL:
            still = output / "rollout.png"
            record_rollout(watched, still, STILL_SEED, STILL_STEPS, size=STILL_SIZE, view=view)
            yield _checked(still)


def best_stretch(watched: Watched, seed: int) -> int:
    """After how many steps of the walk there is most to see: steps of the headline's kind."""
    walks = sample_walks(watched.family, [seed], watched.walk_length)
    worth = np.cumsum(np.append(0, mask_of(walks, watched.masks[0])[0]))
    n_shown = min(N_PAGE_FRAMES, watched.walk_length)
    return int((worth[n_shown:] - worth[: len(worth) - n_shown]).argmax())


def _checked(path: Path) -> Path:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}: show fewer steps of it.")
    return path


def page(folder: str) -> str:
    """The page of the gallery, as Markdown; `folder` is where the GIFs are, as seen from it."""
    agents = [(f"agent-{name}.gif", show.title) for name, show in shows().items()]
    environments = [(file_name(name), f"`{name}`") for name in ENVIRONMENTS]
    return PAGE.format(agents=_grid(agents, folder, columns=1), environments=_grid(environments, folder, columns=4))


def _grid(pictures: Sequence[tuple[str, str]], folder: str, columns: int) -> str:
    """A table of pictures with their titles below."""
    lines = ["| " * columns + "|", "|---" * columns + "|"]
    for first in range(0, len(pictures), columns):
        row = [*pictures[first : first + columns]]
        cells = [f"![{title.replace('`', '')}]({folder}/{name})<br>{title}" for name, title in row]
        lines.append("| " + " | ".join([*cells, *[""] * (columns - len(row))]) + " |")
    return "\n".join(lines)


PAGE = """# Gallery

*Made by `python -m benchmarks gallery`, which needs finished runs of the agents.*

## Agents

Each is a run of the preset `quick` with seed 0, in world 0, where most of its walk is what its experiment is about.
[What the parts of the picture mean](rollouts.md).

{agents}

## Environments

As they draw themselves (`render_mode="rgb_array"`), walked by their own policy. Where an environment asks for an
answer, a simple memory gives it: what was seen at the node, where the edge led the last time, one of the last six
patterns.

{environments}
"""
