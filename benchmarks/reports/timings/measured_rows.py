"""Files of measurements with a row for each environment: write all rows, or replace some."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.records.files import write_whole

ADDED = "added"  # for each row that was measured after the others, what it was measured with


def write_rows(
    path: Path, title: str, rows: Mapping[str, Any], order: Sequence[str], measured_with: Mapping[str, Any]
) -> None:
    """Write all rows, or put some into the file that there is, whose other rows stay as they are.

    Args:
        path: a JSON file.
        title: of the rows in it.
        rows: by environment.
        order: all environments; rows are written in this order, those of others first.
        measured_with: what belongs beside these rows, such as versions.
    """
    content = {**measured_with, title: dict(rows)}
    if path.exists() and not set(order) <= set(rows):
        content = json.loads(path.read_text(encoding="utf-8"))
        places = {name: place for place, name in enumerate(order)}
        merged = {**content[title], **rows}
        content[title] = {name: merged[name] for name in sorted(merged, key=lambda name: places.get(name, -1))}
        content[ADDED] = {**content.get(ADDED, {}), **dict.fromkeys(rows, measured_with)}
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())
