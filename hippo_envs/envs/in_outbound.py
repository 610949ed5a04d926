"""A W-shaped track: out from the middle arm to the sides in turn, and back."""

from hippo_envs.arguments import check_moves, number, whole_number
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.envs.track import COMPASS, NO_REWARD, REWARD, Track, line_of
from hippo_envs.graph import Graph
from hippo_envs.walking.walk_policies import HabitPolicy
from hippo_envs.worlds import WorldFamily


def in_outbound_graph(width: int = 1, height: int = 5, error: float = 0.1) -> Graph:
    """Three arms of `height` spots, `width` spots between their feet.

    The moments are the four runs (out to the left, in from the left, out to the right, in from the right) and the two
    side arms entered by mistake: 4 (2 height - 1 + width) + 2 (width + height) of them, 52 for 1 and 5. The animal may
    err whenever it comes to the foot of the middle arm; a side arm entered by mistake has no reward at its end, and is
    left by the run that leads in from that side.

    Raises:
        ValueError: if width is below 1, height below 2, or the error not a probability below 1.
    """
    width, height = whole_number("width", width, at_least=1), whole_number("height", height, at_least=2)
    error = number("error", error, at_least=0, below=1)
    check_moves(10 * (width + height), len(COMPASS), width=width, height=height)
    track = Track(tuple(COMPASS.values()))
    middle = line_of((0, height - 1), (0, -1), height)
    out, back, wrong = {}, {}, {}
    for side in (-1, 1):
        aside = [*line_of((side, 0), (side, 0), width), *line_of((side * (width + 1), 0), (0, 1), height)]
        out[side] = track.add([*middle, *aside], shift=(side * (width + 2), 0))
        # The way in begins one spot below the end of the side arm, and ends one below that of the middle arm.
        back[side] = track.add([*aside[-2::-1], *middle[:0:-1]], shift=(side * (3 * width + 7), 0))
        wrong[side] = track.add(aside, shift=(side * (5 * width + 12), 0))
        track.looks[out[side][0]] = track.looks[out[side][-1]] = REWARD
        track.looks[wrong[side][-1]] = NO_REWARD
    foot_out, foot_in = height - 1, width + height - 1
    odds = error / (1 - error)
    for side in (-1, 1):
        track.follow([*out[side], *back[side], out[-side][0]])
        track.follow([*wrong[side], back[side][0]])
        track.join(out[-side][foot_out], wrong[side][0], habit=odds)
        track.join(back[-side][foot_in], wrong[side][0], habit=odds)
    return track.graph(start_nodes=[out[-1][0]])


def in_outbound_family(width: int = 1, height: int = 5, error: float = 0.1, n_observations: int = 45) -> WorldFamily:
    """Worlds on one W-track; the arguments are those of `InOutboundEnv`."""
    return WorldFamily((in_outbound_graph(width, height, error),), n_observations, HabitPolicy())


class InOutboundEnv(GraphEnv):
    """Run a W-track: from the middle to one side, back to the middle, to the other side, and back.

    ## Description
    The task of Frank et al. (2000), in which cells tell inbound from outbound runs over the same spots, as the
    Tolman-Eichenbaum Machine learns it. There is a reward at the end of the middle arm after every run in, and at the
    end of the side arm whose turn it is after every run out; a side arm entered by mistake shows another symbol there.
    Spots look the same on all runs: what comes next depends on where the animal comes from, and on the run before that.

    Walks, as `sample_walks` takes them, follow the animal's habits: the right way but for `error` of the choices at the
    foot of the middle arm.

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
    New symbols for every spot, for the reward and for its absence; the end of the middle arm, before a run to the left.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (256 as registered).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the moment of the task.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `width` | `1` | spots between the feet of two arms |
    | `height` | `5` | spots along an arm |
    | `error` | `0.1` | how often the animal takes the wrong way at the foot of the middle arm, in walks |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/InOutbound-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.family.graphs[0].n_nodes
    ((3,), 52)

    ## Scoring
    Accuracy on `decision & seen`: arrivals whose symbol depends on the run. The node agent reads the hidden run and
    is therefore the ceiling there, not a baseline; compare with the Markov memories and with the Bayes filter.

    ## Reference scores
    Chance 1 / n_observations. `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Frank, Brown and Wilson (2000), Neuron 27, "Trajectory encoding in the hippocampus and entorhinal cortex";
    Whittington et al. (2020), Cell 183.
    """

    build_family = staticmethod(in_outbound_family)


class InOutboundVectorEnv(GraphVectorEnv):
    """The native vector form of `InOutboundEnv`, with the same arguments."""

    single = InOutboundEnv
