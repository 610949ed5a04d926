"""Walks as arrays, or as tables with a row for each step."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs import Walks
from hippo_envs.scoring import MASKS, mask_of

STEPS = ("observations", "actions", "nodes")


def write_arrays(named: Iterable[tuple[str, Walks]], folder: Path) -> Iterator[Path]:
    """`<name>.npz` of walks: arrays (walks, steps), as `columns` names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, walks in named:
        path = folder / f"{name}.npz"
        np.savez_compressed(path, **columns(walks))  # pyright: ignore[reportArgumentType]
        yield path


def write_tables(named: Iterable[tuple[str, Walks]], folder: Path) -> Iterator[Path]:
    """`<name>.parquet` of walks: a row for each step, with the number of its walk and its own."""
    pyarrow, parquet = _pyarrow()
    folder.mkdir(parents=True, exist_ok=True)
    for name, walks in named:
        path = folder / f"{name}.parquet"
        n_walks, n_steps = walks.nodes.shape
        table = {
            "walk": np.repeat(np.arange(n_walks), n_steps),
            "step": np.tile(np.arange(n_steps), n_walks),
            **{column: values.ravel() for column, values in columns(walks).items()},
        }
        known = {"n_observations": str(walks.worlds.family.n_observations), "actions": _actions(walks)}
        parquet.write_table(pyarrow.table(table).replace_schema_metadata(known), path)
        yield path


def columns(walks: Walks) -> dict[str, NDArray[Any]]:
    """What is kept of each step, (walks, steps): symbols, actions, nodes, what is heard in the dark, kinds of steps."""
    heard = ("heard",) if walks.worlds.family.conditions.can_be_dark else ()
    steps = {name: getattr(walks, name) for name in (*STEPS, *heard)}
    smallest = {name: values.astype(np.min_scalar_type(int(values.max()))) for name, values in steps.items()}
    return {**smallest, **{f"mask_{name}": mask_of(walks, name) for name in MASKS}}


def _actions(walks: Walks) -> str:
    return ", ".join(walks.worlds.family.action_names)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # pyright: ignore[reportMissingImports]  (an extra)
        from pyarrow import parquet  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        raise ValueError('Tables are written by pyarrow: pip install -e ".[data]".') from error
    return pyarrow, parquet
