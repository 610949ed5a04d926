"""Pattern completion: patterns of symbols pass by, some begin again, and only memory can complete them."""

from dataclasses import dataclass

import numpy as np

from hippo_envs.arguments import check_moves, whole_number
from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import Graph
from hippo_envs.scoring import Answers
from hippo_envs.walking.walk_policies import UniformPolicy
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily


@dataclass(frozen=True, eq=False)
class PatternCompletionFamily(WorldFamily):
    """Streams of patterns; a walk along one has `walk_length` steps and is scored where patterns are completed.

    Args:
        n_units: U, symbols of a pattern.
        n_stored: P, patterns that are shown.
        n_recalled: R, how many of them are shown once more.
        n_cued: symbols of those that are the cue, at least 1 and fewer than U.
    """

    n_units: int = 5
    n_stored: int = 8
    n_recalled: int = 4
    n_cued: int = 2

    can_be_remapped = False
    refused_conditions = {  # noqa: RUF012
        "bare_share": "A pattern is known by its symbols, and none of them is bare",
        "slip": "There is one way along this task, and nothing to slip to",
        "dark_after": "What is stored and recalled here has to be seen",
    }

    @property
    def walk_length(self) -> int:
        """All patterns stored, then all recalled."""
        return (self.n_stored + self.n_recalled) * self.n_units

    @property
    def n_symbol_draws(self) -> int:
        return self.n_stored * self.n_units + self.n_recalled

    def place_symbols(self, draws: Floats) -> Ints:
        """Symbols (B, (P + R) U): a draw for each that is stored, then one for each recall, of which pattern it is."""
        n_shown = self.n_stored * self.n_units
        stored = (draws[:, :n_shown] * self.n_observations).astype(np.int64).reshape(-1, self.n_stored, self.n_units)
        recalled = (draws[:, n_shown:] * self.n_stored).astype(np.int64)
        again = np.take_along_axis(stored, recalled[:, :, None], axis=1)
        return np.concatenate([stored, again], axis=1).reshape(len(draws), -1)

    def scored(self, walks: Walks) -> Mask:
        """The steps after each cue, to the end of its pattern, (B, T)."""
        step = np.arange(walks.walk_length)
        is_recalled = (step >= self.n_stored * self.n_units) & (step < self.walk_length)
        return np.tile(is_recalled & (step % self.n_units >= self.n_cued), (len(walks.nodes), 1))

    def ceiling(self, walks: Walks) -> Answers:
        """One who has every pattern by heart, and says what most of those that begin like this one go on with.

        Of several symbols the one with the lowest number. While patterns are stored all symbols are equally probable,
        and nothing is known; where it is, is never in doubt, so there is one ceiling, from actions and from what was
        seen together.
        """
        n_walks, n_shown = len(walks.nodes), self.n_stored * self.n_units
        stored = walks.observations[:, :n_shown]
        correct, known = np.zeros((2, *walks.nodes.shape), dtype=bool)
        may_be = np.empty((n_walks, self.n_stored), dtype=bool)  # the pattern that has begun
        for step in range(n_shown, min(self.walk_length, walks.walk_length)):
            unit = step % self.n_units
            if unit == 0:
                may_be[:] = True
            goes_on = stored[:, unit :: self.n_units]  # (B, P)
            votes = np.zeros((n_walks, self.n_observations), dtype=np.int64)
            np.add.at(votes, (np.arange(n_walks)[:, None], goes_on), may_be)
            known[:, step] = votes.min(axis=1) < votes.max(axis=1)
            correct[:, step] = known[:, step] & (votes.argmax(axis=1) == walks.observations[:, step])
            may_be &= goes_on == walks.observations[:, step, None]
        return Answers(correct, known)


def pattern_completion_graph(n_units: int, n_stored: int, n_recalled: int) -> Graph:
    """A chain through the units of one pattern after another, a row each; action u leads to unit u of a pattern."""
    n_nodes = (n_stored + n_recalled) * n_units
    moment = np.arange(n_nodes)
    following = np.minimum(moment + 1, n_nodes - 1)  # the last leads to itself
    next_node = np.full((n_nodes, n_units), -1)
    next_node[moment, following % n_units] = following
    row = moment // n_units + (moment >= n_stored * n_units)  # an empty one between those stored and those recalled
    positions = np.stack([moment % n_units, -row], axis=1)
    names = tuple(f"unit {unit + 1}" for unit in range(n_units))
    return Graph(next_node, positions.astype(np.float64), names, start_nodes=moment[:1], end_nodes=moment[-1:])


def pattern_completion_family(
    n_units: int = 5, n_stored: int = 8, n_recalled: int = 4, n_cued: int = 2, n_observations: int = 45
) -> PatternCompletionFamily:
    """Streams of patterns of one size; the arguments are those of `PatternCompletionEnv`."""
    n_units = whole_number("n_units", n_units, at_least=2)
    n_stored = whole_number("n_stored", n_stored, at_least=1)
    n_recalled = whole_number("n_recalled", n_recalled, at_least=1)
    n_cued = whole_number("n_cued", n_cued, at_least=1)
    if n_cued >= n_units:
        raise ValueError(f"A cue of a pattern of {n_units} units leaves one or more to complete, got n_cued={n_cued}.")
    n_moments = (n_stored + n_recalled) * n_units
    check_moves(n_moments, n_units, n_units=n_units, n_stored=n_stored, n_recalled=n_recalled)
    graph = pattern_completion_graph(n_units, n_stored, n_recalled)
    return PatternCompletionFamily(
        (graph,),
        n_observations,
        UniformPolicy(),
        n_units=n_units,
        n_stored=n_stored,
        n_recalled=n_recalled,
        n_cued=n_cued,
    )


class PatternCompletionEnv(GraphEnv):
    """See patterns of symbols, then complete those that begin again.

    ## Description
    Pattern memory for sequence models: store patterns, then complete them from a part, as the hippocampus is thought to
    (Marr 1971). `n_stored` patterns of `n_units` random symbols are shown, symbol after symbol. Then `n_recalled` times
    one of them, any of them with equal probability, is shown again. Its first `n_cued` symbols are the cue; the others
    are known to one who remembers the pattern that began like this. Nothing but content tells which one it is: the
    actions only say which unit of a pattern comes next, in the same words when patterns are stored and when they are
    cued, so that a memory that is addressed by place or by time alone gets no further than what most patterns have at
    that unit. Binary patterns, all their units at once, are those of `hippo/PatternMemory-v0`.

    Walks, as `sample_walks` takes them: there is one open action at every moment, and after the last symbol a walk
    stays where it is.

    ## Action Space
    `Discrete(n_units)`: look at that unit, of which the next one is open, and after the last the first of the next
    pattern. The others leave the agent where it is; `info["action_mask"]` says which is open. A number outside the
    space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol, as an `int`.
    ...

    ## Rewards
    ...
    By the argument `stream` of `hippo/Rectangle-Predict-v0` it is rewarded.

    ## Starting State
    New patterns from the environment's own generator, at the first symbol of the first.

    ## Episode End
    Terminates with the last symbol, after (`n_stored` + `n_recalled`) `n_units` - 1 steps; truncated after as many
    where some of them led nowhere. `env.spec.max_episode_steps` has the number for these arguments.

    ## Information
    | key | value |
    |---|---|
    | `action_mask` | int8 (n_actions,), 1 for the open action; a fresh array every step |

    Ground truth, not for agents, is `env.unwrapped.node`: the moment of the stream, from 0.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `n_units` | `5` | symbols of a pattern |
    | `n_stored` | `8` | patterns shown |
    | `n_recalled` | `4` | times that one of them comes back |
    | `n_cued` | `2` | of its symbols are the cue; the others are scored |
    | `n_observations` | `45` | number of symbols |
    | `observation` | `"integer"` | or `"dict"`, with the previous action, or `"one-hot"` |
    | `render_size` | `480` | pixels to a side of pictures (`render_mode` `"rgb_array"` or `"human"`); or two numbers |

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/PatternCompletion-v0"
    >>> envs = gym.make_vec(make, num_envs=2, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.single_action_space.n
    ((2,), np.int64(5))

    ## Scoring
    Accuracy on `knowable`, the symbols after the cues, with walks of (`n_stored` + `n_recalled`) `n_units` steps.

    ## Reference scores
    Chance 1 / n_observations. One who knows all patterns but not which one is cued says what most of them have at that
    unit, and is right in 1 / n_stored or more: .19 at the registered sizes, .30 of 10 symbols. A Markov memory of two
    symbols says what came the last time after these two, and is wrong where two patterns share them. The exact Bayes
    filter misses what no one can know: which of several patterns that begin alike.

    ## References
    Marr (1971), Philosophical Transactions of the Royal Society B 262, "Simple memory: a theory for archicortex";
    the continual memory task is that of Bhandarkar and McClelland (2025), arXiv 2511.04593, section 2, here with
    symbols for agents that predict.
    """

    build_family = staticmethod(pattern_completion_family)


class PatternCompletionVectorEnv(GraphVectorEnv):
    """The native vector form of `PatternCompletionEnv`, with the same arguments."""

    single = PatternCompletionEnv
