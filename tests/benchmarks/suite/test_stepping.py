"""Agents are stepped in a process of their own: it is told little, is given up on, and nothing of it is left behind."""

import ast
import json
import os
import select
import sys
import threading
import time
from dataclasses import replace

import pytest
from safetensors.torch import save_file

from agents import make_agent
from benchmarks.experiments.suites import TASKS
from benchmarks.records.files import WEIGHTS
from benchmarks.records.settings import settings_of
from benchmarks.suite import sandbox, stepping
from benchmarks.suite.stepping import step_in_process, way_here
from hippo_envs import make_family, sample_walks


def settings(agent):
    """Of a run of that agent; of them a process is told few."""
    return replace(settings_of(TASKS["hippo-1-line"], "lstm", "quick", 7), agent=agent, sizes={})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise RuntimeError('no memory left')", "The agent stopped: RuntimeError: no memory left"),
        ("return torch.zeros(3, 10)", "must answer with 5 symbols below 10"),
    ],
)
def test_an_agent_that_fails_is_told_as_such(body, told, tmp_path):
    lines = ["import torch", "from agents.base import Agent", "class Odd(Agent):"]
    lines += ["    def __init__(self, n_observations, n_actions):", "        super().__init__()"]
    lines += ["    def initial_state(self, batch, generator=None): return ()"]
    lines += [
        f"    def predict(self, state): {body}",
        "    def observe(self, state, observation, action): return state",
    ]
    (tmp_path / "odd.py").write_text("\n".join(lines))
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(5), 4)
    sources = {"odd": tmp_path / "odd.py"}
    with pytest.raises(ValueError, match=told):
        step_in_process(settings("odd:Odd"), tmp_path / WEIGHTS, walks, sources)


def test_an_agent_that_is_told_its_place_is_not_stepped(tmp_path):
    """A control, which would answer right in every world that is scored."""
    given = replace(settings("transformer"), sizes={"position": "given"})
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(5), 4)
    save_file(
        make_agent("transformer", 10, walks.worlds.family.n_actions, position="given").state_dict(), tmp_path / WEIGHTS
    )
    with pytest.raises(ValueError, match="it is told at which node it is, which is a control"):
        step_in_process(given, tmp_path / WEIGHTS, walks, {})


def test_of_what_an_agent_says_last_no_more_is_read_than_a_line(tmp_path, monkeypatch):
    (tmp_path / "talker.py").write_text("import sys\nsys.stderr.write('0' * 2**24 + ' was all')")
    monkeypatch.setattr(stepping, "PROGRAM", tmp_path / "talker.py")
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(5), 4)
    with pytest.raises(ValueError, match=r"The agent stopped: 0.* was all") as refused:
        step_in_process(settings("lstm"), tmp_path / WEIGHTS, walks, {})
    assert len(str(refused.value)) < 2**17


LEFT = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(12)'], start_new_session=True)"
TALKERS = {
    "half a line": "sys.stdout.write('[0, '); sys.stdout.flush(); time.sleep(60)",
    "nothing": "time.sleep(60)",
    "a line without end": "[sys.stdout.write('0' * 9999) for _ in iter(int, 1)]",
    "answers to what it has not read": "while True: print([0] * 20, flush=True)",
    "nothing, and it leaves its pipes to another": LEFT,
}


@pytest.mark.parametrize("talker", TALKERS)
def test_an_agent_that_does_not_take_turns_is_given_up_after_a_while(talker, tmp_path, monkeypatch):
    """Of 20 walks of 600 steps is more to be asked than a pipe holds."""
    (tmp_path / "talker.py").write_text(f"import subprocess, sys, time\n{TALKERS[talker]}\n")
    monkeypatch.setattr(stepping, "PROGRAM", tmp_path / "talker.py")
    monkeypatch.setattr(stepping, "SECONDS_TO_ANSWER", 2)
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(20), 600)
    began = time.monotonic()
    with pytest.raises(
        ValueError, match=r"not answer within 2 seconds|answer with 20 symbols|stopped: it said nothing"
    ):
        step_in_process(settings("lstm"), tmp_path / WEIGHTS, walks, {})
    assert time.monotonic() - began < 10


UNHEARD = {
    "prints 40 MB": (
        "import sys\nfor _ in range(40): sys.stderr.write('0' * 2**20)\nfor _ in sys.stdin: print([0] * 5, flush=True)",
        "The agent stopped: 0",
    ),
    "answers with 40 MB": ("print('0' * 40 * 2**20, flush=True)", "must answer with 5 symbols below 10"),
    "is nested": ("print('[' * 9999, flush=True)", "must answer with 5 symbols below 10"),
    "takes memory": (
        "bytearray(2**34)",
        "The agent stopped: MemoryError" if sys.platform == "linux" else "The agent stopped: ",
    ),
    "takes its time": (
        "import sys, time\nfor _ in sys.stdin: time.sleep(.3); print([0] * 5, flush=True)",
        "The agent was not done within 2 seconds",
    ),
    "speaks to the terminal": (
        "raise SystemExit('\\x1b[2K\\x1b[1Aresult.json: reproduced \\u202e')",
        r"\\x1b\[2K\\x1b\[1Aresult.json: reproduced \\u202e",
    ),
}


@pytest.mark.parametrize("unheard", UNHEARD)
def test_an_agent_that_asks_for_too_much_is_refused(unheard, tmp_path, monkeypatch):
    program, told = UNHEARD[unheard]
    (tmp_path / "program.py").write_text(program)
    monkeypatch.setattr(stepping, "PROGRAM", tmp_path / "program.py")
    monkeypatch.setattr(stepping, "SECONDS_TO_STEP", 2)
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(5), 40)
    until = None if "not done" in told else time.monotonic() + 60
    with pytest.raises(ValueError, match=told):
        step_in_process(settings("lstm"), tmp_path / WEIGHTS, walks, {}, until=until)


PARENT = """
import subprocess, sys
child = "import time; pipe = open({fifo!r}, 'wb'); print('here', flush=True); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE).stdout.readline()
for _ in sys.stdin: print([0] * 5, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no groups of processes")
def test_what_an_agent_has_started_ends_with_it(tmp_path, monkeypatch):
    """A pipe has an end as soon as nobody is left who could write to it."""
    monkeypatch.setattr(sandbox, "WAYS", (sandbox.LIMITS,))  # so that it finds the pipe
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "parent.py").write_text(PARENT.format(fifo=str(fifo)))
    monkeypatch.setattr(stepping, "PROGRAM", tmp_path / "parent.py")
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(5), 4)
    before = threading.enumerate()
    with os.fdopen(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)) as pipe:
        step_in_process(settings("lstm"), tmp_path / WEIGHTS, walks, {})
        ended, _, _ = select.select([pipe], [], [], 5)
        assert ended
    assert set(threading.enumerate()) <= set(before)


def test_what_has_left_the_group_ends_with_a_sandbox(tmp_path, monkeypatch):
    """It still holds the pipe of errors, to which somebody listens until nobody is left who could write to it."""
    if not way_here().encloses:
        pytest.skip("there is no sandbox here")
    (tmp_path / "parent.py").write_text(
        f"import subprocess, sys\n{LEFT}\nfor _ in sys.stdin: print([0] * 5, flush=True)"
    )
    monkeypatch.setattr(stepping, "PROGRAM", tmp_path / "parent.py")
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(5), 4)
    before = threading.enumerate()
    step_in_process(settings("lstm"), tmp_path / WEIGHTS, walks, {})
    for thread in set(threading.enumerate()) - set(before):
        thread.join(5)
        assert not thread.is_alive()


def test_stepping_asks_for_nothing_that_windows_does_not_have(tmp_path, monkeypatch):
    """There `select` is for sockets alone, and a process without SYSTEMROOT has no random numbers."""
    monkeypatch.setenv("SYSTEMROOT", "C:/Windows")
    monkeypatch.setattr("select.select", lambda *_: pytest.fail("select of a pipe"))
    program = (
        "import json, os, sys\nfor _ in sys.stdin: print(json.dumps([len(os.environ['SYSTEMROOT'])] * 5), flush=True)"
    )
    (tmp_path / "answers.py").write_text(program)
    monkeypatch.setattr(stepping, "PROGRAM", tmp_path / "answers.py")
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=20), range(5), 4)
    said = step_in_process(settings("lstm"), tmp_path / WEIGHTS, walks, {})
    assert (said == len("C:/Windows")).all()


def test_the_process_is_told_nothing_but_sizes_and_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "2000000")
    (tmp_path / "nosy.py").write_text(
        "import importlib, json, os, sys\nfrom pathlib import Path\nimport torch\nfrom agents.base import Agent\n"
        "class Nosy(Agent):\n"
        "    def __init__(self, n_observations, n_actions):\n        super().__init__()\n"
        "        files = sorted(path.name for path in Path().iterdir())\n"
        "        here = Path('agent.json').read_text()\n"
        "        hidden = []\n"
        "        for module in ('benchmarks.running.run', 'hippo_envs', 'agents.lstm'):\n"
        "            try:\n                importlib.import_module(module)\n"
        "            except ModuleNotFoundError:\n                hidden.append(module)\n"
        "        found = json.dumps([files, here, dict(os.environ), sys.argv, hidden])\n"
        "        raise SystemExit(found)\n"
        "    def initial_state(self, batch, generator=None): return ()\n"
        "    def predict(self, state): return torch.zeros(5, 10)\n"
        "    def observe(self, state, observation, action): return state\n"
    )
    save_file({}, tmp_path / WEIGHTS)
    walks = sample_walks(make_family("hippo/Line-v0", n_observations=10), range(2_000_000, 2_000_005), 4)
    with pytest.raises(ValueError, match="The agent stopped: ") as stopped:
        step_in_process(settings("nosy:Nosy"), tmp_path / WEIGHTS, walks, {"nosy": tmp_path / "nosy.py"})
    said = ast.literal_eval(f"'{str(stopped.value).partition(': ')[2]}'")
    files, told, environment, arguments, hidden = json.loads(said)
    assert files == ["agent.json", "agent_process.py", "agents", "code", "root", "sandbox.py", WEIGHTS]
    assert hidden == ["benchmarks.running.run", "hippo_envs"]
    assert set(json.loads(told)) == {"agent", "sizes", "seed", "n_observations", "n_heard", "n_actions", "n_parameters"}
    assert "SECRET" not in environment
    assert environment["OPENBLAS_NUM_THREADS"] == "1"
    assert arguments == ["agent_process.py", "."]
    assert "2000000" not in json.dumps([told, arguments])
    assert environment["PYTHONPATH"].startswith("/agent/code:") or not way_here().encloses, "the same in each process"
