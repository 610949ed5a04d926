"""The command `walks`: the evaluation walks of a suite, walks of any environment, episodes, or questions in words."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from benchmarks.experiments.console import say
from benchmarks.experiments.options import Seeds, spelled
from benchmarks.experiments.suites import find_suite
from benchmarks.experiments.world_seeds import parse_seeds
from benchmarks.suite import commands as suite_commands

Format = Literal["npz", "parquet", "minari", "text"]
SEEDS = tuple(range(10))


def walks(
    suite: str = "hippo-1",
    output: Annotated[Path | None, spelled("output", also="out")] = None,
    format: Format = "npz",  # noqa: A002 (as it is typed)
    environments: Annotated[tuple[str, ...], spelled("environments", also="env")] = (),
    seeds: Seeds = (),
    walk_length: int = 128,
    publish: bool = False,
) -> None:
    """Write the evaluation walks of a suite, or walks of environments, for use outside of this repository.

    Args:
        suite: the suite, hippo-1, whose evaluation walks are written if no environments are given.
        output: the folder for all files.
        format: npz (arrays, with a scorer in NumPy alone), parquet (a row for each step), minari (episodes of rewarded
            views, of all if none are given) or text (questions for a language model, with their scorer). parquet and
            minari need `pip install -e ".[data]"`.
        environments: ids, such as Rectangle; of rewarded views, such as Rectangle-Predict, for minari.
        seeds: of the worlds of environments, such as 0-199; the first ten if not given.
        walk_length: steps of walks in environments; episodes have the length of their view.
        publish: write the specification and the rows of the reference agents to benchmarks/suite/published.
    """
    if format == "npz" and not environments:
        suite_commands.walks(suite, output, publish)
        return
    if publish:
        raise ValueError("--publish writes the specification of a suite: leave out --format and --environments.")
    if output is None:
        raise ValueError("There is nothing to write: say where with --output.")
    for path in _written(find_suite(suite), output, format, environments, parse_seeds(seeds) or SEEDS, walk_length):
        say(path)


def _written(
    suite: suite_commands.Suite,
    output: Path,
    format: Format,  # noqa: A002
    environments: tuple[str, ...],
    seeds: tuple[int, ...],
    walk_length: int,
) -> Iterable[Path | str]:
    if format == "minari":
        from benchmarks.suite.data.episodes import write_episodes

        return write_episodes(environments, seeds, output)
    from benchmarks.suite.data.walks import walks_of_environments, walks_of_suite

    named = walks_of_environments(environments, seeds, walk_length) if environments else walks_of_suite(suite)
    if format == "text":
        from benchmarks.suite.data.questions import write_questions

        return write_questions(named, output)
    from benchmarks.suite.data.steps import write_arrays, write_tables

    return write_arrays(named, output) if format == "npz" else write_tables(named, output)
