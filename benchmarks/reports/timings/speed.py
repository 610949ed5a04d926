"""Steps a second of every environment, beside CartPole, FrozenLake and Taxi in the same process.

CPU time on one core, the best of several goes: other work on the machine only ever takes time away. What counts is the
ratio to CartPole, measured in the same way a moment before.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np

from benchmarks.experiments.console import PlainTable
from benchmarks.records.provenance import commit, versions
from benchmarks.records.result import RESULTS
from benchmarks.reports import markdown
from benchmarks.reports.timings.measured_rows import ADDED, write_rows
from hippo_envs import ENVIRONMENTS, make_family, sample_walks
from hippo_envs.scoring import MASKS

SPEEDS = RESULTS / "speed.json"
YARDSTICK = "CartPole-v1"
PEERS = (YARDSTICK, "FrozenLake-v1", "Taxi-v4")
GOES = 5
N_NATIVE = (16, 64, 1_024, 4_096)
N_RESET = 65_536
FRAME_SIZE = 320  # pixels
MAX_PATTERN_MEMORIES = 64  # at once: each holds a million bits

Speeds = dict[str, dict[str, float]]


class Bar(NamedTuple):
    """What an environment is to reach: steps a second, or a multiple of CartPole's in the same measure."""

    environment: str
    measure: str
    at_least: float
    times_cartpole: bool = False


BARS = (
    Bar("hippo/Rectangle-v0", "make", 2, times_cartpole=True),
    Bar("hippo/Rectangle-v0", "raw", 5, times_cartpole=True),
    Bar("hippo/Rectangle-v0", "sync 16", 1.8, times_cartpole=True),
    Bar("hippo/Rectangle-v0", "native 16", 1e6),
    Bar("hippo/Rectangle-v0", "native 64", 4e6),
    Bar("hippo/Rectangle-v0", "native 1024", 30e6),
    Bar("hippo/Rectangle-v0", "native 1024", 2, times_cartpole=True),
    Bar("hippo/Rectangle-v0", "native 4096", 60e6),
    Bar("hippo/Rectangle-v0", f"reset {N_RESET}", 100e3),
    Bar("hippo/Rectangle-v0", "SB3 64", 4e6),
    Bar("hippo/Rectangle-v0", "walks 1024x1024", 20e6),
    *(Bar(name, "frames 320", 1_500) for name in ENVIRONMENTS),
)


def measure_all(environments: Sequence[str], report: Callable[[str], None]) -> Speeds:
    """Steps a second by environment and measure; yardsticks first, then ours."""
    speeds: Speeds = {}
    for name in (*PEERS, *environments):
        report(name)
        speeds[name] = {measure: rate() for measure, rate in _measures(name).items()}
    return speeds


def _measures(name: str) -> dict[str, Callable[[], float]]:
    """What can be timed of an environment."""
    full_name = f"hippo_envs:{name}" if name in ENVIRONMENTS else name
    measures: dict[str, Callable[[], float]] = {
        "make": lambda: _single(gym.make(full_name)),
        "raw": lambda: _single(gym.make(full_name).unwrapped),
        "sync 16": lambda: _many(gym.make_vec(full_name, num_envs=16, vectorization_mode="sync")),
    }
    if gym.spec(name).vector_entry_point is not None:
        for n in N_NATIVE:
            if name == YARDSTICK or ENVIRONMENTS[name].kind != "patterns" or n <= MAX_PATTERN_MEMORIES:
                native = partial(gym.make_vec, full_name, num_envs=n, vectorization_mode="vector_entry_point")
                measures[f"native {n}"] = lambda native=native: _many(native())
    if name == YARDSTICK or (name in ENVIRONMENTS and ENVIRONMENTS[name].kind == "stream"):
        many = partial(gym.make_vec, full_name, num_envs=N_RESET, vectorization_mode="vector_entry_point")
        measures[f"reset {N_RESET}"] = lambda: _resets(many())
    is_stream = name in ENVIRONMENTS and ENVIRONMENTS[name].kind == "stream"
    if is_stream or name == YARDSTICK:
        measures["SB3 64"] = lambda: _stable_baselines(full_name)
    if name in ENVIRONMENTS:
        measures["frames 320"] = lambda: _frames(gym.make(full_name, render_mode="rgb_array", render_size=FRAME_SIZE))
    elif name == YARDSTICK:
        measures["frames 320"] = lambda: _frames(gym.make(full_name, render_mode="rgb_array"))
    if is_stream:
        for walk_length in (128, 1_024):
            measures[f"walks 1024x{walk_length}"] = lambda length=walk_length: _walks(name, length)
    return measures


def _single(env: gym.Env[Any, Any], n_steps: int = 10_000, step: Callable[[Any], Any] | None = None) -> float:
    """Steps of one environment; `step` does more than the environment's own, which it must return the result of."""
    env.reset(seed=0)
    actions, take = [env.action_space.sample() for _ in range(n_steps)], step or env.step

    def go() -> None:
        for action in actions:
            _, _, terminated, truncated, _ = take(action)
            if terminated or truncated:
                env.reset()

    return n_steps / _cpu_seconds(go)


def _frames(env: gym.Env[Any, Any], n_steps: int = 512) -> float:
    """Steps of which each is drawn, at 320 x 320; CartPole's at its own size."""

    def drawn(action: Any) -> Any:
        result = env.step(action)
        env.render()
        return result

    return _single(env, n_steps, drawn)


def _many(envs: gym.vector.VectorEnv[Any, Any, Any], n_steps: int = 512) -> float:
    envs.reset(seed=0)
    actions = [envs.action_space.sample() for _ in range(n_steps)]

    def go() -> None:
        for action in actions:
            envs.step(action)

    return n_steps * envs.num_envs / _cpu_seconds(go)


def _resets(envs: gym.vector.VectorEnv[Any, Any, Any]) -> float:
    """Worlds a second that are seeded and drawn."""
    return envs.num_envs / _cpu_seconds(lambda: envs.reset(seed=0))


def _stable_baselines(full_name: str, n_steps: int = 512) -> float:
    """In the vector environment that Stable-Baselines3 is given: ours, or its own for CartPole."""
    from stable_baselines3.common.env_util import make_vec_env

    from hippo_envs.stable_baselines import make_sb3_vec_env

    envs = make_vec_env(full_name, 64) if full_name == YARDSTICK else make_sb3_vec_env(full_name, 64)
    envs.reset()
    actions = np.random.default_rng(0).integers(gym.spaces.flatdim(envs.action_space), size=(n_steps, 64))

    def go() -> None:
        for action in actions:
            envs.step(action)

    return n_steps * 64 / _cpu_seconds(go)


def _walks(name: str, walk_length: int, n_walks: int = 1_024) -> float:
    family = make_family(name)

    def go() -> None:
        walks = sample_walks(family, range(n_walks), walk_length)
        for mask in MASKS:
            getattr(walks, mask)

    return n_walks * walk_length / _cpu_seconds(go)


def _cpu_seconds(go: Callable[[], object]) -> float:
    """The least that it took, after one go to warm up."""
    go()
    spent = []
    for _ in range(GOES):
        before = time.process_time()
        go()
        spent.append(time.process_time() - before)
    return min(spent)


def write(speeds: Speeds, path: Path) -> None:
    """Keep what was measured, with what it was measured on.

    Of some environments only, the others' figures stay, and so do the yardsticks: these get their own CartPole beside
    them, since a machine is not as fast on another day.
    """
    rounded = {name: {measure: round(rate) for measure, rate in rates.items()} for name, rates in speeds.items()}
    measured_with = {"versions": versions(), "commit": commit(), "n_cpus": os.cpu_count()}
    if not set(ENVIRONMENTS) <= set(rounded) and path.exists():
        measured_with[YARDSTICK] = rounded[YARDSTICK]
        rounded = {name: rates for name, rates in rounded.items() if name not in PEERS}
    write_rows(path, "steps_per_second", rounded, tuple(ENVIRONMENTS), measured_with)


def read(path: Path = SPEEDS) -> Speeds:
    """What `write` kept."""
    return json.loads(path.read_text(encoding="utf-8"))["steps_per_second"]


def read_yardsticks(path: Path = SPEEDS) -> Speeds:
    """CartPole's rates as they were beside each environment."""
    content = json.loads(path.read_text(encoding="utf-8"))
    speeds, added = content["steps_per_second"], content.get(ADDED, {})
    return {name: added[name][YARDSTICK] if name in added else speeds[YARDSTICK] for name in speeds}


def as_table(speeds: Speeds) -> PlainTable:
    """Every figure, and in brackets how many times CartPole's it is (`cartpole_rate`)."""
    measures = list(dict.fromkeys(measure for of_one in speeds.values() for measure in of_one))
    table = PlainTable("Steps a second on one core (times CartPole's)", box=None)
    table.add_column("environment", no_wrap=True)
    for measure in measures:
        table.add_column(measure, justify="right")
    for name, rates in speeds.items():
        table.add_row(name, *(_shown(rates.get(measure), cartpole_rate(speeds, measure)) for measure in measures))
    return table


def cartpole_rate(speeds: Mapping[str, Mapping[str, float]], measure: str) -> float | None:
    """What CartPole reaches in a measure; beside walks, which it has none of, as many of its worlds stepped together.

    >>> cartpole_rate({YARDSTICK: {"raw": 2.0, "native 1024": 9.0}}, "walks 1024x128")
    9.0
    """
    return speeds[YARDSTICK].get("native 1024" if measure.startswith("walks 1024x") else measure)


def verdicts(speeds: Speeds) -> list[str]:
    """One line for each bar of an environment that was measured."""
    lines = []
    for bar in BARS:
        if bar.environment in speeds:
            rate = speeds[bar.environment][bar.measure]
            reached = rate / speeds[YARDSTICK][bar.measure] if bar.times_cartpole else rate
            target = f"{bar.at_least:g} times CartPole" if bar.times_cartpole else f"{short(bar.at_least)}/s"
            value = f"{reached:.1f} times" if bar.times_cartpole else f"{short(rate)}/s"
            verdict = "met" if reached >= bar.at_least else "not met"
            lines.append(f"{bar.environment} {bar.measure}: {value}, bar {target}: {verdict}")
    return lines


def short(rate: float) -> str:
    """Three digits and a unit.

    >>> short(1_234_567), short(98_700), short(34_800_000)
    ('1.23 M', '98.7 k', '34.8 M')
    """
    value, unit = (rate / 1e6, "M") if rate >= 1e6 else (rate / 1e3, "k")
    return f"{value:.3g} {unit}"


def _shown(rate: float | None, yardstick: float | None) -> str:
    if rate is None:
        return ""
    return short(rate) if yardstick is None else f"{short(rate)} ({rate / yardstick:.1f})"


def as_markdown(speeds: Speeds, yardsticks: Speeds) -> str:
    """A row for each environment that was timed, a column for each measure; in brackets how many times CartPole's."""
    measures = list(dict.fromkeys(measure for rates in speeds.values() for measure in rates))
    rows = []
    for name, rates in speeds.items():
        beside = {YARDSTICK: yardsticks[name]}
        rows.append([name, *(_shown(rates.get(measure), cartpole_rate(beside, measure)) for measure in measures)])
    return markdown.table(["environment", *measures], rows, "l" + "r" * len(measures))
