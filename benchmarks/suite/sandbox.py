"""A sandbox for code of other people: a process that sees one folder and the installed packages, and answers by pipes.

`start` takes the first of `WAYS` that this system allows: bubblewrap, or the same by hand with util-linux. Only these
two enclose: own files, processes and network. Elsewhere a process is held by limits alone, as root under another user.

Run as a program inside, `python -S sandbox.py USER SECONDS WORDS...` gives up what it may do and becomes
`python -S WORDS...`.
"""

import contextlib
import ctypes
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import resource

MEMORY, ADDRESSES, FILE, TEMPORARY = 8 * 2**30, 32 * 2**30, 16 * 2**20, 64 * 2**20  # bytes; PyTorch maps many addresses
FILES, PROCESSES = 256, 256
NOBODY = range(61_184, 65_520)  # users that systemd keeps for processes without an account
INSIDE = "/agent"
# Where programs and their libraries are, beside Python itself; Nix has them all in one place.
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/nix/store")
DEVICES = ("null", "zero", "full", "random", "urandom")
PYTHON = os.path.realpath(sys.executable) if sys.platform != "win32" else sys.executable
# Of prctl(2).
DEATH_SIGNAL, DUMPABLE, DROP_CAPABILITY, NO_NEW_PRIVILEGES = 1, 4, 24, 38
CAPABILITIES = range(64)
Process = subprocess.Popen[bytes]


class Shown(NamedTuple):
    """What a process gets to see.

    Args:
        folder: its own, read-only where it is enclosed.
        packages: folders of packages, which are read-only too.
        hidden: folders among them that are not to be seen.
    """

    folder: Path
    packages: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def places(self) -> list[str]:
        """All that exists of the system, of Python and of packages."""
        places = dict.fromkeys((*SYSTEM, sys.base_prefix, sys.base_exec_prefix, *self.packages))
        return [place for place in places if Path(place).exists()]


class Way(NamedTuple):
    """A way to keep a process apart.

    Args:
        before: what is put before its command.
        encloses: whether it has files, processes and a network of its own by that.
        other_user: whether it becomes another user, if this one is root.
    """

    name: str
    before: Callable[[Shown], list[str]]
    encloses: bool
    other_user: bool

    def folder(self, shown: Shown) -> str:
        """Where its own folder is for the process."""
        return INSIDE if self.encloses else str(shown.folder)


def start(words: Sequence[str], shown: Shown, environment: Mapping[str, str], seconds: int, way: Way) -> Process:
    """Start `python -S WORDS...` in its own folder, with pipes as input, output and errors, and nothing else open.

    Args:
        words: a program in the folder and its arguments, which need not know where they are.
        shown: to the process.
        environment: all of it but PATH.
        seconds: of computing that a process may take.
        way: one of `WAYS`.
    """
    prepared = shown.folder / Path(__file__).name
    prepared.write_bytes(Path(__file__).read_bytes())
    (shown.folder / "root").mkdir(exist_ok=True)
    user = secrets.choice(NOBODY) if way.other_user and _is_root() else 0
    for path in (shown.folder, *shown.folder.rglob("*")) if user else ():
        path.chmod(0o755)
    if not way.encloses:
        _prctl(DUMPABLE, 0)  # else this process's memory could be read in /proc
    confined = [] if sys.platform == "win32" else [prepared.name, str(user), str(seconds)]  # it cannot become another
    return subprocess.Popen(
        [*way.before(shown), PYTHON, "-S", *confined, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=shown.folder,
        env={**environment, "PATH": _path()},
        start_new_session=sys.platform != "win32",
    )


@cache
def strongest(packages: tuple[str, ...], ways: tuple[Way, ...]) -> Way:
    """The first of these ways in which Python starts here and can read the packages; else the last."""
    return next((way for way in ways[:-1] if works(way, packages)), ways[-1])


def works(way: Way, packages: tuple[str, ...]) -> bool:
    """Whether Python starts in that way, and can read the packages."""
    if way is OTHER_USER and not _is_root():
        return False
    look = "import os, sys; [os.listdir(place) for place in sys.argv[1:]]"
    with tempfile.TemporaryDirectory() as name:
        try:
            process = start(["-c", look, *packages], Shown(Path(name), packages), {}, 60, way)
            process.communicate(timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return process.returncode == 0


def _bubblewrap(shown: Shown) -> list[str]:
    own = ["pid", "net", "ipc", "uts", "cgroup-try"]
    words = ["bwrap", "--die-with-parent", *(f"--unshare-{name}" for name in own), "--hostname", "agent"]
    words += ["--perms", "1777", "--size", str(TEMPORARY), "--tmpfs", "/tmp"]
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for place in shown.places:
        for parent in reversed(Path(place).parents[:-1]):
            words += ["--dir", str(parent)]  # made with the bind, it would be root's alone
        words += ["--ro-bind", place, place]
    for place in shown.hidden:
        words += ["--tmpfs", place]
    words += ["--ro-bind", str(shown.folder), INSIDE, "--remount-ro", "/", "--chdir", INSIDE]
    if _is_root():  # it is given up by `_confine`
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*words, "--"]


def _unshare(shown: Shown) -> list[str]:
    """The same by hand: a new root, put together from what is read-only, which takes the place of the old one."""
    root = shown.folder / "root"

    def at(place: str) -> str:
        return shlex.quote(f"{root}{place}")

    def bound(place: str, to: str) -> list[str]:
        is_folder = Path(place).is_dir()
        made = [f"mkdir -p {at(to if is_folder else str(Path(to).parent))}", *([] if is_folder else [f": > {at(to)}"])]
        return [*made, f"mount --rbind {shlex.quote(place)} {at(to)}"]

    lines = ["set -e", "umask 022", f"mount -t tmpfs -o mode=755,size=1m agent {at('')}"]
    lines += [f"mkdir {at('/tmp')} {at('/proc')} {at('/dev')} {at('/old')}"]
    lines += [f"mount -t tmpfs -o mode=1777,size={TEMPORARY} agent {at('/tmp')}", f"mount -t proc proc {at('/proc')}"]
    for device in DEVICES:
        lines += bound(f"/dev/{device}", f"/dev/{device}")
    for place in shown.places:
        lines += [*bound(place, place), f"mount -o remount,bind,ro {at(place)}"]
    lines += [f"mount -t tmpfs -o ro,size=1m agent {at(place)}" for place in shown.hidden]
    lines += [f"mkdir {at(INSIDE)}", f"mount --bind {shlex.quote(str(shown.folder))} {at(INSIDE)}"]
    lines += [f"mount -o remount,bind,ro {at(INSIDE)}", f"mount -o remount,bind,ro {at('')}"]
    lines += [f"cd {at('')}", "pivot_root . old", "umount -l /old", f"cd {INSIDE}", "unset OLDPWD", '"$@"']
    user = [] if _is_root() else ["--user", "--map-root-user"]
    own = ["--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts"]
    return ["unshare", *user, *own, "sh", "-c", "\n".join(lines), "sh"]


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _path() -> str:
    """Where to look for the tools: those of root too, as `pivot_root` is."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


BUBBLEWRAP = Way("bwrap", _bubblewrap, encloses=True, other_user=True)
UNSHARE = Way("unshare", _unshare, encloses=True, other_user=True)
OTHER_USER = Way("another user", lambda _: [], encloses=False, other_user=True)
LIMITS = Way("limits", lambda _: [], encloses=False, other_user=False)
WAYS = (BUBBLEWRAP, UNSHARE, OTHER_USER, LIMITS)


def _confine(user: int, seconds: int) -> None:
    """Give up what may be: the rights of root, and more memory, files, processes and time than an agent needs."""
    if sys.platform == "win32":
        return
    limits = {"AS": ADDRESSES, "DATA": MEMORY, "FSIZE": FILE, "NOFILE": FILES, "CORE": 0, "CPU": seconds}
    if user:
        limits["NPROC"] = PROCESSES
    elif (load := Path("/proc/loadavg")).exists():  # of this user all are counted, and of the others this many at most
        limits["NPROC"] = int(load.read_text(encoding="utf-8").split()[3].partition("/")[2]) + PROCESSES
    for name, most in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):  # not every system has every limit
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    with contextlib.suppress(OSError):  # if memory ends all the same, this process is the first to go
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="utf-8")
    for capability in CAPABILITIES:
        _prctl(DROP_CAPABILITY, capability)
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    _prctl(NO_NEW_PRIVILEGES, 1)
    _prctl(DEATH_SIGNAL, 9)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def main(words: Sequence[str]) -> None:
    """Become another program, with less rights."""
    user, seconds, *program = words
    _confine(int(user), int(seconds))
    os.execv(sys.executable, [sys.executable, "-S", *program])


if __name__ == "__main__":
    main(sys.argv[1:])
