"""The tables of docs/what-a-good-score-is.md: what is between floor and ceiling, for views with a reward and tasks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import gymnasium as gym

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments import STUDIES
from benchmarks.experiments.claims import rl_predict
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.markdown import put_between, table
from benchmarks.reports.pages.environments import file_name
from benchmarks.suite.standings import Entry, Standings
from hippo_envs import SIZES
from hippo_envs.envs.base.bounded import Bounded

LEARNT = "easy"  # the size at which learners are trained
LEARNERS = tuple(rl_predict.LEARNERS)
EDGES, LSTM = "edge-agent", "lstm"


def with_good_scores(text: str, found: Standings, folder: Path = RESULTS) -> str:
    """The page with both tables as they stand; a ValueError if their places are not marked, once each."""
    return put_between(put_between(text, "views", views_table(folder)), "tasks", tasks_table(found))


def views_table(folder: Path = RESULTS) -> str:
    """A row for each size of each view with a reward; a learner without committed results is left empty."""
    rows = []
    for view, sizes in SIZES.items():
        learnt = _learnt(view, folder)
        for size, arguments in sizes.items():
            env = gym.make(f"hippo_envs:{view}", **arguments).unwrapped
            assert isinstance(env, Bounded)
            assert env.return_bounds is not None
            floor, ceiling = env.return_bounds
            cells = [_return(learnt.get(name, ()) if size == LEARNT else ()) for name in LEARNERS]
            link = f"[`{view}`](environments/{file_name(view)})"
            rows.append([link, size, f"{floor:.2f}", *cells, f"{env.reward_threshold:.2f}", f"{ceiling:.2f}"])
    return table(("view", "size", "floor", *LEARNERS, "threshold", "ceiling"), rows, "ll" + "r" * (3 + len(LEARNERS)))


def tasks_table(found: Standings) -> str:
    """A row for each task of a suite, accuracies on what counts; an agent that has not been run is left empty."""
    rows = []
    for name, task in found.suite.tasks.items():
        fixed, entries = found.published["fixed_rows"], found.entries[name]
        best = max(entries.values(), key=lambda entry: entry.accuracy.value, default=None)
        rows.append(
            [
                name,
                task.metric,
                f"{found.published['tasks'][name]['floor']:.3f}",
                f"{fixed[EDGES][name]:.3f}",
                _accuracy(entries.get(LSTM)),
                f"{_accuracy(best)} ({best.agent})" if best else "",
                f"{fixed['ceiling'][name]:.3f}",
            ]
        )
    return table(("task", "counts", "floor", "edge agent", "LSTM", "best agent", "ceiling"), rows, "llrrrrr")


def _learnt(view: str, folder: Path) -> Mapping[str, Sequence[Result]]:
    """Results of each learner on a view, from the one study of it; none where there is no such study."""
    for study in STUDIES.values():
        if study.settings.get("view") == view:
            return by_variant(collect(study, "quick", folder))
    return {}


def _return(results: Sequence[Result]) -> str:
    return f"{over_seeds([result.value('return') for result in results]):±.2f}" if results else ""


def _accuracy(entry: Entry | None) -> str:
    return f"{entry.accuracy.within():±.3f}" if entry else ""
