"""Step an untrusted agent in a process of its own, which receives observations and actions and nothing else."""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

import agents
from benchmarks.evaluation.answers import WALKS_AT_ONCE
from benchmarks.records.files import WEIGHTS
from benchmarks.records.own_agent import copy_sources
from benchmarks.records.settings import RunSettings
from benchmarks.suite import sandbox
from benchmarks.suite.agent_process import HIDDEN
from hippo_envs import Walks

SECONDS_TO_ANSWER, SECONDS_TO_STEP, SECONDS_TO_END = 120, 7_200, 1
LONGEST_LINE = 2**16  # bytes, many more than an answer has
MOST_SAID = 2**25  # bytes that an agent may print
PROGRAM = Path(__file__).with_name("agent_process.py")
AGENTS = Path(agents.__file__).parent
# Without SYSTEMROOT Windows has no random numbers; some builds of Python find their library by LD_LIBRARY_PATH.
NOT_SECRET = ("LANG", "OMP_NUM_THREADS", "SYSTEMROOT", "LD_LIBRARY_PATH")


def way_here() -> sandbox.Way:
    """The strongest way of keeping an agent apart that this system allows."""
    return sandbox.strongest(_installed(), sandbox.WAYS)


def step_in_process(
    settings: RunSettings,
    weights: Path,
    walks: Walks,
    sources: Mapping[str, Path],
    n_parameters: int | None = None,
    until: float | None = None,
) -> NDArray[np.int64]:
    """The predictions (B, T) for one set of walks, as `step_all_in_process` makes them."""
    (predictions,) = step_all_in_process(settings, weights, [walks], sources, n_parameters, until)
    return predictions


def step_all_in_process(
    settings: RunSettings,
    weights: Path,
    walks: Sequence[Walks],
    sources: Mapping[str, Path],
    n_parameters: int | None = None,
    until: float | None = None,
) -> list[NDArray[np.int64]]:
    """The predictions (B, T) of an agent in another process, for one set of walks after the other.

    Observations go there after their predictions. The process starts in a folder with the agent's sizes, weights and
    code. It imports from there and from installed packages, but for what makes worlds. How far it is kept apart from
    this machine says `way_here`.

    Args:
        settings: of its run.
        weights: a safetensors file.
        walks: of one family; they never leave this process, but for observations and actions as they come.
        sources: the agent's files by module, if it is not one of ours.
        n_parameters: as many as it has to have; not counted if None. They are counted there, since an agent of the
            sizes that it says may be larger than the machine.
        until: when it has to be done, by `time.monotonic`; in two hours if None.

    Raises:
        ValueError: if the agent stops, has another number of parameters, does not answer within two minutes or is not
            done in time, or answers with anything but a symbol for each walk.
    """
    until = monotonic() + SECONDS_TO_STEP if until is None else until
    family = walks[0].worlds.family
    told: dict[str, Any] = {"agent": settings.agent, "sizes": settings.sizes, "seed": settings.seed}
    told |= {"n_observations": family.n_observations, "n_heard": family.n_heard, "n_actions": family.n_actions}
    told |= {"n_parameters": n_parameters}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "agent.json").write_text(json.dumps(told), encoding="utf-8")
        shutil.copyfile(weights, folder / WEIGHTS)
        shutil.copyfile(PROGRAM, folder / PROGRAM.name)
        shutil.copytree(AGENTS, folder / "agents", ignore=shutil.ignore_patterns("__pycache__", "trained"))
        copy_sources(sources, folder / "code")
        agent = _Answers(_start(folder, until), family.n_observations, until)
        try:
            return [_step(agent, each) for each in walks]
        finally:
            agent.end()


def _start(folder: Path, until: float) -> sandbox.Process:
    """Start the program in a folder, with the same words and the same environment each time."""
    packages, way = _installed(), way_here()
    hidden = (Path(place, name) for place in packages for name in HIDDEN)
    shown = sandbox.Shown(folder, packages, tuple(str(place) for place in hidden if place.is_dir()))
    environment = {name: os.environ[name] for name in NOT_SECRET if name in os.environ}
    # -S: the .pth file of an editable installation would put the whole checkout on the path.
    environment["PYTHONPATH"] = os.pathsep.join([f"{way.folder(shown)}/code", *packages])
    environment["OPENBLAS_NUM_THREADS"] = "1"  # as `benchmarks` has it
    environment |= {"HOME": "/tmp", "USER": "agent"} if way.encloses else {}  # packages ask for them
    return sandbox.start([PROGRAM.name, "."], shown, environment, max(1, int(until - monotonic())), way)


def _installed() -> tuple[str, ...]:
    """Where packages are installed, torch among them."""
    return tuple(place for place in sys.path if Path(place).name in ("site-packages", "dist-packages"))


class _Answers:
    """Asks for predictions, a line for a line.

    A thread writes and reads. Either may take for ever, and a thread can be given up on every system, half-way through
    a line too.
    """

    def __init__(self, process: sandbox.Process, n_observations: int, until: float) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.process, self.n_observations, self.until = process, n_observations, until
        self._asks, self._answers, self._complaints = process.stdin, process.stdout, process.stderr
        self._line, self._said = b"", b""
        self._listening = Thread(target=self._listen, daemon=True)
        self._listening.start()

    def ask(self, n_walks: int, **message: Any) -> NDArray[np.int64]:
        exchange = Thread(target=self._exchange, args=(json.dumps(message).encode() + b"\n",), daemon=True)
        exchange.start()
        exchange.join(min(SECONDS_TO_ANSWER, max(0, self.until - monotonic())))
        if monotonic() >= self.until:
            raise ValueError(f"The agent was not done within {SECONDS_TO_STEP:,} seconds.")
        if exchange.is_alive():
            raise ValueError(f"The agent did not answer within {SECONDS_TO_ANSWER} seconds.")
        if not self._line:
            raise ValueError(f"The agent stopped: {self._last_words()}")
        try:
            answers = np.array(json.loads(self._line))
        except (ValueError, RecursionError):  # no JSON, or lists of lists of different lengths
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

    def _listen(self) -> None:
        """Keep the end of what the agent prints; it is cut off if that is too much."""
        heard = 0
        assert isinstance(self._complaints, BufferedReader)
        with suppress(OSError, ValueError):
            while heard < MOST_SAID and (part := self._complaints.read1(LONGEST_LINE)):
                heard += len(part)
                self._said = (self._said + part)[-LONGEST_LINE:]
            self._complaints.close()

    def _close(self) -> None:
        for pipe in (self._asks, self._answers, self._complaints):
            with suppress(OSError):
                pipe.close()

    def _are_symbols(self, answers: NDArray[np.int64]) -> bool:
        return bool((answers >= 0).all() and (answers < self.n_observations).all())

    def _last_words(self) -> str:
        """In ASCII and without escapes, since these are its words and not ours."""
        self._listening.join(SECONDS_TO_END)
        words = self._said.decode(errors="replace").strip().splitlines()
        return ascii(words[-1])[1:-1] if words else "it said nothing"


def _step(agent: _Answers, walks: Walks) -> NDArray[np.int64]:
    predictions = np.empty(walks.observations.shape, dtype=np.int64)
    for first in range(0, len(predictions), WALKS_AT_ONCE):
        some = slice(first, first + WALKS_AT_ONCE)
        heard, actions = walks.heard[some].tolist(), walks.actions[some].tolist()
        n_walks = len(heard)
        predictions[some, 0] = agent.ask(n_walks, begin=n_walks)
        for t in range(walks.walk_length - 1):
            seen = {"observations": [row[t] for row in heard], "actions": [row[t] for row in actions]}
            predictions[some, t + 1] = agent.ask(n_walks, **seen)
    return predictions
