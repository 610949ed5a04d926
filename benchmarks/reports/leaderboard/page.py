"""Write the leaderboard: HTML for readers, JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from itertools import chain, cycle
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.experiments.colours import looks_of
from benchmarks.records.files import write_whole
from benchmarks.reports.leaderboard.charts import DASHES, Line, interval_bar, learning_curves
from benchmarks.reports.verdicts import VERDICTS

HERE = Path(__file__).parent


def write_board(board: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write `index.html` and the same as JSON; of the same board always the same bytes."""
    files = [folder / "index.html", folder / f"{board['suite']}.json"]
    write_whole(files[0], as_html(board).encode())
    write_whole(files[1], _joined(chain(json.JSONEncoder(indent=1, allow_nan=False).iterencode(board), "\n")).encode())
    return files


def _joined(texts: Iterable[str]) -> str:
    """A million short texts in one, without a list of them all, which would take ten times as much memory."""
    whole = StringIO()
    whole.writelines(texts)
    return whole.getvalue()


def as_html(board: Mapping[str, Any]) -> str:
    """One file that needs no other: style, script and charts are in it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    colours = {agent: look.colour for agent, look in looks_of(dict.fromkeys(sorted(board["agents"]), "")).items()}
    tasks = board["tasks"]
    chunks = environment.get_template("page.html.j2").generate(
        board=board,
        colours=colours,
        css=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        js=Markup((HERE / "page.js").read_text(encoding="utf-8")),
        fixed_rows=list(next(iter(tasks.values()))["fixed"]),
        curves={name: _curves(name, task, colours) for name, task in tasks.items()},
        verdicts=_verdicts(board["claims"]),
        by_agent=_by_agent,
        bar=lambda row, colour: interval_bar(row["score"], row["score_low"], row["score_high"], colour),
        share=lambda score: f"{min(max(score, 0), 1):.3f}",
    )
    return _joined(chunks)


def _curves(name: str, task: Mapping[str, Any], colours: Mapping[str, str]) -> Markup:
    dashes = dict(zip(colours, cycle(DASHES), strict=False))  # by agent, as colours are
    lines = []
    for entry in (entry for entry in task["entries"] if entry["learning"]["update"]):
        agent, learning = entry["agent"], entry["learning"]
        lines.append(Line(agent, colours[agent], dashes[agent], learning["cpu_seconds"], learning["accuracy"]))
    return learning_curves(name, lines, task["floor"], task["ceiling"]) if lines else Markup("")


def _verdicts(claims: Sequence[Mapping[str, Any]]) -> str:
    found = Counter(row["verdict"] for row in claims)
    return ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS if found[verdict])


def _by_agent(rows: Sequence[Mapping[str, Any]], agent: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if row["agent"] == agent), None)
