"""A page for each experiment and study: what it claims, what it trains and scores, and what was measured.

`docs/claims.md` is the summary of these; both are made of the experiments and of the committed results.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agents import AGENTS
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.experiment import Experiment, Preset, Variant
from benchmarks.experiments.metric import title_of
from benchmarks.experiments.study import Study
from benchmarks.records.result import RESULTS
from benchmarks.reports.claims_history import POST_HOC, UNKNOWN
from benchmarks.reports.ledger import Row, as_markdown, ledger
from benchmarks.reports.markdown import put_between, table
from benchmarks.reports.pages.environments import file_name
from benchmarks.reports.verdicts import BY_CHANCE, MET, OPEN, VERDICTS

COMMAND = "claims --page docs/claims.md"
FOOT = f"*Made by `python -m benchmarks docs`, or `{COMMAND}`, from the experiment and the committed results.*"
# By what follows the preset in a figure's name; {of} is the headline, {along} the number that tells variants apart.
FIGURES = {
    "": "Accuracy by step of the walk on held-out worlds, in {of}: a line for each agent, beside the references.",
    "learning": "How fast each agent learns: accuracy in {of}, by steps in worlds and by CPU seconds.",
    "memories": "Which memory is learnt when: accuracy by update, in working memory and in reference memory.",
    "letters": "Letters of the familiar maps that are known by heart, against the number of letters.",
    "cells": "Rate maps of units, and how their scores are distributed beside those of nulls.",
    "sizes": "Accuracy late in the walk against the number of nodes of the world.",
    "places": "Scores of place cells in hidden layers, beside those of nulls.",
    "places-memory": "Place score against reference memory, a dot for each run.",
    "along": "Accuracy late in the walk against {along}, a line for each kind of world and memory.",
}


def write_pages(summary: Path, results: Path = RESULTS) -> list[Path]:
    """Put the table of all experiments in its place in a file, and write the page of each in a folder beside it.

    The folder is named as the file; pages of experiments that are no more are removed.
    """
    before = summary.read_text(encoding="utf-8")  # first: the ledger takes seconds
    rows = ledger(EXPERIMENTS | STUDIES, results)
    text = with_summary(before, rows)
    folder, figures = summary.with_suffix(""), summary.parent / "figures"
    pages = {
        folder / f"{name}.md": page(experiment, [row for row in rows if row.experiment == name], figures)
        for name, experiment in (EXPERIMENTS | STUDIES).items()
    }
    folder.mkdir(exist_ok=True)
    for path in set(folder.glob("*.md")) - set(pages):
        path.unlink()
    for path, made in {summary: text, **pages}.items():
        path.write_text(made, encoding="utf-8")
    return list(pages)


def with_summary(text: str, rows: Sequence[Row]) -> str:
    """A text with the table of all experiments as it stands."""
    return put_between(text, "claims", f"{in_all(rows)}\n\n{claims_table(rows)}", COMMAND)


def in_all(rows: Sequence[Row]) -> str:
    """How many claims there are, and how many of them chance alone would meet."""
    counts, when = verdicts_of(rows), Counter(row.fixed for row in rows)
    n_claims = sum(counts.values())
    n_judged = n_claims - counts[OPEN]
    return (
        f"There are {n_claims} claims, and {n_judged} of them have enough runs to be judged: {_told(counts)}.\n"
        f"If every true value lay just at its target, chance would meet about {n_judged * BY_CHANCE / 2:.0f} of the "
        f"{n_judged}; {counts[MET]} are met.\n"
        f"The targets of {when[POST_HOC]} were set after their runs; of {when[UNKNOWN]} it is not known."
    )


def claims_table(rows: Sequence[Row]) -> str:
    """A row for each experiment: what it asks, with a link to its page, and the verdicts on its claims."""
    lines = []
    for name, experiment in (EXPERIMENTS | STUDIES).items():
        counts = verdicts_of([row for row in rows if row.experiment == name])
        lines.append([f"[{name}](claims/{name}.md)", experiment.statement, *(str(n or "") for n in counts.values())])
    return table(("experiment", "what is claimed, or asked", *VERDICTS), lines, "llrrrr")


def verdicts_of(rows: Sequence[Row]) -> dict[str, int]:
    """How many claims have each verdict."""
    counted = Counter(row.verdict for row in rows)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def page(experiment: Experiment | Study, rows: Sequence[Row], figures: Path) -> str:
    """All that there is to know of one experiment as Markdown, given its rows of the ledger."""
    counts = verdicts_of(rows)
    told = _told(counts) or "none; this is a question, not a claim"
    parts = [
        f"# {experiment.name}",
        experiment.statement,
        f"Source: {experiment.source}.",
        f"Claims: {told}. All experiments are in [the summary](../claims.md), which says how these numbers are\n"
        "named and judged.",
        as_markdown(rows),
        *(f"![{_shown_by(experiment, path)}](../figures/{path.name})" for path in figures_of(experiment, figures)),
        "## What is trained and scored",
        *WHAT_IS_DONE[type(experiment)](experiment),
        "## Run it again",
        "These commands run every agent and seed, judge the claims and draw the figures. Interrupted runs resume.",
        _commands(experiment),
        FOOT,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _told(counts: Mapping[str, int]) -> str:
    """The verdicts that there are, in words."""
    return ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)


def figures_of(experiment: Experiment | Study, folder: Path) -> list[Path]:
    """The pictures of an experiment that are kept in a folder, the main one of each preset first."""
    found = []
    for preset in experiment.presets:
        stem = f"{experiment.name}-{preset}"
        found += [*folder.glob(f"{stem}.png"), *sorted(folder.glob(f"{stem}-*.png"))]
    return found


def _shown_by(experiment: Experiment | Study, path: Path) -> str:
    """What a figure shows, for who does not see it."""
    if isinstance(experiment, Study):
        return f"What the program `{experiment.program}` measured of {', '.join(experiment.variants)}."
    _, _, kind = path.stem.removeprefix(f"{experiment.name}-").partition("-")
    along = experiment.along.replace("_", "-")
    words = FIGURES["along" if along and kind == along else kind]
    return words.format(of=title_of(experiment.masks[0]), along=re.sub("^n-", "number of ", along))


def _experiment(experiment: Experiment) -> list[str]:
    """Worlds, steps that count, presets and variants."""
    worlds = f"[`{experiment.environment}`](../environments/{file_name(experiment.environment)})"
    others = "".join(f"\n- `{name}`: {_given(changed)}" for name, changed in experiment.evaluations.items())
    name = experiment.name
    recipe = f"[the experiment's file](../../benchmarks/experiments/claims/{name.replace('-', '_')}.py)"
    held_out = "worlds of validation" if experiment.chooses else "held-out worlds"
    return [
        f"Trained on {worlds} with {_given(experiment.arguments)}, and scored on {held_out} of the same kind,\n"
        f"on these [kinds of steps](../metrics.md#masks): {', '.join(f'`{mask}`' for mask in experiment.masks)}. "
        f"All settings are in {recipe}.",
        f"Also scored on other worlds, with different arguments:\n{others}" if others else "",
        table(
            (
                "preset",
                "updates",
                "batch",
                "walk length",
                "worlds scored",
                "steps of a scored walk",
                "seeds",
                "what differs",
            ),
            [_preset(name, preset) for name, preset in experiment.presets.items()],
        ),
        table(
            ("variant", "agent", "learning rate", "what differs", "also measured"),
            [_variant(name, variant) for name, variant in experiment.variants.items()],
        ),
    ]


def _preset(name: str, preset: Preset) -> list[str]:
    counts = preset.n_updates, preset.batch, preset.walk_length, preset.n_evaluation_worlds, preset.evaluation_length
    lasting = {"lasting": preset.lasting._asdict()} if preset.lasting else {}
    differs = _given({**preset.arguments, **preset.sizes, **lasting}, nothing="")
    return [name, *(f"{count:,}" for count in counts), str(len(preset.seeds)), differs]


def _variant(name: str, variant: Variant) -> list[str]:
    agent = f"[{variant.agent}](../agents/{variant.agent}.md)" if variant.agent in AGENTS else f"`{variant.agent}`"
    named = {"n_updates": variant.n_updates, "evaluation_length": variant.evaluation_length, "after": variant.after}
    if variant.decay:
        named["decay"] = variant.decay._asdict()
    differs = {**variant.sizes, **{key: value for key, value in named.items() if value}}
    if variant.trains_in:
        differs["trains_in"] = dict(variant.trains_in)
    measured = ", ".join(f"`{measurement}`" for measurement in variant.measurements)
    return [name, agent, f"{variant.learning_rate:g}", _given(differs, nothing=""), measured]


def _study(study: Study) -> list[str]:
    """The program, its settings, and how variants and presets differ from them."""
    recipe = f"[the study's file](../../benchmarks/experiments/claims/{study.name.replace('-', '_')}.py)"
    return [
        f"The program `{study.program}`, with these settings unless a variant or preset has others. "
        f"All are in {recipe}.",
        _given(study.settings),
        table(("variant", "what differs"), [[name, _given(changed)] for name, changed in study.variants.items()]),
        table(
            ("preset", "seeds", "what differs"),
            [[name, str(len(scale.seeds)), _given(scale.settings)] for name, scale in study.presets.items()],
        ),
    ]


WHAT_IS_DONE: Mapping[type, Callable[..., list[str]]] = {Experiment: _experiment, Study: _study}


def _given(arguments: Mapping[str, Any], nothing: str = "all as it is by default") -> str:
    return ", ".join(f"`{name}={_plain(value)!r}`" for name, value in arguments.items()) or nothing


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _commands(experiment: Experiment | Study) -> str:
    """What to type, for each preset that something is claimed of; for quick where nothing is."""
    name, lines = experiment.name, []
    for preset in dict.fromkeys([claim.preset for claim in experiment.claims] or ["quick"]):
        lines.append(f"python -m benchmarks run {name} --preset {preset}")
        lines.append(f"python -m benchmarks figures {name} --preset {preset} --runs runs")
    return "\n".join(["```sh", *lines, f"python -m benchmarks claims {name} --runs runs", "```"])
