"""The table that ends a run: agents beside the references, on the same walks."""

import math
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.experiment import Experiment, Target
from benchmarks.result import Result, steps_within, walks_hash
from benchmarks.statistics import Interval, over_seeds, over_worlds
from benchmarks.world_seeds import EVALUATION_SEEDS
from hippo_envs import Walks, make_family, sample_walks
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import Counts, score

HEADLINES = {"loop_closure": "loop closure", "zero_shot": "ordered zero-shot", "revisit": "revisits"}


def print_report(experiment: Experiment, results: Sequence[Result], console: Console) -> None:
    """Accuracy at the trained length, then by later steps, then what the targets say."""
    walks = evaluation_walks(results)
    references = {name: score(answers(walks), walks) for name, answers in REFERENCES.items()}
    by_variant: dict[str, list[Result]] = {}
    for result in results:
        by_variant.setdefault(result.variant, []).append(result)
    trained_length = results[0].settings["walk_length"]
    console.print(_headline_table(by_variant, references, results[0].bins, trained_length))
    console.print(_later_table(by_variant, references, results[0].bins, trained_length))
    for target in experiment.targets:
        if target.variant in by_variant and target.preset == results[0].preset:
            console.print(verdict_line(target, by_variant[target.variant]), highlight=False, soft_wrap=True)


def evaluation_walks(results: Sequence[Result]) -> Walks:
    """The walks these results were scored on, made again and checked against the hash in each of them."""
    settings = results[0].settings
    family = make_family(settings["environment"], **settings["arguments"])
    walks = sample_walks(family, EVALUATION_SEEDS[: settings["n_evaluation_worlds"]], settings["evaluation_length"])
    made = walks_hash(walks)
    for result in results:
        if result.provenance["evaluation_hash"] != made:
            raise ValueError(
                f"{result.variant} seed {result.seed} was scored on other walks than this version makes: run it again."
            )
    return walks


def interval_of(results: Sequence[Result], metric: str, first_step: int, last_step: int) -> Interval:
    """Over seeds where there are several; of a single run, over worlds."""
    counts = [result.counts(metric, first_step, last_step) for result in results]
    n_observations = results[0].n_observations
    if len(counts) == 1:
        return over_worlds(counts[0], n_observations)
    return over_seeds([count.accuracy(n_observations) for count in counts])


def verdict_line(target: Target, results: Sequence[Result]) -> str:
    """A target, what was measured, and whether that is enough."""
    value = interval_of(results, target.metric, target.first_step, target.last_step)
    verdict = "met" if value.value >= target.at_least else "missed"
    return (
        f"{target.variant} {target.metric}, steps {target.first_step}-{target.last_step}: "
        f"{_shown(value)}, target {target.at_least}: {verdict}"
    )


def _headline_table(
    by_variant: Mapping[str, list[Result]],
    references: Mapping[str, Mapping[str, Counts]],
    bins: tuple[int, ...],
    trained_length: int,
) -> Table:
    some = next(iter(by_variant.values()))
    spread = "seeds" if len(some) > 1 else "worlds"
    last = trained_length if trained_length in bins else bins[-1]
    table = _table(f"Accuracy on held-out worlds, steps 1-{last} (± 95 % over {spread})")
    table.add_column("runs", justify="right")
    for title in HEADLINES.values():
        table.add_column(title, justify="right")
    for name, results in by_variant.items():
        table.add_row(name, str(len(results)), *(_shown(interval_of(results, mask, 1, last)) for mask in HEADLINES))
    table.add_section()
    k = some[0].n_observations
    for name, scores in references.items():
        row = (steps_within(scores[mask], bins, 1, last).accuracy(k) for mask in HEADLINES)
        table.add_row(name, "", *(f"{accuracy:.3f}" for accuracy in row))
    table.add_section()
    n = (int(steps_within(next(iter(references.values()))[mask], bins, 1, last).total.sum()) for mask in HEADLINES)
    table.add_row("n steps", "", *(f"{steps:,}" for steps in n))
    return table


def _later_table(
    by_variant: Mapping[str, list[Result]],
    references: Mapping[str, Mapping[str, Counts]],
    bins: tuple[int, ...],
    trained_length: int,
) -> Table:
    table = _table(f"Loop closure by step (trained on walks of {trained_length})")
    spans = list(zip([1, *(end + 1 for end in bins[:-1])], bins, strict=True))
    for first, last in spans:
        table.add_column(f"{first}-{last}", justify="right")
    for name, results in by_variant.items():
        table.add_row(name, *(_shown(interval_of(results, "loop_closure", *span)) for span in spans))
    table.add_section()
    totals = next(iter(references.values()))["loop_closure"].total.sum(axis=0)
    table.add_row("n steps", *(f"{steps:,}" for steps in totals))
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("agent", no_wrap=True)
    return table


def _shown(interval: Interval) -> str:
    half_width = interval.high - interval.value
    spread = "" if math.isnan(half_width) else f" ±{half_width:.3f}".replace("±0.", "±.")
    return f"{interval.value:.3f}{spread}"
