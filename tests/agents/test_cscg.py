"""CSCG: what it counts and predicts, beside a slow hidden Markov model and all paths one by one; and its plans."""

import copy
from itertools import pairwise, product

import numpy as np
import pytest
import torch

from agents import make_agent
from agents.base import Batch
from hippo_envs import rectangle_family, rectangle_graph, sample_walks

K, A, M, T = 3, 2, 2, 6  # symbols, actions, clones, steps
TINY = {"n_clones": M, "updates_per_m_step": 1, "m_steps_from_scratch": 1_000}


def tiny(seed=0, **sizes):
    torch.manual_seed(seed)
    agent = make_agent("cscg", K, A, **TINY | sizes).double()
    agent._normalise()  # what follows from the counts, in the same precision
    return agent


def learn(agent, batch):
    return agent.update(batch, torch.optim.Adam(agent.parameters()), 0.0)["cross_entropy"].item()


def walk(seed=0, n_walks=1):
    rng = torch.Generator().manual_seed(seed)
    symbols, actions = (torch.randint(n, (n_walks, T), generator=rng) for n in (K, A))
    return Batch(symbols, actions, torch.ones(n_walks, T, dtype=torch.bool))


def dense(agent):
    """T[a, i, j] over all clones of all symbols, rows of sum 1, as numbers of NumPy."""
    counts = agent.counts.permute(0, 1, 3, 2, 4).reshape(A, K * M, K * M).numpy() + agent.config.pseudocount
    return counts / counts.sum(axis=2, keepdims=True)


def paths_of(symbols):
    """Every sequence of clones that shows these symbols."""
    return product(*(range(symbol * M, symbol * M + M) for symbol in symbols))


def weight_of(path, actions, transitions):
    return np.prod([transitions[a, i, j] for a, i, j in zip(actions, path, path[1:], strict=False)])


def test_predictions_are_those_of_all_paths():
    agent, batch = tiny(), walk()
    transitions, symbols, actions = dense(agent), batch.observations[0].tolist(), batch.actions[0].tolist()
    logits = agent(batch.observations, batch.actions, agent.initial_state(1)).logits[0]
    for t in range(1, T):
        of_symbol = [
            sum(weight_of(path, actions, transitions) for path in paths_of([*symbols[:t], symbol]))
            for symbol in range(K)
        ]
        np.testing.assert_allclose(logits[t].exp(), np.array(of_symbol) / sum(of_symbol), rtol=1e-9)
    np.testing.assert_allclose(logits[0].exp(), np.full(K, 1 / K))


def test_counts_are_the_transitions_that_all_paths_take_by_their_probability():
    agent, batch = tiny(), walk(n_walks=2)
    transitions, expected = dense(agent), np.zeros((A, K * M, K * M))
    for symbols, actions in zip(batch.observations.tolist(), batch.actions.tolist(), strict=True):
        weights = {path: weight_of(path, actions, transitions) for path in paths_of(symbols)}
        for path, weight in weights.items():
            for action, i, j in zip(actions, path, path[1:], strict=False):
                expected[action, i, j] += weight / sum(weights.values())
    learn(agent, batch)
    counted = agent.counts.permute(0, 1, 3, 2, 4).reshape(A, K * M, K * M)
    np.testing.assert_allclose(counted, expected, atol=1e-12)


def test_the_decoded_path_is_the_likeliest_of_all():
    agent, batch = tiny(), walk(n_walks=3)
    transitions, decoded = dense(agent), agent.decode(batch.observations, batch.actions).tolist()
    for path, symbols, actions in zip(decoded, batch.observations.tolist(), batch.actions.tolist(), strict=True):
        assert tuple(path) == max(paths_of(symbols), key=lambda way: weight_of(way, actions, transitions))


def test_a_walk_of_one_step_tells_nothing_and_is_learnt_from_all_the_same():
    agent, one = tiny(), torch.zeros(2, 1, dtype=torch.long)
    assert learn(agent, Batch(one, one, one == 0)) == pytest.approx(np.log(K))
    assert agent.counts.sum() == 0


def test_learning_the_same_walks_again_never_makes_them_less_likely():
    agent, batch = tiny(pseudocount=1e-12), walk(1, n_walks=8)
    losses = [learn(agent, batch) for _ in range(30)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(losses))
    assert losses[-1] < 0.7 * losses[0]


def test_later_m_steps_keep_a_share_of_what_was_counted():
    agent = tiny(m_steps_from_scratch=1, kept_share=0.25)
    learn(agent, walk(0))
    first = agent.counts.clone()
    assert first.sum() == pytest.approx(T - 1)
    learn(agent, walk(1))
    assert agent.counts.sum() == pytest.approx(0.25 * (T - 1) + T - 1)
    assert (agent.counts >= 0.25 * first - 1e-12).all()


@pytest.fixture(scope="module")
def room():
    """A room of 3 x 3 that was learnt, whose nodes show their numbers; the agent, and its family."""
    torch.manual_seed(0)
    family = rectangle_family(3)
    agent = make_agent("cscg", 9, family.n_actions, n_clones=3, updates_per_m_step=5)
    for update in range(40):
        learn(agent, batch_of(sample_walks(family, range(8 * update, 8 * update + 8), 40)))
    return agent, family


def batch_of(walks):
    nodes, actions = torch.from_numpy(walks.nodes), torch.from_numpy(walks.actions)
    return Batch(nodes, actions, torch.ones_like(nodes, dtype=torch.bool))


@pytest.fixture
def standing(room):
    """The room, one who has walked in it, and where it stands before an action that is decided already."""
    agent, family = room
    walks = sample_walks(family, [1_000], 30)
    batch = batch_of(walks)
    state = agent(batch.observations, batch.actions, agent.initial_state(1)).state
    return agent, state, int(walks.nodes[0, -1])


GRAPH = rectangle_graph(3, 3, stay=True)


def walked(start, actions):
    nodes = [start]
    for action in actions:
        nodes.append(int(GRAPH.next_node[nodes[-1], action]))
    return nodes


def distance(start, goal):
    reached, steps = {start}, 0
    while goal not in reached:
        reached |= {int(to) for node in reached for to in GRAPH.next_node[node] if to >= 0}
        steps += 1
    return steps


def test_a_plan_is_a_shortest_way(standing):
    agent, state, node = standing
    for goal in range(9):
        plan = agent.plan(state, goal, 12)
        first = int(state.action[0])
        nodes = walked(node, plan)
        assert (plan[0], nodes[-1]) == (first, goal)
        assert len(plan) == 1 + distance(nodes[1], goal)
    far = max(range(9), key=lambda goal: distance(nodes[1], goal))
    with pytest.raises(ValueError, match=f"No way of 1 steps to symbol {far}"):
        agent.plan(state, far, 1)


def test_where_a_passage_is_closed_the_plan_goes_round_it(standing):
    agent, state, node = standing
    arrived = walked(node, [int(state.action[0])])[-1]
    goal = next(to for to in range(9) if distance(arrived, to) == 1)
    plan = agent.plan(state, goal, 12)
    closed = copy.deepcopy(agent)
    closed.counts[plan[1], arrived, goal] = 0.0
    closed._normalise()
    way_round = walked(node, closed.plan(state, goal, 12))
    assert way_round[-1] == goal
    assert len(way_round) == len(plan) + 1 + 2
    assert (arrived, goal) not in pairwise(way_round)
