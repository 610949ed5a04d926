"""Windows in which environments are shown as they go."""

import time

import pytest

from benchmarks.rollout.command import _check_output
from hippo_envs import ENVIRONMENTS

pygame = pytest.importorskip("pygame")

from hippo_envs.drawing.rendering import draw
from hippo_envs.play import play_in_window
from tests.helpers.drawn import SIZE, go, make


@pytest.fixture(params=ENVIRONMENTS)
def env_id(request):
    return request.param


def test_a_window_shows_every_step_and_closes_twice(env_id, monkeypatch):
    shown = []
    monkeypatch.setattr("hippo_envs.drawing.window.Window.show", lambda *given: shown.append(given[1].copy()))
    env = make(env_id, "human")
    assert env.metadata["render_modes"] == ["human", "rgb_array", "ansi"]
    go(env, 2)
    assert len(shown) == 3, "the reset and both steps"
    assert shown[-1].tobytes() == draw(env.unwrapped.scene(), SIZE).tobytes()
    assert env.render() is None
    env.close()
    env.close()


def test_of_two_windows_that_one_is_closed_which_was_meant():
    one, other = (make("hippo/Line-v0", "human").unwrapped for _ in range(2))
    for env in (one, other):
        env.metadata = {**env.metadata, "render_fps": 1_000}
        env.reset(seed=0)
    pygame.event.post(pygame.event.Event(pygame.WINDOWCLOSE, window=one._picture._window._window))
    other.step(0)
    one.step(0)
    assert [env._picture._window is None for env in (one, other)] == [True, False]
    one.close(), other.close()


def test_no_sound_device_is_opened(monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")  # which every machine has
    for mode in ("human", "rgb_array"):
        env = make("hippo/Rectangle-v0", mode)
        env.reset()
        env.render()
        assert pygame.mixer.get_init() is None
        env.close()


def test_a_window_follows_its_size_and_may_be_closed_by_a_person():
    env = make("hippo/Rectangle-v0", "human").unwrapped
    env.metadata = {**env.metadata, "render_fps": 1_000}
    go(env, 2)
    window = env._picture._window
    window._window.size = (340, 260)
    env.step(0)
    assert env._picture._artist.size == window.size == (340, 260)
    pygame.event.post(pygame.event.Event(pygame.WINDOWCLOSE))
    env.step(0)
    assert not window.is_open
    env.step(0)
    assert env._picture._window is None, "it stays closed"
    env.close()
    env.step(0)
    assert env._picture._window.is_open, "until it is wanted anew"
    env.close()


def test_when_another_program_part_quits_pygame_pictures_and_windows_are_made_anew():
    """CartPole, FrozenLake and Gymnasium's own `play` quit pygame, fonts and windows included, when they close."""
    drawn, shown = (make("hippo/Rectangle-Predict-v0", mode) for mode in ("rgb_array", "human"))
    for env in (drawn, shown):
        env.unwrapped.metadata = {**env.unwrapped.metadata, "render_fps": 1_000}
        env.reset(seed=0)
        env.step(0)
    for initialised_anew in (False, True):
        pygame.quit()
        if initialised_anew:
            pygame.display.init(), pygame.font.init()
        new = make("hippo/Rectangle-Predict-v0", "rgb_array")
        new.reset(seed=0)
        for action in range(1, 3):
            for env in (drawn, shown, new):
                env.step(action)
                env.render()
        assert shown.unwrapped._picture._window.is_open
    shown.close()
    pygame.quit()
    shown.close()


def test_without_a_display_human_says_so_once_and_does_not_wait(monkeypatch):
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    for env_id in ("hippo/Rectangle-v0", "hippo/PatternMemory-v0"):
        env = make(env_id, "human")
        started = time.perf_counter()
        with pytest.warns(UserWarning, match="no display, so render_mode='human' shows nothing: set DISPLAY") as said:
            go(env, 5)
        assert len([each for each in said if "display" in str(each.message)]) == 1
        assert time.perf_counter() - started < 1, "a step in a window takes a quarter of a second"
        assert env.unwrapped._picture._window is None
        env.close()


def test_pygame_in_place_of_pygame_ce_is_told_where_a_window_is_wanted(monkeypatch):
    monkeypatch.delattr(pygame, "Window")
    remedy = "Windows need pygame-ce, and pygame .* is in its place: pip uninstall .*then pip install pygame-ce"
    with pytest.raises(ImportError, match=remedy):
        make("hippo/Rectangle-v0", "human")
    with pytest.raises(ValueError, match=f"{remedy}, or use --ansi"):
        play_in_window(None, "hippo/Rectangle-v0", 0, {})
    with pytest.raises(ValueError, match=f"{remedy}, or use --output"):
        _check_output(None)
    picture = make("hippo/Rectangle-v0", "rgb_array")
    go(picture, 2)
    assert picture.render().shape == (SIZE, SIZE, 3), "pictures do without"
