"""Graph worlds as Gymnasium environments: one at a time, and many in NumPy arrays, over the same worlds."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from hippo_envs.arguments import no_such_action, reject_unknown
from hippo_envs.arrays import Ints, Mask
from hippo_envs.conditioned_steps import ConditionedSteps
from hippo_envs.conditions import Conditions
from hippo_envs.drawing.ansi import draw_graph
from hippo_envs.drawing.scene import Scene, Trail, follow, in_the_dark, step_name
from hippo_envs.envs.base.observation_forms import Integer, WithAction, observation_form
from hippo_envs.envs.base.pictured import RENDER_SIZE, PicturedEnv
from hippo_envs.envs.base.worlds_vector_env import Info, Rows, WorldsVectorEnv, whole_number_actions
from hippo_envs.graph import Graph
from hippo_envs.worlds import World, WorldFamily


class GraphEnv(PicturedEnv):
    """Walk on a world of `build_family(**arguments)`; action = move, reward 0. Subclasses document one task each.

    The sections below are those of every subclass that has none of that title.

    Args:
        observation: "integer", "dict" (with the previous action) or "one-hot".
        render_mode: None, "human", "rgb_array" or "ansi".
        render_size: pixels of the sides of a picture, or (width, height).
        arguments: those of the task, `remap_after`, `remap_share` and conditions, as `make_family` takes them.

    ## Observation Space
    With `observation="dict"` it comes with the previous action, with `observation="one-hot"` as a float32 vector. With
    `dark_after` there is one symbol more, n_observations, for the dark.

    ## Rewards
    Always 0: this is the stream for sequence models, which are scored on what they predict.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (128 as registered).

    ## Information
    | key | value |
    |---|---|
    | `action_mask` | int8 (n_actions,), 1 where the action leads along an edge; a fresh array every step |

    ## Arguments
    | `observation` | `"integer"` | or `"dict"`, with the previous action, or `"one-hot"` |
    | `remap_after` | `None` | step from which some nodes have a symbol that is drawn anew; `None` for never |
    | `remap_share` | `0.5` | probability that a node is one of them; the new symbol may be the old one |
    | `bare_share` | `0.0` | probability that a node is bare: it shows symbol 0, as no other does, and is not scored |
    | `shuffle_actions` | `False` | whether each world permutes its moves; refused where they have no directions |
    | `dark_after` | `None` | step from which it may be dark: the symbol is n_observations then; `None` for never |
    | `dark_share` | `1.0` | probability that it is, at each step |
    | `slip` | `0.0` | probability that a step goes along another open move than its action; staying never slips |
    ...

    ## Scoring
    Accuracy of the predicted symbol on the masks of `Walks`: `loop_closure` (the headline), `zero_shot`, `revisit`.
    Bare places are never scored, and places in the dark only if they were seen in the light (`dark_loop_closure`,
    `dark_revisit`). Where steps slip the headline is `unslipped_loop_closure`: a step that slips cannot be predicted.
    """

    build_family: ClassVar[Callable[..., WorldFamily]]

    def __init__(
        self,
        *,
        observation: str = "integer",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        reject_unknown(f"{type(self).__name__}.__init__()", arguments, *self.takers(), self.__init__)
        self.family = self.make_family(**arguments)
        self._set_render_mode(render_mode, render_size)
        form = observation_form(observation, self.family.n_heard, self.family.n_actions)
        self.observation_space = form.space
        self.action_space = gym.spaces.Discrete(self.family.n_actions)
        self.n_steps = _n_steps(self.family)
        self._n_steps = -1 if self.n_steps is None else self.n_steps
        self._n_actions = self.family.n_actions
        self._form = None if isinstance(form, Integer) else form
        # Plain lists: indexing them with Python ints is several times faster than indexing arrays.
        union = self.family.union
        self._arrival: list[list[int]] = union.arrival.tolist()
        self._is_end: list[bool] = union.is_end.tolist()
        self._available = list(union.available)
        self._conditioned = ConditionedSteps.needed(self.family, 1)
        self._first_place: list[int] = union.first_place.tolist()
        self._offset, self._place, self._steps = 0, -1, 0
        self._move = 0  # the action of the graph that was taken last
        self._observation_at: list[int] = []
        self.world: World | None = None
        self.trail: Trail | None = None  # only if it is drawn

    @classmethod
    def make_family(cls, remap_after: int | None = None, remap_share: float = 0.5, **arguments: Any) -> WorldFamily:
        """What the worlds of an environment with these arguments are drawn from.

        Args:
            remap_after: the step at which some nodes have their symbol drawn anew; None for never.
            remap_share: the probability that a node is one of them; what is drawn may be what was there.
            arguments: those of the task, and of `Conditions`.

        Raises:
            TypeError: if there are no such arguments; it names those that there are.
        """
        reject_unknown(f"{cls.__name__}.make_family()", arguments, *cls.takers())
        names = {field.name for field in fields(Conditions)} & arguments.keys()
        conditions = Conditions(**{name: arguments.pop(name) for name in names})
        family = cls.build_family(**arguments)
        return replace(family, remap_after=remap_after, remap_share=remap_share, conditions=conditions)

    @classmethod
    def takers(cls) -> tuple[Callable[..., Any], ...]:
        """What has the arguments of a family by name."""
        return cls.build_family, cls.make_family, Conditions

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Info]:
        """Draw a new world and start in it. `options` is accepted and has none to offer."""
        super().reset(seed=seed)
        self.world = self.family.draw(self.np_random)
        self._offset = self._first_place[self.world.graph_index]
        self._place = self._offset + self.world.start_node
        self._steps = 0
        if self._conditioned is not None:
            self._conditioned.begin(slice(None), self.world)
        self._observation_at = self.world.observation_at.tolist()
        observation: Any = self._heard(self._observation_at[self.world.start_node])
        if self._form is not None:
            observation = self._form.one(observation, self._n_actions)
        if self._is_drawn:
            self.trail = Trail.of(self.graph, self.world.start_node)
            self._has_changed()
        return observation, self._info()

    def step(self, action: int) -> tuple[Any, float, bool, bool, Info]:
        """Move along an edge; stay put where there is none.

        Raises:
            ValueError: if the action is not one of the action space.
            gymnasium.error.ResetNeeded: before the first reset.
        """
        # What is no whole number fails where it is compared or looked up: a check of its own would cost every step.
        try:
            if not 0 <= action < self._n_actions:
                raise ValueError
            move = action if self._conditioned is None else self._conditioned_move(action)
            place = self._arrival[self._place][move]
        except (TypeError, ValueError):
            raise no_such_action(f"Action {action!r}", self._n_actions, self.family.action_names) from None
        if self.world is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before step().")
        self._place, self._move = place, move
        self._steps += 1
        if self._steps == self.family.remap_after:
            self._observation_at = self.world.observation_later.tolist()
        node = place - self._offset
        observation: Any = self._observation_at[node]
        if self._conditioned is not None:
            observation = self._heard(observation)
        if self._form is not None:
            observation = self._form.one(observation, action)
        if self.trail is not None:
            self.trail.move(node, self.step_name(action))
            self._has_changed()
        is_end = self._is_end[place]
        return observation, 0.0, is_end, self._steps == self._n_steps and not is_end, self._info()

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions lead along an edge from here, (n_actions,); the form that MaskablePPO asks for."""
        if self.world is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before action_masks().")
        return self._open().astype(bool)

    def step_name(self, action: int) -> str:
        """What the last step was that this action led to; ground truth, for pictures."""
        return step_name(self.family.action_names, action, self._move, self._is_dark())

    def leads_to(self, action: int) -> int:
        """The node to which an action leads from here, unless it slips: ground truth, for pictures."""
        move = action if self._conditioned is None else int(self._conditioned.meant(np.array([action]))[0])
        return self._arrival[self._place][move] - self._offset

    def _conditioned_move(self, action: int) -> int:
        """The action of the graph that happens in the coming step."""
        assert self._conditioned is not None
        step = np.array([action]), np.array([self._place]), np.array([self._steps + 1])
        return int(self._conditioned.moves(*step)[0])

    def _open(self) -> NDArray[np.int8]:
        if self._conditioned is None:
            return self._available[self._place]
        return self._conditioned.available(np.array([self._place]))[0]

    def scene(self) -> Scene:
        """The world, where the agent is and has been; only with the render modes "human" and "rgb_array"."""
        if self.trail is None:
            raise gym.error.ResetNeeded("Nothing was drawn yet: make it with a render_mode, and call reset().")
        return self.trail.scene(self._shown(), alphabet=self.family.alphabet)

    def _text(self) -> str:
        return draw_graph(self.graph, self._shown(), self._place - self._offset)

    def _shown(self) -> list[int]:
        """What is drawn of the symbols."""
        return in_the_dark(self._observation_at, self.node) if self._is_dark() else self._observation_at

    def _is_dark(self) -> bool:
        return self._conditioned is not None and bool(self._conditioned.is_dark(np.array([self._steps]))[0])

    def _heard(self, symbol: int) -> int:
        return self.family.n_observations if self._is_dark() else symbol

    def _has_begun(self) -> bool:
        return self.world is not None

    @property
    def graph(self) -> Graph:
        """The graph of this world."""
        if self.world is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() first.")
        return self.family.graphs[self.world.graph_index]

    @property
    def node(self) -> int:
        """Where the agent is: ground truth, and so no part of `info`."""
        if self.world is None:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before asking for the node.")
        return self._place - self._offset

    def _info(self) -> Info:
        return {"action_mask": self._available[self._place].copy() if self._conditioned is None else self._open()}


class GraphVectorEnv(WorldsVectorEnv):
    """`num_envs` worlds of `single.build_family(**arguments)`; the arguments are those of the single environment."""

    single: ClassVar[type[GraphEnv]]

    def __init__(
        self,
        num_envs: int,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        observation: str = "integer",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        reject_unknown(f"{type(self).__name__}.__init__()", arguments, *self.single.takers(), self.__init__)
        family = self.family = self.single.make_family(**arguments)
        self._form = observation_form(observation, family.n_heard, family.n_actions)
        actions = gym.spaces.Discrete(family.n_actions)
        spaces = self._form.space, actions
        super().__init__(num_envs, *spaces, family.n_draws, max_episode_steps, autoreset_mode, render_mode, render_size)
        self.n_steps = _n_steps(family)
        union = family.union
        self._arrival = union.arrival.ravel()
        self._available = union.available
        self._is_end = union.is_end if union.is_end.any() else None
        self._conditioned = ConditionedSteps.needed(family, num_envs)
        self._moves = np.zeros(num_envs, dtype=np.int64)  # the actions of the graph that were taken last
        self._graph_index = np.zeros(num_envs, dtype=np.int64)
        self._offset = np.zeros(num_envs, dtype=np.int64)  # the place of each world's node 0
        self._place = np.zeros(num_envs, dtype=np.int64)
        self._node = np.zeros(num_envs, dtype=np.int64)
        self._previous = np.zeros(num_envs, dtype=np.int64)
        self._observation_at = np.empty((num_envs, family.max_nodes), dtype=np.int64)
        self._observation_later = np.empty_like(self._observation_at)
        self._first_of_row = np.arange(num_envs) * family.max_nodes
        self._trails: dict[int, Trail] = {}  # only if they are drawn

    def _begin(self, rows: Rows, draws: NDArray[np.float64]) -> None:
        worlds = self.family.worlds(draws)
        self._graph_index[rows] = worlds.graph_index
        self._observation_at[rows] = worlds.observation_at
        if self.family.remap_after is not None:
            self._observation_later[rows] = worlds.observation_later
        self._place[rows] = worlds.start_place
        self._node[rows] = worlds.start_node
        self._offset[rows] = worlds.start_place - worlds.start_node
        self._previous[rows] = self.family.n_actions
        if self._conditioned is not None:
            self._conditioned.begin(rows, worlds)

    def _advance(self, actions: Ints) -> tuple[NDArray[np.float64], Mask]:
        taken = self._place * self.family.n_actions
        conditioned = self._conditioned
        self._moves = actions if conditioned is None else conditioned.moves(actions, self._place, self._steps)
        taken += self._moves
        self._place = self._arrival.take(taken)
        self._node = self._place - self._offset
        if isinstance(self._form, WithAction):
            self._previous = actions.copy()
        if self.family.remap_after is not None:
            changing = self._steps == self.family.remap_after
            self._observation_at[changing] = self._observation_later[changing]
        ended = np.zeros(self.num_envs, dtype=bool) if self._is_end is None else self._is_end[self._place]
        return np.zeros(self.num_envs), ended

    def _observe(self) -> Any:
        symbols = self._observation_at.ravel().take(self._first_of_row + self._node)
        if self._conditioned is not None:
            symbols = self._conditioned.heard(symbols, self._steps)
        return self._form.many(symbols, self._previous)

    def _facts(self) -> Info:
        return {"action_mask": self._open()}

    def _open(self) -> NDArray[np.int8]:
        if self._conditioned is None:
            return self._available.take(self._place, axis=0)
        return self._conditioned.available(self._place)

    @property
    def node(self) -> Ints:
        """Where the agents are, (num_envs,): ground truth, and so no part of `info`."""
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before asking for the nodes.")
        return self._node.copy()

    def action_masks(self) -> Mask:
        """Which actions lead along an edge, (num_envs, n_actions)."""
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before action_masks().")
        return self._open().astype(bool)

    def _checked(self, actions: Any, resetting: Mask | None) -> Ints:
        names = self.family.action_names
        return whole_number_actions(actions, self.family.n_actions, self.num_envs, resetting, names)

    def _texts(self) -> tuple[str, ...]:
        worlds = enumerate(zip(self._graph_index, self._node.tolist(), strict=True))
        return tuple(draw_graph(self.family.graphs[graph], self._shown(i), node) for i, (graph, node) in worlds)

    def _shown(self, world: int) -> list[int]:
        """What is drawn of the symbols."""
        symbols = self._observation_at[world].tolist()
        return in_the_dark(symbols, int(self._node[world])) if self._is_dark()[world] else symbols

    def _is_dark(self) -> Mask:
        if self._conditioned is None:
            return np.zeros(self.num_envs, dtype=bool)
        return self._conditioned.is_dark(self._steps)

    def _follow(self, actions: Ints | None) -> None:
        graphs = [self.family.graphs[graph] for graph in self._graph_index]
        names = None
        if actions is not None:
            steps = zip(actions.tolist(), self._moves.tolist(), self._is_dark().tolist(), strict=True)
            names = [step_name(self.family.action_names, *step) for step in steps]
        follow(self._trails, self._steps, graphs, self._node, names)

    def _scene(self, world: int) -> Scene:
        trail = self._trails[world]
        return trail.scene(self._shown(world)[: len(trail.visited)], alphabet=self.family.alphabet)


def _n_steps(family: WorldFamily) -> int | None:
    """Of an episode of a task whose walks have one length; None where any walk is as good."""
    return None if family.walk_length is None else family.walk_length - 1
