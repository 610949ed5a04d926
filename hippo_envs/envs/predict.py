"""Predict: watch a walk and be rewarded for predicting the next symbol, wherever it can be predicted."""

from operator import index
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from hippo_envs.arguments import no_such_action, whole_number
from hippo_envs.arrays import Ints, Mask
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
from hippo_envs.envs.base.worlds_vector_env import Info, Rows, WorldsVectorEnv, whole_number_actions
from hippo_envs.registration import viewed_family
from hippo_envs.sampling import n_walk_draws, walks_from
from hippo_envs.success import least_return
from hippo_envs.walking.first_visits import NEVER
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily

WALK_LENGTH = 128
MOST_STEPS = 10_000_000  # of a walk, and of a window: all of it is in memory


class PredictEnv(PicturedEnv):
    """Watch a walk on a graph and say, before each step, which symbol comes next.

    ## Description
    The rewarded, passive view of a stream such as `hippo/Rectangle-v0`, for reinforcement learners. A world and a whole
    walk in it are drawn at reset, the walk as the animal of that stream walks. The agent sees the symbol of the node
    where the animal stands and the action that the animal takes next, and says which symbol it will find. Nothing that
    the agent says changes what comes, so there is nothing to plan: train with `gamma=0`. What there is to learn is to
    remember, and to know where actions lead; a policy without memory is right only where the animal stands still.

    ## Action Space
    `Discrete(n_observations)`: the symbol that comes next. A number outside the space raises a `ValueError`.

    ## Observation Space
    A flat `Dict` of `observation`, `Discrete(n_observations)`, the symbol now, and `next_action`,
    `Discrete(n_actions)`, the action that leads to the next one. With `window` W above 1 both are `MultiDiscrete` of
    shape (W,) and hold the last W of each, the latest last; before the start of the walk they are filled up with
    `n_observations` and `n_actions`, which stand for "none". `observation="one-hot"` gives all of it as one float32
    vector, as `gymnasium.spaces.flatten` does. With `dark_after` there is one symbol more: n_observations
    stands for the dark, and n_observations + 1 for "none".

    ## Rewards
    1 / n where the prediction is right and the step is knowable, else 0; n is how many steps of this walk are knowable,
    so that the undiscounted return is the accuracy on them, at most 1. A step is knowable if it arrives at a node seen
    before in this walk that is not bare and, where symbols are remapped, has not changed since. Of a case sequence the
    answer alone counts; on familiar maps (`stream="hippo/ReferenceMemory-v0"`), which can be known by heart, every step
    but the first.
    A step that slips (`slip`) cannot be known. Where no step of a walk is knowable, every reward is 0.

    ## Starting State
    A world of the stream, the one of the same seed, and a walk in it: that of `sample_walks(family, [seed])`, from the
    environment's own generator.

    ## Episode End
    Never terminates. Truncated after `walk_length` - 1 predictions, by the environment itself: the walk is cut, and
    would go on. A case sequence is over with its answer, and is reported in the same way. Learners that bootstrap from
    where an episode was truncated add a value there that nothing earns; with `gamma=0`, which is right here, none does.
    A smaller `max_episode_steps` cuts walks short and makes the return a part of the accuracy: use `walk_length`
    instead.

    ## Information
    | key | value |
    |---|---|
    | `knowable` | bool array (), whether the prediction just made was scored; `False` after a reset |
    | `is_success` | bool array (), whether the return so far counts as solved; at the end, whether the episode does |

    Ground truth, not for agents, is `env.unwrapped.node`: the node that was arrived at, as the stream numbers them.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `stream` | by id | whose worlds and walks, e.g. `"hippo/Rectangle-v0"` |
    | `walk_length` | `None` | steps of a walk, the first one included; `None` for 128, or what the task has |
    | `window` | `1` | how many symbols and actions to show |
    | `observation` | `"dict"` | or `"one-hot"`, one flat vector |
    ...

    All others are those of the stream: `width=10`, `n_observations=20`, `remap_after=64`.

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/Rectangle-Predict-v0"
    >>> envs = gym.make_vec(make, num_envs=3, vectorization_mode="vector_entry_point", window=2)
    >>> observations, info = envs.reset(seed=0)
    >>> observations["observation"].shape, info["knowable"].tolist()
    ((3, 2), [False, False, False])

    One who always knew would be paid for every revisit, and get 1 in all:

    >>> env = gym.make(make)
    >>> first, info = env.reset(seed=0)
    >>> walks = env.unwrapped.walks
    >>> rewards = [env.step(symbol)[1] for symbol in walks.observations[0, 1:]]
    >>> n_paid = sum(reward > 0 for reward in rewards)
    >>> len(rewards), n_paid - int(walks.revisit.sum()), round(sum(rewards), 9)
    (127, 0, 1.0)

    ## Scoring
    The mean return over worlds, which is the mean over walks of the accuracy on knowable steps. `env.unwrapped.walks`
    holds the walk with all its masks, for scores on `loop_closure` and the like.

    An episode counts as solved with a return of c + .9 (1 - c), nine tenths of the way from chance to a perfect map. c
    is 1 / n_observations, of one fewer where places are bare, and 1/2 in a case sequence. `env.spec.reward_threshold`
    is this number for the arguments of the instance. Knowing all edges taken, even in both directions, is not enough
    on average. With slips or on tori in the dark even the exact filter of `hippo_envs.ceilings` stays below.

    ## Reference scores
    Mean returns at the registered sizes with 128 steps, over 20,000 worlds:

    | agent | rectangles | hexagons | family trees |
    |---|---|---|---|
    | chance, 1 / n_observations | .02 | .02 | .02 |
    | no memory: knows that standing still changes nothing | .28 | .22 | .02 |
    | edge agent: knows where edges taken lead | .44 | .33 | .43 |
    | inverse agent: knows them in both directions | .72 | .60 | .64 |
    | node agent: a perfect map | 1 | 1 | 1 |

    The node agent is the ceiling but on family trees, where actions do not always tell where one is. Of case sequences
    an agent that knows which tokens are answers gets 1/2, and the ceiling is 1. `hippo_envs.references` computes all of
    them on any walks.

    ## References
    Whittington et al. (2020), Cell 183, whose models predict in the same way, without reward.
    """

    def __init__(
        self,
        stream: str,
        walk_length: int | None = None,
        window: int = 1,
        *,
        observation: str = "dict",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        self.family = viewed_family(self, stream, arguments)
        self.walk_length = _checked_walk_length(self.family, walk_length)
        self.n_steps = self.walk_length - 1
        self.window = window
        self._set_render_mode(render_mode, render_size)
        self._form = dict_form(observation, _observation_space(self.family, window))
        self.observation_space = self._form.space
        self.action_space = gym.spaces.Discrete(self.family.n_observations)
        self._least = float(least_return(*self.return_bounds))
        self.walks: Walks | None = None
        self._step = 0
        # Plain lists: indexing them with Python ints is several times faster than indexing arrays.
        self._heard: list[int] = []
        self._symbols: list[int] = []
        self._actions: list[int] = []
        self._moves: list[int] = []
        self._nodes: list[int] = []
        self._knowable: list[bool] = []
        self._windows: tuple[Ints, Ints] | None = None
        self._reward = 0.0
        self._predicted: int | None = None
        self._earned = 0.0  # by the last prediction
        self._return = 0.0
        self.trail: Trail | None = None  # only if it is drawn

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Info]:
        """Draw a new world and a walk in it. `options` is accepted and has none to offer."""
        super().reset(seed=seed)
        draws = self.np_random.random(n_walk_draws(self.family, self.walk_length))
        walks = self.walks = walks_from(self.family, draws[None], self.walk_length)
        knowable = walks.knowable
        self._reward = float(_reward_of_each(knowable)[0])
        self._symbols, self._actions = walks.observations[0].tolist(), walks.actions[0].tolist()
        self._heard = walks.heard[0].tolist()
        self._moves = walks.moves[0].tolist()
        self._nodes, self._knowable = walks.nodes[0].tolist(), knowable[0].tolist()
        if self.window > 1:
            self._windows = (
                _filled_up(walks.heard[0], self.family.n_heard, self.window),
                _filled_up(walks.actions[0], self.family.n_actions, self.window),
            )
        self._step, self._predicted, self._earned, self._return = 0, None, 0.0, 0.0
        if self._is_drawn:
            self.trail = Trail.of(walks.worlds.graph(0), self._nodes[0])
            self._has_changed()
        return self._observe(), self._info(knowable=False)

    def step(self, action: int) -> tuple[Any, float, bool, bool, Info]:
        """Compare the predicted symbol with the one that comes.

        Raises:
            ValueError: if the action is no symbol.
            gymnasium.error.ResetNeeded: before the first reset, and after the end of the walk.
        """
        # A float that equals no symbol would never be right and never be noticed.
        try:
            predicted = index(action)
            if not 0 <= predicted < self.family.n_observations:
                raise ValueError
        except (TypeError, ValueError):
            names = self.family.alphabet or ()
            raise no_such_action(f"Action {action!r}", self.family.n_observations, names) from None
        step = self._step + 1
        if step >= len(self._nodes):
            state = "There is no walk yet" if self.walks is None else "This walk is over"
            raise gym.error.ResetNeeded(f"{state}: call reset() before step().")
        self._step, self._predicted = step, predicted
        knowable = self._knowable[step]
        reward = self._earned = self._reward if knowable and predicted == self._symbols[step] else 0.0
        self._return += reward
        if self.trail is not None:
            came_by = step_name(
                self.family.action_names, self._actions[step - 1], self._moves[step - 1], self._is_dark()
            )
            self.trail.move(self._nodes[step], came_by)
            self._has_changed()
        return self._observe(), reward, False, step == self.n_steps, self._info(knowable)

    def _info(self, knowable: bool) -> Info:
        return {"knowable": np.array(knowable), "is_success": np.array(self._return >= self._least)}

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of chance and of a perfect map."""
        return self.family.chance, 1.0

    @property
    def node(self) -> int:
        """The node that was arrived at: ground truth, and so no part of `info`."""
        if self.walks is None:
            raise gym.error.ResetNeeded("There is no walk yet: call reset() before asking for the node.")
        return self._nodes[self._step]

    def _observe(self) -> Any:
        step = self._step
        if self._windows is None:
            return self._form.one({"observation": self._heard[step], "next_action": self._actions[step]})
        symbols, actions = (padded[step : step + self.window].copy() for padded in self._windows)
        return self._form.one({"observation": symbols, "next_action": actions})

    def scene(self) -> Scene:
        """The world, the walk so far, and what was predicted; only with render modes "human" and "rgb_array"."""
        if self.trail is None:
            raise gym.error.ResetNeeded("Nothing was drawn yet: make it with a render_mode, and call reset().")
        return self.trail.scene(self._symbols_now(), glyph_caption(self._said()), self.family.alphabet)

    def _text(self) -> str:
        assert self.walks is not None
        picture = draw_graph(self.walks.worlds.graph(0), self._symbols_now(), self._nodes[self._step])
        return f"{picture}\n{caption(self._said())}"

    def _has_begun(self) -> bool:
        return self.walks is not None

    def _is_dark(self) -> bool:
        return self._heard[self._step] == self.family.n_observations

    def _said(self) -> Said:
        came = None if self._is_dark() else int(self._symbols[self._step])
        following = name_of(self._actions[self._step], self.family.action_names)
        return Said(self._predicted, came, self._earned, following)

    def _symbols_now(self) -> list[int]:
        assert self.walks is not None
        worlds, change = self.walks.worlds, self.family.remap_after
        changed = change is not None and self._step >= change
        symbols = worlds.observation_later if changed else worlds.observation_at
        symbols = symbols[0, : worlds.graph(0).n_nodes].tolist()
        return in_the_dark(symbols, self._nodes[self._step]) if self._is_dark() else symbols


class PredictVectorEnv(WorldsVectorEnv):
    """The native vector form of `PredictEnv`, with the same arguments."""

    def __init__(
        self,
        num_envs: int,
        stream: str,
        walk_length: int | None = None,
        window: int = 1,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        observation: str = "dict",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        family = self.family = viewed_family(self, stream, arguments)
        self.walk_length = _checked_walk_length(family, walk_length)
        self.window = window
        self._form = dict_form(observation, _observation_space(family, window))
        super().__init__(
            num_envs,
            self._form.space,
            gym.spaces.Discrete(family.n_observations),
            n_walk_draws(family, self.walk_length),
            max_episode_steps,
            autoreset_mode,
            render_mode,
            render_size,
        )
        # A step of many walks takes little longer than a step of a few.
        self.worlds_at_once = 2_048
        self.n_steps = self.walk_length - 1
        # One row a step, so that worlds in step with each other read neighbours, and a last row that scores nothing:
        # a world that is about to be reset steps on to it.
        n_steps = self.walk_length + 1
        self._heard = np.full((window - 1 + n_steps, num_envs), family.n_heard, dtype=np.int64)
        # What is there, only where not all of it is heard.
        self._unheard = np.zeros((n_steps, num_envs), dtype=np.int64) if family.conditions.can_be_dark else None
        self._actions = np.full((window - 1 + n_steps, num_envs), family.n_actions, dtype=np.int64)
        self._nodes = np.zeros((n_steps, num_envs), dtype=np.int64)
        self._moves = np.zeros((n_steps, num_envs), dtype=np.int64)  # as the graph has them
        self._knowable = np.zeros((n_steps, num_envs), dtype=bool)
        self._reward = np.zeros(num_envs)
        self._return = np.zeros(num_envs)
        self._least = least_return(*self.return_bounds)
        self._predicted = np.full(num_envs, NEVER, dtype=np.int64)
        self._earned = np.zeros(num_envs)  # by the last predictions
        self._graph_index = np.zeros(num_envs, dtype=np.int64)
        self._observation_at = np.empty((2, num_envs, family.max_nodes), dtype=np.int64)  # at first, and later
        self._worlds = np.arange(num_envs)
        self._trails: dict[int, Trail] = {}  # only if they are drawn

    def _begin(self, rows: Rows, draws: NDArray[np.float64]) -> None:
        walks = walks_from(self.family, draws, self.walk_length)
        knowable = walks.knowable
        first, end = self.window - 1, self.window - 1 + self.walk_length
        self._heard[first:end, rows] = walks.heard.T
        if self._unheard is not None:
            self._unheard[:-1, rows] = walks.observations.T
        self._actions[first:end, rows] = walks.actions.T
        self._nodes[:-1, rows] = walks.nodes.T
        self._moves[:-1, rows] = walks.moves.T
        self._knowable[:-1, rows] = knowable.T
        self._reward[rows] = _reward_of_each(knowable)
        self._return[rows] = 0
        self._predicted[rows] = NEVER
        self._graph_index[rows] = walks.worlds.graph_index
        self._observation_at[:, rows] = walks.worlds.observation_at, walks.worlds.observation_later

    def _advance(self, actions: Ints) -> tuple[NDArray[np.float64], Mask]:
        self._predicted = actions.copy()
        arrival = self._steps * self.num_envs + self._worlds
        came = self._symbols().ravel().take(arrival)
        rewards = self._earned = self._reward * (self._knowable.ravel().take(arrival) & (actions == came))
        self._return += rewards
        return rewards, np.zeros(self.num_envs, dtype=bool)

    def _symbols(self) -> Ints:
        """What is there, (steps, num_envs)."""
        return self._heard[self.window - 1 :] if self._unheard is None else self._unheard

    def _observe(self) -> Any:
        shown = self._steps * self.num_envs + self._worlds
        if self.window > 1:
            shown = shown[:, None] + self.num_envs * np.arange(self.window)
        symbols, actions = self._heard.ravel().take(shown), self._actions.ravel().take(shown)
        return self._form.many({"observation": symbols, "next_action": actions})

    def _facts(self) -> Info:
        now = self._steps * self.num_envs + self._worlds
        return {"knowable": self._knowable.ravel().take(now), "is_success": self._return >= self._least}

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of chance and of a perfect map."""
        return self.family.chance, 1.0

    @property
    def node(self) -> Ints:
        """The nodes that were arrived at, (num_envs,): ground truth, and so no part of `info`."""
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no walks yet: call reset() before asking for the nodes.")
        return self._nodes.ravel().take(self._steps * self.num_envs + self._worlds)

    def _checked(self, actions: Any, resetting: Mask | None) -> Ints:
        names = self.family.alphabet or ()
        return whole_number_actions(actions, self.family.n_observations, self.num_envs, resetting, names)

    def _texts(self) -> tuple[str, ...]:
        texts = []
        for world, step in enumerate(self._steps.tolist()):
            graph = self.family.graphs[self._graph_index[world]]
            picture = draw_graph(graph, self._symbols_of(world), self._nodes[step, world])
            texts.append(f"{picture}\n{caption(self._said(world))}")
        return tuple(texts)

    def _follow(self, actions: Ints | None) -> None:
        graphs = [self.family.graphs[graph] for graph in self._graph_index]
        before = self._steps - 1  # of a world at its start, the name is not read
        actions, moves = self._actions[self.window - 1 :][before, self._worlds], self._moves[before, self._worlds]
        none = self.family.n_actions
        names = [
            step_name(self.family.action_names, action, move, dark) if action < none else "start"
            for action, move, dark in zip(actions.tolist(), moves.tolist(), self._is_dark().tolist(), strict=True)
        ]
        follow(self._trails, self._steps, graphs, self._nodes[self._steps, self._worlds], names)

    def _scene(self, world: int) -> Scene:
        trail = self._trails[world]
        symbols = self._symbols_of(world)[: len(trail.visited)]
        return trail.scene(symbols, glyph_caption(self._said(world)), self.family.alphabet)

    def _is_dark(self) -> Mask:
        return self._heard[self.window - 1 + self._steps, self._worlds] == self.family.n_observations

    def _symbols_of(self, world: int) -> list[int]:
        """What is drawn of the symbols of a world, padded."""
        change, step = self.family.remap_after, self._steps[world]
        symbols = self._observation_at[int(change is not None and step >= change), world].tolist()
        return in_the_dark(symbols, int(self.node[world])) if self._is_dark()[world] else symbols

    def _said(self, world: int) -> Said:
        row = self.window - 1 + self._steps[world]
        predicted = None if self._predicted[world] == NEVER else int(self._predicted[world])
        came = None if self._is_dark()[world] else int(self._symbols()[self._steps[world], world])
        following = name_of(self._actions[row, world], self.family.action_names)
        return Said(predicted, came, float(self._earned[world]), following)


def _checked_walk_length(family: WorldFamily, walk_length: int | None) -> int:
    """That of the family if none is given; a ValueError if walks are too short to predict, or not the whole task."""
    whole = family.walk_length
    if whole is None and family.union.is_end.any():
        raise ValueError("Walks of this stream come to an end of their own, and a view cannot tell when: use another.")
    if walk_length is None:
        return WALK_LENGTH if whole is None else whole
    walk_length = whole_number("walk_length", walk_length, at_least=2, at_most=MOST_STEPS)
    if whole is not None and walk_length != whole:
        raise ValueError(f"A walk of this task has {whole} steps and ends with what is scored, got {walk_length}.")
    return walk_length


def _observation_space(family: WorldFamily, window: int) -> gym.spaces.Dict:
    if whole_number("window", window, at_least=1, at_most=MOST_STEPS) == 1:
        symbol, action = gym.spaces.Discrete(family.n_heard), gym.spaces.Discrete(family.n_actions)
    else:
        symbol, action = (gym.spaces.MultiDiscrete([n + 1] * window) for n in (family.n_heard, family.n_actions))
    return gym.spaces.Dict(observation=symbol, next_action=action)


def _filled_up(values: Ints, none: int, window: int) -> Ints:
    """With `none` in front for each step before the start that a window reaches.

    >>> _filled_up(np.array([4, 2]), none=9, window=3).tolist()
    [9, 9, 4, 2]
    """
    return np.concatenate([np.full(window - 1, none), values])


def _reward_of_each(knowable: Mask) -> NDArray[np.float64]:
    """What a right prediction is worth in each walk, (B,); 0 where there is none to make.

    >>> _reward_of_each(np.array([[False, True, True], [False, False, False]])).tolist()
    [0.5, 0.0]
    """
    n_knowable = knowable.sum(axis=1)
    return (n_knowable > 0) / np.maximum(n_knowable, 1)
