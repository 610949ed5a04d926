"""python -m hippo_envs, as typed."""

import io
import os
import select
import subprocess
import sys
import time

import gymnasium as gym
import pytest

from benchmarks.rollout.window import FASTER, HELP, SLOWER
from hippo_envs import ENVIRONMENTS
from hippo_envs import __main__ as command_line
from hippo_envs import play as playing
from hippo_envs.arguments import parse_setting
from hippo_envs.drawing.keys import ARROWS, action_keys
from hippo_envs.envs.network import NAMED
from hippo_envs.envs.rectangle import RectangleEnv
from hippo_envs.registration import Entry, find_stream, size
from hippo_envs.terminal import CLOSED

STREAMS = [environment_id for environment_id, entry in ENVIRONMENTS.items() if entry.kind == "stream"]
MISSING = "import sys; sys.modules[{!r}] = None; from hippo_envs.__main__ import main; main()"


def hippo_envs(*arguments, typed="", without=None):
    """Run it with lines on standard input, as if a package were not installed."""
    program = ["-m", "hippo_envs"] if without is None else ["-c", MISSING.format(without)]
    return subprocess.run(
        [sys.executable, *program, *arguments], input=typed, capture_output=True, text=True, check=False
    )


def play(monkeypatch, capsys, *arguments, typed):
    """What is printed, for many cases, without a process for each."""
    monkeypatch.setattr(sys, "argv", ["hippo_envs", "play", "--ansi", *arguments])
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    command_line.main()
    return capsys.readouterr().out


def test_list_has_a_row_for_every_environment():
    done = hippo_envs("list")
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = done.stdout.splitlines()
    assert [row.split()[0] for row in rows] == list(ENVIRONMENTS)
    assert rows[0].split()[1:5] == ["stream", "5", "45", "128"]
    assert rows[0].endswith("  Walk on a 4-connected rectangle with a random symbol at every node")
    assert header.index("summary") == rows[0].index("Walk on")
    case_sequence = next(row for row in rows if "CaseSequence" in row)
    assert case_sequence.split()[1:5] == ["stream", "1", "14", "-"], "it has no limit of steps"


def test_list_does_without_a_package_that_one_environment_needs():
    done = hippo_envs("list", without="networkx")
    assert (done.returncode, done.stderr) == (0, "")
    network = next(row for row in done.stdout.splitlines() if "Network" in row)
    assert network.split()[1:5] == ["stream", "?", "?", "128"]


def test_sizes_are_told_factor_by_factor():
    five, nine = gym.spaces.Discrete(5), gym.spaces.Discrete(9)
    spaces = [five, gym.spaces.MultiDiscrete([5, 9]), gym.spaces.Dict(a=five, b=nine), gym.spaces.Box(0, 1, (3,))]
    assert [size(space) for space in spaces] == ["5", "5 x 9", "5 x 9", "(3,)"]


@pytest.mark.parametrize("arguments", [["--help"], ["play", "--help"], ["list"], ["play", "Rectangle", "--ansi"]])
def test_nothing_heavy_is_imported_and_help_is_there_at_once(arguments):
    program = (
        f"import sys, time; sys.argv = ['hippo_envs', *{arguments!r}]\n"
        "from hippo_envs.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'stable_baselines3', 'pygame', 'matplotlib', 'scipy', 'tyro'}\n"
        "print(time.process_time(), sorted(heavy & set(sys.modules)))"
    )
    n = 2 if "--help" in arguments else 1
    runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, input="") for _ in range(n)]
    said = [run.stdout.splitlines()[-1].split(maxsplit=1) for run in runs]
    assert all(heavy == "[]" for _, heavy in said)
    if "--help" in arguments:
        assert min(float(seconds) for seconds, _ in said) < 0.5
        assert "usage: python -m hippo_envs" in runs[0].stdout


def test_walking_shows_the_world_the_symbol_the_visits_and_the_open_moves():
    done = hippo_envs("play", "Rectangle", "--ansi", "--seed", "3", "--set", "width=4", typed="n\nS\n.\nr\nq\nn\n")
    assert (done.returncode, done.stderr) == (0, "")
    env = RectangleEnv(width=4, render_mode="ansi")
    expected = []
    for seed, actions in ((3, (None, 1, 3, 4)), (4, (None,))):
        visits = ["not visited before", "not visited before", "visited 2 steps ago", "visited 1 step ago"]
        for step, action in enumerate(actions):
            symbol, info = env.reset(seed=seed) if action is None else env.step(action)[::4]
            name = "start" if action is None else env.family.action_names[action]
            moves = ["e: east", "n: north", "w: west", "s: south", ".: stay", "r: new world", "q: quit"]
            expected += [
                "",
                f"hippo/Rectangle-v0, seed {seed}, step {step}: {name}",
                *env.render().splitlines(),
                f"symbol {symbol}, at a node {visits[step]}",
                "   ".join(move for move, is_open in zip(moves, [*info["action_mask"], 1, 1], strict=True) if is_open),
            ]
    assert done.stdout.splitlines() == expected


@pytest.mark.parametrize("environment_id", STREAMS)
def test_every_stream_can_be_walked_in(environment_id, monkeypatch, capsys):
    env = gym.make(environment_id).unwrapped
    _, info = env.reset(seed=0)
    keys = action_keys(env.family.action_names)
    key, action = next((key, action) for key, action in keys.items() if info["action_mask"][action])
    symbol = env.step(action)[0]
    said = play(monkeypatch, capsys, environment_id, "--seed", "0", typed=f"{key}\n")
    assert f"{environment_id}, seed 0, step 1: {env.family.action_names[action]}\n" in said
    assert f"symbol {symbol}, at a node" in said.split("step 1")[1]


def test_the_end_of_an_episode_leaves_a_new_world_to_ask_for(monkeypatch, capsys):
    said = play(monkeypatch, capsys, "CaseSequence", "--seed", "0", typed="0\n" * 6 + "r\n")
    assert "0: next   r: new world   q: quit\n" in said
    end = said.split("step 5: next\n")[1].splitlines()
    assert end[1].endswith("; the episode ends here")
    assert end[2:4] == ["r: new world   q: quit", "'0' leads nowhere from here."]
    assert "seed 1, step 0: start" in said


def test_closed_moves_and_unknown_keys_are_told_and_nothing_moves(monkeypatch, capsys):
    said = play(monkeypatch, capsys, "rectangle-v0", "--seed", "3", "--set", "width=4", typed="e\n\nnorth\nq\n")
    assert said.splitlines()[-2:] == ["'e' leads nowhere from here.", "'north' is no key here."]
    assert "step 1" not in said


@pytest.mark.parametrize("name", ["hippo/Rectangle-v0", "hippo_envs:hippo/Rectangle-v0", "RECTANGLE", "rectangle-v0"])
def test_ids_may_be_shortened(name):
    assert find_stream(name) == ("hippo/Rectangle-v0", ENVIRONMENTS["hippo/Rectangle-v0"])


def test_without_a_seed_any_world_is_shown_and_its_seed_told(monkeypatch, capsys):
    seeds = {play(monkeypatch, capsys, "Line", typed="").splitlines()[1] for _ in range(5)}
    assert len(seeds) > 1
    env = gym.make("hippo/Line-v0", render_mode="ansi").unwrapped
    said = play(monkeypatch, capsys, "Line", typed="")
    env.reset(seed=int(said.split("seed ")[1].split(",")[0]))
    assert env.render() in said


def test_settings_are_literals_switches_or_text(monkeypatch, capsys):
    parsed = [parse_setting(f"name={text}")[1] for text in ("10", "8,9", "TRUE", "false", "none", "a b")]
    assert parsed == [10, (8, 9), True, False, None, "a b"]
    settings = ["--set", "width=3", "--set", "stay=false", "--set", "torus=true", "--set", "n_observations=2"]
    said = play(monkeypatch, capsys, "Rectangle", *settings, typed="e\n" * 3)
    assert "\ne: east   n: north   w: west   s: south   r: new world   q: quit\n" in said, "no walls, no staying"
    assert "visited 3 steps ago" in said


@pytest.mark.parametrize("text", ["[" * 400, "{[]: 1}", "-" * 100_000 + "1", "9" * 5_000])
def test_what_python_cannot_read_as_a_value_is_text(text):
    """The environment says what it wants instead; reading it must not end in a traceback."""
    assert parse_setting(f"name={text}") == ("name", text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: {list,play}"),
        (["walk"], "invalid choice: 'walk'"),
        (["play", "Rectangl"], "There is no environment 'Rectangl': did you mean hippo/Rectangle-v0?"),
        (["play", "tree"], "There is no environment 'tree': did you mean hippo/FamilyTree-v0?"),
        (["play", "Rectangle-v7"], "did you mean hippo/Rectangle-v0?"),
        (
            ["play", "CartPole-v1"],
            "There is no environment 'CartPole-v1': python -m hippo_envs list shows all of them.",
        ),
        (["play", "Rectangle", "--width", "4"], "is given as --set width=4"),
        (["play", "Rectangle", "--width=4"], "is given as --set width=4"),
        (["play", "xyzzy"], "There is no environment 'xyzzy': python -m hippo_envs list shows all of them."),
        (
            ["play", "Rectangle", "--set", "wide=3"],
            "got an unexpected keyword argument 'wide': set any of width, height, n_observations,",
        ),
        (
            ["play", "Rectangle", "--set", "observation=dict"],
            "hippo/Rectangle-v0 got an unexpected keyword argument 'observation'",
        ),
        (["play", "Rectangle", "--set", "width"], "name=value is wanted, such as width=10, got 'width'"),
        (["play", "Rectangle", "--set", "stay=no"], "stay must be True or False, got 'no'"),
        (["play", "Rectangle", "--set", "width=x"], "width must be a whole number or a list of them, got 'x'."),
        (
            ["play", "Rectangle", "--set", "n_observations=x"],
            "n_observations must be a whole number of at least 2, got 'x'",
        ),
        (["play", "Rectangle", "--seed", "-1"], "a seed is a whole number, 0 or more, got '-1'"),
    ],
)
def test_bad_input_ends_in_one_line_with_the_remedy(arguments, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hippo_envs", *arguments, *(["--ansi"] if "play" in arguments else [])])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    printed, told = capsys.readouterr()
    assert (ended.value.code, printed) == (2, "")
    assert told.startswith("error: ")
    assert message in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("package", "arguments", "message"),
    [
        ("pygame", ["Rectangle"], "A window needs pygame: pip install pygame-ce, or use --ansi."),
        ("networkx", ["Network", "--ansi"], "hippo/Network-v0 cannot be made with its defaults: "),
    ],
)
def test_a_missing_package_is_named_in_one_line(package, arguments, message):
    done = hippo_envs("play", *arguments, without=package)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_display_text_is_offered_in_one_line():
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    surroundings = {name: value for name, value in os.environ.items() if name not in hidden}
    program = [sys.executable, "-m", "hippo_envs", "play", "Rectangle"]
    for without_display, message in (
        (surroundings, "There is no display to open a window on: set DISPLAY, or use --ansi."),
        ({**surroundings, "SDL_VIDEODRIVER": "none such"}, "No window can be opened: "),
    ):
        if sys.platform.startswith("linux") or "SDL_VIDEODRIVER" in without_display:
            done = subprocess.run(program, capture_output=True, text=True, check=False, env=without_display)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.startswith(f"error: {message}")
            assert len(done.stderr.splitlines()) == 1


def test_an_error_of_several_lines_becomes_one(monkeypatch, capsys):
    def fail():
        raise ValueError("one\n  two")

    monkeypatch.setattr(sys, "argv", ["hippo_envs", "list"])
    monkeypatch.setattr(command_line, "list_environments", fail)
    with pytest.raises(SystemExit, match="2"):
        command_line.main()
    assert capsys.readouterr().err == "error: one two\n"


def test_what_was_typed_is_never_an_escape_of_a_terminal():
    done = hippo_envs("list", "\x1b[2J\u202e")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: unrecognized arguments: \\x1b[2J\\u202e\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "gbk"])
def test_any_encoding_of_the_output_can_hold_what_is_printed(encoding, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, write_through=True))
    monkeypatch.setattr(sys, "argv", ["hippo_envs", "play", "Rectangle", "--ansi", "--seed", "0"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("\u00bf\U0001f9e0\n"))
    command_line.main()
    assert rb"\U0001f9e0' is no key here." in written.getvalue()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full is Linux's")
def test_output_that_is_full_or_closed_is_one_line():
    program = [sys.executable, "-m", "hippo_envs", "list"]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "error: Standard output cannot be written (No space left on device): send it elsewhere.\n"
    assert (done.returncode, done.stderr) == (2, said)
    typed = ["sh", "-c", f"{sys.executable} -m hippo_envs list >&-"]
    closed = subprocess.run(typed, capture_output=True, text=True, check=False)
    assert (closed.returncode, closed.stderr) == (2, f"error: {CLOSED}\n")


def test_where_there_is_no_window_text_is_offered(monkeypatch):
    monkeypatch.setattr(playing, "has_display", lambda: True)
    monkeypatch.setattr(playing, "find_spec", lambda name: name)
    playing.check_window()
    monkeypatch.setattr(playing, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"A window needs pygame: pip install pygame-ce, or use --ansi"):
        playing.check_window()


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [({"stream": "hippo/Line-v0"}, "play hippo/Line-v0 instead."), ({}, f"play one of {', '.join(STREAMS)}.")],
)
def test_other_kinds_name_the_stream_to_play(arguments, remedy, monkeypatch):
    monkeypatch.setitem(ENVIRONMENTS, "hippo/New-v0", Entry("nowhere", "New", kind="patterns", arguments=arguments))
    with pytest.raises(ValueError, match="no world to walk in, but of the kind 'patterns'") as refusal:
        find_stream("new")
    assert str(refusal.value).endswith(remedy)


UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["east", "north", "west", "south", "stay"], ["e", "n", "w", "s", ".", RIGHT, UP, LEFT, DOWN]),
        (["west", "east"], ["w", "e", LEFT, RIGHT]),
        (["east", "north-east", "north-west", "west", "stay"], ["6", "9", "7", "4", "5", RIGHT, LEFT]),
        (["down", "up", "left", "right"], ["2", "8", "4", "6", DOWN, UP, LEFT, RIGHT]),
        (["proceed", "left"], ["0", "1", LEFT]),
        (["next"], ["0"]),
        ([f"neighbour {i}" for i in range(38)], list("0123456789abcdefghijklmnopstuvwxyz,./;")),
    ],
)
def test_keys_follow_from_the_names_of_the_actions(names, keys):
    actions = [*range(len(names)), *(names.index(name) for name in names if name in ARROWS)]
    assert action_keys(names) == dict(zip(keys, actions, strict=True))


@pytest.mark.parametrize(
    ("environment_id", "arguments"),
    [*((name, {}) for name in STREAMS), *(("hippo/Network-v0", {"graph": name}) for name in NAMED)],
)
def test_every_action_has_a_key_that_does_nothing_else(environment_id, arguments):
    names = gym.make(environment_id, **arguments).unwrapped.family.action_names
    keys = action_keys(names)
    assert {action for key, action in keys.items() if len(key) == 1} == set(range(len(names)))
    assert not {"r", "q"} & keys.keys()
    assert not {FASTER, SLOWER, HELP} & keys.keys(), "keys of `python -m benchmarks rollout --human`"


def test_more_actions_than_keys_are_refused_with_another_way_to_walk():
    with pytest.raises(ValueError, match=r"61 actions are more than there are keys \(42\): .* env.step\(action\)"):
        action_keys([f"neighbour {i}" for i in range(61)])


def test_a_terminal_is_read_key_by_key_and_left_as_it_was():
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    arguments = ["play", "Rectangle", "--ansi", "--seed", "3", "--set", "width=4"]
    process = subprocess.Popen([sys.executable, "-m", "hippo_envs", *arguments], stdin=slave, stdout=slave)

    def read_until(text):
        said, until = "", time.monotonic() + 60
        while text not in said:
            assert time.monotonic() < until, said
            if select.select([master], [], [], 0.1)[0]:
                said += os.read(master, 10_000).decode()
        return said

    assert playing.CLEAR in read_until("step 0: start")
    os.write(master, b"n")
    read_until("step 1: north")
    os.write(master, b"\x1b[D\x1bOB")  # two arrows typed ahead, in both ways that terminals send them
    assert "step 2: west" in read_until("step 3: south")
    os.write(master, b"\x04")  # Ctrl-D, the end of the input
    assert process.wait(60) == 0
    assert termios.tcgetattr(slave) == before
    os.close(master), os.close(slave)
