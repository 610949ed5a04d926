"""Dark places: what is heard, scored, paid and drawn there."""

import numpy as np
import pytest

from hippo_envs import (
    make_family,
    sample_walks,
)
from hippo_envs.anatomy import anatomy_masks
from hippo_envs.references import REFERENCES
from tests.helpers.conditioned import SQUARE, view_of
from tests.helpers.every_id import make, random_actions


def test_it_is_dark_as_often_as_asked_for_and_by_chance():
    walks = sample_walks(make_family(SQUARE, dark_after=20, dark_share=0.3), range(300), 120)
    assert not walks.dark[:, :20].any()
    late = walks.dark[:, 20:]
    assert late.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / late.size))
    both = late[:, :-1] & late[:, 1:]
    assert both.mean() == pytest.approx(0.09, abs=5 * np.sqrt(0.09 / both.size)), "each step on its own"
    assert (late.mean(axis=0) > 0.1).all()
    assert (late.mean(axis=0) < 0.5).all(), "and each world on its own"


def test_the_dark_is_heard_and_what_is_there_is_scored():
    family = make_family(SQUARE, width=4, n_observations=6, dark_after=30)
    walks = sample_walks(family, range(10), 60)
    assert (walks.heard[:, 30:] == 6).all()
    assert (walks.observations < 6).all()
    assert walks.dark_steps[:, 28:34].tolist() == [[0, 0, 1, 2, 3, 4]] * 10
    lit = sample_walks(make_family(SQUARE, width=4, n_observations=6), range(10), 60)
    np.testing.assert_array_equal(walks.observations, lit.observations)
    assert make(SQUARE, n_observations=6, dark_after=3).observation_space.n == 7
    assert make(view_of(SQUARE, "Predict")[0], n_observations=6, dark_after=3).action_space.n == 6


def test_a_known_place_in_the_dark_is_paid_and_a_new_one_never_known():
    """Explore: round a block whose nodes are seen in the light pays; one that is first come to in the dark does not."""
    paid = {}
    for dark_after in (1, 4):
        env = make(view_of(SQUARE, "Explore")[0], width=2, n_observations=9, dark_after=dark_after).unwrapped
        start, _ = env.reset(seed=3)  # in the south-west, with a move to the north committed
        steps = [env.step((move, start["observation"])) for move in (0, 3, 2, 1, 4)]
        paid[dark_after] = [step[1] for step in steps][:4]
        assert steps[-1][0]["observation"] == 9
    assert paid == {1: [0, 0, 0, 1], 4: [0, 0, 0, 1]}
    env = make(view_of(SQUARE, "Explore")[0], width=2, n_observations=9, dark_after=1).unwrapped
    env.reset(seed=3)
    symbols = env._observation_at
    told = [env.step((move, symbols[node]))[1] for move, node in [(3, 2), (1, 0), (2, 2), (0, 0), (3, 1)]]
    assert told == [0] * 5, "north and back, north and back: none but the start was ever seen, and it by a known edge"


@pytest.mark.parametrize("view", ["", "Predict", "Explore"])
def test_a_dark_place_is_drawn_as_dark(view):
    env_id = view_of(SQUARE, view)[0] if view else SQUARE
    env = make(env_id, width=3, n_observations=5, dark_after=2, render_mode="ansi").unwrapped
    seen = make(env_id, width=3, n_observations=5, dark_after=2, render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    seen.reset(seed=0)
    for t, action in enumerate(random_actions(env.action_space, np.random.default_rng(0), 4), start=1):
        env.step(action)
        seen.step(action)
        assert ("[#]" in env.render()) == (t >= 2)
        scene = seen.scene()
        assert (scene.symbols[scene.node] == -1) == (t >= 2)
        assert any("dark" in str(part) for part in scene.caption) == (t >= 2)
        assert ("came dark" in env.render()) == (t >= 2 and bool(view))


def test_anatomy_has_rows_for_how_long_it_has_been_dark():
    family = make_family(SQUARE, width=4, dark_after=10)
    walks = sample_walks(family, range(10), 60)
    rows = anatomy_masks(walks)
    parts = [mask for row, mask in rows.items() if row.startswith("revisit, dark for")]
    np.testing.assert_array_equal(np.sum(parts, axis=0), walks.dark_revisit)
    assert not any("dark" in row for row in anatomy_masks(sample_walks(make_family(SQUARE), range(2), 20)))


def test_memories_keep_nothing_of_the_dark():
    walks = sample_walks(make_family(SQUARE, width=3, dark_after=15, dark_share=0.5), range(20), 60)
    for world in range(20):
        nodes, lit = walks.nodes[world].tolist(), (~walks.dark[world]).tolist()
        answers = {name: REFERENCES[f"{name}-agent"](walks) for name in ("node", "edge", "inverse")}
        for t in range(1, 60):
            steps = range(1, t)
            edge = (nodes[t - 1], nodes[t])
            known = {
                "node": any(lit[s] and nodes[s] == nodes[t] for s in range(t)),
                "edge": any(lit[s] and (nodes[s - 1], nodes[s]) == edge for s in steps),
            }
            back = any(lit[s - 1] and (nodes[s], nodes[s - 1]) == edge for s in steps)
            if world < 4:
                known["inverse"] = known["edge"] or back
            for name, knows in known.items():
                assert answers[name].known[world, t] == knows
                assert answers[name].correct[world, t] == knows
