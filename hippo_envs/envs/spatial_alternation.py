"""A figure of eight on which the rewarded side alternates."""

from hippo_envs.arguments import check_moves, number, whole_number
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.envs.track import COMPASS, NO_REWARD, REWARD, Track, line_of
from hippo_envs.graph import Graph
from hippo_envs.walking.walk_policies import HabitPolicy
from hippo_envs.worlds import WorldFamily


def spatial_alternation_graph(width: int = 4, height: int = 6, error: float = 0.15) -> Graph:
    """A stem of `height` spots and loops to either side that are `width` spots wide, stem included.

    The moments are a lap to the left, a lap to the right, and the two arms entered by mistake: 4 (width + height - 2)
    + 2 (width - 1) of them, 38 for 4 x 6. An arm entered by mistake has no reward at its end and joins the lap of its
    side there, so that the side that was missed is the one to choose next.

    Raises:
        ValueError: if width or height is below 2, or the error is not a probability below 1.
    """
    width, height = whole_number("width", width, at_least=2), whole_number("height", height, at_least=2)
    error = number("error", error, at_least=0, below=1)
    check_moves(6 * (width + height), len(COMPASS), width=width, height=height)
    track = Track(tuple(COMPASS.values()))
    laps, mistakes = {}, {}
    for side, far in ((-1, (-2 * width, 0)), (1, (2 * width, 0))):
        stem, top = line_of((0, 0), (0, 1), height), line_of((side, height - 1), (side, 0), width - 1)
        down = line_of((side * (width - 1), height - 2), (0, -1), height - 1)
        back = line_of((side * (width - 2), 0), (-side, 0), width - 2)
        laps[side] = track.add([*stem, *top, *down, *back], shift=(side * width, 0))
        mistakes[side] = track.add(top, shift=far)
    end_of_arm = height + width - 2
    for side in (-1, 1):
        lap, wrong = laps[side], mistakes[-side]
        track.follow([*lap, laps[-side][0]])
        track.looks[lap[end_of_arm]] = REWARD
        track.looks[wrong[-1]] = NO_REWARD
        track.join(lap[height - 1], wrong[0], habit=error / (1 - error))
        track.follow([*wrong, laps[-side][end_of_arm + 1]])
    return track.graph(start_nodes=[laps[-1][0]])


def spatial_alternation_family(
    width: int = 4, height: int = 6, error: float = 0.15, n_observations: int = 45
) -> WorldFamily:
    """Worlds on one figure of eight; the arguments are those of `SpatialAlternationEnv`."""
    return WorldFamily((spatial_alternation_graph(width, height, error),), n_observations, HabitPolicy())


class SpatialAlternationEnv(GraphEnv):
    """Run a figure of eight, turning left and right alternately.

    ## Description
    The task of Wood et al. (2000), in which cells on the stem tell laps to the left from laps to the right, as the
    Tolman-Eichenbaum Machine learns it. The animal runs up the stem and turns to one side; the reward is at the end of
    the arm that it did not visit in the lap before, and the spot shows another symbol when it comes there by mistake.
    The stem looks the same in both laps: only one who remembers the last lap can know what the turn will bring.

    Walks, as `sample_walks` takes them, follow the animal's habits: right turns but for `error` of them.

    ## Action Space
    `Discrete(4)`: down, up, left, right. Moves that are not open at a moment leave the agent where it is;
    `info["action_mask"]` says which are. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol of the spot, or that of reward or of its absence, as an `int`.
    ...

    ## Rewards
    ...
    The reward is a symbol.

    ## Starting State
    New symbols for every spot, for the reward and for its absence; the foot of the stem, before a lap to the left.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (256 as registered).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the moment of the task.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `width` | `4` | spots from the stem to the outer side, both included |
    | `height` | `6` | spots along the stem |
    | `error` | `0.15` | how often the animal turns to the wrong side, in walks |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/SpatialAlternation-v0"
    >>> envs = gym.make_vec(make, num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.family.graphs[0].n_nodes
    ((3,), 38)

    ## Scoring
    Accuracy on `decision & seen`: arrivals whose symbol depends on the lap. The node agent reads the hidden lap and
    is therefore the ceiling there, not a baseline; compare with the Markov memories and with the Bayes filter.

    ## Reference scores
    Chance 1 / n_observations. `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Wood, Dudchenko, Robitsek and Eichenbaum (2000), Neuron 27, "Hippocampal neurons encode information about different
    types of memory episodes occurring in the same location"; Whittington et al. (2020), Cell 183.
    """

    build_family = staticmethod(spatial_alternation_family)


class SpatialAlternationVectorEnv(GraphVectorEnv):
    """The native vector form of `SpatialAlternationEnv`, with the same arguments."""

    single = SpatialAlternationEnv
