"""The table of docs/board.md from which the learning rates of the suite's agents were chosen."""

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

from benchmarks.experiments.claims import hippo_1_rates, hippo_1_rates_familiar_maps, hippo_1_rates_slips
from benchmarks.experiments.claims.hippo_1_rates import RATES
from benchmarks.experiments.hippo_1 import SUITE
from benchmarks.records.collect import collect
from benchmarks.records.result import RESULTS
from benchmarks.reports.markdown import put_between, table

ASKED = {  # by task, what is asked of it on worlds of validation
    "square": hippo_1_rates.EXPERIMENT,
    "reference-memory": hippo_1_rates_familiar_maps.EXPERIMENT,
    "slip": hippo_1_rates_slips.EXPERIMENT,
}


def with_rates(text: str, folder: Path = RESULTS) -> str:
    """The page with the table between its markers."""
    found = accuracies(folder)
    chosen = best(found)
    rows = [
        [agent, _bold(f"{rate:g}", rate == chosen.get(agent)), *_cells(found.get(agent, {}).get(rate, {}))]
        for agent, rates in RATES.items()
        for rate in rates
    ]
    return put_between(text, "rates", table(("agent", "rate", *ASKED, "mean"), rows, "lr" + "r" * (len(ASKED) + 1)))


def accuracies(folder: Path = RESULTS) -> dict[str, dict[float, dict[str, float]]]:
    """By agent, rate and task, the accuracy on what counts there."""
    found: dict[str, dict[float, dict[str, float]]] = {}
    for task, experiment in ASKED.items():
        values = {
            result.variant: result.value(SUITE.task(task).metric) for result in collect(experiment, "quick", folder)
        }
        for agent, rates in RATES.items():
            for rate in rates:
                if f"{agent}-at-{rate:g}" in values:
                    found.setdefault(agent, {}).setdefault(rate, {})[task] = values[f"{agent}-at-{rate:g}"]
    return found


def best(found: Mapping[str, Mapping[float, Mapping[str, float]]]) -> dict[str, float]:
    """By agent, the rate with the highest mean, once all have been asked of all tasks; the lowest of equal ones."""
    return {
        agent: max(sorted(of_agent), key=lambda rate, of=of_agent: fmean(of[rate].values()))
        for agent, of_agent in found.items()
        if set(of_agent) == set(RATES[agent]) and all(set(by_task) == set(ASKED) for by_task in of_agent.values())
    }


def _cells(by_task: Mapping[str, float]) -> list[str]:
    """Accuracies of a rate, and their mean where all are known."""
    known = [f"{by_task[task]:.3f}" if task in by_task else "" for task in ASKED]
    return [*known, f"{fmean(by_task.values()):.3f}" if len(by_task) == len(ASKED) else ""]


def _bold(text: str, is_bold: bool) -> str:
    return f"**{text}**" if is_bold else text
