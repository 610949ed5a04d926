"""Standings: scores between floor and ceiling, ranks only of what is complete and reproduced, nothing made up."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from benchmarks.evaluation.statistics import interquartile_mean, sure_ranks
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.suite import Suite
from benchmarks.records.collect import collect
from benchmarks.records.run import run_directory
from benchmarks.reports.leaderboard.board import board_of
from benchmarks.reports.pages.board import board_line
from benchmarks.reports.tables import print_report
from benchmarks.suite import tiers
from benchmarks.suite.specification import published
from benchmarks.suite.standings import OVERALL, standings
from benchmarks.suite.tiers import Tier, noted_weights, tier_of, write_note
from tests.helpers.made_up import SUITE, made_up

TASKS = ("line", "case-sequence", "laps")
SMALL = Suite(SUITE.name, SUITE.preset, {name: SUITE.tasks[name] for name in TASKS})
OF_LINE = Suite(SUITE.name, SUITE.preset, {"line": SUITE.tasks["line"]})
HASH = published(SUITE)["specification_hash"]


def fill(folder, skills, tasks=TASKS, seeds=range(5), tier=Tier.REPRODUCED):
    for task in tasks:
        for variant, skill in skills.items():
            for seed in seeds:
                result, _ = made_up(task, variant, seed, skill)
                result.write(result.path_in(folder))
                write_note(result, tier, HASH, {}, folder)


def ranks_of(found, group=OVERALL):
    return {place.agent: place.rank for place in found.places[group]}


def test_agents_are_ranked_by_sure_differences(tmp_path):
    fill(tmp_path, {"tem-t": 0.9, "lstm": 0.5, "transformer": 0.2})
    found = standings(SMALL, tmp_path)
    assert ranks_of(found) == {"tem-t": 1, "lstm": 2, "transformer": 3}
    assert found.agents == ["tem-t", "lstm", "transformer"]
    first = found.places[OVERALL][0]
    assert first.score.low < first.score.value < first.score.high


def test_the_board_is_as_far_as_its_runs_are_committed_and_reproduced(tmp_path):
    every_variant = [set(task.experiment.variants) for task in SMALL.tasks.values()]
    n_wanted, n_everywhere = 5 * sum(map(len, every_variant)), len(set.intersection(*every_variant))
    assert board_line(standings(SMALL, tmp_path)).startswith(f"- `hippo-1`: 0 of {n_wanted} runs")
    fill(tmp_path, {"tem-t": 0.9})
    fill(tmp_path, {"lstm": 0.5}, seeds=range(4))
    fill(tmp_path, {"transformer": 0.2}, tasks=("line",), tier=Tier.RESCORED)
    result, _ = made_up("laps", "lstm", 0, 0.5)
    theirs = {"variant": "theirs:Agent", "agent": "theirs:Agent", "agent_source": "0" * 64}
    theirs = replace(result, variant="theirs:Agent", settings={**result.settings, **theirs})
    theirs.write(theirs.path_in(tmp_path))
    assert "theirs:Agent" in standings(SMALL, tmp_path).entries["laps"]
    found = board_line(standings(SMALL, tmp_path))
    n_agents = len(set.union(*every_variant))
    # 15, 12 and 5
    assert f"32 of {n_wanted} runs (3 tasks, {n_agents} agents) are committed, 27 of them reproduced" in found
    assert f"Of the {n_everywhere} agents that support every task, 1 has all runs reproduced and so a rank." in found


def test_a_score_is_the_accuracy_from_floor_to_ceiling(tmp_path):
    fill(tmp_path, {"lstm": 0.5})
    found = standings(SMALL, tmp_path)
    line, case = (found.entries[task]["lstm"] for task in ("line", "case-sequence"))
    assert line.score.value == pytest.approx((line.accuracy.value - 0.1) / 0.9)
    assert case.score.value == pytest.approx((case.accuracy.value - 0.5) / 0.5)
    assert 0.4 < line.score.value < 0.6  # right in half of the cases, else a guess


def test_a_measurement_that_is_named_as_the_metric_is_no_score(tmp_path):
    fill(tmp_path, {"lstm": 0.5})
    honest = standings(SMALL, tmp_path)
    for seed in range(5):
        result, _ = made_up("case-sequence", "lstm", seed, 0.5)
        result = replace(result, measurements={"last": 1.0})
        result.write(result.path_in(tmp_path))
    forged = standings(SMALL, tmp_path)
    assert forged.entries["case-sequence"]["lstm"].score == honest.entries["case-sequence"]["lstm"].score
    seeds = [board_of(found, ())["tasks"]["case-sequence"]["entries"][0]["seeds"] for found in (honest, forged)]
    assert [run["accuracy"] for run in seeds[0]] == [run["accuracy"] for run in seeds[1]]


def test_a_missing_task_stays_missing_and_takes_the_rank(tmp_path):
    fill(tmp_path, {"tem-t": 0.9})
    fill(tmp_path, {"lstm": 0.5}, tasks=("line", "laps"))
    found = standings(SMALL, tmp_path)
    assert "lstm" not in found.entries["case-sequence"]
    assert ranks_of(found) == {"tem-t": 1, "lstm": None}
    assert ranks_of(found, "learnt structure") == {"tem-t": 1, "lstm": 2}
    assert ranks_of(found, "memory") == {"tem-t": 1}
    place = next(place for place in found.places[OVERALL] if place.agent == "lstm")
    assert place.n_tasks == 2
    assert place.score.value > 0.3  # of what there is: nothing counts as 0


@pytest.mark.parametrize(("seeds", "tier"), [(range(4), Tier.REPRODUCED), (range(5), Tier.RESCORED)])
def test_fewer_than_five_seeds_or_not_reproduced_is_shown_unranked(seeds, tier, tmp_path):
    fill(tmp_path, {"tem-t": 0.9}, seeds=seeds, tier=tier)
    fill(tmp_path, {"lstm": 0.2})
    assert ranks_of(standings(SMALL, tmp_path)) == {"lstm": 1, "tem-t": None}


def test_fewer_updates_than_the_task_allows_are_shown_unranked(tmp_path):
    fill(tmp_path, {"tem-t": 0.9, "lstm": 0.2}, tasks=("line",))
    for seed in range(5):
        result, _ = made_up("line", "lstm", seed, 0.2)
        theirs = {"variant": "little:Training", "agent": "lstm", "n_updates": 300}
        short = replace(result, variant="little:Training", settings={**result.settings, **theirs})
        short.write(short.path_in(tmp_path))
        write_note(short, Tier.REPRODUCED, HASH, {}, tmp_path)
    found = standings(OF_LINE, tmp_path)
    assert ranks_of(found) == {"tem-t": 1, "lstm": 2, "little:Training": None}
    assert found.entries["line"]["little:Training"].cut_short == "trained for 300 of 1,200"
    assert found.entries["line"]["lstm"].cut_short is None


def test_agents_that_are_given_what_others_learn_are_ranked_apart(tmp_path):
    of_square = Suite(SUITE.name, SUITE.preset, {"square": SUITE.tasks["square"]})
    fill(tmp_path, {"tem-t": 0.8, "nmda": 0.9, "lstm": 0.3}, tasks=("square",))
    places = {place.agent: (place.rank, place.given) for place in standings(of_square, tmp_path).places[OVERALL]}
    assert places == {"tem-t": (1, None), "lstm": (2, None), "nmda": (1, "position")}
    assert list(places) == ["tem-t", "lstm", "nmda"]


def test_sizes_that_no_agent_has_do_not_break_the_board(tmp_path):
    fill(tmp_path, {"lstm": 0.2}, tasks=("line",))
    result, _ = made_up("line", "lstm", 0, 0.2)
    odd = {"variant": "odd", "agent": "nmda", "sizes": {"wings": 2}}
    odd = replace(result, variant="odd", settings={**result.settings, **odd})
    odd.write(odd.path_in(tmp_path))
    assert standings(OF_LINE, tmp_path).entries["line"]["odd"].given is None


def test_a_note_is_about_one_result_and_one_specification(tmp_path):
    fill(tmp_path, {"lstm": 0.5})
    result, _ = made_up("line", "lstm", 0, 0.5)
    result = replace(result, provenance={**result.provenance, "commit": "another"})
    result.write(result.path_in(tmp_path))
    assert standings(SMALL, tmp_path).entries["line"]["lstm"].tiers[0] is Tier.SELF_REPORTED
    result, _ = made_up("line", "lstm", 1, 0.5)
    write_note(result, Tier.REPRODUCED, "another specification", {}, tmp_path)
    assert standings(SMALL, tmp_path).entries["line"]["lstm"].tiers[1] is Tier.SELF_REPORTED


def test_a_seed_counts_once_though_it_was_run_with_a_size_left_out_and_with_it_none(tmp_path):
    """A size that is None makes another folder of runs, and the same agent."""
    for seed in range(2):
        result, _ = made_up("line", "tem-t", seed, 0.5)
        sizes = result.settings["sizes"]
        left_out = {name: size for name, size in sizes.items() if size is not None}
        assert len(left_out) < len(sizes)
        for each in (left_out, sizes):
            same = replace(result, settings={**result.settings, "sizes": each})
            same.write(run_directory(same.settings, tmp_path) / "result.json")
    found = collect(SUITE.tasks["line"].experiment, SUITE.preset, tmp_path)
    assert [result.seed for result in found] == [0, 1]
    assert all(result.settings["sizes"] == sizes for result in found), "the one that would be made now"


def test_a_seed_of_anothers_agent_counts_once_in_whichever_folder_it_lies(tmp_path):
    result, _ = made_up("line", "lstm", 0, 0.5)
    settings = {**result.settings, "variant": "my_agents:Mine", "agent": "my_agents:Mine"}
    mine = replace(result, variant="my_agents:Mine", settings=settings)
    mine.write(mine.path_in(tmp_path))
    mine.write(tmp_path / mine.experiment / mine.preset / "again" / "0.json")
    assert len(standings(SMALL, tmp_path).entries["line"]["my_agents:Mine"].results) == 1


@pytest.mark.parametrize("variant", ["lstm", "my_agents:Mine"])
def test_a_copy_that_lacks_something_does_not_take_the_place_of_the_run(variant, tmp_path):
    for seed in range(2):
        result, _ = made_up("line", "lstm", seed, 0.5)
        whole = replace(result, variant=variant, settings={**result.settings, "variant": variant, "agent": variant})
        whole.write(whole.path_in(tmp_path))
        known = {name: value for name, value in whole.provenance.items() if name != "device"}
        replace(whole, provenance=known).write(tmp_path / "hippo-1-line" / "quick" / "a-copy" / f"{seed}.json")
    found = standings(SMALL, tmp_path)
    assert [run.provenance["device"] for run in found.entries["line"][variant].results] == ["cpu", "cpu"]
    assert [run.seed for run in found.entries["line"][variant].results] == [0, 1]
    lines = [f"hippo-1-line/quick/a-copy/{seed}.json: it lacks provenance.device" for seed in range(2)]
    assert found.left_out == lines, "it is the copy that is named"


def test_a_note_of_a_variant_with_slashes_does_not_keep_others_from_being_read(tmp_path):
    result, _ = made_up("line", "lstm", 3, 0.5)
    write_note(replace(result, variant="a/b"), Tier.REPRODUCED, HASH, {}, tmp_path)
    write_note(result, Tier.REPRODUCED, HASH, {}, tmp_path)
    weights = result.provenance["weights_hash"]
    assert noted_weights(tmp_path) == {(result.experiment, variant, weights): 3 for variant in ("a/b", "lstm")}


def test_notes_that_are_written_at_once_are_all_kept(tmp_path, monkeypatch):
    """Two `verify --results` into one folder: each writes a moment after it has read."""
    write = tiers.write_whole
    monkeypatch.setattr(tiers, "write_whole", lambda *arguments: (time.sleep(0.05), write(*arguments)))
    found = [made_up("line", "lstm", seed, 0.5)[0] for seed in range(5)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda result: write_note(result, Tier.REPRODUCED, HASH, {}, tmp_path), found))
    assert [tier_of(result, tmp_path, HASH) for result in found] == [Tier.REPRODUCED] * 5


def test_results_of_other_settings_or_a_larger_budget_are_left_out_and_named(tmp_path):
    result, _ = made_up("line", "lstm", 0, 0.5)
    for variant, n_updates in (("lstm", 600), ("my_agents:Mine", 1_201), ("my_agents:Thrifty", 600)):
        settings = {**result.settings, "variant": variant, "agent": variant, "n_updates": n_updates}
        other = replace(result, variant=variant, settings=settings)
        other.write(other.path_in(tmp_path))
    found = standings(SMALL, tmp_path)
    assert list(found.entries["line"]) == ["my_agents:Thrifty"]
    assert found.left_out == [
        "hippo-1-line/quick/lstm/0.json: its settings are not those of lstm in this version; run it again",
        "hippo-1-line/quick/my_agents.Mine/0.json: it had 1201 updates, and 1200 are allowed",
    ]


@pytest.mark.parametrize(
    ("changed", "where", "reason"),
    [
        ({"sizes": {"width": 64}}, ("line", 3), "its sizes is not the same for every seed of line"),
        ({"agent_source": "0" * 64}, ("laps", None), "its agent_source is not the same on every task"),
        ({"agent": "my_agents:Other"}, ("laps", None), "its agent is not the same on every task"),
    ],
)
def test_several_agents_under_one_name_have_no_rank(changed, where, reason, tmp_path):
    fill(tmp_path, {"tem-t": 0.9})
    for task in TASKS:
        for seed in range(5):
            result, _ = made_up(task, "lstm", seed, 0.5)
            own = {"variant": "my_agents:Mine", "agent": "my_agents:Mine", "agent_source": "1" * 64, "sizes": {}}
            own |= changed if where in ((task, seed), (task, None)) else {}
            mine = replace(result, variant="my_agents:Mine", settings={**result.settings, **own})
            mine.write(mine.path_in(tmp_path))
            write_note(mine, Tier.REPRODUCED, HASH, {}, tmp_path)
    found = standings(SMALL, tmp_path)
    for group in (OVERALL, "memory"):
        assert ranks_of(found, group) == {"tem-t": 1, "my_agents:Mine": None}
    place = next(place for place in found.places[OVERALL] if place.agent == "my_agents:Mine")
    assert place.several == reason
    assert place.score.value > 0.3, "it is shown"


@pytest.mark.parametrize(("agent", "rank"), [("my_agents:Mine", None), ("lstm", 1)])
def test_code_of_others_is_ranked_if_it_was_stepped_in_a_sandbox(agent, rank, tmp_path):
    for seed in range(5):
        result, _ = made_up("line", "lstm", seed, 0.5)
        own = {"variant": agent, "agent": agent, "agent_source": "1" * 64, "sizes": {}} if ":" in agent else {}
        mine = replace(result, variant=agent, settings={**result.settings, **own})
        mine.write(mine.path_in(tmp_path))
        write_note(mine, Tier.NOT_SANDBOXED, HASH, {}, tmp_path)
    found = standings(replace(SMALL, tasks={"line": SUITE.tasks["line"]}), tmp_path)
    assert ranks_of(found) == {agent: rank}
    assert found.entries["line"][agent].tiers[0].value == "reproduced (not sandboxed)"


def test_a_single_run_has_no_spread_to_make_an_interval_of(tmp_path):
    fill(tmp_path, {"lstm": 0.5}, seeds=range(1))
    found = standings(SMALL, tmp_path)
    assert np.isnan(found.places[OVERALL][0].score.low)
    accuracy = found.entries["line"]["lstm"].accuracy
    assert accuracy.low < accuracy.value < accuracy.high  # over worlds


def test_one_task_is_ranked_by_the_mean_that_it_shows(tmp_path):
    """The mean of five drawn is surely above .5; the middle three often are all of the two that are hardly above it."""
    fill(tmp_path, {"tem-t": 0.55}, tasks=("line",), seeds=range(2))
    fill(tmp_path, {"tem-t": 1.0}, tasks=("line",), seeds=range(2, 5))
    fill(tmp_path, {"lstm": 0.5}, tasks=("line",))
    assert ranks_of(standings(OF_LINE, tmp_path)) == {"tem-t": 1, "lstm": 2}


def test_sure_ranks_are_paired():
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 1, 1_000)
    assert sure_ranks([shared + 0.1, shared, shared + rng.normal(0, 0.1, 1_000)], n_runs=5) == [1, 2, 1]


@pytest.mark.parametrize(("n_tasks", "at_most"), [(1, 0.065), (3, 0.04)])
def test_equal_agents_of_five_seeds_are_told_apart_as_rarely_as_it_says(n_tasks, at_most):
    """Runs that differ by their seeds alone: the resampling of five of them, as it is, tells apart 15 % and 8 %."""
    rng, apart = np.random.default_rng(0), []
    for _ in range(1_000):
        runs = rng.normal(0.5, 0.05, (2, n_tasks, 5))
        drawn = [runs[:, task, rng.integers(5, size=(5, 400))] for task in range(n_tasks)]
        replicates = np.concatenate(drawn, axis=1)
        summed_up = replicates.mean(axis=1) if n_tasks == 1 else interquartile_mean(replicates, axis=1)
        apart.append(sure_ranks(summed_up, n_runs=5) != [1, 1])
    assert np.mean(apart) <= at_most


def report_of(results, **changes):
    console = Console(record=True, width=200, file=io.StringIO())
    print_report(replace(SUITE.tasks["line"].experiment, **changes), results, console)
    return console.export_text()


@pytest.mark.parametrize(
    ("runs", "spread"),
    [
        ({"lstm": 1, "tem-t": 1}, "(± 95 % over worlds)"),
        ({"lstm": 2, "tem-t": 2}, "(± 95 % over seeds)"),
        ({"lstm": 2, "tem-t": 1}, "(± 95 % over seeds; for a single run, over worlds)"),
    ],
)
def test_a_report_says_of_each_agent_what_its_interval_is_over(runs, spread):
    results = [made_up("line", variant, seed, 0.5)[0] for variant, n in runs.items() for seed in range(n)]
    assert spread in " ".join(report_of(results).split()), "the title may be broken"


def test_a_report_says_of_a_target_whether_it_is_a_bound_or_to_come_near():
    results = [made_up("line", "lstm", seed, 0.5)[0] for seed in range(5)]
    near = Claim("lstm", "quick", "loop_closure", paper=0.5, within=0.1)
    assert "(paper 0.500), target within 0.1 of it over 5 seeds: met" in report_of(results, claims=(near,))
    least = Claim("lstm", "quick", "loop_closure", at_least=0.4)
    assert "target at least 0.4 over 5 seeds: met" in report_of(results, claims=(least,))
    assert "target" not in report_of(results[:1], claims=(least,)), "one run decides nothing"
