"""Explore: choose the moves, and be rewarded for predicting where untried moves lead."""

from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.conditioned_steps import ConditionedSteps
from hippo_envs.drawing.ansi import draw_graph
from hippo_envs.drawing.scene import (
    Said,
    Scene,
    Trail,
    caption,
    follow,
    glyph_caption,
    in_the_dark,
    name_of,
    step_name,
)
from hippo_envs.envs.base.observation_forms import dict_form
from hippo_envs.envs.base.pictured import RENDER_SIZE, PicturedEnv
from hippo_envs.envs.base.worlds_vector_env import Info, Rows, WorldsVectorEnv, array_of
from hippo_envs.envs.explorer import Explorer
from hippo_envs.registration import viewed_family
from hippo_envs.walking.first_visits import NEVER
from hippo_envs.walking.graph_union import GraphUnion
from hippo_envs.worlds import WorldFamily, Worlds

EPISODE_STEPS = 128  # as registered
STANDING_STILL = 0  # the number of the edge that `_edges` gives an action that stays at its node


class ExploreEnv(PicturedEnv):
    """Walk on a graph as you like, and say of every step before it is taken which symbol it leads to.

    ## Description
    The rewarded, active view of a stream such as `hippo/Rectangle-v0`. The agent moves and predicts. It always has a
    move committed, which is part of the observation; a step takes that move, compares what is found with the
    prediction, and commits the next one. So the agent knows which move it predicts for. Paying for every right
    prediction would make agents shuttle between two nodes, and paying an edge in both directions would make them go out
    and straight back; here an edge pays once at most, whichever way it is taken, and only into a node already seen,
    where the answer can be known. What is paid is loop closure: an agent has to seek ways that it has never taken into
    places that it knows, and to know where they lead.

    ## Action Space
    `MultiDiscrete([n_actions, n_observations])`: the move to commit, and the symbol to which the move committed one
    step earlier leads. A committed move that has no edge leaves the agent where it is; `info["action_mask"]` says which
    moves have one. Anything outside the space raises a `ValueError`.

    ## Observation Space
    A flat `Dict` of `observation`, `Discrete(n_observations)`, the symbol at the agent's node, and `next_action`,
    `Discrete(n_actions)`, the committed move. `observation="one-hot"` gives both as one float32 vector, as
    `gymnasium.spaces.flatten` does.

    ## Rewards
    1 for a right prediction where an edge is taken for the first time in this episode, in either direction, and the
    arrival has been seen in it before; otherwise 0. Each edge has this one chance: a wrong prediction spends it, and so
    does arriving at a node for the first time. Staying is never rewarded, nor is going out and straight back. Where
    symbols are remapped (`remap_after`), a node whose symbol changed counts as not seen again until it is visited.
    What bare places show (`bare_share`) is never rewarded. In the dark (`dark_after`) a right prediction is rewarded as
    ever, and spends the edge, but the node is not seen. Where steps slip (`slip`), the edge is the one that was taken.

    ## Starting State
    A world of the stream, the one of the same seed, at its start node; a uniform one of the moves that are open there
    is committed. All is drawn from the environment's own generator.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (128 as registered).

    ## Information
    | key | value |
    |---|---|
    | `action_mask` | int8 (n_actions,), 1 where a move has an edge from the node that the committed one leads to |
    | `is_success` | bool array (), whether the return so far counts as solved; at the end, whether the episode does |

    The mask is that of the node where the move chosen now will be taken, unless the committed one slips, and a fresh
    array every step.
    `env.unwrapped.action_masks()` is the mask of the whole action in the flat form that MaskablePPO asks for: bool
    (n_actions + n_observations,), with every prediction open.

    Ground truth, not for agents, is `env.unwrapped.node`: the agent's node, as the stream numbers them.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `stream` | by id | whose worlds, e.g. `"hippo/Rectangle-v0"` |
    | `observation` | `"dict"` | or `"one-hot"`, one flat vector |
    ...

    All others are those of the stream: `width=10`, `n_observations=20`, `remap_after=64`.

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/Rectangle-Explore-v0"
    >>> envs = gym.make_vec(make, num_envs=3, vectorization_mode="vector_entry_point")
    >>> observations, info = envs.reset(seed=0)
    >>> observations["next_action"].shape, info["action_mask"].shape, envs.action_masks().shape
    ((3,), (3, 5), (3, 50))

    Round a block, north, east, south and west: the last of the four leads to where the walk began.

    >>> env = gym.make(make, width=2)
    >>> start, _ = env.reset(seed=3)  # in the south-west, with a move to the north committed
    >>> [env.step((move, start["observation"]))[1] for move in (0, 3, 2, 4)]
    [0.0, 0.0, 0.0, 1.0]

    ## Scoring
    The mean return over worlds: how many loops were both closed and foretold.

    An episode counts as solved with a return of r (c + .9 (1 - c)), nine tenths of the way from guessing to knowing. c
    is 1 / n_observations, of one fewer where places are bare. r is what an explorer with a perfect map earns in as many
    steps, the mean over 64 worlds of the same arguments, fewer where they have thousands of nodes: it takes edges not
    taken yet first, and of these one into a seen node. `env.spec.reward_threshold` is the number for these arguments
    and `max_episode_steps`. The explorer itself solves about 7 to 8 of 10 episodes, since worlds differ in how many
    loops they have.

    ## Reference scores
    Mean returns at the registered sizes with 128 steps, over 400 worlds:

    | agent | rectangles | hexagons | family trees |
    |---|---|---|---|
    | perfect map, moves at random | 10 | 21 | 38 |
    | perfect map, edges not taken yet first, those into seen nodes before others | 35 | 62 | 58 |
    | goes out and straight back, and knows no more than where it came from | 0 | 0 | 0 |

    One who guesses gets 1 / n_observations of what a perfect map gets with the same moves. So do the edge agent and the
    inverse agent, who know where edges taken lead and lead back: what pays has been taken in neither direction.

    ## References
    Whittington et al. (2020), Cell 183, for the worlds and for what zero-shot inference is.
    """

    def __init__(
        self,
        stream: str,
        *,
        observation: str = "dict",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        family = self.family = _endless_family(self, stream, arguments)
        self._set_render_mode(render_mode, render_size)
        shown, self.action_space = _spaces(family)
        self._form = dict_form(observation, shown)
        self.observation_space = self._form.space
        self._n_actions, self._n_symbols = family.n_actions, family.n_observations
        # Plain lists: indexing them with Python ints is several times faster than indexing arrays.
        self._arrival: list[list[int]] = family.union.arrival.tolist()
        self._edges: list[list[int]] = _edges(family.union).tolist()
        self._available = family.union.available
        self._conditioned = ConditionedSteps.needed(family, 1)
        self._worlds: Worlds | None = None
        self._observation_at: list[int] = []
        self._explorer = Explorer.of(family, partial(ExploreVectorEnv, stream=stream, **arguments))
        self.bounds_in = self._explorer.bounds
        self._least: list[float] = []  # returns that count as solved after so many steps
        self._return = 0.0
        self._offset, self._place, self._committed, self._steps = 0, -1, 0, 0
        self._seen: set[int] = set()  # places
        self._spent: set[int] = set()  # edges
        self._predicted: int | None = None
        self._earned = 0.0  # by the last prediction
        self.trail: Trail | None = None  # only if it is drawn

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Info]:
        """Draw a new world and a first move. `options` is accepted and has none to offer."""
        super().reset(seed=seed)
        draws = self.np_random.random((1, _n_draws(self.family)))
        self._worlds, committed = _begin(self.family, draws)
        place = self._place = int(self._worlds.start_place[0])
        self._offset = place - int(self._worlds.start_node[0])
        if self._conditioned is not None:
            self._conditioned.begin(slice(None), self._worlds)
            committed = self._conditioned.heard_as(committed)
        self._committed = int(committed[0])
        self._observation_at = self._worlds.observation_at[0].tolist()
        self._steps, self._predicted, self._earned, self._return = 0, None, 0.0, 0.0
        self._seen, self._spent = {place}, {STANDING_STILL}
        if self._is_drawn:
            self.trail = Trail.of(self._worlds.graph(0), place - self._offset)
            self._has_changed()
        return self._observe(), self._info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Info]:
        """Take the committed move, compare the prediction with what is there, and commit the next move.

        Args:
            action: (move to commit, predicted symbol), two whole numbers.

        Raises:
            ValueError: if the action is not one of the action space.
            gymnasium.error.ResetNeeded: before the first reset.
        """
        move, predicted = self._checked(action)
        if self._worlds is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before step().")
        came_by = self._committed, self._move()
        edge = self._edges[self._place][came_by[1]]
        place = self._place = self._arrival[self._place][came_by[1]]
        self._steps += 1
        if self._steps == self.family.remap_after:
            before, self._observation_at = self._observation_at, self._worlds.observation_later[0].tolist()
            # What has changed has not been seen.
            kept = [was == now for was, now in zip(before, self._observation_at, strict=True)]
            self._seen = {seen for seen in self._seen if kept[seen - self._offset]}
        came = self._observation_at[place - self._offset]
        right = predicted == came != self.family.bare_symbol
        reward = self._earned = 1.0 if right and edge not in self._spent and place in self._seen else 0.0
        self._return += reward
        self._spent.add(edge)
        if not self._is_dark():
            self._seen.add(place)
        self._committed, self._predicted = move, predicted
        if self.trail is not None:
            came_by = step_name(self.family.action_names, *came_by, self._is_dark())
            self.trail.move(place - self._offset, came_by)
            self._has_changed()
        return self._observe(), reward, False, False, self._info()

    def _checked(self, action: Any) -> tuple[int, int]:
        numbers = action.tolist() if isinstance(action, np.ndarray) else action
        try:
            are_two = len(numbers) == 2 and all(isinstance(number, int | np.integer) for number in numbers)
        except TypeError:  # one number, or none
            are_two = False
        if not are_two:
            raise ValueError(
                f"An action is two whole numbers, the next move and the prediction, got {action!r}: "
                f"{_remedy(self._n_actions, self._n_symbols)}"
            )
        move, predicted = numbers
        if not (0 <= move < self._n_actions and 0 <= predicted < self._n_symbols):
            raise ValueError(f"Action {action!r} does not exist: {_remedy(self._n_actions, self._n_symbols)}")
        return int(move), int(predicted)

    def _observe(self) -> Any:
        symbol = self._observation_at[self._place - self._offset]
        heard = self.family.n_observations if self._is_dark() else symbol
        return self._form.one({"observation": heard, "next_action": self._committed})

    def _is_dark(self) -> bool:
        return self._conditioned is not None and bool(self._conditioned.is_dark(np.array([self._steps]))[0])

    def _info(self) -> Info:
        if self._steps >= len(self._least):
            self._least = self._explorer.least_returns(self._steps).tolist()
        solved = np.array(self._return >= self._least[self._steps])
        return {"action_mask": self._open_moves().copy(), "is_success": solved}

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of an explorer that guesses and of one that knows, in episodes of the registered length."""
        return self._explorer.bounds(EPISODE_STEPS)

    @property
    def node(self) -> int:
        """Where the agent is: ground truth, and so no part of `info`."""
        if self._worlds is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before asking for the node.")
        return self._place - self._offset

    def _open_moves(self) -> NDArray[np.int8]:
        """Of the node to which the committed move leads."""
        meant = self._committed
        if self._conditioned is not None:
            meant = int(self._conditioned.meant(np.array([meant]))[0])
        place = self._arrival[self._place][meant]
        return (
            self._available[place] if self._conditioned is None else self._conditioned.available(np.array([place]))[0]
        )

    def _move(self) -> int:
        """The action of the graph that the committed one is in the coming step."""
        if self._conditioned is None:
            return self._committed
        step = np.array([self._committed]), np.array([self._place]), np.array([self._steps + 1])
        return int(self._conditioned.moves(*step)[0])

    def action_masks(self) -> Mask:
        """Which moves have an edge where they will be taken, then every prediction, (n_actions + n_observations,)."""
        if self._worlds is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before action_masks().")
        return np.concatenate([self._open_moves().astype(bool), np.ones(self._n_symbols, dtype=bool)])

    def scene(self) -> Scene:
        """The world, the walk so far, and what was predicted; only with render modes "human" and "rgb_array"."""
        if self.trail is None:
            raise gym.error.ResetNeeded("Nothing was drawn yet: make it with a render_mode, and call reset().")
        symbols = self._shown()[: len(self.trail.visited)]
        return self.trail.scene(symbols, glyph_caption(self._said()), self.family.alphabet)

    def _text(self) -> str:
        assert self._worlds is not None
        picture = draw_graph(self._worlds.graph(0), self._shown(), self._place - self._offset)
        return f"{picture}\n{caption(self._said())}"

    def _has_begun(self) -> bool:
        return self._worlds is not None

    def _shown(self) -> list[int]:
        """What is drawn of the symbols."""
        return in_the_dark(self._observation_at, self.node) if self._is_dark() else self._observation_at

    def _said(self) -> Said:
        came = None if self._is_dark() else int(self._observation_at[self._place - self._offset])
        return Said(self._predicted, came, self._earned, name_of(self._committed, self.family.action_names))


class ExploreVectorEnv(WorldsVectorEnv):
    """The native vector form of `ExploreEnv`, with the same arguments."""

    def __init__(
        self,
        num_envs: int,
        stream: str,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        observation: str = "dict",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        family = self.family = _endless_family(self, stream, arguments)
        shown, actions = _spaces(family)
        self._form = dict_form(observation, shown)
        of_worlds = self._form.space, actions, _n_draws(family)
        super().__init__(num_envs, *of_worlds, max_episode_steps, autoreset_mode, render_mode, render_size)
        self._arrival = family.union.arrival.ravel()
        self._edges = _edges(family.union).ravel()
        self._available = family.union.available
        self._conditioned = ConditionedSteps.needed(family, num_envs)
        self._explorer = Explorer.of(family, partial(ExploreVectorEnv, stream=stream, **arguments))
        self.bounds_in = self._explorer.bounds
        self._least = np.empty(0)  # returns that count as solved after so many steps
        self._return = np.zeros(num_envs)
        self._graph_index = np.zeros(num_envs, dtype=np.int64)
        self._offset = np.zeros(num_envs, dtype=np.int64)  # the place of each world's node 0
        self._place = np.zeros(num_envs, dtype=np.int64)
        self._committed = np.zeros(num_envs, dtype=np.int64)
        self._predicted = np.full(num_envs, NEVER, dtype=np.int64)
        self._earned = np.zeros(num_envs)  # by the last predictions
        self._observation_at = np.empty((num_envs, family.max_nodes), dtype=np.int64)
        self._observation_later = np.empty_like(self._observation_at)
        self._seen = np.zeros((num_envs, family.max_nodes), dtype=bool)
        self._spent = np.zeros((num_envs, int(self._edges.max()) + 1), dtype=bool)
        self._first_node = np.arange(num_envs) * family.max_nodes  # of each world, in the flattened tables
        self._first_edge = np.arange(num_envs) * self._spent.shape[1]
        self._came_by = np.zeros((2, num_envs), dtype=np.int64)  # the action, and the move of the graph that it was
        self._trails: dict[int, Trail] = {}  # only if they are drawn

    def _begin(self, rows: Rows, draws: NDArray[np.float64]) -> None:
        worlds, committed = _begin(self.family, draws)
        if self._conditioned is not None:
            self._conditioned.begin(rows, worlds)
            self._committed[rows] = committed
            committed = self._conditioned.heard_as(self._committed)[rows]
        self._committed[rows] = committed
        self._graph_index[rows] = worlds.graph_index
        self._observation_at[rows] = worlds.observation_at
        self._observation_later[rows] = worlds.observation_later
        self._place[rows] = worlds.start_place
        self._offset[rows] = worlds.start_place - worlds.start_node
        self._predicted[rows] = NEVER
        self._return[rows] = 0
        self._seen[rows] = False
        self._seen[np.arange(self.num_envs)[rows], worlds.start_node] = True
        self._spent[rows] = False
        self._spent[rows, STANDING_STILL] = True

    def _advance(self, actions: Ints) -> tuple[NDArray[np.float64], Mask]:
        moves = self._committed
        if self._conditioned is not None:
            moves = self._conditioned.moves(moves, self._place, self._steps)
        taken = self._place * self.family.n_actions + moves
        edge = self._first_edge + self._edges.take(taken)
        self._place = self._arrival.take(taken)
        if self.family.remap_after is not None:
            changing = self._steps == self.family.remap_after
            self._seen[changing] &= self._observation_at[changing] == self._observation_later[changing]
            self._observation_at[changing] = self._observation_later[changing]
        node = self._first_node + self._place - self._offset
        self._came_by = self._committed, moves
        self._committed, self._predicted = actions.T.copy()
        came = self._observation_at.ravel().take(node)
        right = self._predicted == came
        if self.family.conditions.bare_share:
            right &= came != self.family.bare_symbol
        seen, spent = self._seen.ravel(), self._spent.ravel()
        rewards = self._earned = (right & seen.take(node) & ~spent.take(edge)).astype(np.float64)
        self._return += rewards
        seen[node[~self._is_dark()] if self.family.conditions.can_be_dark else node] = True
        spent[edge] = True
        return rewards, np.zeros(self.num_envs, dtype=bool)

    def _observe(self) -> Any:
        symbols = self._observation_at.ravel().take(self._first_node + self._place - self._offset)
        if self._conditioned is not None:
            symbols = self._conditioned.heard(symbols, self._steps)
        return self._form.many({"observation": symbols, "next_action": self._committed.copy()})

    def _facts(self) -> Info:
        return {"action_mask": self._open_moves(), "is_success": self._return >= self._least_now()}

    def _least_now(self) -> Floats:
        """The return that counts as solved after as many steps as each world had, (num_envs,)."""
        try:
            return self._least.take(self._steps)
        except IndexError:
            self._least = self._explorer.least_returns(int(self._steps.max()))
            return self._least.take(self._steps)

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of an explorer that guesses and of one that knows, in episodes as long as these."""
        return self._explorer.bounds(self.max_episode_steps or EPISODE_STEPS)

    @property
    def node(self) -> Ints:
        """Where the agents are, (num_envs,): ground truth, and so no part of `info`."""
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before asking for the nodes.")
        return self._place - self._offset

    def mapped_returns(self, n_steps: int, seed: int = 0) -> Floats:
        """What an explorer with a perfect map earns on average in 0 to `n_steps` steps, (n_steps + 1,), in new worlds.

        It commits an edge not taken yet, if there is one, and of these one into a seen node; among equals, any. Its
        prediction is what stands where the committed move leads, which is wrong only where that move slips.
        """
        self._least = np.full(n_steps + 1, np.inf)  # those of this very explorer, which nobody asks for here
        rng = np.random.default_rng(seed)
        self.reset(seed=seed)
        return np.append(0.0, np.cumsum([self.step(self._mapped_actions(rng))[1].mean() for _ in range(n_steps)]))

    def _mapped_actions(self, rng: np.random.Generator) -> Ints:
        committed = self._committed if self._conditioned is None else self._conditioned.meant(self._committed)
        taking = self._place * self.family.n_actions + committed
        there, worlds = self._arrival.take(taking), np.arange(self.num_envs)[:, None]
        following = there[:, None] * self.family.n_actions + np.arange(self.family.n_actions)
        leads_to, edges = self._arrival.take(following), self._edges.take(following)
        is_new = ~self._spent[worlds, edges] & (edges != self._edges.take(taking)[:, None])
        is_seen = self._seen[worlds, leads_to - self._offset[:, None]] | (leads_to == there[:, None])
        worth = (self._available.take(there, axis=0) == 1) * (1.0 + is_new * (1 + is_seen))
        moves = (worth + 0.5 * rng.random(worth.shape)).argmax(axis=1)
        if self._conditioned is not None:
            moves = self._conditioned.heard_as(moves)
        changed = self.family.remap_after is not None and self._steps + 1 >= self.family.remap_after
        node = worlds[:, 0], there - self._offset
        symbols = np.where(changed, self._observation_later[node], self._observation_at[node])
        return np.stack([moves, symbols], axis=1)

    def _open_moves(self) -> NDArray[np.int8]:
        """Of the nodes to which the committed moves lead, (num_envs, n_actions)."""
        meant = self._committed if self._conditioned is None else self._conditioned.meant(self._committed)
        there = self._arrival.take(self._place * self.family.n_actions + meant)
        return self._available.take(there, axis=0) if self._conditioned is None else self._conditioned.available(there)

    def action_masks(self) -> Mask:
        """Which moves have an edge where they will be taken, then every prediction: one row for each world."""
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before action_masks().")
        predictions = np.ones((self.num_envs, self.family.n_observations), dtype=bool)
        return np.concatenate([self._open_moves().astype(bool), predictions], axis=1)

    def _checked(self, actions: Any, resetting: Mask | None) -> Ints:
        actions = array_of(actions, self.num_envs)
        if actions.shape != (self.num_envs, 2) or not np.issubdtype(actions.dtype, np.integer):
            raise ValueError(
                f"step() needs two whole numbers, the next move and the prediction, for each of the {self.num_envs} "
                f"worlds, got {actions.dtype} of shape {actions.shape}."
            )
        if resetting is not None:
            actions = np.where(resetting[:, None], 0, actions)
        n_actions, n_symbols = self.family.n_actions, self.family.n_observations
        moves, predictions = actions[:, 0], actions[:, 1]
        if actions.min() < 0 or moves.max() >= n_actions or predictions.max() >= n_symbols:
            wrong = (actions < 0).any(axis=1) | (moves >= n_actions) | (predictions >= n_symbols)
            world = int(wrong.argmax())
            raise ValueError(
                f"Action {actions[world]} in world {world} does not exist: {_remedy(n_actions, n_symbols)}"
            )
        return actions.astype(np.int64, copy=False)

    def _texts(self) -> tuple[str, ...]:
        texts = []
        for world, node in enumerate((self._place - self._offset).tolist()):
            graph = self.family.graphs[self._graph_index[world]]
            picture = draw_graph(graph, self._shown(world), node)
            texts.append(f"{picture}\n{caption(self._said(world))}")
        return tuple(texts)

    def _follow(self, actions: Ints | None) -> None:
        graphs = [self.family.graphs[graph] for graph in self._graph_index]
        steps = zip(*(of_each.tolist() for of_each in (*self._came_by, self._is_dark())), strict=True)
        names = None if actions is None else [step_name(self.family.action_names, *step) for step in steps]
        follow(self._trails, self._steps, graphs, self._place - self._offset, names)

    def _scene(self, world: int) -> Scene:
        trail = self._trails[world]
        symbols = self._shown(world)[: len(trail.visited)]
        return trail.scene(symbols, glyph_caption(self._said(world)), self.family.alphabet)

    def _shown(self, world: int) -> list[int]:
        """What is drawn of the symbols."""
        symbols = self._observation_at[world].tolist()
        return in_the_dark(symbols, int(self.node[world])) if self._is_dark()[world] else symbols

    def _is_dark(self) -> Mask:
        if self._conditioned is None:
            return np.zeros(self.num_envs, dtype=bool)
        return self._conditioned.is_dark(self._steps)

    def _said(self, world: int) -> Said:
        predicted = None if self._predicted[world] == NEVER else int(self._predicted[world])
        came = int(self._observation_at[world, self._place[world] - self._offset[world]])
        following = name_of(self._committed[world], self.family.action_names)
        return Said(predicted, None if self._is_dark()[world] else came, float(self._earned[world]), following)


def _endless_family(view: Any, stream: str, arguments: dict[str, Any]) -> WorldFamily:
    family = viewed_family(view, stream, arguments)
    if family.union.is_end.any():
        raise ValueError(f"Walks in {stream!r} come to an end and cannot be explored: use a stream without one.")
    return family


def _spaces(family: WorldFamily) -> tuple[gym.spaces.Dict, gym.spaces.MultiDiscrete]:
    return (
        gym.spaces.Dict(
            observation=gym.spaces.Discrete(family.n_heard), next_action=gym.spaces.Discrete(family.n_actions)
        ),
        gym.spaces.MultiDiscrete([family.n_actions, family.n_observations]),
    )


def _edges(union: GraphUnion) -> Ints:
    """(R, A): a number from 1 for each pair of nodes, the same both ways; `STANDING_STILL` if an action stays."""
    stays = union.arrival == np.arange(union.n_places)[:, None]
    one_way = union.reverse_edge == NEVER
    return np.where(
        stays, STANDING_STILL, 1 + np.where(one_way, union.edge, np.minimum(union.edge, union.reverse_edge))
    )


def _n_draws(family: WorldFamily) -> int:
    """Those of a world, and one more for the first move."""
    return family.n_draws + 1


def _begin(family: WorldFamily, draws: NDArray[np.float64]) -> tuple[Worlds, Ints]:
    """The worlds that numbers (B, _n_draws) stand for, and the moves (B,) committed there at the start."""
    worlds, union = family.worlds(draws[:, :-1]), family.union
    choice = (draws[:, -1] * union.n_choices[worlds.start_place]).astype(np.int64)
    return worlds, union.choices[worlds.start_place, choice]


def _remedy(n_actions: int, n_symbols: int) -> str:
    return f"use a move in 0..{n_actions - 1} and a prediction in 0..{n_symbols - 1}."
