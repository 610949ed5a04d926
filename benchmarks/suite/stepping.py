"""Stepping an agent that is not trusted: in a process of its own, which hears observations and actions and no more."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

import agents
from benchmarks.evaluation.answers import WALKS_AT_ONCE
from benchmarks.records.files import WEIGHTS
from benchmarks.records.own_agent import copy_sources
from benchmarks.records.settings import RunSettings
from hippo_envs import Walks

SECONDS_TO_ANSWER, SECONDS_TO_END = 120, 1
LONGEST_LINE = 2**16  # bytes, many more than an answer has
PROGRAM = Path(__file__).with_name("agent_process.py")
AGENTS = Path(agents.__file__).parent
NOT_SECRET = ("PATH", "LANG", "OMP_NUM_THREADS", "SYSTEMROOT")  # without the last Windows has no random numbers


def step_in_process(
    settings: RunSettings,
    weights: Path,
    walks: Walks,
    sources: Mapping[str, Path],
    n_parameters: int | None = None,
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
        n_parameters: as many as it has to have; not counted if None. They are counted there, since an agent of the
            sizes that it says may be larger than the machine.

    Raises:
        ValueError: if the agent stops, has another number of parameters, does not answer within two minutes, or answers
            with anything but a symbol for each walk.
    """
    family = walks.worlds.family
    told: dict[str, Any] = {"agent": settings.agent, "sizes": settings.sizes, "seed": settings.seed}
    told |= {"n_observations": family.n_observations, "n_actions": family.n_actions, "n_parameters": n_parameters}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "agent.json").write_text(json.dumps(told), encoding="utf-8")
        shutil.copyfile(weights, folder / WEIGHTS)
        shutil.copyfile(PROGRAM, folder / PROGRAM.name)
        shutil.copytree(AGENTS, folder / "agents", ignore=shutil.ignore_patterns("__pycache__", "trained"))
        copy_sources(sources, folder / "code")
        path = os.pathsep.join([str(folder / "code"), *_installed()])
        environment = {name: os.environ[name] for name in NOT_SECRET if name in os.environ} | {"PYTHONPATH": path}
        environment["OPENBLAS_NUM_THREADS"] = "1"  # as `benchmarks` has it
        with (folder / "stderr").open("wb") as complaints:
            process = subprocess.Popen(
                # -S: the .pth file of an editable installation would put the whole checkout on the path.
                [sys.executable, "-S", PROGRAM.name, name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=folder,
                env=environment,
                start_new_session=sys.platform != "win32",
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

    A thread writes and reads. Either may take for ever, and a thread can be given up on every system, half-way through
    a line too.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", n_observations: int, complaints: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.n_observations, self.complaints = process, n_observations, complaints
        self._asks, self._answers = process.stdin, process.stdout
        self._line = b""

    def ask(self, n_walks: int, **message: Any) -> NDArray[np.int64]:
        exchange = Thread(target=self._exchange, args=(json.dumps(message).encode() + b"\n",), daemon=True)
        exchange.start()
        exchange.join(SECONDS_TO_ANSWER)
        if exchange.is_alive():
            raise ValueError(f"The agent did not answer within {SECONDS_TO_ANSWER} seconds.")
        if not self._line:
            raise ValueError(f"The agent stopped: {self._last_words()}")
        try:
            answers = np.array(json.loads(self._line))
        except ValueError:  # no JSON, or lists of lists of different lengths
            answers = np.array([])
        if answers.shape != (n_walks,) or answers.dtype.kind != "i" or not self._are_symbols(answers):
            raise ValueError(
                f"The agent must answer with {n_walks} symbols below {self.n_observations}, got {self._line[:80]!r}."
            )
        return answers

    def end(self) -> None:
        """End the process with all that it has started and that is still of its group, and let go of its pipes."""
        if sys.platform != "win32":
            with suppress(ProcessLookupError, PermissionError):  # macOS permits nothing where all have ended
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        closing = Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(SECONDS_TO_END)  # what has left the group may hold the other ends for ever

    def _exchange(self, line: bytes) -> None:
        self._line = b""
        with suppress(OSError, ValueError):  # a broken pipe, or what Windows calls it; or `end` has closed it
            self._asks.write(line)
            self._asks.flush()
            self._line = self._answers.readline(LONGEST_LINE)

    def _close(self) -> None:
        for pipe in (self._asks, self._answers):
            with suppress(OSError):
                pipe.close()

    def _are_symbols(self, answers: NDArray[np.int64]) -> bool:
        return bool((answers >= 0).all() and (answers < self.n_observations).all())

    def _last_words(self) -> str:
        with self.complaints.open("rb") as file:
            file.seek(max(0, self.complaints.stat().st_size - LONGEST_LINE))
            words = file.read(LONGEST_LINE).decode(errors="replace").strip().splitlines()
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
