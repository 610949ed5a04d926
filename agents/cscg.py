"""CSCG, the clone-structured cognitive graph: a hidden Markov model with actions, learnt by counting.

Papers: George et al. (2021), Nature Communications 12, 2392, for the model, its learning and planning; Raju et al.
(2024), Science Advances 10, eadm8470, for what its clones do in the hippocampus.

| here | paper | |
|---|---|---|
| `n_clones` | M(j) | hidden states of each symbol; a clone shows its symbol for certain |
| `counts` | C | expected number of transitions, of each action from each clone to each clone |
| `transitions` | T | P(next clone given clone and action): `counts` + pseudocount, normalised |
| `belief` | alpha | P(clone of the present symbol, given the walk so far); forward message, of sum 1 |
| `pseudocount` | kappa | what keeps a transition possible that was never counted |

What has been learnt are counts, and no gradient has a part in it: an update runs forward and backward messages along
each walk and adds the transitions that the walk is expected to have taken (E-step); every few updates transitions are
made of the counts (M-step). A walk touches only the blocks of the symbols that follow each other in it.

It knows maps that it has been trained on, each as clones of its own, and finds out along a walk on which of them it is.
Of a new map, where symbols lie otherwise, it knows nothing: `agents.clone_schema` has what its graph is
worth there when symbols are learnt anew.

Departures:
- Online: an M-step after several batches of new walks. The first few replace all counts; later ones add new counts to
  a share of the old.
- First counts are of a Gamma distribution of small shape, that is, few clones of many are likely: from nearly equal
  ones nothing tells clones apart for hundreds of updates.
- A walk begins in any clone with the same probability.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .base import NOTHING_KNOWN, Agent, Batch, Prediction
from .configs import CSCGConfig
from .data_parallel import in_all, n_processes
from .sizes import at_least

TINY = torch.finfo(torch.float32).tiny


class CSCGState(NamedTuple):
    """Where it is: a belief over clones of the last symbol, and the action since; -1 before the first."""

    belief: Float[Tensor, "B M"]
    symbol: Int[Tensor, " B"]
    action: Int[Tensor, " B"]


class CSCG(Agent[CSCGState]):
    """Clones of symbols, and how actions lead from one to another."""

    new_counts: Tensor  # since the last M-step
    n_updates: Tensor
    leaving: Tensor  # the sum of counts over where an action leads, (A, K, M)
    symbols_after: Tensor  # P(next symbol given clone and action), (A, K, K, M)

    def __init__(self, n_observations: int, n_actions: int, config: CSCGConfig = CSCGConfig()) -> None:
        super().__init__()
        at_least(config, 1, "n_clones", "updates_per_m_step")
        self.config, self.n_observations, self.n_actions = config, n_observations, n_actions
        blocks = n_actions, n_observations, n_observations, config.n_clones, config.n_clones
        drawn = torch.distributions.Gamma(config.concentration, 1.0).sample(blocks)
        self.counts = nn.Parameter(drawn, requires_grad=False)
        self.register_buffer("new_counts", torch.zeros(blocks))
        self.register_buffer("n_updates", torch.zeros((), dtype=torch.int64))
        self.register_buffer("leaving", torch.empty(n_actions, n_observations, config.n_clones))
        self.register_buffer("symbols_after", torch.empty(blocks[:4]))
        self._normalise()

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> CSCGState:
        belief = self.counts.new_full((batch, self.config.n_clones), 1 / self.config.n_clones)
        none_yet = torch.full((batch,), -1, device=self.counts.device)
        return CSCGState(belief, none_yet, none_yet)

    def predict(self, state: CSCGState) -> Float[Tensor, "B K"]:
        after = self.symbols_after[state.action, state.symbol]  # (B, K, M); of -1 the last, which is not used
        coming = (after * state.belief[:, None]).sum(dim=2)
        begins = (state.symbol < 0)[:, None]
        return torch.where(begins, 1 / self.n_observations, coming).clamp(min=TINY).log()

    def observe(self, state: CSCGState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> CSCGState:
        came = self._transitions(state.action, state.symbol, observation)
        arrived, _ = _normalised(torch.einsum("bi,bij->bj", state.belief, came))
        begins = (state.symbol < 0)[:, None]
        return CSCGState(torch.where(begins, state.belief, arrived), observation, action)

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: CSCGState
    ) -> Prediction[CSCGState]:
        """Step by step; "clones" are beliefs over all of them, after the observation."""
        logits, clones = [], []
        for observation, action in zip(observations.unbind(1), actions.unbind(1), strict=True):
            logits.append(self.predict(state))
            state = self.observe(state, observation, action)
            clones.append(self._of_all_clones(state))
        return Prediction(torch.stack(logits, dim=1), {"clones": torch.stack(clones, dim=1)}, state)

    def update(
        self,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Count the transitions that walks are expected to have taken; every few updates, go by the counts.

        All steps are counted, known or not: they tell where the walk has been. Processes that train together add up
        what each has counted.
        """
        if not in_all(batch.known.sum()):
            raise ValueError(NOTHING_KNOWN)
        table, blocks = self.transitions().flatten(0, 2), self._blocks(batch.heard, batch.actions)
        beliefs, likelihoods = self._forward_messages(table, blocks)
        if n_processes() == 1:
            self._count(table, blocks, beliefs, likelihoods, self.new_counts)
        else:
            of_own = torch.zeros_like(self.new_counts)
            self._count(table, blocks, beliefs, likelihoods, of_own)
            self.new_counts += in_all(of_own)
        self.n_updates += 1
        if self.n_updates % self.config.updates_per_m_step == 0:
            self._m_step()
        first = beliefs[0].new_full((len(batch.heard),), 1 / self.n_observations)
        probabilities = torch.stack([first, *likelihoods], dim=1)
        if not batch.known.any():
            return {}
        return {"cross_entropy": -probabilities[batch.known].log().mean()}

    def plan(self, state: CSCGState, symbol: int, n_steps: int, least: float = 0.1) -> list[int]:
        """The actions that lead the first walk of a state to a symbol, in the fewest steps that are likely to.

        By max-product messages: of each clone, the probability of the likeliest way there. Transitions that were never
        counted are no way. The first action is that of the state, which is decided already.

        Args:
            state: after at least one observation.
            symbol: where to.
            n_steps: in how many steps at most.
            least: how probable the way has to be.

        Raises:
            ValueError: if no way of so many steps is.
        """
        transitions = self.transitions()
        counted = torch.where(self.counts > self.config.pseudocount, transitions, 0.0).permute(0, 1, 3, 2, 4)
        n_states, first = self.n_observations * self.config.n_clones, int(state.action[0])
        allowed = counted.reshape(self.n_actions, n_states, n_states)
        best, came_by = self._of_all_clones(state)[0], []
        for step in range(n_steps):
            ways = best[:, None] * (allowed if step else allowed[first][None])
            best, way = ways.flatten(0, 1).max(dim=0)
            came_by.append(way)
            there = best.view(self.n_observations, -1)[symbol]
            if there.max() >= least:
                clone = int(symbol * self.config.n_clones + there.argmax())
                return self._back(came_by, clone, first)
        raise ValueError(f"No way of {n_steps} steps to symbol {symbol} is known: give it more steps, or more walks.")

    def decode(self, symbols: Int[Tensor, "B T"], actions: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
        """The likeliest clones along whole walks (Viterbi), numbered symbol by symbol."""
        table, came_from = self.transitions().flatten(0, 2), []
        best = self.initial_state(len(symbols)).belief
        for block in self._blocks(symbols, actions):
            best, came = (best[:, :, None] * table[block]).max(dim=1)
            best = best / best.amax(dim=1, keepdim=True)
            came_from.append(came)
        clones = [best.argmax(dim=1)]
        for came in reversed(came_from):
            clones.append(came.gather(1, clones[-1][:, None])[:, 0])
        return symbols * self.config.n_clones + torch.stack(clones[::-1], dim=1)

    def transitions(self) -> Float[Tensor, "A K K M M"]:
        """P(next clone given clone and action): of action, symbol, next symbol, clone, next clone."""
        return (self.counts + self.config.pseudocount) / self.leaving[:, :, None, :, None]

    def _of_all_clones(self, state: CSCGState) -> Float[Tensor, "B KM"]:
        clones = state.belief.new_zeros(len(state.belief), self.n_observations, self.config.n_clones)
        at = state.symbol[:, None, None].expand(-1, 1, self.config.n_clones)
        return clones.scatter(1, at, state.belief[:, None]).flatten(1)

    def _back(self, came_by: list[Tensor], clone: int, first: int) -> list[int]:
        """The actions on the way to a clone, by the action and the clone from which each was best reached."""
        actions, n_states = [], self.n_observations * self.config.n_clones
        for way in reversed(came_by):
            action, clone = divmod(int(way[clone]), n_states)
            actions.append(action)
        return [first, *reversed(actions[:-1])]

    def _transitions(
        self, action: Int[Tensor, " B"], symbol: Int[Tensor, " B"], following: Int[Tensor, " B"]
    ) -> Float[Tensor, "B M M"]:
        """The block of each walk's step."""
        counted = self.counts[action, symbol, following] + self.config.pseudocount
        return counted / self.leaving[action, symbol][:, :, None]

    def _blocks(self, symbols: Int[Tensor, "B T"], actions: Int[Tensor, "B T"]) -> Int[Tensor, "S B"]:
        """For each step of walks but the last, which block of the table of transitions is taken."""
        before = actions[:, :-1] * self.n_observations + symbols[:, :-1]
        return (before * self.n_observations + symbols[:, 1:]).T

    def _forward_messages(
        self, table: Float[Tensor, "AKK M M"], blocks: Int[Tensor, "S B"]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Beliefs after each observation, (B, M), and the probability of each but the first, (B,)."""
        beliefs, likelihoods = [self.initial_state(blocks.shape[1]).belief], []
        for block in blocks:
            belief, likelihood = _normalised(torch.einsum("bi,bij->bj", beliefs[-1], table[block]))
            beliefs.append(belief)
            likelihoods.append(likelihood)
        return beliefs, likelihoods

    def _count(
        self,
        table: Float[Tensor, "AKK M M"],
        blocks: Int[Tensor, "S B"],
        beliefs: list[Tensor],
        likelihoods: list[Tensor],
        counts: Float[Tensor, "A K K M M"],
    ) -> None:
        """E-step: add the expected transitions of walks to counts, by messages that go back from their ends."""
        by_block = counts.flatten(0, 2)
        ahead = torch.ones_like(beliefs[0])
        for t in reversed(range(len(blocks))):
            step = table[blocks[t]]
            ahead = ahead / likelihoods[t][:, None]
            by_block.index_add_(0, blocks[t], beliefs[t][:, :, None] * step * ahead[:, None])
            ahead = torch.einsum("bij,bj->bi", step, ahead)

    def _m_step(self) -> None:
        n_before = int(self.n_updates) // self.config.updates_per_m_step - 1
        kept = 0.0 if n_before < self.config.m_steps_from_scratch else self.config.kept_share
        self.counts.mul_(kept).add_(self.new_counts)
        self.new_counts.zero_()
        self._normalise()

    def _normalise(self) -> None:
        """What follows from the counts, and is asked for at every step."""
        towards = self.counts.sum(dim=4) + self.config.n_clones * self.config.pseudocount  # (A, K, K, M)
        self.leaving.copy_(towards.sum(dim=2))
        self.symbols_after.copy_(towards / self.leaving[:, :, None])


def _normalised(message: Float[Tensor, "B M"]) -> tuple[Float[Tensor, "B M"], Float[Tensor, " B"]]:
    """Of sum 1, and the sum; nothing counted, all that is left is the pseudocount."""
    total = message.sum(dim=1).clamp(min=TINY)
    return message / total[:, None], total
