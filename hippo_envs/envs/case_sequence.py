"""Case Sequence: letters in either case, a query, and an answer that only the context holds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import whole_number
from hippo_envs.arrays import Floats, Ints
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import Graph
from hippo_envs.scoring import Answers
from hippo_envs.walking.walk_policies import UniformPolicy
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily


@dataclass(frozen=True, eq=False)
class CaseSequenceFamily(WorldFamily):
    """Sequences of letters; a walk along one has `walk_length` steps and is scored at the last.

    Args:
        n_letters: L, letter types.
        context: C, how many different ones are shown, at most L.
    """

    n_letters: int = 4
    context: int = 4

    can_be_remapped = False
    refused_conditions = {  # noqa: RUF012
        "bare_share": "The tokens of a case sequence all mean something, and none is bare",
        "slip": "There is one way along this task, and nothing to slip to",
        "dark_after": "A case sequence is too short to be dark in",
    }

    @property
    def walk_length(self) -> int:
        """Context, query and answer."""
        return self.context + 2

    @property
    def chance(self) -> float:
        """The answer is "lower" or "upper"."""
        return 0.5

    @property
    def n_symbol_draws(self) -> int:
        return self.n_letters + self.context + 1

    def place_symbols(self, draws: Floats) -> Ints:
        """Tokens (B, C + 2): draws order the letters, then give each shown its case, then choose the query."""
        n_letters, context = self.n_letters, self.context
        letters = np.argsort(draws[:, :n_letters], axis=1)[:, :context]
        upper = (draws[:, n_letters : n_letters + context] < 0.5).astype(np.int64)
        asked = (draws[:, -1] * context).astype(np.int64)[:, None]
        query = 2 * n_letters + np.take_along_axis(letters, asked, axis=1)
        answer = 3 * n_letters + np.take_along_axis(upper, asked, axis=1)
        return np.concatenate([letters + n_letters * upper, query, answer], axis=1)

    def scored(self, walks: Walks) -> NDArray[np.bool_]:
        """The step of the answer, (B, T)."""
        return walks.last

    def ceiling(self, walks: Walks) -> Answers:
        """One who knows the rules: of all tokens that are equally probable, the one with the lowest number.

        Where it is, is never in doubt, so there is one ceiling, from actions and from what was seen together. A letter
        to come is any that was not shown, in either case; the query is any of those that were; the answer is known.
        """
        letters = walks.observations[:, : self.context] % self.n_letters
        shown = np.zeros((len(letters), self.n_letters), dtype=bool)
        guesses = walks.observations.copy()  # of the answer
        for t in range(min(self.context, walks.walk_length)):
            guesses[:, t] = shown.argmin(axis=1)
            np.put_along_axis(shown, letters[:, t : t + 1], True, axis=1)
        if walks.walk_length > self.context:
            guesses[:, self.context] = 2 * self.n_letters + shown.argmax(axis=1)
        return Answers((guesses == walks.observations) & walks.after_first, walks.after_first)

    @cached_property
    def alphabet(self) -> tuple[str, ...]:
        """What each token stands for: a, b, ...; A, B, ...; a?, b?, ...; lower, upper."""
        letters = [chr(ord("a") + letter) for letter in range(self.n_letters)]
        return (*letters, *(x.upper() for x in letters), *(f"{x}?" for x in letters), "lower", "upper")


def case_sequence_graph(context: int) -> Graph:
    """A chain of `context` + 2 nodes with the one action "next"; the last leads to itself and ends the episode."""
    n_nodes = context + 2
    chain = np.minimum(np.arange(n_nodes) + 1, n_nodes - 1)[:, None]
    positions = np.stack([np.arange(n_nodes), np.zeros(n_nodes)], axis=1).astype(np.float64)
    return Graph(chain, positions, ("next",), start_nodes=np.array([0]), end_nodes=np.array([n_nodes - 1]))


def case_sequence_family(n_letters: int = 4, context: int | None = None) -> CaseSequenceFamily:
    """Sequences of one size; the arguments are those of `CaseSequenceEnv`."""
    n_letters = whole_number("n_letters", n_letters, at_least=1)
    if n_letters > 26:
        raise ValueError(f"n_letters must be in 1..26, got {n_letters}.")
    context = n_letters if context is None else whole_number("context", context, at_least=1)
    if context > n_letters:
        raise ValueError(f"context letters are all different, so there are 1 to {n_letters} of them, got {context}.")
    graph = case_sequence_graph(context)
    return CaseSequenceFamily((graph,), 3 * n_letters + 2, UniformPolicy(), n_letters=n_letters, context=context)


class CaseSequenceEnv(GraphEnv):
    """See letters in lower or upper case, then a query letter, and say in which case it was.

    ## Description
    The task on which Bhandarkar and McClelland compare transformers with slot-free memories. Of `n_letters` letter
    types `context` different ones are shown in random order, each in a random case; then one of them is asked for, and
    the answer, "lower" or "upper", arrives as the last observation. It has to be looked up in the context by letter,
    and the letter's identity across cases has to be learnt.

    Walks, as `sample_walks` takes them: there is one action, and after the answer a walk stays where it is.

    ## Action Space
    `Discrete(1)`: next. `info["action_mask"]` is always 1. Any other number raises a `ValueError`.

    ## Observation Space
    `Discrete(3 n_letters + 2)`, as an `int`: lower case letters 0..L-1, upper case L..2L-1, queries 2L..3L-1, and the
    answers "lower" 3L and "upper" 3L + 1.
    ...

    ## Rewards
    ...
    In `hippo/CaseSequence-Predict-v0` the action at the query is the answer, and rewarded.

    ## Starting State
    A new sequence from the environment's own generator, at its first letter.

    ## Episode End
    Terminates with the answer, after `context` + 1 steps. Never truncated.

    ## Information
    | key | value |
    |---|---|
    | `action_mask` | int8 (1,), always 1; a fresh array every step |

    Ground truth, not for agents, is `env.unwrapped.node`: the place in the sequence, from 0.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `n_letters` | `4` | letter types L, at most 26 |
    | `context` | `None` | letters shown C, at most L; `None` for all |
    | `observation` | `"integer"` | or `"dict"`, with the previous action, or `"one-hot"` |
    | `render_size` | `480` | pixels to a side of pictures (`render_mode` `"rgb_array"` or `"human"`); or two numbers |

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/CaseSequence-v0", num_envs=2, vectorization_mode="vector_entry_point")
    >>> first, _ = envs.reset(seed=0)
    >>> [envs.family.alphabet[token] for token in first]
    ['b', 'a']

    ## Scoring
    Accuracy on `last`, the step of the answer, with walks of `context` + 2 steps. The papers' models score the two
    answer tokens only.

    ## Reference scores
    One who knows that an answer is due is right in 1/2 of the cases; chance over all tokens is 1 / (3 n_letters + 2).
    The ceiling is 1.

    ## References
    Bhandarkar and McClelland (2025), arXiv 2511.04593, section 3 and figure 7.
    """

    build_family = staticmethod(case_sequence_family)


class CaseSequenceVectorEnv(GraphVectorEnv):
    """The native vector form of `CaseSequenceEnv`, with the same arguments."""

    single = CaseSequenceEnv
