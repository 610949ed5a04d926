"""Golden files: numbers and hashes that stay what they are until somebody accepts a change on purpose."""

import json

import pytest

from tests.helpers.paths import GOLDEN, ROOT


class Golden:
    """What the files of `tests/golden` hold. With `--accept-golden` a test writes its value instead."""

    def __init__(self, node, accept: bool):
        self.accept = accept
        self.command = f'python -m pytest "{node.path.relative_to(ROOT).as_posix()}::{node.name}" --accept-golden'

    def __call__(self, name: str, key: str, value):
        """What `tests/golden/name` holds for `key`; if told to accept, that is `value` from now on."""
        path = GOLDEN / name
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if self.accept:
            held[key] = value
            path.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        if key not in held:
            pytest.fail(f"tests/golden/{name} has nothing for {key!r}: write it, and commit it, with\n{self.command}")
        return held[key]
