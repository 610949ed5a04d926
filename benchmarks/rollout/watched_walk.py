"""A walk with a predictor beside it: step by step, what was expected, what came, and the score so far."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.rollout.predictor import Predictor
from hippo_envs import Walks, sample_walks
from hippo_envs.arrays import Floats
from hippo_envs.conditioned_steps import ConditionedSteps
from hippo_envs.drawing.scene import Scene, Trail, in_the_dark, step_name
from hippo_envs.references import edge_agent, node_agent
from hippo_envs.scoring import Answers, answers_of, mask_of
from hippo_envs.worlds import WorldFamily

Ints = NDArray[np.int64]

NOTHING_SAID = -1  # of a person who does not know


class Tally(NamedTuple):
    """An accuracy so far, guesses counted in expectation, and how many steps it is of."""

    accuracy: float
    n_steps: int


@dataclass(frozen=True, eq=False)
class Moment:
    """All that a picture shows of one step.

    Args:
        scene: the world.
        step: from 0.
        expected: how likely the predictor found each symbol, (K,), before this one came; None at the first step.
        came: the symbol that came.
        said: what a person said it would be; None where none was asked.
        arrival: by which action, and how long ago the node was visited.
        kind: what kind of step it was, in a few words; empty for a new node.
        counts: whether it is of those that are scored here.
        right: for every step so far, whether the predictor was right, bool (T,).
        scored: for every step so far, whether it counts, bool (T,).
        headline: the same for the first of the masks, bool (T,).
        nodes: the node of every step so far, (T,).
        attention: over all steps so far, (T,); None for a predictor that does not say.
        attention_is: what it is called.
        activity: what units did so far, (T, N) by name.
        tallies: by who answered, then by mask.
        has_ended: whether the episode ends here.
    """

    scene: Scene
    step: int
    expected: Floats | None
    came: int
    said: int | None
    arrival: str
    kind: str
    counts: bool
    right: NDArray[np.bool_]
    scored: NDArray[np.bool_]
    headline: NDArray[np.bool_]
    nodes: Ints
    attention: Floats | None
    attention_is: str
    activity: dict[str, Floats]
    tallies: dict[str, dict[str, Tally]]
    has_ended: bool

    @property
    def is_right(self) -> bool:
        return bool(self.right[-1])

    @property
    def is_knowable(self) -> bool:
        """Whether being wrong is a mistake."""
        return self.counts or self.is_right

    def attention_by_node(self) -> Floats | None:
        """Attention to all steps at each node of the world, (n_nodes,), at most 1."""
        if self.attention is None:
            return None
        return np.bincount(self.nodes, self.attention, minlength=len(self.scene.visited)).clip(0, 1)

    def rate_map(self, name: str, unit: int) -> Floats:
        """Mean activity of a unit at each node so far, (n_nodes,), scaled to 0..1; NaN where the walk has not been."""
        n_nodes, activity = len(self.scene.visited), self.activity[name][:, unit]
        n_visits = np.bincount(self.nodes, minlength=n_nodes)
        rates = np.bincount(self.nodes, activity, minlength=n_nodes)
        rates = np.divide(rates, n_visits, out=np.full(n_nodes, np.nan), where=n_visits > 0)
        low, high = float(np.nanmin(rates)), float(np.nanmax(rates))
        return (rates - low) / max(high - low, 1e-9)


class WatchedWalk:
    """One world after the other, each walked by its own policy unless moves are given.

    Args:
        family: what worlds are drawn from.
        predictor: who predicts.
        name: what the predictor is called among the scores.
        masks: what is scored, names for `hippo_envs.scoring.mask_of`; the first is the headline.
        n_steps: of a walk, the start included.
        has_person: whether a person answers too.
    """

    def __init__(
        self,
        family: WorldFamily,
        predictor: Predictor,
        name: str,
        masks: tuple[str, ...],
        n_steps: int,
        has_person: bool = False,
    ) -> None:
        self.family, self.predictor, self.name, self.masks = family, predictor, name, masks
        self.n_steps, self.has_person = n_steps, has_person

    def begin(self, seed: int) -> Moment:
        """The start of the world of that seed."""
        self.seed = seed
        self._drawn = sample_walks(self.family, [seed], self.n_steps)
        self.graph = self._drawn.worlds.graph(0)
        self._conditioned = ConditionedSteps(self.family, 1)
        self._conditioned.begin(slice(None), self._drawn.worlds)
        self._nodes: list[int] = []
        self._came: list[int] = []
        self._actions: list[int] = []
        self._moves: list[int] = []
        self._answers: list[int] = []
        self._said: list[int] = []
        self.predictor.begin()
        node = int(self._drawn.nodes[0, 0])
        self.trail = Trail.of(self.graph, node)
        return self._arrive(node, None)

    @property
    def next_action(self) -> int:
        """What the walk's own policy does next."""
        return int(self._drawn.actions[0, len(self._actions)])

    @property
    def has_ended(self) -> bool:
        """Whether nothing comes after this."""
        return len(self._nodes) >= self.n_steps or self._nodes[-1] in self.graph.end_nodes

    def open_actions(self) -> NDArray[np.bool_]:
        """Which actions lead along an edge from here, (A,)."""
        return self._conditioned.available(self._place)[0] == 1

    @property
    def _place(self) -> Ints:
        """(1,), where the walk is, as `GraphUnion` numbers places."""
        worlds = self._drawn.worlds
        return worlds.start_place - worlds.start_node + self._nodes[-1]

    def advance(self, action: int | None = None, said: int | None = None) -> Moment:
        """Take an action; if None that which the predictor chooses, or else the walk's own policy.

        `said` is what a person expects to see.
        """
        if self.has_ended:
            raise ValueError(f"The walk of seed {self.seed} has ended: begin another one.")
        if action is None:
            action = self.predictor.choose(self.open_actions())
        if action is None:
            action = self.next_action
        self._actions.append(action)
        self.predictor.leave(action)
        move = int(self._conditioned.moves(np.array([action]), self._place, np.array([len(self._nodes)]))[0])
        self._moves.append(move)
        node = int(self.graph.next_node[self._nodes[-1], move])
        node = self._nodes[-1] if node < 0 else node
        self.trail.move(node, step_name(self.family.action_names, action, move, self._is_dark(len(self._nodes))))
        return self._arrive(node, said)

    def moments(self, seed: int) -> Iterator[Moment]:
        """The whole walk of a seed."""
        yield self.begin(seed)
        while not self.has_ended:
            yield self.advance()

    def symbols(self) -> Ints:
        """What the nodes show now, (n_nodes,)."""
        worlds, change = self._drawn.worlds, self.family.remap_after
        later = change is not None and len(self._nodes) > change
        return (worlds.observation_later if later else worlds.observation_at)[0, : self.graph.n_nodes]

    def _is_dark(self, step: int) -> bool:
        return bool(self._conditioned.is_dark(np.array([step]))[0])

    def _arrive(self, node: int, said: int | None) -> Moment:
        expected = self._expected()
        self._nodes.append(node)
        came = int(self.symbols()[node])
        self._came.append(came)
        self._answers.append(int(expected.argmax()))
        self._said.append(NOTHING_SAID if said is None else said)
        is_dark = self._is_dark(len(self._nodes) - 1)
        self.predictor.meet(self.family.n_observations if is_dark else came)
        walks = self._walks()
        scored = {mask: mask_of(walks, mask)[0] for mask in self.masks}
        any_scored = np.any(list(scored.values()), axis=0)
        symbols = self.symbols().tolist()
        symbols = in_the_dark(symbols, node) if is_dark else symbols
        scene = self.trail.scene(symbols, alphabet=self.family.alphabet)
        return Moment(
            scene=replace(scene, caption=()),
            step=len(self._nodes) - 1,
            expected=expected if len(self._nodes) > 1 else None,
            came=came,
            said=said,
            arrival=f"{self.trail.came_by}, {self.trail.memory}",
            kind=_kind(walks),
            counts=bool(any_scored[-1]),
            right=np.array(self._answers) == np.array(self._came),
            scored=any_scored,
            headline=scored[self.masks[0]],
            nodes=np.array(self._nodes),
            attention=self.predictor.attention,
            attention_is=self.predictor.attention_is,
            activity=dict(self.predictor.activity),
            tallies=self._tallies(walks, scored),
            has_ended=self.has_ended,
        )

    def _expected(self) -> Floats:
        """How likely each symbol is to come: of an agent that also hears the dark, the part that it is asked for."""
        asked = self.predictor.expect()[: self.family.n_observations]
        return asked / asked.sum()

    def _walks(self) -> Walks:
        """The walk so far; of the action that follows nothing is known, nor asked."""
        actions, moves = [*self._actions, 0], [*self._moves, 0]
        return Walks(self._drawn.worlds, *(np.array([steps]) for steps in (self._nodes, self._came, actions, moves)))

    def _tallies(self, walks: Walks, scored: dict[str, NDArray[np.bool_]]) -> dict[str, dict[str, Tally]]:
        answers = {self.name: answers_of(np.array([self._answers]), walks)}
        if self.has_person:
            said = np.array([self._said])
            answers["you"] = Answers(said == walks.observations, said != NOTHING_SAID)
        answers |= {"node agent": node_agent(walks), "edge agent": edge_agent(walks)}
        return {
            name: {mask: self._tally(answer, steps) for mask, steps in scored.items()}
            for name, answer in answers.items()
        }

    def _tally(self, answers: Answers, steps: NDArray[np.bool_]) -> Tally:
        known, n_steps = answers.known[0] & steps, int(steps.sum())
        guessed = (n_steps - known.sum()) / self.family.n_answers
        n_right = (answers.correct[0] & known).sum() + guessed
        return Tally(float(n_right / n_steps) if n_steps else float("nan"), n_steps)


def _kind(walks: Walks) -> str:
    """What kind of step the last one is; nothing to say of the first, nor of one to a new node."""
    if walks.walk_length == 1:
        return ""
    kinds = {
        "no move": walks.stay,
        "loop closure": walks.loop_closure,
        "zero-shot, the way back": walks.zero_shot,
        "known edge": walks.revisit,
    }
    return next((kind for kind, steps in kinds.items() if steps[0, -1]), "")
