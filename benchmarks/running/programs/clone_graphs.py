"""Rooms that are one map, and what a graph that was learnt in one room is worth in new ones.

George et al. (2021), Nature Communications 12, 2392: two rooms that overlap, never in one walk, become one graph; and a
graph that was learnt in one room is a schema for another of the same layout. There the graph is kept, and what its
states show is learnt anew along the walk. `agents.clone_schema` has the ways of doing so.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from agents.base import Batch
from agents.clone_schema import METHODS
from agents.configs import CSCGConfig
from agents.cscg import CSCG
from agents.weights import weights_hash
from benchmarks.experiments.study import Outcome, Settings, Steps, as_measured
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from hippo_envs import Walks, make_family, rectangle_graph, sample_walks
from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.ceilings import bayes_filter
from hippo_envs.scoring import answers_of, count

N_POINTS = 20  # of a learning curve
UNSURE = 30  # steps at the beginning of a walk, in which it may be anywhere: no states are counted there
BINS = (8, 16, 32, 64, 128)


class Rooms(NamedTuple):
    """Where each action leads in each of R rooms, (R, N, A), -1 for nowhere; and the symbols of all nodes, (N,)."""

    next_node: Ints
    symbols: Ints


class Learnt(NamedTuple):
    """What was learnt from walks, and their likeliest states beside their nodes, (B, T) each, once it is clear.

    Args:
        bits: a step, in each iteration.
        transitions: T[a, i, j] between the states that the walks need, (A, S, S).
    """

    agent: CSCG
    bits: list[float]
    states: Ints
    nodes: Ints
    transitions: Floats


def overlapping_rooms(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """How many states remain of two rooms that share a corner, and how many nodes there are."""
    counter, outcomes = _counter(settings, seeds, steps), []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rooms = two_rooms(rng, settings)
        learnt = learn(rooms, settings, rng, counter)
        n_nodes = int((rooms.next_node >= 0).any(axis=(0, 2)).sum())
        of_one_node = share_of_one_node(learnt.states, learnt.nodes)
        measured = {
            "nodes": n_nodes,
            "states": learnt.transitions.shape[1],
            "of_one_node": of_one_node,
            **_bits(learnt),
        }
        outcomes.append(_outcome(measured, rooms, learnt))
    return outcomes


def new_rooms(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Accuracy at loop closures of rooms whose symbols are new, by each way of using the graph of one room."""
    counter, outcomes = _counter(settings, seeds, steps), []
    family = make_family(
        "hippo/Rectangle-v0", width=settings["width"], height=settings["height"], stay=False, n_observations=10
    )
    walks = sample_walks(family, EVALUATION_SEEDS[: settings["n_new_rooms"]], settings["new_walk_length"])
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rooms = one_room(rng, settings)
        learnt = learn(rooms, settings, rng, counter)
        measured = {"states": learnt.transitions.shape[1], **_bits(learnt), **in_new_rooms(learnt.transitions, walks)}
        outcomes.append(_outcome(measured, rooms, learnt))
    return outcomes


def one_room(rng: np.random.Generator, settings: Settings) -> Rooms:
    """A room of few symbols."""
    graph = rectangle_graph(settings["width"], settings["height"], stay=False)
    return Rooms(graph.next_node[None], rng.integers(settings["n_symbols"], size=graph.n_nodes))


def two_rooms(rng: np.random.Generator, settings: Settings) -> Rooms:
    """Two rooms that share a corner of the second; with `look_alike` another corner of the first shows the same."""
    width, height, (across, up) = settings["width"], settings["height"], settings["overlap"]
    columns, rows = 2 * width - across, 2 * height - up
    nodes = np.arange(rows * columns).reshape(rows, columns)
    first, second = nodes[:height, :width], nodes[-height:, -width:]
    symbols = rng.integers(settings["n_symbols"], size=nodes.size)
    if settings["look_alike"]:
        symbols[first[:up, :across]] = symbols[second[:up, :across]]
    whole = rectangle_graph(columns, rows, stay=False).next_node
    inside: Mask = np.stack([np.isin(np.arange(nodes.size), room) for room in (first, second)])
    leads = [np.where(room[:, None] & (whole >= 0) & room[whole], whole, -1) for room in inside]
    return Rooms(np.stack(leads), symbols)


def walks_in(rooms: Rooms, settings: Settings, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Nodes and actions (B, T) of random walks, each within one room and as many in each."""
    n_walks, n_steps = settings["n_walks"], settings["walk_length"]
    room, walk = np.arange(n_walks) % len(rooms.next_node), np.arange(n_walks)
    nodes, actions = np.empty((2, n_walks, n_steps), dtype=np.int64)
    inside = rooms.next_node.max(axis=2) >= 0
    at = np.array([rng.choice(np.flatnonzero(inside[of])) for of in room])
    for t in range(n_steps):
        leads = rooms.next_node[room, at]
        nodes[:, t], actions[:, t] = at, np.where(leads >= 0, rng.random(leads.shape), -1).argmax(axis=1)
        at = leads[walk, actions[:, t]]
    return nodes, actions


def learn(rooms: Rooms, settings: Settings, rng: np.random.Generator, counter: Iterator[int]) -> Learnt:
    """Expectation maximisation over one set of walks, as published: an M-step after each time through all of them."""
    nodes, moves = walks_in(rooms, settings, rng)
    symbols, actions = torch.from_numpy(rooms.symbols[nodes]), torch.from_numpy(moves)
    names = ("n_clones", "pseudocount", "concentration")
    config = CSCGConfig(
        **{name: settings[name] for name in names}, updates_per_m_step=1, m_steps_from_scratch=settings["n_iterations"]
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        agent = CSCG(settings["n_symbols"], rooms.next_node.shape[2], config)
    batch, bits = Batch(symbols, actions, torch.ones_like(symbols, dtype=torch.bool)), []
    optimiser = torch.optim.Adam(agent.parameters())  # which it leaves alone
    for _ in range(settings["n_iterations"]):
        next(counter)
        bits.append(agent.update(batch, optimiser, 0.0)["cross_entropy"].item() / np.log(2))
    states = agent.decode(symbols, actions).numpy()[:, UNSURE:]
    return Learnt(agent, bits, states, nodes[:, UNSURE:], transitions_of(states, moves[:, UNSURE:], agent.n_actions))


def share_of_one_node(states: Ints, nodes: Ints) -> float:
    """At which share of steps a state stands for the node at which it is most often; 1 where each is of one node."""
    visits = np.zeros((states.max() + 1, nodes.max() + 1))
    np.add.at(visits, (states.ravel(), nodes.ravel()), 1)
    return float(visits.max(axis=1).sum() / states.size)


def transitions_of(states: Ints, actions: Ints, n_actions: int) -> Floats:
    """T[a, i, j] between those states that occur, (A, S, S), counted; a row of zeros where an action was not taken."""
    used, at = np.unique(states, return_inverse=True)
    at = at.reshape(states.shape)
    counts = np.zeros((n_actions, len(used), len(used)))
    np.add.at(counts, (actions[:, :-1], at[:, :-1], at[:, 1:]), 1)
    return counts / np.maximum(counts.sum(axis=2, keepdims=True), 1)


def in_new_rooms(transitions: Floats, walks: Walks) -> dict[str, Any]:
    """Accuracy at loop closures, in all and by step, of each method and of the exact filter, which knows the layout."""
    n_symbols = walks.worlds.family.n_observations
    answers = {"bayes": bayes_filter(walks)} | {
        name: answers_of(predicted(walks.observations, walks.actions, transitions, n_symbols), walks)
        for name, predicted in METHODS.items()
    }
    bins = [*(end for end in BINS if end < walks.walk_length), walks.walk_length]
    found: dict[str, Any] = {"bins": bins}
    for name, answer in answers.items():
        counts = count(answer, walks.loop_closure, bins)
        found[name] = counts.accuracy(n_symbols)
        found[f"{name}_curve"] = [counts.within(b, b + 1).accuracy(n_symbols) for b in range(len(bins))]
    return found


def _counter(settings: Settings, seeds: Sequence[int], steps: Steps) -> Iterator[int]:
    return iter(steps(settings["n_iterations"] * len(seeds)))


def _bits(learnt: Learnt) -> dict[str, Any]:
    """Of the last iteration, and along all of them."""
    every = max(1, len(learnt.bits) // N_POINTS)
    return {
        "bits": learnt.bits[-1],
        "iterations": list(range(1, len(learnt.bits) + 1, every)),
        "bits_curve": learnt.bits[::every],
    }


def _outcome(measured: dict[str, Any], rooms: Rooms, learnt: Learnt) -> Outcome:
    symbols = hashlib.sha256(rooms.symbols.astype("<i8").tobytes()).hexdigest()
    hashes = {"data_hash": symbols, "weights_hash": weights_hash(learnt.agent.state_dict())}
    return Outcome({name: as_measured(value) for name, value in measured.items()}, hashes)
