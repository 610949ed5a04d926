"""The page that says what a good score is: its tables, and that thresholds tell a map from a memory of edges."""

import gymnasium as gym
import pytest

from benchmarks.reports.pages import board
from benchmarks.reports.pages.good_scores import LEARNERS, LEARNT, tasks_table, views_table, with_good_scores
from benchmarks.reports.timings import references
from benchmarks.suite.standings import standings
from hippo_envs import ENVIRONMENTS, SIZES, make_family, sample_walks
from hippo_envs.ceilings import bayes_filter
from hippo_envs.references import inverse_agent
from hippo_envs.scoring import count
from tests.helpers.made_up import SUITE, made_up
from tests.helpers.paths import ROOT

PAGE = ROOT / "docs" / "what-a-good-score-is.md"
WORLDS = [view for view, entry in ENVIRONMENTS.items() if entry.kind == "predict" and "Case" not in view]
RECTANGLE = "hippo/Rectangle-Predict-v0"


def cells_of(made):
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in made.splitlines()]
    return [dict(zip(head, [cell.strip("| ") for cell in row], strict=True)) for row in rows]


def test_the_page_is_as_the_environments_and_results_are():
    text = PAGE.read_text()
    found = next(found for found in board.all_standings() if found.suite is board.SUITE)
    assert with_good_scores(text, found) == text, "make it anew with `python -m benchmarks docs`"


def test_every_size_of_every_view_has_a_row_and_learners_only_where_they_were_trained(tmp_path):
    rows = cells_of(views_table())
    assert [(row["view"].partition("]")[0].strip("[`"), row["size"]) for row in rows] == [
        (view, size) for view, sizes in SIZES.items() for size in sizes
    ]
    for row in rows:
        assert float(row["floor"]) < float(row["threshold"]) < float(row["ceiling"])
    filled = [row for row in rows if any(row[learner] for learner in LEARNERS)]
    assert filled
    assert {row["size"] for row in filled} == {LEARNT}
    assert not any(row[learner] for row in cells_of(views_table(tmp_path)) for learner in LEARNERS)


def test_a_task_has_the_best_agent_by_name_and_nothing_where_none_was_run(tmp_path):
    for variant, accuracy in (("lstm", 0.3), ("tem-t", 0.6)):
        result, _ = made_up("line", variant, 0, accuracy)
        result.write(result.path_in(tmp_path))
    rows = {row.pop("task"): row for row in cells_of(tasks_table(standings(SUITE, tmp_path)))}
    assert list(rows) == list(SUITE.tasks)
    line = rows["line"]
    assert line["best agent"].endswith(" (tem-t)")
    numbers = [float(line[name].split()[0]) for name in ("floor", "LSTM", "best agent", "ceiling")]
    assert numbers == sorted(set(numbers))
    assert rows["square"]["LSTM"] == rows["square"]["best agent"] == ""


@pytest.mark.parametrize("view", WORLDS)
def test_the_threshold_lies_between_a_memory_of_edges_and_the_exact_filter(view):
    accuracy = references.read()[ENVIRONMENTS[view].arguments["stream"]]["accuracy"]
    threshold = gym.spec(view).reward_threshold
    assert accuracy["inverse-agent"]["revisit"] < threshold < accuracy["bayes"]["revisit"]


@pytest.mark.parametrize(
    ("view", "arguments"),
    [(view, arguments) for view in WORLDS for size, arguments in SIZES[view].items() if size != "hard"]
    + [(RECTANGLE, {name: value}) for name, value in {"shuffle_actions": True, "remap_after": 64, "slip": 0.1}.items()]
    + [(RECTANGLE, {"bare_share": 0.5})],
)
def test_it_does_so_at_every_size_and_under_the_conditions_that_the_page_names(view, arguments):
    inverse, exact, threshold = scores_of(view, arguments)
    assert inverse < threshold < exact


@pytest.mark.parametrize("arguments", [{"slip": 0.1, "dark_after": 32}, {"torus": True, "dark_after": 32}])
def test_what_the_page_says_nobody_solves_the_exact_filter_does_not(arguments):
    _, exact, threshold = scores_of(RECTANGLE, arguments)
    assert exact < threshold


def scores_of(view, arguments):
    """Accuracies on what is knowable of the inverse agent and the exact filter, and the threshold."""
    walks = sample_walks(make_family(ENVIRONMENTS[view].arguments["stream"], **arguments), range(20), 128)
    k = walks.worlds.family.n_answers
    accuracies = (count(agent(walks), walks.knowable, (128,)).accuracy(k) for agent in (inverse_agent, bayes_filter))
    return *accuracies, gym.make(f"hippo_envs:{view}", **arguments).spec.reward_threshold
