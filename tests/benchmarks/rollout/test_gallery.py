"""The gallery: its page and pictures are those of the registries, small, and the same each time."""

from io import BytesIO, StringIO

import numpy as np
import pytest
import torch
from rich.console import Console

from tests.helpers.paths import ROOT

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("pygame")

from agents import AGENTS, make_agent
from benchmarks.experiments import find_experiment
from benchmarks.rollout import gallery
from benchmarks.rollout.recording import gif_of
from hippo_envs import ENVIRONMENTS

DOCS = ROOT / "docs"
REMEDY = "make it anew with `python -m benchmarks gallery`"


def test_the_page_is_the_one_that_the_command_makes():
    assert (DOCS / "gallery.md").read_text() == gallery.page("gallery"), REMEDY


def test_there_is_a_small_gif_of_every_environment_and_agent():
    shows = gallery.shows()
    names = [gallery.file_name(name) for name in ENVIRONMENTS] + [f"agent-{name}.gif" for name in shows]
    kept = {path.name for path in (DOCS / "gallery").iterdir()}
    missing = [gallery.command_of(show) for name, show in shows.items() if f"agent-{name}.gif" not in kept]
    assert not missing, f"{'; '.join(missing)}; python -m benchmarks gallery"
    assert kept == {*names, "rollout.png"}, REMEDY
    for name in names:
        path = DOCS / "gallery" / name
        assert path.stat().st_size <= gallery.MOST_BYTES
        with Image.open(path) as image:
            assert image.n_frames > 5
    assert sum(path.stat().st_size for path in (DOCS / "gallery").iterdir()) < 3_000_000


def test_every_agent_is_shown_by_an_experiment_that_has_it():
    shown = {find_experiment(show.experiment).variant(show.variant).agent for show in gallery.shows().values()}
    assert shown == set(AGENTS), "give an experiment a variant of the agent, so that there is a run to show"


def test_the_unit_of_the_nmda_transformer_is_one_of_its_last_feed_forward_layer():
    agent, walk = make_agent("nmda", 10, 5), torch.zeros(1, 2, dtype=torch.int64)
    assert list(agent(walk, walk, agent.initial_state(1)).activity)[gallery.SHOWS["nmda"].activity] == "hidden_2"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_moves_and_is_the_same_each_time(name, monkeypatch):
    monkeypatch.setattr(gallery, "N_FRAMES", 8)
    once, again = (list(gallery.environment_frames(name)) for _ in range(2))
    assert len(once) == 8
    assert all((one == other).all() for one, other in zip(once, again, strict=True))
    assert len({frame.tobytes() for frame in once}) > 4


def test_a_gif_of_the_gallery_looks_like_the_frames():
    frames = list(gallery.environment_frames("hippo/Rectangle-v0"))[:6]
    image = Image.open(BytesIO(gif_of(frames, gallery.FPS, gallery.N_COLOURS)))
    for i, frame in enumerate(frames):
        image.seek(i)
        assert np.abs(np.array(image.convert("RGB")).astype(int) - frame).mean() < 3


def test_agents_without_a_run_are_left_out_and_named(tmp_path):
    console = Console(record=True, width=40, file=StringIO())
    assert list(gallery.make_agents(tmp_path, tmp_path, console)) == []
    said = console.export_text()
    for show in gallery.SHOWS.values():
        assert f"python -m benchmarks run {show.experiment} --agents {show.variant}" in said
