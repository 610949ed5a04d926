"""A square track run lap after lap, with a reward every few laps."""

from hippo_envs.arguments import check_moves, whole_number
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.envs.track import COMPASS, REWARD, Track, line_of
from hippo_envs.graph import Graph
from hippo_envs.walking.walk_policies import HabitPolicy
from hippo_envs.worlds import WorldFamily


def lap_track_graph(width: int = 3, laps: int = 4) -> Graph:
    """`laps` laps of the 4 (width - 1) spots round a square; the last moment of the last lap is the reward.

    Raises:
        ValueError: if the side is below 2, or there is no lap.
    """
    width, laps = whole_number("width", width, at_least=2), whole_number("laps", laps, at_least=1)
    check_moves(4 * width * laps, len(COMPASS), width=width, laps=laps)
    side = width - 1
    ring = [
        *line_of((0, 0), (1, 0), side),
        *line_of((side, 0), (0, 1), side),
        *line_of((side, side), (-1, 0), side),
        *line_of((0, side), (0, -1), side),
    ]
    track = Track(tuple(COMPASS.values()))
    moments = [moment for lap in range(laps) for moment in track.add(ring, shift=(lap * (width + 1), 0))]
    track.follow([*moments, moments[0]])
    track.looks[moments[-1]] = REWARD
    return track.graph()


def lap_track_family(width: int = 3, laps: int = 4, n_observations: int = 45) -> WorldFamily:
    """Worlds on one lap track; the arguments are those of `LapTrackEnv`."""
    return WorldFamily((lap_track_graph(width, laps),), n_observations, HabitPolicy())


class LapTrackEnv(GraphEnv):
    """Run round a square track and predict the reward of every fourth lap.

    ## Description
    The task in which Sun et al. (2020) found cells that tell laps apart, as the Tolman-Eichenbaum Machine learns it.
    The spots of a square ring carry random symbols and look the same in every lap, except that at the end of the last
    of `laps` laps the reward symbol is there in place of the spot's own. There is one way to go at every moment. After
    the first round all can be known, by one who counts laps; one who knows only the spot cannot tell when the reward
    comes.

    Walks, as `sample_walks` takes them: there is one open action at every moment.

    ## Action Space
    `Discrete(4)`: down, up, left, right, of which one is open at every moment. The others leave the agent where it is;
    `info["action_mask"]` says which is open. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol of the spot, or the reward symbol, as an `int`.
    ...

    ## Rewards
    ...
    The reward is a symbol.

    ## Starting State
    New symbols for every spot and for the reward; the first moment of the first lap.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (128 as registered, four rounds of four laps).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the moment, lap by lap.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `width` | `3` | spots along a side of the ring |
    | `laps` | `4` | laps from one reward to the next |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/LapTrack-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.single_action_space.n
    ((3,), np.int64(4))

    ## Scoring
    Accuracy on `decision & seen`: moments that have been seen in this walk and whose symbol depends on the lap. The
    node agent reads the hidden lap and is therefore the ceiling there, not a baseline.

    ## Reference scores
    Chance 1 / n_observations. A Markov memory expects at the end of a lap what came at the end of the last, and so
    misses two laps of `laps`; the exact Bayes filter knows all after one round.
    `hippo_envs.references` and `hippo_envs.ceilings` compute them on any walks.

    ## References
    Sun, Yang, Martin and Tonegawa (2020), Nature Neuroscience 23, "Hippocampal neurons represent events as transferable
    units of experience"; Whittington et al. (2020), Cell 183.
    """

    build_family = staticmethod(lap_track_family)


class LapTrackVectorEnv(GraphVectorEnv):
    """The native vector form of `LapTrackEnv`, with the same arguments."""

    single = LapTrackEnv
