"""Some nodes change their symbol during the walk: what is kept, and what must be learnt anew."""

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import make_family, sample_walks
from hippo_envs.references import edge_agent, inverse_agent, markov, node_agent

AFTER = 200


@pytest.fixture(scope="module")
def walks():
    return sample_walks(make_family("hippo/Rectangle-v0", remap_after=AFTER, remap_share=0.4), range(60), 600)


def test_the_world_is_the_one_without_remapping_until_then(walks):
    plain = sample_walks(make_family("hippo/Rectangle-v0"), range(60), 600)
    np.testing.assert_array_equal(walks.worlds.observation_at, plain.worlds.observation_at)
    np.testing.assert_array_equal(walks.worlds.start_node, plain.worlds.start_node)
    np.testing.assert_array_equal(
        walks.observations[:, :AFTER],
        np.take_along_axis(walks.worlds.observation_at, walks.nodes[:, :AFTER], axis=1),
    )


def test_about_the_share_of_nodes_changes_and_only_then(walks):
    before, after = walks.worlds.observation_at, walks.worlds.observation_later
    is_node = before >= 0
    changed = (before != after)[is_node].mean()
    assert changed == pytest.approx(0.4 * 44 / 45, abs=5 * np.sqrt(0.24 / is_node.sum()))
    shown = np.take_along_axis(after, walks.nodes[:, AFTER:], axis=1)
    np.testing.assert_array_equal(walks.observations[:, AFTER:], shown)


def test_a_symbol_that_is_drawn_anew_may_be_the_one_that_was_there():
    """Of two symbols, where all are drawn anew, half stay; the page says what the share is of."""
    worlds = sample_walks(
        make_family("hippo/Rectangle-v0", n_observations=2, remap_after=1, remap_share=1.0), range(60), 2
    ).worlds
    is_node = worlds.observation_at >= 0
    changed = (worlds.observation_at != worlds.observation_later)[is_node].mean()
    assert changed == pytest.approx(0.5, abs=5 * np.sqrt(0.25 / is_node.sum()))
    documented = gym.make("hippo/Rectangle-v0").unwrapped.__doc__
    assert (
        "`remap_share` | `0.5` | probability that a node is one of them; the new symbol may be the old one"
        in documented
    )


def test_the_observation_age_is_that_of_what_is_shown_now(walks):
    for world in range(3):
        seen = {}
        for t, (node, symbol) in enumerate(zip(walks.nodes[world], walks.observations[world], strict=True)):
            assert walks.observation_age[world, t] == (t - seen[node, symbol] if (node, symbol) in seen else -1)
            seen[node, symbol] = t


def brute_force(walks, world, key_of):
    """Whether it is known and whether it is right at each step, for one who remembers by key what was seen last."""
    nodes, symbols = walks.nodes[world].tolist(), walks.observations[world].tolist()
    memory = {}
    for t, symbol in enumerate(symbols):
        key = key_of(nodes, t)
        yield key in memory, memory.get(key) == symbol
        if key is not None:
            memory[key] = symbol


@pytest.mark.parametrize(
    ("agent", "key_of"),
    [
        (node_agent, lambda nodes, t: nodes[t]),
        (edge_agent, lambda nodes, t: (nodes[t - 1], nodes[t]) if t else None),
    ],
)
def test_agents_remember_what_they_saw_last(walks, agent, key_of):
    answers = agent(walks)
    for world in range(5):
        for t, (known, correct) in enumerate(brute_force(walks, world, key_of)):
            assert (answers.known[world, t], answers.correct[world, t]) == (known, correct)


def test_the_inverse_agent_takes_the_more_recent_of_both_directions(walks):
    answers = inverse_agent(walks)
    for world in range(5):
        nodes, symbols = walks.nodes[world].tolist(), walks.observations[world].tolist()
        memory = {}
        for t in range(1, len(nodes)):
            edge = (nodes[t - 1], nodes[t])
            assert answers.known[world, t] == (edge in memory)
            assert answers.correct[world, t] == (memory.get(edge) == symbols[t])
            memory[edge] = symbols[t]
            memory[edge[::-1]] = symbols[t - 1]


def test_the_node_agent_errs_once_for_every_node_that_changed_and_is_seen_again(walks):
    answers = node_agent(walks)
    wrong = answers.known & ~answers.correct
    changed = walks.worlds.observation_at != walks.worlds.observation_later
    for world in range(20):
        early, late = set(walks.nodes[world, :AFTER].tolist()), set(walks.nodes[world, AFTER:].tolist())
        assert wrong[world].sum() == sum(changed[world, node] for node in early & late)
        assert not wrong[world, :AFTER].any()


@pytest.mark.parametrize("order", [1, 2, 3])
def test_markov_memories_equal_a_dictionary(walks, order):
    answers = markov(walks, order)
    for world in range(5):
        symbols, actions = walks.observations[world].tolist(), walks.actions[world].tolist()
        memory = {}
        for t in range(order, len(symbols)):
            context = tuple(zip(symbols[t - order : t], actions[t - order : t], strict=True))
            assert answers.known[world, t] == (context in memory)
            assert answers.correct[world, t] == (memory.get(context) == symbols[t])
            memory[context] = symbols[t]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("remap_after", 0),
        ("remap_after", 2.5),
        ("remap_after", float("nan")),
        ("remap_share", 0.0),
        ("remap_share", 1.5),
    ],
)
def test_a_remapping_that_is_none_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be .*, got {value}"):
        make_family("hippo/Rectangle-v0", **{"remap_after": 5, name: value})
