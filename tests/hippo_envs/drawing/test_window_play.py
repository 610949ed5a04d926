"""Walking in a world oneself, in a window: by keys, on a screen of the test's own and in a real window."""

import sys

import numpy as np
import pytest

pygame = pytest.importorskip("pygame")

from hippo_envs import ENVIRONMENTS
from hippo_envs import __main__ as command_line
from hippo_envs.drawing import window as windows_module
from hippo_envs.drawing.keys import action_keys
from hippo_envs.drawing.window_play import WindowPlay
from hippo_envs.play import make_stream
from tests.helpers.screens import Script

STREAMS = [name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"]


def played(*happens, name="hippo/Rectangle-v0", seed=3, **settings):
    env = make_stream(name, "rgb_array", settings)
    play = WindowPlay(env, name, seed, action_keys(env.family.action_names), Script(*happens, size=(240, 160)))
    play.run()
    return play


def panel(play):
    return [line[0] for line in play._panel()]


def test_keys_and_arrows_walk():
    env = make_stream("hippo/Rectangle-v0", "ansi", {"width": 6, "torus": True})
    for keys, actions in ((("e", "n", "."), (0, 1, 4)), (("right", "up", "left", "down"), (0, 1, 2, 3))):
        env.reset(seed=3)
        for action in actions:
            env.step(action)
        play = played(*keys, width=6, torus=True)
        assert (play.env.trail.node, play.env.trail.step) == (env.node, len(keys))
        assert len(play.screen.frames) == len(keys) + 1, "one for the start, and one for each key"
        assert len({frame.tobytes() for frame in play.screen.frames}) == len(keys) + 1


@pytest.mark.parametrize("name", STREAMS)
def test_every_stream_can_be_walked_in_by_the_keys_that_are_shown(name):
    play = played(name=name)
    keys = play._open_keys()
    assert keys
    for key, action in keys.items():
        assert f"{key}: {play.env.family.action_names[action]}" in "   ".join(panel(play))
    one = next(iter(keys))
    assert played(one, name=name).env.trail.step == 1


@pytest.mark.parametrize("conditions", [{}, {"shuffle_actions": True}])
def test_the_nodes_that_moves_lead_to_bear_their_keys(conditions):
    play = played(width=4, **conditions)
    scene = play.env.scene()
    labels, meaning = play._labels(scene), play.env.world.meaning
    for node, key in labels.items():
        action = play.keys[key]
        move = action if meaning is None else meaning[action]
        assert play.env.graph.next_node[scene.node, move] == node
    assert scene.node not in labels
    assert set(labels.values()) == set(play._open_keys()) - {"."}


def test_the_panel_says_what_was_visited_and_by_which_way():
    assert "the start" in panel(played(width=3, torus=True))
    assert "a new node" in panel(played("e", width=3, torus=True))
    around = panel(played("e", "e", "e", width=3, torus=True))
    assert {"3 of 9 nodes visited", "a known node by a new way"} <= set(around)
    assert "a known node by a known way" in panel(played("e", "w", width=3, torus=True))
    assert "standing still" in panel(played(".", width=3, torus=True))


def test_a_new_world_is_that_of_the_next_seed():
    play = played("e", "r", seed=7)
    env = make_stream("hippo/Rectangle-v0", "ansi", {})
    env.reset(seed=8)
    assert play.seed == 8
    assert "seed 8" in panel(play)
    assert play.env._text() == env.render()


def test_tab_hides_the_symbols_that_were_not_visited_and_shows_them_again():
    start, hidden, shown = played("tab", "tab").screen.frames
    assert start.tobytes() == shown.tobytes() != hidden.tobytes()
    others = played("tab", seed=4, width=5).screen.frames[1], played("tab", seed=4, width=5).screen.frames[1]
    assert others[0].tobytes() == others[1].tobytes()


def test_closed_moves_are_remarked_on_and_nothing_moves():
    env = make_stream("hippo/Rectangle-v0", "ansi", {"width": 2})
    _, info = env.reset(seed=3)
    closed = "enws"[int(np.flatnonzero(info["action_mask"] == 0)[0])]
    play = played(closed, width=2)
    assert f"{closed} leads nowhere from here" in panel(play)
    assert play.env.trail.step == 0
    assert "leads" not in " ".join(panel(played("x", width=2))), "no key at all"


def test_the_end_of_an_episode_leaves_a_new_world_to_ask_for():
    play = played(*["0"] * 9, name="hippo/CaseSequence-v0")
    assert play.env.trail.step == 5
    assert "the episode ends here" in panel(play)
    assert play._open_keys() == {}
    assert played(*["0"] * 9, "r", name="hippo/CaseSequence-v0").env.trail.step == 0


@pytest.mark.parametrize("key", ["q", "escape"])
def test_q_and_escape_quit(key):
    play = played(key, "e", "e")
    assert play.env.trail.step == 0


def press(key, unicode=""):
    return pygame.event.Event(pygame.KEYDOWN, key=key, unicode=unicode)


@pytest.mark.parametrize(
    "last", [press(pygame.K_q, "q"), press(pygame.K_ESCAPE, "\x1b"), pygame.event.Event(pygame.WINDOWCLOSE)]
)
def test_a_real_window_hears_keys_and_is_closed(monkeypatch, last):
    windows, plays = [], []

    def window(*arguments):
        windows.append(rendering_window(*arguments))
        happens = [press(pygame.K_UP), press(pygame.K_KP4), press(pygame.K_TAB, "\t"), press(pygame.K_e, "E"), last]
        for event in happens:
            pygame.event.post(event)
        return windows[-1]

    rendering_window, begin = windows_module.Window, WindowPlay.__init__
    monkeypatch.setattr(windows_module, "Window", window)
    monkeypatch.setattr(WindowPlay, "__init__", lambda self, *a: (plays.append(self), begin(self, *a))[1])
    monkeypatch.setattr(
        sys, "argv", ["hippo_envs", "play", "Rectangle", "--seed", "3", "--set", "width=5", "--set", "torus=true"]
    )
    command_line.main()
    (play,) = plays
    assert (play.env.trail.step, play.env.trail.came_by, play.hides) == (2, "east", True)
    assert not windows[0].is_open


def test_what_a_key_is_called():
    window = windows_module.Window("keys", 100)
    list(window.events())
    for event in (
        press(pygame.K_LEFT),
        press(pygame.K_KP7),
        press(pygame.K_KP7, "7"),
        press(pygame.K_a, "A"),
        press(pygame.K_TAB, "\t"),
        press(pygame.K_ESCAPE, "\x1b"),
        press(pygame.K_PERIOD, "."),
    ):
        pygame.event.post(event)
    assert list(window.events()) == ["left", "7", "7", "a", "tab", "escape", "."]
    window.close()
    assert list(window.events()) == []
