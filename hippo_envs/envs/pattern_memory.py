"""Pattern memory: a stream of sparse binary patterns to store, then cues to complete."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from hippo_envs.arguments import reject_unknown
from hippo_envs.arrays import Mask
from hippo_envs.drawing.scene import BitScene
from hippo_envs.envs.base.observation_forms import dict_form
from hippo_envs.envs.base.pictured import RENDER_SIZE, PicturedEnv
from hippo_envs.envs.base.worlds_vector_env import Info, Rows, WorldsVectorEnv
from hippo_envs.envs.pattern_picture import bit_scene, draw_step
from hippo_envs.envs.pattern_task import N_DRAWS, Episode, PatternTask
from hippo_envs.success import least_return


class PatternMemoryEnv(PicturedEnv):
    """Store a stream of sparse binary patterns, then complete the patterns that are cued.

    ## Description
    The continual memory task of Bhandarkar and McClelland. `n_stored` binary patterns of `n_units` units with `n_ones`
    ones each pass by, one a step. Then `n_recalled` of them are cued, one a step, by all or some of their ones, and the
    agent says which ones the pattern had. A memory with a slot for every pattern completes all of them; one with fewer
    slots, or with all patterns in the same connections, forgets the old ones for the sake of the new. How much is
    left of a pattern depends on its age: 1 is the newest, `n_stored` the oldest. Untrained pseudo-patterns from the
    same process can be cued too, to tell what is remembered from what would be answered anyway.

    ## Action Space
    `MultiBinary(n_units)`: the completed pattern, in answer to the cue that is shown. While patterns are being stored
    the action does nothing. Anything outside the space raises a `ValueError`.

    ## Observation Space
    A flat `Dict` of `pattern`, `MultiBinary(n_units)`, the pattern to store or the cue to complete, and `recall`,
    `Discrete(2)`, 1 if it is a cue. Patterns to store are shown from the reset on; the first cue comes with the step
    after the last of them, and each answer is rewarded in the step that gives it, which shows the next cue. After the
    last answer nothing is shown: all zeros and `recall` 0. `observation="one-hot"` gives both as one float32 vector, as
    `gymnasium.spaces.flatten` does.

    ## Rewards
    The share of the pattern's ones recovered, |answer and pattern| / max(n_ones, |answer|), for every answer to a cue;
    0 while storing. A valid completion has at most `n_ones` ones. Of an answer with more, the reward is the share of
    its own ones that are right, so that turning on everything pays no more than chance.

    ## Starting State
    New patterns, cues and ages, all a function of one number from the environment's own generator.

    ## Episode End
    Terminates with the last answer, after `n_stored` + `n_recalled` steps. Never truncated, unless by a
    `max_episode_steps` of yours.

    ## Information
    | key | value |
    |---|---|
    | `age` | of the pattern that is cued: 1 for the newest; 0 while storing and at the end, -1 for a pseudo-pattern |
    | `is_success` | bool array (), whether the return so far counts as solved; at the end, whether the episode does |

    The age belongs to the cue that comes with it, so the reward of a step is about the age of the step before. It is
    ground truth, not for agents.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `n_units` | `1000` | units of a pattern |
    | `n_ones` | `100` | units that are on in every pattern |
    | `n_stored` | `1000` | patterns to store |
    | `n_recalled` | `100` | cues to answer |
    | `cue_share` | `0.5` | share of the ones that a cue shows, rounded down and chosen at random |
    | `structure` | `"random"` | `"random"` for independent patterns, `"tree"` for leaves of a tree of similar ones |
    | `bits_changed` | `10` | of a tree: ones turned off and zeros turned on from a parent to its child |
    | `ages` | `None` | ages to cue, in this order and over again; `None` for all of them in random order, over again |
    | `pseudo_share` | `0.0` | probability that a pattern that was not stored is cued instead |
    | `observation` | `"dict"` | or `"one-hot"`, one flat vector |
    ...

    The mean similarity (ones shared / `n_ones`) of tree patterns at the registered sizes is .52, .30, .19, .14, .11 for
    5, 10, 15, 20, 30 `bits_changed`, and .44, .23, .15, .12, .10 with 7,000 of them, as in the paper. Random ones have
    .10. At tiny sizes two patterns of one episode may happen to be the same.

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/PatternMemory-v0"
    >>> envs = gym.make_vec(make, num_envs=3, vectorization_mode="vector_entry_point", n_stored=20)
    >>> observations, info = envs.reset(seed=0)
    >>> observations["pattern"].shape, observations["pattern"].sum(axis=1), info["age"]
    ((3, 1000), array([100, 100, 100]), array([0, 0, 0]))

    One who remembers everything, half cues and all:

    >>> env = gym.make(make, n_stored=20, n_recalled=5)
    >>> shown, _ = env.reset(seed=0)
    >>> stored, total, over = [], 0.0, False
    >>> while not over:
    ...     if not shown["recall"]:
    ...         stored.append(shown["pattern"])
    ...     best = max(stored, key=lambda pattern: (pattern & shown["pattern"]).sum())
    ...     shown, reward, over, _, _ = env.step(best)
    ...     total += reward
    >>> total
    5.0

    ## Scoring
    The mean reward by age of what was cued. Half cues are the default, of which an echo gets one half. With full cues
    (`cue_share=1.0`), as in most of the paper, an echo gets 1 for all, so take the mean reward for pseudo-patterns off
    (`pseudo_share`): this raw difference is 0 for an echo; divided by its standard deviation over runs it is the
    paper's d'.

    An episode counts as solved with a return of n_recalled (f + .9 (p - f)), nine tenths of the way from an agent that
    echoes the cue and guesses the rest (f is `chance_recovery`) to a perfect memory of random patterns, which gets
    p = 1 - `pseudo_share` + `pseudo_share` f. `env.spec.reward_threshold` is this number for the arguments of the
    instance. With full cues f is 1, and an echo solves every episode. With `pseudo_share=1.0` p is f: nothing that was
    stored is cued, and memory earns no more than an echo.

    ## Reference scores
    Mean rewards at the registered sizes:

    | agent | full cues | half cues |
    |---|---|---|
    | all ones, or any `n_ones` ones at random: n_ones / n_units | .10 | .10 |
    | echoes the cue: `cue_share` | 1 | .50 |
    | echoes the cue and guesses the rest: `chance_recovery` | 1 | .526 |
    | 100 slots, a new pattern overwrites the best matching one: at age 1 | 1 | 1 |
    | the same, mean over all ages | .26 | .24 |
    | the same, pseudo-patterns: `overlap_baseline` | .176 | .154 |
    | perfect memory of random patterns | 1 | 1 |

    The slots are the 1-winner network of the paper, which answers with what a slot holds and forgets the cue. At age a
    it gets b + (1 - b) (1 - 1/100)^(a - 1), where b is what it gets for pseudo-patterns; for half cues that is less
    than the cue itself is worth. `chance_recovery` and `overlap_baseline` of `hippo_envs.envs.patterns` compute both at
    any size.

    ## References
    Bhandarkar and McClelland (2025), "Neural computation without slots", arXiv 2511.04593: section 2.2; A.2.4 for the
    score of slots, A.3 for trees.
    """

    def __init__(
        self,
        *,
        observation: str = "dict",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        reject_unknown(f"{type(self).__name__}.__init__()", arguments, PatternTask, self.__init__)
        self.task = PatternTask(**arguments)
        self.n_steps = self.task.n_steps
        self._set_render_mode(render_mode, render_size)
        self._least = float(least_return(*self.return_bounds))
        self._return = 0.0
        self._form = dict_form(observation, self.task.observation_space)
        self.observation_space = self._form.space
        self.action_space = self.task.action_space
        self._episode: Episode | None = None
        self._step = self.task.n_steps
        self._answer: Mask | None = None  # to the last cue; only if it is drawn

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Info]:
        """Draw new patterns and show the first. `options` is accepted and has none to offer."""
        super().reset(seed=seed)
        self._episode = self.task.episode(float(self.np_random.random(N_DRAWS)[0]))
        self._step, self._answer, self._return = 0, None, 0.0
        if self._is_drawn:
            self._has_changed()
        return self._shown(self._episode)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Info]:
        """Answer the cue if there is one, and see what comes next.

        Args:
            action: (n_units,), 1 for the ones of the completed pattern and else 0.

        Raises:
            ValueError: if the action is not one of the action space.
            gymnasium.error.ResetNeeded: before the first reset, and after the last answer.
        """
        answer = _binary(action, (self.task.n_units,), None)
        episode, task = self._episode, self.task
        if episode is None or self._step == task.n_steps:
            state = "There are no patterns yet" if episode is None else "This episode is over"
            raise gym.error.ResetNeeded(f"{state}: call reset() before step().")
        cue = self._step - task.n_stored
        reward = 0.0 if cue < 0 else float(task.recovered(answer, episode.targets[cue]))
        self._return += reward
        self._step += 1
        if self._is_drawn:
            self._answer = None if cue < 0 else answer
            self._has_changed()
        observation, info = self._shown(episode)
        return observation, reward, self._step == task.n_steps, False, info

    def _shown(self, episode: Episode) -> tuple[Any, Info]:
        step, task = self._step, self.task
        observation = {
            "pattern": task.unpacked(episode.shown[step]),
            "recall": int(task.n_stored <= step < task.n_steps),
        }
        solved = np.array(self._return >= self._least)
        return self._form.one(observation), {"age": episode.ages[step], "is_success": solved}

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of an echo of the cue that guesses the rest, and of a perfect memory of random patterns."""
        return self.task.return_bounds

    def scene(self) -> BitScene:
        """What is shown, and the last answer beside its cue and its pattern."""
        if self._episode is None:
            raise gym.error.ResetNeeded("There are no patterns yet: call reset() before scene().")
        return bit_scene(self.task, *self._episode, self._step, self._answer)

    def _text(self) -> str:
        assert self._episode is not None
        return draw_step(self.task, self._episode.shown[self._step], self._step, int(self._episode.ages[self._step]))

    def _has_begun(self) -> bool:
        return self._episode is not None


class PatternMemoryVectorEnv(WorldsVectorEnv):
    """The native vector form of `PatternMemoryEnv`, with the same arguments."""

    def __init__(
        self,
        num_envs: int,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        observation: str = "dict",
        render_mode: str | None = None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
        **arguments: Any,
    ) -> None:
        reject_unknown(f"{type(self).__name__}.__init__()", arguments, PatternTask, self.__init__)
        task = self.task = PatternTask(**arguments)
        self._form = dict_form(observation, task.observation_space)
        spaces = self._form.space, task.action_space
        super().__init__(num_envs, *spaces, N_DRAWS, max_episode_steps, autoreset_mode, render_mode, render_size)
        self.n_steps = task.n_steps
        self._least = least_return(*self.return_bounds)
        self._return = np.zeros(num_envs)
        n_bytes = -(-task.n_units // 8)
        self._shown = np.zeros((num_envs, task.n_steps + 1, n_bytes), dtype=np.uint8)
        self._ages = np.zeros((num_envs, task.n_steps + 1), dtype=np.int64)
        self._targets = np.zeros((num_envs, task.n_recalled, n_bytes), dtype=np.uint8)
        self._worlds = np.arange(num_envs)
        self._answers = np.zeros((num_envs, task.n_units), dtype=bool)  # the last ones; only if they are drawn

    def _begin(self, rows: Rows, draws: NDArray[np.float64]) -> None:
        for row, draw in zip(np.arange(self.num_envs)[rows], draws[:, 0].tolist(), strict=True):
            self._shown[row], self._ages[row], self._targets[row] = self.task.episode(draw)
        self._return[rows] = 0

    def _advance(self, actions: Mask) -> tuple[NDArray[np.float64], Mask]:
        # The cue that was answered. A world that is about to be reset is beyond its last one.
        cue = self._steps - 1 - self.task.n_stored
        rows = np.flatnonzero((cue >= 0) & (cue < self.task.n_recalled))
        rewards = np.zeros(self.num_envs)
        if len(rows):
            rewards[rows] = self.task.recovered(actions[rows], self._targets[rows, cue[rows]])
        self._return += rewards
        return rewards, self._steps == self.task.n_steps

    def _observe(self) -> Any:
        in_recall = (self._steps >= self.task.n_stored) & (self._steps < self.task.n_steps)
        pattern = self.task.unpacked(self._shown[self._worlds, self._steps])
        return self._form.many({"pattern": pattern, "recall": in_recall.astype(np.int64)})

    def _facts(self) -> Info:
        return {"age": self._ages[self._worlds, self._steps], "is_success": self._return >= self._least}

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of an echo of the cue that guesses the rest, and of a perfect memory of random patterns."""
        return self.task.return_bounds

    def _checked(self, actions: Any, resetting: Mask | None) -> Mask:
        return _binary(actions, (self.num_envs, self.task.n_units), resetting)

    def _texts(self) -> tuple[str, ...]:
        now = self._shown[self._worlds, self._steps], self._steps.tolist(), self._facts()["age"].tolist()
        return tuple(draw_step(self.task, *shown) for shown in zip(*now, strict=True))

    def _follow(self, actions: Mask | None) -> None:
        if actions is not None:
            self._answers = actions.copy()

    def _scene(self, world: int) -> BitScene:
        step = int(self._steps[world])
        answer = self._answers[world] if step > self.task.n_stored else None
        return bit_scene(self.task, self._shown[world], self._ages[world], self._targets[world], step, answer)


def _binary(actions: Any, shape: tuple[int, ...], resetting: Mask | None) -> Mask:
    """Actions of `MultiBinary` as bools, not looked at where a world is resetting; a ValueError names a wrong one."""
    actions = np.asarray(actions)
    if actions.shape != shape or actions.dtype.kind not in "biuf":
        raise ValueError(
            f"step() needs zeros and ones of shape {shape}, one for each unit, got {actions.dtype} of shape "
            f"{actions.shape}."
        )
    is_on = actions == 1
    is_wrong = is_on ^ (actions != 0)
    if resetting is not None:
        is_wrong[resetting] = False
    if is_wrong.any():
        *world, unit = np.argwhere(is_wrong)[0].tolist()
        where = f"unit {unit} of world {world[0]}" if world else f"unit {unit}"
        raise ValueError(
            f"An action is zeros and ones, got {actions[is_wrong][0]} for {where}: use 1 for on, 0 for off."
        )
    return is_on
