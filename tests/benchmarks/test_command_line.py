"""python -m benchmarks, as typed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.suites import TASKS
from tests.helpers.paths import ROOT


def benchmarks(*arguments, cwd=None, **environment):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    known = environment.get("PYTHONIOENCODING")
    inherited = os.environ | environment
    return subprocess.run(command, capture_output=True, text=True, encoding=known, check=False, cwd=cwd, env=inherited)


def failed(arguments, folder, monkeypatch, capsys):
    """The status and the errors of a command, in this process: a start of Python for each would take minutes."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


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
        (["run", "zero-shot-rectangle", "--threads", "0"], "--threads is at least 1, got 0"),
        (["run", "zero-shot-rectangle", "--threads", "1000000000"], "--threads is at most 1,024"),
        (["run", "zero-shot-rectangle", "--seeds", "0-4294967295"], "at most 10,000 seeds at once, got '0-4294967295'"),
        (
            ["sweep", "zero-shot-rectangle", "--seeds", "1000000000"],
            "too many at once: write 1000000000-1000000000 for seed 1000000000 alone",
        ),
        (
            ["run", "zero-shot-rectangle", "--agents", ""],
            "The value after --agents is empty: leave it out, or check whether",
        ),
        (["run", "zero-shot-rectangle", "--agents"], "has no value: leave it out, or check whether a shell variable"),
        (["run", "zero-shot-rectangle", "--agents", "--preset", "smoke"], "has no value: leave it out, or check"),
        (["run", "zero-shot-rectangle", "--seeds", "--preset", "smoke"], "has no value: leave it out, or check"),
        (["run", "zero-shot-rectangle", "--runs", ""], "The value after --runs is empty"),
        (["run", "zero-shot-rectangle", "--runs="], "The value after --runs is empty"),
        (["sweep", "zero-shot-rectangle", "--slurm", "--executor", "slurm"], "--seeds has no value"),
        (["sweep", ""], "The value after sweep is empty"),
        (["figures", "zero-shot-rectangle", "--output", ""], "The value after --output is empty"),
        (["publish", "runs", "--name", ""], "The value after --name is empty"),
        (["figures", "zero-shot-nowhere"], "There is no experiment"),
        (["figures", "zero-shot-rectangle", "--agents", "tem-u"], "no variant of zero-shot-rectangle called 'tem-u'"),
        (["anatomy", "zero-shot-nowhere"], "There is no experiment"),
        (["claims", "--page", "nowhere.md"], "No such file"),
        (
            ["claims", "zero-shot-line", "--page", "nowhere.md"],
            "The page has all experiments: leave out zero-shot-line",
        ),
        (["claims", "zero-shot-nowhere"], "There is no experiment"),
        (["claims", "--runs", "nowhere"], "There is no folder nowhere: give the folder that `run` was given as --runs"),
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
def test_bad_input_ends_in_one_line_with_the_remedy_and_writes_nothing(
    arguments, message, tmp_path, monkeypatch, capsys
):
    status, said = failed(arguments, tmp_path, monkeypatch, capsys)
    assert status == 2
    assert said.startswith("error: ")
    assert message in said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_an_error_is_the_status_of_the_process():
    done = benchmarks("run", "nowhere")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["run", "--help"], ["rollout", "--help"]])
def test_listing_and_help_do_not_import_torch(arguments):
    program = (
        f"import sys; sys.argv = ['benchmarks', *{arguments!r}]\n"
        "from benchmarks.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'matplotlib', 'scipy', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments", [["claims", "zero-shot-line", "pattern-separation", "--json"], ["docs", "--root", "pages"]]
)
def test_claims_and_docs_read_results_without_torch(arguments, tmp_path):
    """Whose import takes as long as all the rest: sizes and the clipping of gradients are read apart from agents."""
    shutil.copytree(
        ROOT / "docs", tmp_path / "pages" / "docs", ignore=shutil.ignore_patterns("*.gif", "*.png", "*.svg")
    )
    shutil.copy(ROOT / "README.md", tmp_path / "pages")
    program = (
        f"import sys; sys.argv = ['benchmarks', *{arguments!r}]\n"
        "from benchmarks.__main__ import main\n"
        "main()\n"
        "print(sorted({'torch', 'matplotlib', 'scipy.stats'} & set(sys.modules)))"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
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
    assert "agents of your own as package.module:Class; all variants if" in said
    assert "[EXPERIMENTS]" in said
    assert "--gpus FLOAT" in said
    assert "None" not in said
    assert "(default: )" not in said


@pytest.mark.slow
def test_run_and_figures_from_the_command_line(tmp_path):
    arguments = ["zero-shot-rectangle", "--preset", "smoke", "--agents", "transformer", "lstm"]
    done = benchmarks("run", *arguments, "--results", "results", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for said in ("transformer", "lstm", "node-agent", "inverse-agent", "edge-agent", "chance", "n steps", "5/5"):
        assert said in done.stdout
    kept = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "results").rglob("*.json"))
    assert kept == [f"results/zero-shot-rectangle/smoke/{variant}/0.json" for variant in ("lstm", "transformer")], (
        "those asked for"
    )
    drawn = benchmarks("figures", *arguments, "--runs", "runs", "--output", "pictures", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    pictures = sorted(path.suffix for path in (tmp_path / "pictures").iterdir())
    assert pictures == [".png"] * 2 + [".svg"] * 2, "accuracy by step, and learning curves"
    name = "zero-shot-rectangle-of-transformer-lstm-from-runs-smoke.png"
    assert (tmp_path / "pictures").joinpath(name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["claims", "--runs", "[/x]"], "There is no folder [/x]"),
        (["claims", "--runs", "\x1b[31mx"], r"There is no folder \x1b[31mx"),
        (["claims", "--runs", "a\nb"], "There is no folder a b"),
        (["run", "[bold]"], "There is no experiment '[bold]'"),
        (["rollout", "tem-t", "--output", "[/x].txt"], "got '[/x].txt'"),
        (["verify", "[/x]"], "[/x]"),
        (["submit", "[/x]", "--output", "out"], "There is no finished run in [/x]"),
        (["publish", "[/x]", "--name", "x"], "There is no finished run in [/x]"),
        (["leaderboard", "--results", "[/x]"], "There is no folder [/x]"),
        (["sweep", "zero-shot-line", "--jobs", "[/x]"], "[/x]"),
    ],
)
def test_errors_show_what_was_typed_as_it_is(arguments, shown, tmp_path, monkeypatch, capsys):
    status, said = failed(arguments, tmp_path, monkeypatch, capsys)
    assert status == 2
    assert shown in said
    assert "\x1b" not in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_folder_of_runs_may_hold_brackets(tmp_path):
    arguments = ["run", "zero-shot-line", "--preset", "smoke", "--agents", "lstm", "--runs", "a[/b]"]
    for said in ("5/5", "finished before, in a[/b]/"):
        done = benchmarks(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_help_is_printed_in_any_encoding(encoding):
    done = benchmarks("--help", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert "sweep" in done.stdout


def test_anatomy_is_printed_in_any_encoding():
    done = benchmarks("anatomy", "zero-shot-line", "--agents", "lstm", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "loop closure" in done.stdout


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


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "nonsense"])
def test_no_command_needs_the_backend_of_a_notebook(backend, tmp_path):
    """It is in the environment of every process that a notebook starts, and is a package of its own."""
    drawn = benchmarks("figures", "zero-shot-line", "--agents", "lstm", cwd=tmp_path, MPLBACKEND=backend)
    assert drawn.returncode == 0, drawn.stderr
    study = ("run", "rl-predict", "--agents", "ppo", "--preset", "smoke", "--seeds", "0")
    done = benchmarks(*study, cwd=tmp_path, MPLBACKEND=backend)
    assert done.returncode == 0, done.stderr


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
