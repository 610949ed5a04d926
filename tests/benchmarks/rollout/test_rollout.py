"""Rollouts: that what is shown is what is scored, and that a picture can be made of every world and agent."""

from dataclasses import replace

import numpy as np
import pytest
import torch

pytest.importorskip("pygame")


from agents import AGENTS, make_agent
from benchmarks.evaluation.answers import predicted_observations
from benchmarks.experiments import EXPERIMENTS
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from benchmarks.rollout import scaled_canvas
from benchmarks.rollout.gallery import PAGE_SIZE
from benchmarks.rollout.human import HumanRollout
from benchmarks.rollout.page import Page
from benchmarks.rollout.prediction_panel import View
from benchmarks.rollout.predictor import AgentPredictor
from benchmarks.rollout.scaled_canvas import SMALLEST_TEXT, ScaledCanvas
from benchmarks.rollout.watched import watched_agent
from benchmarks.rollout.watched_walk import WatchedWalk
from benchmarks.rollout.window import SPEEDS, RolloutWindow
from hippo_envs import ENVIRONMENTS, make_family, sample_walks
from hippo_envs.references import edge_agent, node_agent
from hippo_envs.scoring import answers_of, score
from tests.helpers.screens import Script

CPU = torch.device("cpu")
WALKED = 0  # a world whose walk has loop closures within 24 steps
MASKS = ("loop_closure", "revisit")
SMALL = {
    "tem": {"n_abstract": (6, 6), "smoothing": (0.9, 0.5)},
    "tem-t": {},
    "nmda": {"window": 8},
    "slot-free": {"n_memory_units": 4},
    "transformer": {},
    "lstm": {},
}
STREAMS = [name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"]


def family_of(**arguments):
    return make_family("hippo/Rectangle-v0", **{"width": 4, "n_observations": 8, **arguments})


def agent_of(name, family, **sizes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return make_agent(name, family.n_heard, family.n_actions, **sizes)


def walk_of(name="tem-t", n_steps=24, has_person=False, **arguments):
    family = family_of(**arguments)
    return WatchedWalk(
        family, AgentPredictor(agent_of(name, family, **SMALL[name]), 7), name, MASKS, n_steps, has_person
    )


def test_an_agent_is_watched_in_the_worlds_that_it_learnt_in(tmp_path):
    """Which need not be those that it is scored in."""
    settings = settings_of(EXPERIMENTS["nmda-by-maps"], "8-maps", "smoke", 0)
    watched = watched_agent(settings, "8-maps", Run.within(tmp_path, settings).agent(CPU), None, {})
    assert watched.family.specification()["n_maps"] == 8
    assert settings.arguments["n_maps"] == 1


def test_an_agent_that_is_told_its_place_is_not_watched(tmp_path):
    settings = settings_of(EXPERIMENTS["what-position-does"], "transformer-given", "smoke", 0)
    with pytest.raises(ValueError, match=r"given is told at which node it is, .*: watch another variant"):
        watched_agent(settings, "given", Run.within(tmp_path, settings).agent(CPU), None, {})


@pytest.mark.parametrize(
    "conditions", [{"bare_share": 0.5}, {"shuffle_actions": True}, {"dark_after": 9, "dark_share": 0.5}, {"slip": 0.3}]
)
def test_a_walk_is_watched_under_its_conditions(conditions):
    walk = walk_of("lstm", **conditions)
    moments = list(walk.moments(WALKED))
    walks = sample_walks(walk.family, [WALKED], walk.n_steps)
    assert [moment.scene.node for moment in moments] == walks.nodes[0].tolist()
    assert [moment.came for moment in moments] == walks.observations[0].tolist()
    assert [bool(moment.scene.symbols[moment.scene.node] == -1) for moment in moments] == walks.dark[0].tolist()
    names = walk.family.action_names
    for moment, action, move in zip(moments[1:], walks.actions[0], walks.moves[0], strict=False):
        told = names[move] if move == action else f"{names[move]}, heard as {names[action]}"
        assert moment.arrival.startswith(told + ", in the dark" * int(walks.dark[0, moment.step]))


@pytest.mark.parametrize("name", SMALL)
def test_what_is_shown_is_what_is_scored(name):
    walk = walk_of(name)
    moments = list(walk.moments(WALKED))
    walks = sample_walks(walk.family, [WALKED], walk.n_steps)
    scored = predicted_observations(walk.predictor.agent, walks, CPU, walk.predictor.seed)
    assert [moment.expected.argmax() for moment in moments[1:]] == scored[0, 1:].tolist()
    agent, steps = walk.predictor.agent.eval(), (torch.from_numpy(walks.observations), torch.from_numpy(walks.actions))
    with torch.no_grad():
        logits = agent(*steps, agent.initial_state(1, torch.Generator().manual_seed(walk.predictor.seed))).logits
    shown = np.stack([moment.expected for moment in moments[1:]])
    np.testing.assert_allclose(shown, logits[0, 1:].softmax(dim=-1).numpy(), atol=1e-4)
    assert np.ptp(shown, axis=0).max() > 1e-3, "an agent that always said the same would show nothing"
    of_each = {name: answers_of(scored, walks), "node agent": node_agent(walks), "edge agent": edge_agent(walks)}
    for who, answers in of_each.items():
        for mask, counts in score(answers, walks, MASKS).items():
            tally = moments[-1].tallies[who][mask]
            assert tally.n_steps == counts.total.sum() > 0
            assert tally.accuracy == pytest.approx(counts.accuracy(walk.family.n_observations))


def test_the_walk_is_the_one_that_is_scored_and_scores_are_of_the_steps_so_far():
    walk = walk_of()
    walks = sample_walks(walk.family, [5], walk.n_steps)
    for t, moment in enumerate(walk.moments(5)):
        assert (moment.step, moment.came) == (t, walks.observations[0, t])
        assert moment.nodes.tolist() == walks.nodes[0, : t + 1].tolist()
        assert moment.headline.tolist() == walks.loop_closure[0, : t + 1].tolist()
        assert moment.tallies["tem-t"]["revisit"].n_steps == walks.revisit[0, : t + 1].sum()
        assert (moment.kind == "loop closure") == walks.loop_closure[0, t]
    assert moment.has_ended
    with pytest.raises(ValueError, match="has ended"):
        walk.advance()


@pytest.mark.parametrize("name", ["tem-t", "slot-free"])
def test_attention_is_over_earlier_steps_as_for_the_whole_walk(name):
    walk = walk_of(name)
    moments = list(walk.moments(5))
    agent, walks = walk.predictor.agent, sample_walks(walk.family, [5], walk.n_steps)
    start = agent.initial_state(1, torch.Generator().manual_seed(7))
    with torch.no_grad():
        memory = agent(torch.from_numpy(walks.observations), torch.from_numpy(walks.actions), start).activity["memory"]
    for t, moment in enumerate(moments):
        whole = memory[0, t, -walk.n_steps :][: t + 1].numpy()
        np.testing.assert_allclose(moment.attention, whole, atol=1e-5)
        assert moment.attention[-1] == 0
        by_node = moment.attention_by_node()
        for node in set(moment.nodes.tolist()):
            assert by_node[node] == pytest.approx(min(moment.attention[moment.nodes == node].sum(), 1), abs=1e-6)
    assert moments[-1].attention.sum() > 0.1


def test_attention_of_a_window_is_what_the_answer_is_made_of():
    walk = walk_of("nmda", n_observations=9)
    window = SMALL["nmda"]["window"]
    for t, moment in enumerate(walk.moments(5)):
        assert not moment.attention[: max(t - window, 0)].any()
        assert (moment.attention[max(t - window, 0) : t] > 0).all()
        assert moment.attention.sum() < 1, "some of it goes to the question itself"


def test_attention_weights_are_those_that_forward_attends_with():
    block = agent_of("nmda", family_of(), window=8, n_heads=2, relative_bias=True).blocks[-1].double()
    tokens, times = torch.randn(1, 5, 64, dtype=torch.float64), torch.arange(5)
    torch.nn.init.normal_(block.by_distance.weight)
    mask = torch.ones(1, 5, 5, dtype=torch.bool).tril()
    # With values that differ from one token alone, what is attended to is that token's weight.
    with torch.no_grad():
        weights = block.attention(tokens, tokens, mask, times, times)
        queries, keys, values, allowed = block._compared(tokens, tokens, mask, times, times)
        one_hot = torch.eye(5, dtype=torch.float64).expand(1, 2, 5, 5)
        attended = torch.nn.functional.scaled_dot_product_attention(queries, keys, one_hot, attn_mask=allowed)
    torch.testing.assert_close(weights, attended.mean(dim=1))
    assert values.shape == (1, 2, 5, 32)


def test_a_mind_whose_memory_is_a_matrix_shows_what_its_recall_is_like():
    walk = walk_of("tem")
    *_, last = walk.moments(WALKED)
    recalled, stored = last.activity["predicted"], last.activity["grounded"]
    cosine = stored[:-1] @ recalled[-1] / np.linalg.norm(stored[:-1], axis=1) / np.linalg.norm(recalled[-1])
    np.testing.assert_allclose(last.attention, np.append(cosine.clip(0) ** 4, 0), atol=1e-6)
    assert last.attention_is == "memories like what it recalls"


def test_a_rate_map_is_the_mean_at_each_node_from_lowest_to_highest():
    moment = walk_of().begin(0)
    activity = {"position": np.array([[2.0, 0], [4, 0], [1, 0], [9, 0]])}
    moment = replace(moment, activity=activity, nodes=np.array([0, 1, 1, 3]))
    rates = moment.rate_map("position", 0)
    np.testing.assert_allclose(rates[[0, 1, 3]], [0, 0.5 / 7, 1])
    assert np.isnan(rates[2])
    assert (moment.rate_map("position", 1)[[0, 1, 3]] == 0).all()


@pytest.mark.parametrize("stream", STREAMS)
def test_every_stream_has_a_picture_that_depends_on_the_moment_alone(stream):
    family = make_family(stream)
    walk = WatchedWalk(family, AgentPredictor(agent_of("lstm", family)), "lstm", ("seen_decision", "seen"), 6)
    *_, before, last = walk.moments(1)
    page, fresh = Page((640, 360), "lstm", "", 6), Page((640, 360), "lstm", "", 6)
    first = page.draw(before).copy()
    assert (page.draw(last) != first).any()
    assert (page.draw(last) == fresh.draw(last)).all()
    assert (page.draw(before) == first).all()


def test_a_picture_of_twice_the_size_is_the_same_picture():
    *_, last = walk_of().moments(2)
    large, small = (Page(size, "tem-t", "", 24).draw(last).astype(float) for size in ((1280, 720), (640, 360)))
    halved = large.reshape(360, 2, 640, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 6


def test_an_agent_of_ones_own_is_called_by_its_class_beside_its_scores():
    last = [list(named(name).moments(2))[-1] for name in ("my_agents:Clocks, untrained", "Clocks", "my_agents:Clock")]
    own, by_class, other = (Page((640, 360), "the title", "", 24).draw(moment).copy() for moment in last)
    assert (own == by_class).all()
    assert (own != other).any()


@pytest.fixture
def label(monkeypatch):
    """How a name is written beside scores: the canvas, the surface, what is left of the name, and the size of text."""
    made, written, write, blit = {}, [], scaled_canvas.text, ScaledCanvas.blit

    def remembered(words, pixels, colour):
        surface = write(words, pixels, colour)
        made[id(surface)] = surface, words, pixels
        return surface

    def seen(canvas, surface, *at):
        written.append((canvas, *made.get(id(surface), (None, "", 0))))
        blit(canvas, surface, *at)

    monkeypatch.setattr(scaled_canvas, "text", remembered)
    monkeypatch.setattr(ScaledCanvas, "blit", seen)

    def of(name, size):
        Page(size, "the title", "", 24).draw(list(named(name).moments(2))[-1])
        ((*at, words, pixels),) = (one for one in written if one[2][:2] == name[:2])
        return *at, words, pixels

    return of


@pytest.mark.parametrize("size", [(320, 180), (640, 360), (1280, 720)])
@pytest.mark.parametrize("name", ["tem-t", "Transformer-with-other-parts", "Q" * 60])
def test_a_name_beside_scores_is_cut_and_not_made_too_small_to_be_read(name, size, label):
    canvas, surface, words, pixels = label(name, size)
    assert name.startswith(words.removesuffix("…"))
    assert words.endswith("…") == (words != name) == (name != "tem-t")
    assert surface.get_width() <= canvas.px(5.4)
    assert pixels >= max(round(0.8 * canvas.u), SMALLEST_TEXT)


@pytest.mark.parametrize("name", sorted(AGENTS))
def test_the_name_of_an_agent_of_ours_is_whole_in_the_gallery(name, label):
    _, _, words, _ = label(name, PAGE_SIZE)
    assert words == name


def named(name):
    walk = walk_of(n_steps=12)
    walk.name = name
    return walk


def watched(*happens, kind=RolloutWindow, **arguments):
    walk = walk_of(has_person=kind is HumanRollout, **arguments)
    window = kind(walk, "tem-t", "", 5, Script(*happens))
    window.run()
    return window


def test_it_plays_at_its_speed_until_it_is_paused():
    assert watched(*["x"] * 20).moment.step == 2, "two steps a second, of twenty looks at the keys"
    assert watched(*"++", *["x"] * 20).moment.step == 11, "ten steps a second"
    assert watched("space", *["x"] * 20).moment.step == 0
    assert watched("space", "right", "right").moment.step == 2
    assert watched("space", "space", *["x"] * 20).moment.step > 0
    assert watched(*"+" * 9, *"-" * 20).speed == 0
    assert watched(*"+" * 20).speed == len(SPEEDS) - 1


def test_a_walk_that_has_ended_waits_for_a_new_world():
    ended = watched("space", *["right"] * 25)
    assert (ended.moment.step, ended.moment.has_ended) == (23, True)
    again = watched("space", *["right"] * 25, "r")
    assert (again.seed, again.moment.step) == (6, 0)
    assert again.moment.came == sample_walks(family_of(), [6], 24).observations[0, 0]


def test_keys_choose_units_and_show_help():
    window = watched("space", "right", "tab", "tab", "return", "tab", "?")
    assert (window.activity, window.unit, window.shows_help) == (1, 1, True)
    frames = window.screen.frames
    assert len({frame.tobytes() for frame in frames[1:]}) == len(frames) - 1


@pytest.mark.parametrize("kind", [RolloutWindow, HumanRollout])
def test_a_window_begins_with_the_unit_that_is_asked_for(kind):
    walk = walk_of(has_person=kind is HumanRollout)
    window = kind(walk, "tem-t", "", 5, Script("tab"), unit=3)
    assert window.view().unit == 3
    window.run()
    assert window.view().unit == 4


def test_the_picture_is_as_large_as_the_window_is_now():
    window = watched("space", "right")
    window.screen.size = (320, 400)
    assert window.frame().shape == (400, 320, 3)


@pytest.mark.parametrize("key", ["q", "escape", "closed"])
def test_it_can_be_left(key):
    assert watched(key, "right", "right").moment.step == 0


def test_a_person_moves_and_is_scored_beside_the_agent():
    keys = ["e", "space", "w", "1", ".", "1", "e", "2"]
    window = watched(*keys, kind=HumanRollout, torus=True, n_observations=45)
    came = window.walk.symbols()[window.moment.nodes]
    assert window.moment.step == 4
    assert window.moment.nodes[0] == window.moment.nodes[2] == window.moment.nodes[3]
    assert window.seen == [came[0], came[1]]
    assert window.moment.said == came[4]
    assert window.moment.tallies["you"]["revisit"] == (1.0, 3)
    wrong = watched(*keys[:-1], "1", kind=HumanRollout, torus=True, n_observations=45)
    assert wrong.moment.tallies["you"]["revisit"].accuracy == pytest.approx(2 / 3)
    unsure = watched(*keys[:-1], "space", kind=HumanRollout, torus=True, n_observations=45)
    assert unsure.moment.tallies["you"]["revisit"].accuracy == pytest.approx((2 + 1 / 45) / 3)


def test_a_person_is_told_of_closed_ways_and_shown_symbols_only_on_demand():
    window = watched(kind=HumanRollout, width=2)
    closed = next(key for key in "enws" if not window.walk.open_actions()[window.keys[key]])
    window = watched(closed, kind=HumanRollout, width=2)
    assert window.moment.step == 0
    assert "leads nowhere" in window.foot()[0]
    assert (window.view().hides, watched("backspace", kind=HumanRollout).view().hides) == (True, False)
    page, moment = Page((640, 360), "", "", 24), watched(kind=HumanRollout).moment
    symbols = np.asarray(moment.scene.symbols).copy()
    symbols[np.arange(len(symbols)) != moment.scene.node] += 1
    other = replace(moment, scene=replace(moment.scene, symbols=symbols))
    assert (page.draw(moment, View(hides=True)).copy() == page.draw(other, View(hides=True))).all()
    assert (page.draw(moment).copy() != page.draw(other)).any()


def test_a_person_is_asked_before_the_answer_is_shown():
    window = watched("e", kind=HumanRollout, torus=True)
    view = window.view()
    assert view.question == "east: what will be there?"
    assert view.choices == (("1", window.moment.came),)
    assert window.moment.step == 0
    assert view.labels == {}
    assert set(watched(kind=HumanRollout, torus=True).view().labels.values()) == set("enws")


def test_a_real_window_hears_keys_and_is_closed(monkeypatch):
    import pygame

    from benchmarks.rollout import watching
    from benchmarks.rollout.watched import Watched
    from hippo_envs.drawing import window as windows_module

    windows, seen = [], []

    def window(*arguments):
        windows.append(rendering_window(*arguments))
        for key, unicode in ((pygame.K_SPACE, " "), (pygame.K_RIGHT, ""), (pygame.K_TAB, "\t"), (pygame.K_q, "q")):
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=unicode))
        return windows[-1]

    rendering_window, hear = windows_module.Window, RolloutWindow.hear
    monkeypatch.setattr(windows_module, "Window", window)
    monkeypatch.setattr(RolloutWindow, "hear", lambda self, event: (seen.append((self, event)), hear(self, event)))
    walk = walk_of()
    predictor = Watched("tem-t", "", walk.predictor, "", walk.family, MASKS, 24)
    watching.watch(predictor, 5, None, False, (400, 240), View(unit=2))
    assert [event for _, event in seen] == ["space", "right", "tab", "q"]
    assert (seen[0][0].moment.step, seen[0][0].unit) == (1, 3)
    assert not windows[0].is_open
