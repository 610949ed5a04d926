"""The sandbox, each way of it: what code of others tries there does not get through, and the next sees none of it."""

import ctypes
import json
import os
import secrets
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.suite import sandbox
from tests.helpers import tries

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more than limits")
SYSTEM_PYTHON = "/usr/bin/python3"
TRY = "import json, tries\nprint(json.dumps(tries.tried(**{known!r})))"
LOOK = "import json, tries\nprint(json.dumps(tries.seen()))\ntries.leave()"
# What limits alone cannot stop for the same user: files, processes and the network are the same.
ONLY_ENCLOSED = {"kill", "kill the parent", "write on the terminal", "write on its output", "connect"}
ONLY_ENCLOSED |= {"read another file", "start many", "become root"}  # which it may be
ONLY_ANOTHER = {"connect"}  # what another user may do


@pytest.fixture
def known():
    """Where the secret of this process is, its terminal, its port and a file of it."""
    secret = secrets.token_bytes(16)
    kept = ctypes.create_string_buffer(secret)
    master, slave = os.openpty()
    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.NamedTemporaryFile() as file:
        file.write(b"a secret")
        file.flush()
        yield {
            "pid": os.getpid(),
            "address": ctypes.addressof(kept),
            "secret": secret.hex(),
            "terminal": os.ttyname(slave),
            "port": server.getsockname()[1],
            "outside": file.name,
        }
    ctypes.CDLL(None).prctl(4, dumpable, 0, 0, 0)
    os.close(master)
    os.close(slave)


@pytest.fixture(params=sandbox.WAYS, ids=lambda way: way.name)
def way(request, monkeypatch):
    """Each that there is here; where Python is of root alone, another user is tried with that of the system."""
    if not sandbox.works(request.param, ()):
        monkeypatch.setattr(sandbox, "PYTHON", SYSTEM_PYTHON)
        if not Path(SYSTEM_PYTHON).exists() or not sandbox.works(request.param, ()):
            pytest.skip(f"there is no {request.param.name} here, or it is not allowed")
    return request.param


def run(way, program):
    """What a program says in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tries.py").write_text(Path(tries.__file__).read_text())
        (folder / "program.py").write_text(program)
        process = sandbox.start(["program.py"], sandbox.Shown(folder), {}, 60, way)
        said, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints.decode()
    return json.loads(said)


def test_what_is_tried_in_a_sandbox_does_not_get_through(way, known):
    known["processes"] = 10_000 if way.encloses or way.other_user else 1
    came_of_it = run(way, TRY.format(known=known))
    through = {name for name, outcome in came_of_it.items() if outcome == "through"}
    if way.encloses:
        assert not through, came_of_it
    elif way is sandbox.OTHER_USER:
        assert through <= ONLY_ANOTHER, came_of_it
    else:
        assert through <= ONLY_ENCLOSED, came_of_it


def test_one_process_in_a_sandbox_looks_as_the_next(way):
    """So that no agent answers otherwise when it is asked once more, nor finds what it has left."""
    if not way.encloses:
        pytest.skip("limits let it see what there is")
    assert run(way, LOOK) == run(way, LOOK)


def test_the_first_way_that_works_is_taken_and_at_last_limits():
    ways = (sandbox.Way("none", lambda _: ["no-such-tool"], encloses=True, other_user=False), sandbox.LIMITS)
    assert sandbox.strongest((), ways) is sandbox.LIMITS
    known = sandbox.Way("one that works", lambda _: [], encloses=True, other_user=False)
    assert sandbox.strongest((), (known, sandbox.LIMITS)) is known
