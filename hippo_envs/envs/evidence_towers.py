"""A corridor with towers on both sides: at its end, turn to the side that had more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import check_moves, number, whole_number, whole_numbers
from hippo_envs.arrays import Floats
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.envs.track import NO_REWARD, REWARD, Track
from hippo_envs.graph import Graph
from hippo_envs.walking.graph_union import GraphUnion
from hippo_envs.walking.step_table import StepTable
from hippo_envs.walking.walk_policies import Chooser, HabitPolicy, Preparer
from hippo_envs.worlds import WorldFamily

ACTIONS = ("proceed", "tower left", "tower right", "left", "right")
TEM_LENGTHS = (6, 8, 10, 12)


def evidence_towers_graph(length: int, error_slope: float = 0.5) -> Graph:
    """A corridor of `length` positions; at each, as many moments as the evidence can have values: length^2 + 4 in all.

    Evidence is towers on the right less towers on the left, from -position to position. At the end the animal turns
    left or right; the turn to the side with more towers is rewarded, after a tie either is. It errs with probability
    1 / (1 + exp(error_slope |evidence|)).

    Raises:
        ValueError: if the length is below 2 or the slope below 0.
    """
    length = whole_number("length", length, at_least=2)
    check_moves(length * length, len(ACTIONS), length=length)
    error_slope = number("error_slope", error_slope, at_least=0)
    track = Track(ACTIONS)
    at = {}
    for position in range(length):
        for evidence in range(-position, position + 1):
            (at[position, evidence],) = track.add([(evidence, position)])
            track.looks[-1] = position
    left_reward, left_none, right_none, right_reward = track.add([(x, length + 1) for x in (-3, -1, 1, 3)])
    for end, look in zip(
        (left_reward, left_none, right_none, right_reward), (REWARD, NO_REWARD, NO_REWARD, REWARD), strict=True
    ):
        track.looks[end] = look
        track.join(end, at[0, 0], "proceed")
    for (position, evidence), moment in at.items():
        if position < length - 1:
            for action, change in (("proceed", 0), ("tower left", -1), ("tower right", 1)):
                track.join(moment, at[position + 1, evidence + change], action)
        else:
            mistake = float(np.exp(-error_slope * abs(evidence)))
            track.join(moment, left_reward if evidence <= 0 else left_none, "left", mistake if evidence > 0 else 1.0)
            track.join(moment, right_reward if evidence >= 0 else right_none, "right", mistake if evidence < 0 else 1.0)
    return track.graph()


@dataclass(frozen=True)
class TowerPolicy:
    """Habits, but that each trial has a side on which towers are more frequent.

    Args:
        bias: how many times as likely a tower on that side is, from the start of a trial to its end.
    """

    bias: float = 4.5
    draws_per_step: ClassVar[int] = 2

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Preparer:
        """A new side is drawn wherever a walk is at the beginning of a corridor."""
        left, right = ACTIONS.index("tower left"), ACTIONS.index("tower right")
        habits = np.stack([union.habits, union.habits])
        for side, action in enumerate((left, right)):
            habits[side, :, action] *= self.bias
        biased = HabitPolicy.ladder(habits / habits.sum(axis=-1, keepdims=True))
        begins = np.isin(np.arange(union.n_places), union.first_place)
        sides = np.zeros(draws.shape[1], dtype=np.int64)

        def prepare(draws: Floats) -> Chooser:
            which, uniform = draws

            def choose(t: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
                places = rows // table.width
                sides[:] = np.where(begins[places], which[t] < 0.5, sides)
                return rows + table.first_action + (uniform[t][:, None] >= biased[sides, places]).sum(axis=1)

            return choose

        return prepare


def evidence_towers_family(
    length: int | Sequence[int] = TEM_LENGTHS,
    error_slope: float = 0.5,
    bias: float = 4.5,
    n_observations: int = 45,
) -> WorldFamily:
    """Corridors of one or several lengths; the arguments are those of `EvidenceTowersEnv`."""
    bias = number("bias", bias, above=0)
    graphs = tuple(evidence_towers_graph(n, error_slope) for n in whole_numbers("length", length))
    return WorldFamily(graphs, n_observations, TowerPolicy(bias))


class EvidenceTowersEnv(GraphEnv):
    """Run down a corridor, count towers on the left and right, and turn to the side with more.

    ## Description
    The task in which Nieh et al. (2021) found cells for position and evidence jointly, as the Tolman-Eichenbaum Machine
    learns it. At every position of the corridor a tower appears on the left, on the right, or none: that is the action.
    All moments at one position look alike, so that only the sum of what has passed tells what the turn at the end will
    bring. An abstract graph: position by evidence, a triangle of moments.

    Walks, as `sample_walks` takes them, follow the animal's habits: at each position a tower on either side or none, on
    the side of the trial `bias` times as often as each of the other two; at the end the right turn but for a share
    1 / (1 + exp(`error_slope` |evidence|)) of mistakes.

    ## Action Space
    `Discrete(5)`: proceed, tower left, tower right, left, right; the last two at the corridor's end only, and "proceed"
    from an end leads to the beginning. What is not open at a moment leaves the agent where it is; `info["action_mask"]`
    says what is. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol of the position, or that of reward or of its absence, as an `int`.
    ...

    ## Rewards
    ...
    The reward is a symbol.

    ## Starting State
    A length drawn from those given, new symbols for every position, for the reward and for its absence; the beginning
    of the corridor.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (256 as registered).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the moment, position by position.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `length` | `(6, 8, 10, 12)` | positions of the corridor; of a list, one is drawn for each world |
    | `error_slope` | `0.5` | how fast errors at the turn become rarer with evidence, in walks |
    | `bias` | `4.5` | how many times as likely towers are on one side, drawn for each trial, in walks |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/EvidenceTowers-v0"
    >>> envs = gym.make_vec(make, num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, [graph.n_nodes for graph in envs.family.graphs]
    ((3,), [40, 68, 104, 148])

    ## Scoring
    Accuracy on `decision & seen`: turns at the corridor's end. The node agent reads the hidden evidence and is
    therefore the ceiling there, not a baseline; compare with the Markov memories and with the Bayes filter.

    ## Reference scores
    Chance 1 / n_observations. `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Nieh, Schottdorf, Freeman et al. (2021), Nature 595, "Geometry of abstract learned knowledge in the hippocampus";
    Whittington et al. (2020), Cell 183.
    """

    build_family = staticmethod(evidence_towers_family)


class EvidenceTowersVectorEnv(GraphVectorEnv):
    """The native vector form of `EvidenceTowersEnv`, with the same arguments."""

    single = EvidenceTowersEnv
