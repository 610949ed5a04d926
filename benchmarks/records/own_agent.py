"""Agents of your own, package.module:Class, as variants of any experiment, identified by their source.

Nothing here imports torch, unless there is such an agent.
"""

import ast
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import TypeVar

from agents import find_agent
from agents.imported import is_imported
from benchmarks.experiments.experiment import Experiment, Variant
from benchmarks.experiments.study import Study

E = TypeVar("E", bound=Experiment | Study)
MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
OURS = ("agents", "benchmarks", "hippo_envs")


def with_own_agents(experiment: E, names: Iterable[str]) -> E:
    """The experiment with a variant more for each of the names that is of the form package.module:Class.

    Raises:
        ValueError: if one cannot be imported or is no agent, or for a study, which trains none on walks.
    """
    own = [name for name in names if is_imported(name)]
    if not own:
        return experiment
    if not experiment.about_walks:
        raise ValueError(f"{experiment.name} trains no agent on walks: leave out {', '.join(own)}.")
    variants = {name: Variant(name, find_agent(name).learning_rate) for name in own}
    return replace(experiment, variants={**experiment.variants, **variants})


def source_hash(name: str) -> str:
    """SHA-256 of an agent's file and of all that it imports from its package or, if it is in none, from its folder.

    Settings carry it, so that a changed agent is another run. Other packages have versions of their own.
    """
    return hash_of(sources_of(name))


def hash_of(sources: Mapping[str, Path]) -> str:
    """SHA-256 of files by module, as `source_hash` gives it."""
    digest = sha256()
    for module, path in sorted(sources.items()):
        digest.update(f"{module}\0".encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sources_of(name: str) -> dict[str, Path]:
    """Files by module, from that of package.module:Class along its imports, which are only read.

    Nothing is executed: what `import` would begin with is looked for, and found in folders from there on.

    Raises:
        ValueError: if there is no such module.
    """
    module = _module_of(name)
    spec = find_spec(module.partition(".")[0])  # without a dot, it imports nothing
    places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin])
    roots = [Path(place).parent for place in places if place is not None]
    root = next((root for root in roots if _file_of(module, root) is not None), None)
    if root is None:
        raise ValueError(f"There is no module {module}: start from the folder that holds it, or put it on PYTHONPATH.")
    return sources_in(root, name)


def sources_in(root: Path, name: str) -> dict[str, Path]:
    """The same from a folder that packages and modules are in."""
    module = _module_of(name)
    top = module.partition(".")[0]
    alone = (root / top).is_dir() or "site-packages" in root.parts
    found: dict[str, Path] = {}
    left = {module}
    while left:
        each = left.pop()
        path, of_top = _file_of(each, root), each.partition(".")[0]
        foreign = of_top != top if alone else of_top in OURS
        if path is not None and each not in found and not foreign:
            found[each] = path
            left |= set(_imported_by(path, each))
    return found


def copy_sources(sources: Mapping[str, Path], folder: Path) -> None:
    """Copy files by module to where `import` finds them from a folder."""
    for module, source in sources.items():
        parts = Path(*module.split("."))
        to = folder / (parts / "__init__.py" if source.stem == "__init__" else parts.with_suffix(".py"))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, to)


def _module_of(name: str) -> str:
    """The module of package.module:Class; settings of others may say anything, and a file elsewhere is not the agent's.

    Raises:
        ValueError: if it is not written like that.
    """
    module = name.partition(":")[0]
    if not MODULE.fullmatch(module):
        raise ValueError(f"{name!r} is not written package.module:Class.")
    return module


def _file_of(module: str, root: Path) -> Path | None:
    path = root.joinpath(*module.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def _imported_by(path: Path, module: str) -> Iterator[str]:
    """The names of modules, and of what may be one, that a file imports; with the packages they are in."""
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: n + 1]) for n in range(len(parts)))
