"""python -m benchmarks, as typed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.suites import TASKS
from tests.helpers.paths import ROOT


def benchmarks(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], capture_output=True, text=True, check=False, cwd=cwd
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "zero-shot-nowhere"], "There is no experiment 'zero-shot-nowhere': did you mean zero-shot-"),
        (["run", "nowhere"], "There is no experiment 'nowhere': use one of zero-shot-rectangle"),
        (["run", "zero-shot-rectangle", "--agents", "tem-u"], "no variant of zero-shot-rectangle called 'tem-u'"),
        (["run", "zero-shot-rectangle", "--preset", "huge"], "no preset of zero-shot-rectangle called 'huge'"),
        (
            ["run", "zero-shot-rectangle", "--device", "abacus"],
            "no device 'abacus' on this machine: use auto or one of",
        ),
        (["run", "zero-shot-rectangle", "--seeds", "-1"], "A seed is from 0 to 4294967295, got -1"),
        (["run", "zero-shot-rectangle", "--seeds", "4294967296"], "A seed is from 0 to 4294967295, got 4294967296"),
        (["run", "zero-shot-rectangle", "--seeds", "first"], "whole numbers and ranges, such as 0 3 7 or 0-4, got 'fi"),
        (["run", "zero-shot-rectangle", "--seeds", "4-0"], "from the lower to the higher, such as 0-4, got '4-0'"),
        (["run", "zero-shot-rectangle", "--threads", "0"], "at least one thread"),
        (["figures", "zero-shot-nowhere"], "There is no experiment"),
        (["figures", "zero-shot-rectangle", "--agents", "tem-u"], "no variant of zero-shot-rectangle called 'tem-u'"),
        (["anatomy", "zero-shot-nowhere"], "There is no experiment"),
        (["claims", "--page", "nowhere.md"], "No such file"),
        (
            ["claims", "zero-shot-line", "--page", "nowhere.md"],
            "The page has all experiments: leave out zero-shot-line",
        ),
        (["claims", "zero-shot-nowhere"], "There is no experiment"),
        (["claims", "--runs", "nowhere"], "There is no folder nowhere: give --runs the one that `run` was given"),
        (
            ["figures", "zero-shot-rectangle", "--runs", "nowhere"],
            "There is no result of zero-shot-rectangle quick with its present settings in nowhere",
        ),
        (
            ["figures", "zero-shot-rectangle", "--preset", "smoke"],
            "run zero-shot-rectangle --preset smoke --runs runs`, and look at them with --runs runs.",
        ),
    ],
)
def test_bad_input_ends_in_one_line_with_the_remedy_and_writes_nothing(arguments, message, tmp_path):
    done = benchmarks(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["run", "--help"], ["rollout", "--help"]])
def test_listing_and_help_do_not_import_torch(arguments):
    program = (
        f"import sys; sys.argv = ['benchmarks', *{arguments!r}]\n"
        "from benchmarks.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'matplotlib', 'scipy', 'gymnasium'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_who_has_seen_enough_is_no_error():
    """As in `python -m benchmarks run --help | head`."""
    command = [sys.executable, "-m", "benchmarks", "run", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reading:
        assert reading.stdout is not None
        reading.stdout.close()
        assert reading.stderr.read() == ""


def test_list_names_every_experiment_and_agent_in_one_piece():
    words = benchmarks("list").stdout.split()
    for name, experiment in (EXPERIMENTS | TASKS | STUDIES).items():
        assert {name, *experiment.variants} <= set(words)


def test_claims_of_one_experiment_are_printed_with_every_number_whole():
    said = benchmarks("claims", "case-sequence").stdout
    assert "within 0.03 of it" in said
    assert "…" not in said
    assert "zero-shot" not in said


def test_help_is_in_whole_lines_and_says_no_empty_default():
    said = benchmarks("sweep", "--help").stdout
    assert "own as package.module:Class; all variants if not given." in said
    assert "[EXPERIMENTS]" in said
    assert "--gpus FLOAT" in said
    assert "None" not in said
    assert "(default: )" not in said


def test_run_and_figures_from_the_command_line(tmp_path):
    arguments = ["zero-shot-rectangle", "--preset", "smoke", "--agents", "tem-t", "lstm"]
    done = benchmarks("run", *arguments, "--results", "results", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for said in ("tem-t", "lstm", "node-agent", "inverse-agent", "edge-agent", "chance", "n steps", "5/5"):
        assert said in done.stdout
    kept = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "results").rglob("*.json"))
    assert kept == [f"results/zero-shot-rectangle/smoke/{variant}/0.json" for variant in ("lstm", "tem-t")], (
        "those asked for"
    )
    drawn = benchmarks("figures", *arguments, "--runs", "runs", "--output", "pictures", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    pictures = sorted(path.suffix for path in (tmp_path / "pictures").iterdir())
    assert pictures == [".png"] * 3 + [".svg"] * 3, "accuracy by step, learning curves, and cells"
    assert (tmp_path / "pictures").joinpath("zero-shot-rectangle-smoke.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("foreign", ["agents.py", "agents/__init__.py"])
@pytest.mark.parametrize(
    "way", [("-m", "benchmarks", "list"), ("-c", "from benchmarks.experiments import EXPERIMENTS")]
)
def test_agents_that_are_not_ours_are_told_in_a_line(foreign, way, tmp_path):
    """The OpenAI SDK installs a package of that name, and many have a file of it."""
    file = tmp_path / foreign
    file.parent.mkdir(exist_ok=True)
    file.write_text("raise SystemExit('a file of others was run')")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    command = [sys.executable, *way]
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
    assert done.returncode
    lines = done.stderr.splitlines()
    assert re.search(rf"Python finds {re.escape(str(file))} first: put .* on PYTHONPATH, rename", lines[-1])
    assert len(lines) == 1 or way[0] == "-c", "which has a traceback, as Python gives it"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no disk that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["benchmarks list", "hippo_envs list", "hippo_envs play Rectangle --ansi"])
def test_standard_output_that_cannot_be_written_is_told_in_a_line(command, unbuffered):
    words, env = [sys.executable, "-m", *command.split()], {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True, env=env)
    assert done.returncode == 2
    assert done.stderr == "error: Standard output cannot be written (No space left on device): send it elsewhere.\n"
    closing = ["sh", "-c", 'exec "$@" </dev/null >&-', "sh", *words]
    closed = subprocess.run(closing, stderr=subprocess.PIPE, text=True, env=env, check=False)
    assert closed.returncode == 2
    assert closed.stderr == "error: Standard output is closed: send it to a file, or to /dev/null.\n"
