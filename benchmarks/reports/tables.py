"""The tables that end a run: agents beside the references, on the same walks."""

from collections.abc import Callable, Mapping, Sequence
from math import nan
from statistics import fmean
from typing import Any

from rich.console import Console

from benchmarks.evaluation.statistics import Interval, over_seeds, over_worlds
from benchmarks.experiments.console import WIDE, PlainTable, say
from benchmarks.experiments.experiment import Experiment, n_seeds_to_decide
from benchmarks.experiments.metric import HELD_OUT, Metric, title_of
from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.provenance import walks_hash
from benchmarks.records.result import Result, steps_within
from benchmarks.reports.ledger import plain, rows_of, target_of
from benchmarks.reports.verdicts import OPEN
from hippo_envs import Walks
from hippo_envs.anatomy import error_anatomy
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import score

UNTRAINED = "_untrained"  # what the names of its numbers end in


def print_report(experiment: Experiment | Study, results: Sequence[Result], console: Console) -> None:
    """What its runs, of one preset, have found."""
    REPORTS[type(experiment)](experiment, results, console)


def _print_walks(experiment: Experiment, results: Sequence[Result], console: Console) -> None:
    """Accuracy at the trained length, loop closure by step, other worlds, and what the claims say."""
    walks = checked_walks(results)
    console.print(_headline_table(results, walks[HELD_OUT], experiment.masks))
    console.print(_step_table(results, walks, experiment.masks[0]))
    claims = [claim for claim in experiment.claims if claim.preset == results[0].preset]
    for row in rows_of(experiment, claims, by_variant(results)):
        if row.verdict not in ("", OPEN):
            paper = "" if row.paper is None else f" (paper {row.paper:.3f})"
            limit = f"{target_of(row)} over {n_seeds_to_decide(row.preset)} seeds"
            say(f"{row.agent} {row.metric}: {row.value:.3f}{paper}, target {limit}: {row.verdict}", console)


def _print_study(study: Study, results: Sequence[Result], console: Console) -> None:
    """What its claims say; where none is about these runs, all that was measured."""
    console.width = max(console.width, WIDE)
    table = PlainTable(study.statement)
    table.add_column("agent")
    table.add_column("measured")
    for column in ("value", "paper", "target"):
        table.add_column(column, justify="right")
    table.add_column("verdict")
    measured, preset = by_variant(results), results[0].preset
    decided = [c for c in study.claims if c.preset == preset and set(c.agent.split(" - ")) <= set(measured)]
    for row in rows_of(study, decided or plain(study, measured), measured):
        paper = "" if row.paper is None else f"{row.paper:.3g}"
        value = "" if row.value is None else f"{row.value:.3f}"
        table.add_row(row.agent, row.metric, value, paper, target_of(row), row.verdict)
    console.print(table)
    if decided:
        say("All that was measured: python -m benchmarks claims --runs RUNS", console)


REPORTS: Mapping[type, Callable[..., None]] = {Experiment: _print_walks, Study: _print_study}


def print_anatomy(results: Sequence[Result], console: Console) -> None:
    """What kind of step each agent gets right, beside the inverse and edge agents."""
    walks = checked_walks(results)[HELD_OUT]
    k, of_all = results[0].n_answers, results
    results = [result for result in of_all if result.bins[-1] == walks.walk_length]
    references = {name: error_anatomy(REFERENCES[name](walks), walks) for name in ("inverse-agent", "edge-agent")}
    table = _table(f"Accuracy by kind of step, steps 1-{walks.walk_length} of held-out worlds", "step")
    table.add_column("n", justify="right")
    for name in (*by_variant(results), *references):
        table.add_column(name, justify="right")
    for row, counts in results[0].anatomy.items():
        of_each = (over_seeds([r.anatomy[row].accuracy(k) for r in runs]) for runs in by_variant(results).values())
        agents = (f"{interval.within():±.3f}" for interval in of_each)
        known = (_without_bounds(anatomy[row].accuracy(k)) for anatomy in references.values())
        table.add_row(row, f"{int(counts.total.sum()):,}", *agents, *known)
    console.print(table)
    for name in by_variant([result for result in of_all if result not in results]):
        say(f"Left out: {name}, which was scored on shorter walks.", console)


def print_measured(made: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]], console: Console) -> None:
    """Print the numbers that measurements found: means over the runs of an agent, beside the agent before training.

    Args:
        made: the agent's name and, by measurement, what it found, for each run.
        console: where to.
    """
    runs = by_name(made)
    table = _table("Measured on held-out worlds" + (", means over runs" if len(made) > len(runs) else ""), "measured")
    for name in runs:
        table.add_column(name, justify="right")
        table.add_column("untrained", justify="right")
    for key in dict.fromkeys(key for of_agent in runs.values() for found in of_agent for key in found):
        if not key.endswith(UNTRAINED) and any(
            key in found and _is_scalar(found[key]) for of in runs.values() for found in of
        ):
            pairs = ((_mean_of(of, key), _mean_of(of, key + UNTRAINED)) for of in runs.values())
            table.add_row(key, *(number for pair in pairs for number in pair))
    console.print(table)


def by_name(made: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, list[dict[str, Any]]]:
    """What was found of each agent, a run after the other, all its measurements together."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for name, found in made:
        runs.setdefault(name, []).append({key: value for one in found.values() for key, value in one.items()})
    return runs


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


def _mean_of(runs: Sequence[Mapping[str, Any]], key: str) -> str:
    """The mean over runs of a number that is known; nothing where none is."""
    known = [run[key] for run in runs if isinstance(run.get(key), int | float)]
    return f"{fmean(known):.3f}" if known else ""


def checked_walks(results: Sequence[Result]) -> dict[str, Walks]:
    """The walks these results were scored on, made again and checked against the hashes in each of them.

    An agent that was scored on fewer steps than the rest was scored on the first steps of the same walks; returned are
    the longest. Where every run has maps of its own, they are the walks of the first of them.
    """
    walks: dict[str, Walks] = {}
    for alike in _by_walks(results):
        walks = alike[0].run_settings.evaluation_walks()
        made = {kind: walks_hash(kind_walks) for kind, kind_walks in walks.items()}
        for result in alike:
            if result.provenance["evaluation_hash"] != made:
                raise ValueError(
                    f"{result.variant} seed {result.seed} was scored on other walks than this version makes: run it "
                    "again."
                )
    return walks


def _by_walks(results: Sequence[Result]) -> list[list[Result]]:
    """Results that were to be scored on the same walks, the shortest first and the first run last."""
    grouped: dict[tuple[int, str], list[Result]] = {}
    for result in reversed(results):
        settings = result.run_settings
        grouped.setdefault((settings.evaluation_length, str(settings.scored_worlds)), []).append(result)
    return [grouped[key] for key in sorted(grouped, key=lambda key: key[0])]


def most_bins(results: Sequence[Result]) -> tuple[int, ...]:
    """The bins of those scored on the longest walks; shorter ones end at one of them."""
    return max((result.bins for result in results), key=lambda bins: bins[-1])


def interval_of(results: Sequence[Result], metric: Metric) -> Interval:
    """An accuracy, over seeds where there are several; of a single run, over worlds."""
    counts = [result.counts(metric) for result in results]
    n_answers = results[0].n_answers
    if len(counts) == 1:
        return over_worlds(counts[0], n_answers).within()
    return over_seeds([count.accuracy(n_answers) for count in counts]).within()


def _headline_table(results: Sequence[Result], walks: Walks, masks: Sequence[str]) -> PlainTable:
    bins, k, runs = most_bins(results), results[0].n_answers, by_variant(results)
    steps = results[0].trained_steps
    single = [len(variant_results) == 1 for variant_results in runs.values()]
    spread = "worlds" if all(single) else "seeds; for a single run, over worlds" if any(single) else "seeds"
    table = _table(f"Accuracy on held-out worlds, steps {steps[0]}-{steps[1]} (± 95 % over {spread})")
    table.add_column("runs", justify="right")
    for mask in masks:
        table.add_column(title_of(mask), justify="right")
    for name, variant_results in runs.items():
        shown = (f"{interval_of(variant_results, Metric(mask)):±.3f}" for mask in masks)
        table.add_row(name, str(len(variant_results)), *shown)
    table.add_section()
    framing = CEILINGS | REFERENCES
    references = {name: score(answers(walks), walks, masks, bins) for name, answers in framing.items()}
    for name, scores in references.items():
        row = (steps_within(scores[mask], bins, *steps).accuracy(k) for mask in masks)
        table.add_row(name, "", *map(_without_bounds, row))
    table.add_section()
    totals = (steps_within(references["chance"][mask], bins, *steps).total.sum() for mask in masks)
    table.add_row("n steps", "", *(f"{int(total):,}" for total in totals))
    return table


def _without_bounds(accuracy: float) -> str:
    """As the accuracies of agents are written: those of reference agents are exact on these walks."""
    return f"{Interval(accuracy, nan, nan):±.3f}"


def _step_table(results: Sequence[Result], walks: Mapping[str, Walks], mask: str) -> PlainTable:
    bins = most_bins(results)
    spans = list(zip([1, *(end + 1 for end in bins[:-1])], bins, strict=True))
    table = _table(
        f"{title_of(mask)[0].upper()}{title_of(mask)[1:]} by step, "
        f"trained on walks of {results[0].run_settings.walk_length} steps"
    )
    for first, last in spans:
        table.add_column(f"{first}-{last}", justify="right")
    for kind, kind_walks in walks.items():
        totals = score(REFERENCES["chance"](kind_walks), kind_walks, (mask,), bins)[mask].total.sum(axis=0)
        table.add_row(f"{kind}, n", *(f"{int(total):,}" for total in totals), style="dim")
        for name, variant_results in by_variant(results).items():
            scored = [span for span in spans if span[1] <= variant_results[0].bins[-1]]
            table.add_row(name, *(f"{interval_of(variant_results, Metric(mask, kind, span)):±.3f}" for span in scored))
    return table


def _table(title: str, first_column: str = "agent") -> PlainTable:
    table = PlainTable(title, collapse_padding=True)
    table.add_column(first_column, no_wrap=True)
    return table
