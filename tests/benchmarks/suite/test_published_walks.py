"""The evaluation walks as plain arrays, and the scorer that needs nothing of ours."""

import json
import re
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest

from benchmarks.experiments.suite import Suite
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from benchmarks.records.result import RESULTS
from benchmarks.suite.published_walks import _arrays, write_walks
from benchmarks.suite.score_walks import read_walks as load_walks
from benchmarks.suite.standings import standings
from hippo_envs import make_family, sample_walks
from tests.helpers.made_up import SUITE, made_up
from tests.helpers.paths import ROOT

TASKS = ("line", "longer")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walks")
    write_walks(Suite(SUITE.name, SUITE.preset, {name: SUITE.tasks[name] for name in TASKS}), folder)
    return folder


def scorer(folder, answers):
    """As someone would run it who has the files and NumPy: isolated from the checkout."""
    command = [sys.executable, "-I", str(folder / "score_walks.py"), str(folder), str(answers)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=answers)


def test_the_scorer_counts_as_we_do(folder, tmp_path):
    printed = {}
    for name in TASKS:
        result, predictions = made_up(name, "lstm", 0, skill=0.6)
        for kind, steps in predictions.items():
            np.savez(tmp_path / f"{name}.{kind}.npz", predictions=steps)
            for mask, counts in result.scores[kind].items():
                printed[f"{name}.{kind} mask_{mask}"] = (counts.correct.sum(), counts.total.sum())
        task = SUITE.tasks[name]
        accuracy, kind = result.value(task.metric), "16x16" if name == "longer" else "held-out"
        printed[f"{name}.{kind} score"] = (
            f"{(accuracy - 0.1) / (1 - 0.1):.4f} (accuracy {accuracy:.4f} between floor 0.1000 and ceiling 1.0000)"
        )
        for row, scores in json.loads((folder / "board.json").read_text())[name].items():
            first = max(scores, key=lambda of: scores[of], default="")
            printed[f"{name}.{kind} {row}"] = f"{first} {scores[first]:.4f}" if scores else ""
    done = scorer(folder, tmp_path)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(": ") for line in done.stdout.splitlines())
    for name, expected in printed.items():
        assert said[name].startswith(expected if isinstance(expected, str) else f"{expected[0]} of {expected[1]},")


def test_the_board_beside_the_walks_is_the_board(folder):
    beside, board = json.loads((folder / "board.json").read_text()), standings(SUITE, RESULTS)
    for name in TASKS:
        shown = {agent: round(entry.score.value, 4) for agent, entry in board.entries[name].items()}
        assert beside[name]["agents on the board"] == shown
        assert beside[name]["simple memories"]["chance"] == 0


def test_the_code_of_the_page_answers_walks_and_the_scorer_takes_its_answers(folder, tmp_path):
    page: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "submit-a-row.md").read_text(), flags=re.DOTALL)
    exec(next(block for block in blocks if "def answer" in block), page)
    walks = np.load(folder / "line.held-out.npz")
    page["answer"](
        folder / "line.held-out.npz",
        tmp_path / "line.held-out.npz",
        lambda n_walks: np.zeros(n_walks, int),
        lambda last: last,
        lambda _, seen, __: seen,
    )
    predictions = np.load(tmp_path / "line.held-out.npz")["predictions"]
    assert (predictions[:, 1:] == walks["observations"][:, :-1]).all(), "the last symbol, said before the next is seen"
    assert "line.held-out score: " in scorer(folder, tmp_path).stdout


def test_the_arrays_of_the_page_are_those_of_the_files(folder):
    page = (ROOT / "docs" / "submit-a-row.md").read_text()
    table = page[page.index("| array |") :].partition("\n\n")[0]
    named = set(re.findall(r"`([\w<>]+)`", "".join(line.split("|")[1] for line in table.splitlines())))
    held = {re.sub("^mask_.*", "mask_<name>", name) for name in np.load(folder / "line.held-out.npz").files}
    assert named == held | {"heard"}
    files = {re.sub(r"^\w+\.[\w-]+\.npz$", "<task>.<kind>.npz", path.name) for path in folder.iterdir()}
    assert all(f"| `{name}` |" in page for name in files)


def test_the_walks_are_those_of_the_environments_they_name(folder):
    walks = np.load(folder / "line.held-out.npz")
    assert walks["actions"].dtype == np.uint8
    env = gym.make("hippo_envs:hippo/Line-v0", **SUITE.tasks["line"].experiment.arguments, max_episode_steps=200)
    for world in (0, 7):
        seen = [env.reset(seed=EVALUATION_SEEDS[world])[0]]
        seen += [env.step(action)[0] for action in walks["actions"][world, :-1].tolist()]
        assert seen == walks["observations"][world].tolist()


def test_what_is_heard_is_published_where_it_may_be_dark(tmp_path):
    walks = sample_walks(make_family("hippo/Line-v0", dark_after=5), range(3), 12)
    arrays = _arrays(walks, ("revisit", "dark_revisit"))
    assert arrays["heard"].tolist() == walks.heard.tolist()
    np.savez(tmp_path / "dark.npz", **arrays)
    assert set(load_walks(tmp_path / "dark.npz")) == set(arrays)
    np.savez(tmp_path / "dark.npz", **arrays | {"heard": arrays["observations"]})
    with pytest.raises((ValueError, SystemExit)):
        load_walks(tmp_path / "dark.npz")


def test_walks_that_were_changed_are_noticed(folder, tmp_path):
    changed = tmp_path / "walks"
    changed.mkdir()
    arrays = dict(np.load(folder / "line.held-out.npz"))
    arrays["observations"][3, 5] = (arrays["observations"][3, 5] + 1) % 10
    np.savez(changed / "line.held-out.npz", **arrays)
    np.savez(tmp_path / "line.held-out.npz", predictions=arrays["observations"])
    (changed / "score_walks.py").write_bytes((folder / "score_walks.py").read_bytes())
    done = scorer(changed, tmp_path)
    assert done.returncode != 0
    assert "does not hold the walks that were published" in done.stderr


def wrong_shape(answers):
    np.savez(answers / "line.held-out.npz", predictions=np.zeros((3, 4), int))


def no_whole_numbers(answers):
    np.savez(answers / "line.held-out.npz", predictions=np.zeros((200, 128)))


def other_array(answers):
    np.savez(answers / "line.held-out.npz", guesses=np.zeros((200, 128), int))


def no_arrays(answers):
    (answers / "line.held-out.npz").write_text("0 1 2")


def other_name(answers):
    np.savez(answers / "lines.npz", predictions=np.zeros((200, 128), int))


def nothing(answers):
    pass


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (wrong_shape, "line.held-out.npz: `predictions` are whole numbers of shape (200, 128), got int64 (3, 4)"),
        (no_whole_numbers, "line.held-out.npz: `predictions` are whole numbers of shape (200, 128), got float64"),
        (other_array, "line.held-out.npz has no array `predictions`, but guesses"),
        (no_arrays, "line.held-out.npz is not a .npz file"),
        (other_name, "no predictions in "),
        (nothing, "such as line.held-out.npz"),
    ],
)
def test_what_cannot_be_scored_is_named(write, told, folder, tmp_path):
    write(tmp_path)
    done = scorer(folder, tmp_path)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_no_walks_is_named_beside_the_scores(folder, tmp_path):
    np.savez(tmp_path / "line.held-out.npz", predictions=np.zeros((200, 128), int))
    other_name(tmp_path)
    done = scorer(folder, tmp_path)
    assert done.returncode == 0
    assert "line.held-out score" in done.stdout
    assert "lines.npz is left out: there are no walks of that name." in done.stderr


@pytest.mark.parametrize("arguments", [[], ["nowhere", "nowhere"]])
def test_the_scorer_says_what_it_needs(arguments, folder):
    command = [sys.executable, "-I", str(folder / "score_walks.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert ("There are no walks in nowhere" if arguments else "python score_walks.py WALKS PREDICTIONS") in done.stderr
    assert "Traceback" not in done.stderr


def test_walks_are_written_where_there_is_no_torch(folder, tmp_path):
    """Who trains in another framework need not install this one."""
    program = (
        "import sys; sys.modules |= dict.fromkeys(('torch', 'safetensors', 'filelock', 'jaxtyping', 'matplotlib'))\n"
        "from pathlib import Path\n"
        "from benchmarks.suite.published_walks import write_walks\n"
        "from benchmarks.experiments.suite import Suite\n"
        "from benchmarks.experiments.suites import SUITES\n"
        "from benchmarks.__main__ import COMMANDS\n"
        "suite = SUITES['hippo-1']\n"
        f"write_walks(Suite(suite.name, suite.preset, {{'line': suite.tasks['line']}}), Path({str(tmp_path)!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (name,) = (path.name for path in tmp_path.glob("*.npz"))
    assert np.load(tmp_path / name)["hash"] == np.load(folder / name)["hash"]
