"""Stepping an agent that is not trusted: in a process of its own, which hears observations and actions and no more."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

import agents
from benchmarks.evaluate import WALKS_AT_ONCE
from benchmarks.own_agent import copy_sources
from hippo_envs import Walks

SECONDS_TO_ANSWER, TRIES_TO_END = 120, 10
LONGEST_LINE = 2**16  # bytes, many more than an answer has
PROGRAM = Path(__file__).with_name("agent_process.py")
AGENTS = Path(agents.__file__).parent
NOT_SECRET = ("PATH", "LANG", "OMP_NUM_THREADS", "SYSTEMROOT")  # without the last Windows has no random numbers


def step_in_process(
    settings: Mapping[str, Any], weights: Path, walks: Walks, sources: Mapping[str, Path]
) -> NDArray[np.int64]:
    """The predictions (B, T) of an agent that is stepped in another process; observations go after their predictions.

    The process starts in a folder with the agent's sizes, weights and code. It imports from there and from installed
    packages, but for what makes worlds. It is on this machine and under this user: an agent that is suspected of
    reading what it was not given belongs into a container.

    Args:
        settings: of its run.
        weights: a safetensors file.
        walks: never leave this process, but for observations and actions as they come.
        sources: the agent's files by module, if it is not one of ours.

    Raises:
        ValueError: if the agent stops, does not answer within two minutes, or answers with anything but a symbol for
            each walk.
    """
    family = walks.worlds.family
    told = {name: settings[name] for name in ("agent", "sizes", "seed")}
    told |= {"n_observations": family.n_observations, "n_actions": family.n_actions}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "agent.json").write_text(json.dumps(told), encoding="utf-8")
        shutil.copyfile(weights, folder / "weights.safetensors")
        shutil.copyfile(PROGRAM, folder / PROGRAM.name)
        shutil.copytree(AGENTS, folder / "agents", ignore=shutil.ignore_patterns("__pycache__"))
        copy_sources(sources, folder / "code")
        path = os.pathsep.join([str(folder / "code"), *_installed()])
        environment = {name: os.environ[name] for name in NOT_SECRET if name in os.environ} | {"PYTHONPATH": path}
        with (folder / "stderr").open("wb") as complaints:
            process = subprocess.Popen(
                # -S: the .pth file of an editable installation would put the whole checkout on the path.
                [sys.executable, "-S", PROGRAM.name, name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=folder,
                env=environment,
            )
            agent = _Answers(process, family.n_observations, folder / "stderr")
            try:
                return _step(agent, walks)
            finally:
                agent.end()


def _installed() -> list[str]:
    """Where packages are installed, torch among them."""
    return [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]


class _Answers:
    """Asks for predictions, a line for a line.

    A thread waits for the lines: that can be given up on every system, half-way through a line too.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", n_observations: int, complaints: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.n_observations, self.complaints = process, n_observations, complaints
        self._asks, self._answers = process.stdin, process.stdout
        self._lines: Queue[bytes] = Queue(maxsize=1)  # who talks ahead has to wait
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def ask(self, n_walks: int, **message: Any) -> NDArray[np.int64]:
        try:
            self._asks.write(json.dumps(message).encode() + b"\n")
            self._asks.flush()
        except OSError:  # a broken pipe, or what Windows calls it
            raise ValueError(f"The agent stopped: {self._last_words()}") from None
        try:
            line = self._lines.get(timeout=SECONDS_TO_ANSWER)
        except Empty:
            raise ValueError(f"The agent did not answer within {SECONDS_TO_ANSWER} seconds.") from None
        if not line:
            raise ValueError(f"The agent stopped: {self._last_words()}")
        try:
            answers = np.array(json.loads(line))
        except ValueError:  # no JSON, or lists of lists of different lengths
            answers = np.array([])
        if answers.shape != (n_walks,) or answers.dtype.kind != "i" or not self._are_symbols(answers):
            raise ValueError(
                f"The agent must answer with {n_walks} symbols below {self.n_observations}, got {line[:80]!r}."
            )
        return answers

    def end(self) -> None:
        """End the process, and let go of its pipes."""
        self.process.kill()
        self.process.wait()
        with suppress(OSError):
            self._asks.close()
        for _ in range(TRIES_TO_END):  # a process that it left behind may hold the other end for ever
            with suppress(Empty):
                self._lines.get_nowait()
            self._listener.join(timeout=0.1)
            if not self._listener.is_alive():
                self._answers.close()
                return

    def _listen(self) -> None:
        for line in iter(partial(self._answers.readline, LONGEST_LINE), b""):
            self._lines.put(line)
            if self.process.returncode is not None:  # `end` is waiting
                return
        self._lines.put(b"")

    def _are_symbols(self, answers: NDArray[np.int64]) -> bool:
        return bool((answers >= 0).all() and (answers < self.n_observations).all())

    def _last_words(self) -> str:
        words = self.complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return words[-1] if words else "it said nothing"


def _step(agent: _Answers, walks: Walks) -> NDArray[np.int64]:
    predictions = np.empty(walks.observations.shape, dtype=np.int64)
    for first in range(0, len(predictions), WALKS_AT_ONCE):
        some = slice(first, first + WALKS_AT_ONCE)
        observations, actions = walks.observations[some].tolist(), walks.actions[some].tolist()
        n_walks = len(observations)
        predictions[some, 0] = agent.ask(n_walks, begin=n_walks)
        for t in range(walks.walk_length - 1):
            seen = {"observations": [row[t] for row in observations], "actions": [row[t] for row in actions]}
            predictions[some, t + 1] = agent.ask(n_walks, **seen)
    return predictions
