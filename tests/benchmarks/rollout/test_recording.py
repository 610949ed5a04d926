"""Recordings, what can be watched, and how wrong input is answered."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import save_file

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("pygame")

from agents.trained import load_trained
from benchmarks.experiments import find_experiment
from benchmarks.records.run import run_directory
from benchmarks.records.settings import settings_of
from benchmarks.rollout.command import rollout
from benchmarks.rollout.find import find_watched
from benchmarks.rollout.recording import gif_of, palette_of, record
from benchmarks.rollout.watching import record_rollout
from benchmarks.running.run import run

SIZE = (640, 360)


def pictures(n=5, side=40):
    """A dot that moves over a page of two halves."""
    frames = []
    for i in range(n):
        frame = np.full((side, side, 3), (247, 248, 250), dtype=np.uint8)
        frame[:, side // 2 :] = (34, 94, 168)
        frame[4:8, 4 * i : 4 * i + 4] = (226, 74, 20)
        frames.append(frame)
    return frames


def decoded(gif):
    image, frames = Image.open(io.BytesIO(gif)), []
    for i in range(image.n_frames):
        image.seek(i)
        frames.append(np.array(image.convert("RGB")))
    return frames


def test_a_gif_shows_the_frames_exactly_if_it_has_colours_enough():
    frames = pictures()
    for shown, frame in zip(decoded(gif_of(frames, 2, 8)), frames, strict=True):
        assert (shown == frame).all()


def test_a_gif_is_the_same_bytes_each_time_and_pays_for_changes_only():
    frames, noise = pictures(side=200), np.random.default_rng(0).random((100, 200)) < 0.5
    for i, frame in enumerate(frames):
        frame[100:][noise] = 0
        frame[-1, -1] = (226, 74, 20) if i % 2 else 0  # so that what changes is at both ends of what does not
    assert gif_of(frames, 2) == gif_of(frames, 2)
    assert len(gif_of(frames, 2)) < 1.5 * len(gif_of(frames[:1], 2))


def test_a_palette_serves_what_is_small_and_unlike_all_else():
    frame = pictures(1, side=400)[0]
    frame[200:] += np.random.default_rng(0).integers(0, 4, size=(200, 400, 3), dtype=np.uint8)
    palette = palette_of([frame], 4)
    assert [226, 74, 20] in palette.tolist()
    assert len(palette) == 4


def test_frames_may_be_overwritten_while_they_are_recorded(tmp_path):
    def one_canvas():
        canvas = np.empty((40, 40, 3), dtype=np.uint8)
        for frame in pictures():
            canvas[:] = frame
            yield canvas

    record(tmp_path / "a.gif", one_canvas(), 2)
    record(tmp_path / "b.gif", pictures(), 2)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    record(tmp_path / "a.png", one_canvas(), 2)
    assert (np.array(Image.open(tmp_path / "a.png")) == pictures()[-1]).all()


def test_a_film_has_every_frame(tmp_path):
    imageio = pytest.importorskip("imageio.v3")
    pytest.importorskip("av")
    record(tmp_path / "a.mp4", pictures(side=65), 5)
    assert imageio.imread(tmp_path / "a.mp4", plugin="pyav").shape == (5, 64, 64, 3)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ValueError, match=r"pip install .imageio\[pyav\]. pillow"):
        record(tmp_path / "a.gif", pictures(), 2)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder of runs with one of a few updates in it, and the folder of that run."""
    runs = tmp_path_factory.mktemp("runs")
    experiment = find_experiment("zero-shot-line")
    run(experiment, "lstm", "smoke", 0, torch.device("cpu"), runs, Console(quiet=True))
    return runs, run_directory(settings_of(experiment, "lstm", "smoke", 0).as_json(), runs)


def found(name, environment=None, runs=Path(), untrained=False, **arguments):
    return find_watched(str(name), environment, arguments, runs, untrained, Console(quiet=True))


def test_a_run_is_found_by_its_folder_and_by_the_name_of_its_agent(finished):
    runs, directory = finished
    by_folder, by_name = found(directory), found("lstm", runs=runs)
    untrained = found("lstm", "Line", untrained=True)
    assert (by_folder.environment, by_folder.masks) == ("hippo/Line-v0", ("loop_closure", "revisit"))
    for name, weights in by_folder.predictor.agent.state_dict().items():
        assert torch.equal(weights, by_name.predictor.agent.state_dict()[name])
    assert any(
        not torch.equal(weights, untrained.predictor.agent.state_dict()[name])
        for name, weights in by_folder.predictor.agent.state_dict().items()
    )


def test_a_trained_agent_is_watched_by_its_name_and_where_there_is_no_run(tmp_path):
    """What would take minutes to train comes with the repository; it is said which that is."""
    said = io.StringIO()
    by_name = found("tem-t-square")
    instead = find_watched("tem-t", None, {}, tmp_path, False, Console(file=said))
    assert (by_name.name, by_name.environment, by_name.walk_length) == ("tem-t-square", "hippo/Rectangle-v0", 128)
    assert instead.name == "tem-t-square"
    assert f"There is no finished run of tem-t in {tmp_path}: this is tem-t-square" in said.getvalue()
    for name, weights in load_trained("tem-t-square").state_dict().items():
        assert torch.equal(weights, by_name.predictor.agent.state_dict()[name])
        assert torch.equal(weights, instead.predictor.agent.state_dict()[name])
    assert found("tem-t", "Hexagonal", runs=tmp_path).name == "tem-t-hexagon"
    assert not list(tmp_path.iterdir())


def test_an_agent_of_ones_own_is_found_by_its_class(tmp_path, monkeypatch):
    (tmp_path / "own_rollout.py").write_text("from agents.lstm import LSTM\n\n\nclass Mine(LSTM):\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    watched = found("own_rollout:Mine", "Line", runs=tmp_path, untrained=True)
    assert (type(watched.predictor.agent).__name__, watched.environment) == ("Mine", "hippo/Line-v0")
    with pytest.raises(ValueError, match="There is no class 'Yours' in own_rollout"):
        found("own_rollout:Yours", untrained=True)


def test_a_run_is_recorded(finished, tmp_path):
    watched = found(finished[1])
    record_rollout(watched, tmp_path / "a.gif", seed=3, n_steps=12, skip=4, size=SIZE)
    frames = decoded((tmp_path / "a.gif").read_bytes())
    assert len(frames) == 12 - 4
    assert frames[0].shape == (360, 640, 3)
    record_rollout(watched, tmp_path / "b.gif", seed=3, n_steps=12, skip=4, size=SIZE)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_a_recording_of_nothing_is_refused(finished, tmp_path):
    with pytest.raises(ValueError, match="--skip 12 leaves nothing of a walk of 12 steps"):
        record_rollout(found(finished[1]), tmp_path / "a.gif", seed=3, n_steps=12, skip=12, size=SIZE)
    assert not list(tmp_path.iterdir())


def test_what_is_no_finished_run_is_told_apart(finished, tmp_path):
    runs, directory = finished
    for name, message in {
        tmp_path / "nowhere": "There is no run",
        tmp_path: "it has no result.json",
        runs: "it has runs in it, such as",
    }.items():
        with pytest.raises(ValueError, match=message):
            found(name)
    half = tmp_path / "half"
    half.mkdir()
    (half / "checkpoint.pt").write_bytes(b"")
    with pytest.raises(ValueError, match="has not finished"):
        found(half)
    (half / "result.json").write_bytes((directory / "result.json").read_bytes())
    with pytest.raises(ValueError, match=r"weights in .* cannot be used"):
        found(half)
    save_file(found(directory).predictor.agent.double().state_dict(), half / "weights.safetensors")
    with pytest.raises(ValueError, match="they are of another run"):
        found(half)


def test_worlds_must_have_the_symbols_and_actions_that_were_learnt(finished):
    watched = found(finished[1], n_observations=45)
    assert watched.family.n_observations == 45
    with pytest.raises(ValueError, match=r"with 45 symbols and 8 actions in hippo/Line-v0, but .* has 45 and 5"):
        found(finished[1], "Rectangle")
    with pytest.raises(ValueError, match="trained with 45 symbols"):
        found(finished[1], n_observations=9)
    with pytest.raises(ValueError, match=r"cannot be made with .*lenght=3.*[^.]\.$"):
        found(finished[1], lenght=3)
    with pytest.raises(ValueError, match="did you mean"):
        found(finished[1], "Rectangel")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"output": "a.gif", "human": True}, "leave out --human"),
        ({"output": "a.avi"}, r"ends in \.gif, \.mp4, \.png"),
        ({"size": "12x12"}, "--size is width x height"),
        ({"size": "big"}, "--size is width x height"),
        ({"size": "99999x99999"}, "--size is width x height, each 320 or more and at most 33,554,432 pixels in all"),
        ({"seed": -1}, "--seed is 0 or more"),
        ({"steps": 1}, "--steps is 2 or more"),
        ({"steps": 0}, "--steps is 2 or more, got 0"),
        ({"steps": 10**9}, "--steps is at most 100,000, got 1,000,000,000"),
        ({"unit": 0}, "--unit is 1 or more"),
        ({"fps": 0.0}, "--fps is above 0"),
        ({"set": ("width",)}, "--set: name=value is wanted"),
    ],
)
def test_wrong_options_are_told_before_anything_is_loaded(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if "output" in arguments:
        arguments = arguments | {"output": tmp_path / arguments["output"]}
    with pytest.raises(ValueError, match=message):
        rollout("nowhere", **arguments)
    assert not list(tmp_path.iterdir())


def test_without_a_display_a_recording_is_offered(monkeypatch):
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ValueError, match=r"no display .* --output file\.gif"):
        rollout("lstm")
