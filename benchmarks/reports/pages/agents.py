"""Tables on the pages of agents: their settings, from the config classes; what was measured, from the results."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from agents import AGENTS
from agents.configs import CSCGConfig, MHNTransformerConfig
from agents.k_winner_config import KWinnerConfig
from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.files import write_whole
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.ledger import is_accuracy
from benchmarks.reports.markdown import put_between, table


class Page(NamedTuple):
    """What a page is about: a config class, and which numbers it shows, by experiment and variant."""

    config: type
    shown: Mapping[str, tuple[str, ...]]  # of a study, which metrics; of an experiment, its first and last mask


PARTS = ("Equations", "Settings", "Departures", "Results", "Alone")
TABLES = ("settings", "results")
TO_WRITE = "(to be written)"
RETENTION = ("accuracy_full_1", "accuracy_full_100", "raw_difference_full_100", "d_prime_full_100")
NEW_ROOMS = ("bayes", "start_hypotheses", "em_over_past", "forward_counts")
PAGES: Mapping[str, Page] = {
    **{name: Page(entry.config, {}) for name, entry in AGENTS.items()},
    "cscg": Page(CSCGConfig, {"cscg-overlapping-rooms": ("states",), "cscg-new-rooms": NEW_ROOMS}),
    "mhn-transformer": Page(MHNTransformerConfig, {"case-sequence": ("accuracy",)}),
    "k-winner-mhn": Page(KWinnerConfig, {"kwinner-retention": RETENTION}),
}


def with_tables(name: str, text: str, folder: Path = RESULTS) -> str:
    """A page with its tables as they stand.

    Raises:
        ValueError: if the places for its two tables are not marked, once each.
    """
    with_settings = put_between(text, "settings", settings_table(name))
    return put_between(with_settings, "results", results_table(name, folder))


def write_pages(folder: Path) -> None:
    """Put the tables of all pages in their places; a ValueError, before any is written, if one has no place for them.

    The rest of a page is written by hand: a page that is missing begins as its headings.
    """
    made: dict[Path, str] = {}
    for name in PAGES:
        path = folder / f"{name}.md"
        made[path] = with_tables(name, path.read_text(encoding="utf-8") if path.exists() else headings_of(name))
    for path, text in made.items():
        write_whole(path, text.encode())


def headings_of(name: str) -> str:
    """A page with nothing but what all of them have: five headings, and the places for its two tables."""
    marks = {title: f"<!-- {title}: made by `python -m benchmarks docs` -->\n\n<!-- /{title} -->" for title in TABLES}
    parts = {"Settings": marks["settings"], "Results": marks["results"]}
    return "\n\n".join([f"# {name}", *(f"## {part}\n\n{parts.get(part, TO_WRITE)}" for part in PARTS)]) + "\n"


def links(folder: str) -> str:
    """A list of all pages, as seen from where `folder` is."""
    return "\n".join(f"- [`{name}`]({folder}/{name}.md)" for name in PAGES)


def settings_table(name: str) -> str:
    """Every field of a config with its default and meaning; of an agent on walks, its number of parameters."""
    config = PAGES[name].config
    meanings = meanings_of(config)
    rows = [(f"`{field.name}`", f"`{_default(field)!r}`", meanings[field.name]) for field in fields(config)]
    settings = table(("setting", "default", "meaning"), rows)
    n_parameters = AGENTS[name].n_parameters if name in AGENTS else None
    if n_parameters is None:
        return settings
    return f"{settings}\n\nWith these, 45 symbols and 5 actions: {n_parameters:,} parameters."


def meanings_of(config: type) -> dict[str, str]:
    """What the `Args:` of a config class and of those it inherits from say of each field.

    Raises:
        ValueError: if they say nothing of one.
    """
    found: dict[str, str] = {}
    for each in reversed(config.__mro__):
        _, _, arguments = inspect.cleandoc(each.__dict__.get("__doc__") or "").partition("Args:\n")
        arguments = re.split(r"^\S", arguments, maxsplit=1, flags=re.MULTILINE)[0]
        for names, meaning in re.findall(r"^    (\w[\w, ]*): (.*(?:\n {8}.*)*)", arguments, flags=re.MULTILINE):
            found |= dict.fromkeys(names.split(", "), re.sub(r"\s+", " ", meaning))
    missing = [field.name for field in fields(config) if field.name not in found]
    if missing:
        raise ValueError(f"The docstring of {config.__name__} does not document {', '.join(missing)}: add it to Args.")
    return found


def results_table(name: str, folder: Path = RESULTS) -> str:
    """What was measured of an agent in every experiment it has results in, with intervals over seeds."""
    rows = [
        (experiment, variant, preset, str(len(results)), ", ".join(_number(metric, results) for metric in metrics))
        for experiment, preset, variant, results in all_results(folder)
        if (metrics := _metrics(name, experiment, variant))
    ]
    head = ("experiment", "variant", "preset", "seeds", "measure: mean (95 % interval over seeds)")
    return table(head, rows, "lllr") if rows else "Not run yet."


def _metrics(name: str, experiment: str, variant: str) -> Sequence[str]:
    """What the page shows of a variant; nothing if it is of another agent."""
    if experiment in STUDIES:
        return PAGES[name].shown.get(experiment, ())
    found = EXPERIMENTS[experiment]
    return (found.masks[0], found.masks[-1]) if found.variants[variant].agent == name else ()


def _number(metric: str, results: Sequence[Result]) -> str:
    interval = over_seeds([result.value(metric) for result in results])
    return f"{metric} {interval.within() if is_accuracy(metric) else interval:.3f}"


@cache
def all_results(folder: Path) -> list[tuple[str, str, str, list[Result]]]:
    """Experiment, preset, variant and results, in the order of the ledger; read once, for all pages.

    Runs that settings were chosen by say nothing of what was chosen.
    """
    about_agents = {name: experiment for name, experiment in EXPERIMENTS.items() if not experiment.chooses}
    return [
        (name, preset, variant, results)
        for name, experiment in (about_agents | STUDIES).items()
        for preset in experiment.presets
        for variant, results in by_variant(collect(experiment, preset, folder)).items()
    ]


def _default(field: "Field[Any]") -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
