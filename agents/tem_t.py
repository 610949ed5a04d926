"""TEM-t: a transformer whose position code is recurrent, and whose memory is therefore a map.

Paper: Whittington, Warren and Behrens (2022), "Relating transformers to models and neural representations of the
hippocampal formation", ICLR. One block, one head.

| here | paper | |
|---|---|---|
| `position` | e_t, g^PI | position code, from path integration |
| `inferred` | g | position code, corrected by what memory says of the observation |
| `key`, also the query | e_t W_e, g~ | tied: eq. 2 asks for queries and keys from one matrix |
| `value` | x_t W_x, x~ | symbol at the node |
| `temperature` | beta_t | grows with the number of memories (appendix) |
| `weights` | softmax(beta_t q_t K_<t^T / sqrt d) | memory neurons, one for each step of the past |
| `retrieved` | y_t | |
| `readout` | z_t = MLP(y_t) | |

Departures, each because the paper leaves it open or because it learns better:
- beta_n = b_0 + exp(b_1) log(n + 1) is learned; the paper has log n, too soft while memories are few.
- Memory begins with one empty slot (key 0, value 0), so that the first step, with nothing to attend to, is defined.
- The position code has unit length and is made of modules (`PathIntegrator`); a walk starts a few random actions from
  a learned origin.
- `drift` is the squared distance between the path-integrated code and the code that attention returns from the same
  place, whether or not that code then corrects it. It keeps the code of a place the same over long walks.
- The penalty on g is on the code before it is set to unit length; after that it would be constant. No prediction
  depends on that length: a recurrence of any size, linear or rectified, says the same. So it only shrinks weights.
- Landmarks correct the code in one of two ways. "product" is the paper's: g_ret is what an attention by position and an
  attention by symbol, multiplied element by element, retrieve, and networks say how far to follow it. The paper leaves
  their form open: here they give the precisions of memory and of path integration, as in TEM. "sum" is ours: a constant
  is added to the similarity of memories that hold the present symbol, and one number, their agreement, says how far.
- A memory is new unless an earlier step, kept or not, had its symbol and nearly its key: a rule that can be evaluated
  for a whole walk at once.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Batch, Prediction, update_by_chunks
from .configs import TEMtConfig
from .parts.landmarks import PrecisionShare
from .parts.position_keys import PositionKeys

NO_SYMBOL = -1


class TEMtState(NamedTuple):
    """Where the agent believes it is, and M memories, the first of them empty."""

    position: Float[Tensor, "B N"]
    codes: Float[Tensor, "B M N"]
    keys: Float[Tensor, "B M E"]
    values: Float[Tensor, "B M S"]
    symbols: Int[Tensor, "B M"]
    kept: Bool[Tensor, "B M"]


class TEMt(PositionKeys[TEMtState]):
    """Path integrate, look up what was seen at that position, read it out."""

    def __init__(self, n_observations: int, n_actions: int, config: TEMtConfig = TEMtConfig()) -> None:
        if config.chunk is not None and config.chunk < 1:
            raise ValueError(f"A chunk is 1 step or more, or None for whole walks, got {config.chunk}.")
        super().__init__(n_observations, n_actions, config, config.activation)
        self.config = config
        if config.landmark_correction and config.landmark_attention == "product":
            self.memory_share = PrecisionShare(config.n_units, config.n_hidden)
        elif config.landmark_correction:
            self.symbol_match = nn.Parameter(torch.tensor(4.0))
            self.trust = nn.Linear(1, 1)
            nn.init.zeros_(self.trust.weight)  # at first memories are of no use, and to trust them is to stand still
            nn.init.constant_(self.trust.bias, -4.0)

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> TEMtState:
        position = self.path_integrator.start(batch, generator or torch.Generator().manual_seed(0))
        return TEMtState(
            position,
            codes=position.new_zeros(batch, 1, self.config.n_units),
            keys=position.new_zeros(batch, 1, self.config.n_key),
            values=position.new_zeros(batch, 1, self.config.n_sensory),
            symbols=torch.full((batch, 1), NO_SYMBOL, device=position.device),
            kept=torch.ones((batch, 1), dtype=torch.bool, device=position.device),
        )

    def predict(self, state: TEMtState) -> Float[Tensor, "B K"]:
        return self.readout(self.recall(self.key(state.position)[:, None], state)[0])[:, 0]

    def observe(self, state: TEMtState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> TEMtState:
        inferred = self.infer(state, observation)
        state = self.remember(state, inferred[:, None], observation[:, None])
        return state._replace(position=self.path_integrator.walk(inferred, action[:, None]).next_position)

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TEMtState
    ) -> Prediction[TEMtState]:
        position, inferred, lengths, after = self.locate(state, observations, actions)
        state = self.remember(state, inferred, observations)
        queries = self.key(position) if self.config.landmark_correction else state.keys[:, -position.shape[1] :]
        retrieved, weights = self.recall(queries, state, before_each=True)
        activity = {
            "position": position,
            "inferred": inferred,
            "length": lengths,
            "key": queries,
            "value": state.values[:, -position.shape[1] :],
            "memory": weights,
        }
        return Prediction(self.readout(retrieved), activity, state._replace(position=after))

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The five losses of the paper's appendix, those with a weight of 0 left out."""
        return self._losses_from(self.initial_state(len(batch.observations), generator), batch)[0]

    def update(
        self,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """One optimiser step for the walks, or, with `chunk`, for each chunk of them."""
        start = self.initial_state(len(batch.observations), generator)
        return update_by_chunks(self, self._losses_from, start, batch, optimiser, self.config.chunk)[0]

    def _losses_from(self, start: TEMtState, batch: Batch) -> tuple[dict[str, Tensor], TEMtState]:
        known = batch.known.nonzero(as_tuple=True)  # once, and before the GPU is busy: every mask used waits for it
        targets = batch.observations[known]
        prediction = self.forward(batch.heard, batch.actions, start)
        activity, state = prediction.activity, prediction.state
        losses = {"cross_entropy": F.cross_entropy(prediction.logits[known], targets)}
        if self.config.landmark_correction and self.config.inferred_weight:
            retrieved = self.recall(self.key(activity["inferred"]), state, before_each=True)[0]
            inferred = F.cross_entropy(self.readout(retrieved)[known], targets)
            losses["inferred_cross_entropy"] = self.config.inferred_weight * inferred
        if self.config.drift_penalty:
            remembered = activity["memory"].detach() @ state.codes
            drift = (activity["position"] - remembered).square().sum(dim=-1)[known].mean()
            losses["drift"] = self.config.drift_penalty * drift
        if self.config.weight_penalty:
            losses["weights"] = self.config.weight_penalty * self.path_integrator.transition.square().sum()
        if self.config.position_penalty:
            losses["position"] = self.config.position_penalty * activity["length"].square().mean()
        return losses, state

    def locate(
        self, state: TEMtState, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T N"], Float[Tensor, "B T N"], Float[Tensor, "B T _"], Float[Tensor, "B N"]]:
        """Path-integrated and inferred codes of a walk, the lengths they had, and the code after the last action."""
        if not self.config.landmark_correction:
            walked = self.path_integrator.walk(state.position, actions)
            return walked.positions, walked.positions, walked.lengths, walked.next_position
        positions, inferred, lengths = [], [], []
        for observation, action in zip(observations.unbind(1), actions.unbind(1), strict=True):
            positions.append(state.position)
            inferred.append(self.infer(state, observation))
            state = self.remember(state, inferred[-1][:, None], observation[:, None])
            walked = self.path_integrator.walk(inferred[-1], action[:, None])
            lengths.append(walked.lengths)
            state = state._replace(position=walked.next_position)
        return torch.stack(positions, dim=1), torch.stack(inferred, dim=1), torch.cat(lengths, dim=1), state.position

    def infer(self, state: TEMtState, observation: Int[Tensor, " B"]) -> Float[Tensor, "B N"]:
        """Correct the position code by the codes at which this observation was made: g^PI + f (g_ret - g^PI)."""
        if not self.config.landmark_correction:
            return state.position
        by_product = self.config.landmark_attention == "product"
        correction = (self._correct_by_product if by_product else self._correct_by_sum)(state, observation)
        return self.path_integrator.normalise(state.position + correction)

    def _correct_by_sum(self, state: TEMtState, observation: Int[Tensor, " B"]) -> Float[Tensor, "B N"]:
        """One attention, to memories that are near and hold the symbol."""
        scores = self.scores(self.key(state.position)[:, None], state)[:, 0]
        scores = scores + self.symbol_match * (state.symbols == observation[:, None])
        weights = scores.softmax(dim=-1)
        # The empty slot stands for "never seen here": what it takes of the attention is left uncorrected.
        remembered = torch.einsum("bm,bmn->bn", weights, state.codes) + weights[:, :1] * state.position
        agreement = F.cosine_similarity(remembered, state.position, dim=-1)
        return self.trust(agreement[:, None]).sigmoid() * (remembered - state.position)

    def _correct_by_product(self, state: TEMtState, observation: Int[Tensor, " B"]) -> Float[Tensor, "B N"]:
        """Attention by position times attention by symbol, not normalised again: where they disagree g_ret is 0."""
        by_position = self.scores(self.key(state.position)[:, None], state).softmax(dim=-1)
        by_symbol = self.scores(self.to_value(observation)[:, None], state, keys=state.values).softmax(dim=-1)
        retrieved = (by_position * by_symbol @ state.codes)[:, 0]
        return self.memory_share(retrieved, state.position) * (retrieved - state.position)

    def remember(self, state: TEMtState, codes: Float[Tensor, "B T N"], observations: Int[Tensor, "B T"]) -> TEMtState:
        """Append T memories, marking those that are kept."""
        state = TEMtState(
            state.position,
            codes=torch.cat([state.codes, codes], dim=1),
            keys=torch.cat([state.keys, self.key(codes)], dim=1),
            values=torch.cat([state.values, self.to_value(observations)], dim=1),
            symbols=torch.cat([state.symbols, observations], dim=1),
            kept=F.pad(state.kept, (0, observations.shape[1]), value=True),
        )
        if self.config.write_gate is None:
            return state
        n_new = observations.shape[1]
        units = F.normalize(state.keys.detach(), dim=-1)
        alike = units[:, -n_new:] @ units.mT >= self.config.write_gate
        alike &= state.symbols[:, -n_new:, None] == state.symbols[:, None, :]
        is_new = ~(alike & _before_each(n_new, alike)).any(dim=-1)
        return state._replace(kept=torch.cat([state.kept[:, :-n_new], is_new], dim=1))

    def recall(
        self, queries: Float[Tensor, "B T E"], state: TEMtState, before_each: bool = False
    ) -> tuple[Float[Tensor, "B T S"], Float[Tensor, "B T M"]]:
        """Attend with T queries to memories: to all, or, if they are of the last T steps, to those before each step."""
        weights = self.scores(queries, state, before_each).softmax(dim=-1)
        return weights @ state.values, weights

    def scores(
        self,
        queries: Float[Tensor, "B T E"],
        state: TEMtState,
        before_each: bool = False,
        keys: Float[Tensor, "B M E"] | None = None,
    ) -> Float[Tensor, "B T M"]:
        """Similarity of queries to the keys of memories, or to what is given for keys, times the temperature.

        Minus infinity where a memory cannot be seen.
        """
        kept = state.kept if self.config.write_gate is not None else state.kept[:1]  # without a gate all rows are alike
        seen = kept[:, None, :]
        if before_each:
            seen = seen & _before_each(queries.shape[1], state.kept)
        n_seen = seen.sum(dim=-1, keepdim=True) - 1  # the empty slot does not count
        return self.match(queries, state.keys if keys is None else keys, n_seen).masked_fill(~seen, -math.inf)


def _before_each(n_steps: int, like: Shaped[Tensor, "*B M"]) -> Bool[Tensor, "T M"]:
    """Which of M memories come before each of the last `n_steps` of them."""
    memory = torch.arange(like.shape[-1], device=like.device)
    return memory < memory[-n_steps:, None]
