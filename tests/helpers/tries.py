"""Attempts to escape a sandbox, with the standard library alone: a copy of this file runs there, and all should fail.

`tried` says of each try what came of it: "through" where it worked, else the error.
"""

import mmap
import os
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

EVERYWHERE = ("/tmp", "/var/tmp", "/dev/shm", "/agent", ".", "/usr", "/proc/self/cwd")


def tried(pid, address, secret, terminal, port, outside, processes):
    """Each try by its name.

    Args:
        pid: of the process that checks.
        address: where that one has a secret in memory.
        secret: as hex.
        terminal: a device that it prints on.
        port: that something listens on.
        outside: a file that is none of the agent's.
        processes: so many that it should not be able to start them.
    """
    tries = {
        "read memory": lambda: _memory(pid, address, len(secret) // 2) == secret,
        "kill": lambda: os.kill(pid, 0) is None,
        "kill the parent": lambda: os.getppid() > 2 and os.kill(os.getppid(), 0) is None,
        "write on the terminal": lambda: _write(terminal),
        "write on its output": lambda: _write(f"/proc/{pid}/fd/1"),
        "connect": lambda: socket.create_connection(("127.0.0.1", port), timeout=2) is not None,
        "read another file": lambda: bool(Path(outside).read_bytes()),
        "become root": lambda: os.setuid(0) is None and os.getuid() == 0 and os.access("/etc/shadow", os.R_OK),
        "mount": lambda: subprocess.run(["mount", "-o", "remount,rw", "/usr"], capture_output=True).returncode == 0,
        "take memory": lambda: len(bytearray(2**34)) > 0,
        "take shared memory": lambda: len(mmap.mmap(-1, 2**36)) > 0,
        "fill a disk": _fill,
        "start many": lambda: _forks(processes),
    }
    return {name: _outcome(act) for name, act in tries.items()}


def seen():
    """What differs for a process that is asked another time, if anything does: words, environment, processes, files."""
    processes = sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    where = [str(Path.cwd()), socket.gethostname(), os.getpid()]
    return [sys.argv, dict(os.environ), where, processes, _left(), _open()]


def leave():
    """Write to wherever it can, for the next one to find."""
    for place in EVERYWHERE:
        _outcome(lambda place=place: _write(f"{place}/left-by-an-agent"))


def _left():
    return [place for place in EVERYWHERE if Path(place, "left-by-an-agent").exists()]


def _open():
    """Descriptors beyond input, output and errors, and that by which they are listed, which is closed again."""
    listed = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return [number for number in listed if number > 2 and _outcome(partial(os.fstat, number)) == "through"]


def _outcome(act):
    try:
        return "through" if act() else "refused"
    except (OSError, MemoryError, OverflowError, ValueError) as error:
        return type(error).__name__


def _memory(pid, address, length):
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(length).hex()


def _write(path, what=b"reproduced\n"):
    with Path(path).open("wb", buffering=0) as file:
        return file.write(what) == len(what)


def _fill():
    path = Path("/tmp", f"filled-by-an-agent-{os.getpid()}")
    try:
        return _write(path, b"0" * 2**25)
    finally:
        path.unlink(missing_ok=True)


def _forks(most):
    started = []
    try:
        for _ in range(most):
            child = os.fork()
            if child == 0:
                time.sleep(30)
                os._exit(0)
            started.append(child)
        return True
    finally:
        for child in started:
            os.kill(child, 9)
        for child in started:
            os.waitpid(child, 0)
