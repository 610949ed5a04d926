"""`make test-clients`: try every client in an environment of its own, and keep what came of it.

    python -m tests.clients [NAME ...]

A name is that of a script without `with_`. Results go to benchmarks/results/clients.json, from which
`python -m benchmarks docs` makes the table of docs/other-libraries.md.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.experiments.console import say
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import commit
from benchmarks.reports.pages.clients import FOUND, read
from tests.clients.clients import CLIENTS, Client
from tests.clients.environment import NotInstalledError, python_of
from tests.helpers.paths import ROOT

LIMIT = 30 * 60  # seconds, for all of them
LIMIT_OF_ONE = 6 * 60  # to install, and again to try
VERSIONS = """import json, platform, sys
from importlib.metadata import version
print(json.dumps({"python": platform.python_version()} | {name: version(name) for name in sys.argv[1:]}))"""
SILENT = {"OMP_NUM_THREADS": "1", "SDL_VIDEODRIVER": "dummy", "RAY_DEDUP_LOGS": "0"}


def try_client(client: Client, seconds: float) -> dict[str, Any]:
    """What came of it: versions, every step with its outcome and seconds, or why there were none."""
    begun = time.perf_counter()
    found: dict[str, Any] = {"client": client.name, "script": client.script, "requires": list(client.requires)}
    found |= {"versions": {"python": client.python}, "commit": commit(), "failed": None, "steps": []}
    try:
        python = python_of(client, min(seconds, LIMIT_OF_ONE))
        found["install_seconds"] = round(time.perf_counter() - begun, 1)
        found["versions"] = versions_in(python, client)
        found["steps"] = steps_of(client, python, min(seconds, LIMIT_OF_ONE))
    except NotInstalledError as error:
        found["failed"] = f"not installed: {error}"
    except subprocess.TimeoutExpired as error:
        found["failed"] = f"stopped after {error.timeout:.0f} s"
    return found | {"seconds": round(time.perf_counter() - begun, 1)}


def versions_in(python: Path, client: Client) -> dict[str, str]:
    """Of its Python, of Gymnasium and of the client itself."""
    names = dict.fromkeys(("gymnasium", client.package))
    told = subprocess.run([python, "-c", VERSIONS, *names], capture_output=True, text=True, check=True)
    return json.loads(told.stdout)


def steps_of(client: Client, python: Path, seconds: float) -> list[dict[str, Any]]:
    """Run its script with pytest, without the options, the fixtures and the path of this project's own tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", os.devnull]
        places = ["--rootdir", str(ROOT), "--confcutdir", "tests/clients", f"--junit-xml={report}"]
        subprocess.run(
            [python, "-m", "pytest", *options, *places, f"tests/clients/{client.script}"],
            cwd=ROOT,
            env=os.environ | SILENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=seconds,
        )
        return steps_in(report.read_text(encoding="utf-8"))


def steps_in(report: str) -> list[dict[str, Any]]:
    """What pytest's report says of each step: what it does, on which id, its outcome, why, and seconds."""
    return [_step(case) for case in ElementTree.fromstring(report).iter("testcase")]


def _step(case: ElementTree.Element) -> dict[str, Any]:
    name, _, on = case.attrib["name"].partition("[")
    trouble = next((case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
    outcome = {None: "passed", "skipped": "left out"}.get(None if trouble is None else trouble.tag, "failed")
    why = None if trouble is None else trouble.attrib["message"].strip().splitlines()[0]
    does = name.removeprefix("test_").replace("_", " ")
    seconds = round(float(case.attrib["time"]), 2)
    return {"does": does, "on": on.removesuffix("]"), "outcome": outcome, "why": why, "seconds": seconds}


def told(found: dict[str, Any]) -> str:
    """One line of a client, with the first thing that failed."""
    of = {
        kind: [step for step in found["steps"] if step["outcome"] == kind] for kind in ("passed", "left out", "failed")
    }
    failed, counted = of["failed"], ", ".join(f"{len(steps)} {kind}" for kind, steps in of.items() if steps)
    line = f"{found['client']} {found['versions']}: {counted or 'nothing tried'}, {found['seconds']:.0f} s"
    if failed:
        line += f"; {failed[0]['does']} [{failed[0]['on']}]: {failed[0]['why']}"
    return f"{line}; {found['failed']}" if found["failed"] else line


def main(names: list[str]) -> int:
    """Try clients one after the other; 1 if a step failed, or if a client was not done in time."""
    known = {client.folder: client for client in CLIENTS}
    if unknown := set(names) - set(known):
        say(f"error: there is no client {', '.join(sorted(unknown))}: use some of {', '.join(known)}.", sys.stderr)
        return 2
    begun, well = time.perf_counter(), True
    kept = {found["folder"]: found for found in read(FOUND)} if FOUND.exists() else {}
    for folder in names or known:
        found = try_client(known[folder], LIMIT - (time.perf_counter() - begun)) | {"folder": folder}
        kept[folder] = found
        well &= all(step["outcome"] != "failed" for step in found["steps"]) and bool(found["steps"])
        say(told(found))
        in_order = [kept[one] for one in known if one in kept]
        write_whole(FOUND, (json.dumps({"clients": in_order}, indent=1) + "\n").encode())
    say(f"{time.perf_counter() - begun:.0f} s in all")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
