"""The tables of docs/other-libraries.md: which libraries were tried, in which versions, and what each was tried on."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.records.result import RESULTS
from benchmarks.reports.markdown import put_between, table

FOUND = RESULTS / "clients.json"  # written by `make test-clients`
HEAD = ("library", "version", "Gymnasium", "Python", "steps passed", "s")

Found = Mapping[str, Any]


def read(path: Path = FOUND) -> list[dict[str, Any]]:
    """What `make test-clients` kept, a dict for each client."""
    return json.loads(path.read_text(encoding="utf-8"))["clients"]


def with_clients(text: str, path: Path = FOUND) -> str:
    """A page with its tables as they stand; a ValueError if their places are not marked, once each."""
    clients = read(path)
    return put_between(put_between(text, "clients", client_table(clients)), "steps", step_lists(clients))


def client_table(clients: Sequence[Found]) -> str:
    """A row for each library and versions."""
    return table(HEAD, map(_row, clients), "llllrr")


def step_lists(clients: Sequence[Found]) -> str:
    """What was done with each library, once for all its versions, and what was left out or failed, and why."""
    by_script = {found["script"]: found for found in reversed(clients)}
    return "\n".join(line for found in reversed(by_script.values()) for line in _lines(found))


def _row(found: Found) -> list[str]:
    passed = sum(step["outcome"] == "passed" for step in found["steps"])
    tried = sum(step["outcome"] != "left out" for step in found["steps"])
    versions = found["versions"]
    version = next((versions[name] for name in versions if name not in ("python", "gymnasium")), "")
    return [
        f"[{found['client']}](../tests/clients/{found['script']})",
        version,
        versions.get("gymnasium", ""),
        versions["python"],
        found["failed"] or f"{passed} of {tried}",
        f"{found['seconds']:.0f}",
    ]


def _lines(found: Found) -> list[str]:
    does = dict.fromkeys(step["does"] for step in found["steps"])
    why = dict.fromkeys((step["outcome"], step["does"], step["on"], step["why"]) for step in found["steps"])
    reasons = [
        f"  - {outcome}: {done}{f', on {on}' * bool(on)}: {reason}" for outcome, done, on, reason in why if reason
    ]
    return [f"- **{found['client']}**: {'; '.join(does)}", *reasons]
