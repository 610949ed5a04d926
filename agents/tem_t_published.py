"""TEM-t as published: one position code, never set to a length, that memories correct. `agents/tem_t.py` is ours.

Paper: Whittington, Warren and Behrens (2022), "Relating transformers to models and neural representations of the
hippocampal formation", ICLR. One block, one head. All five losses, the correction and the write rule of its appendix.

| here | paper | |
|---|---|---|
| `position` | e_t, g^PI | position code, from path integration: e_{t+1} = sigma(g_t W_a) |
| `inferred` | g_t | position code, corrected by what memory says of the observation |
| `key`, also the query | e_t W_e, g~ | tied, made of the z-scored code |
| `value` | x_t W_x, x~ | symbol at the node |
| `temperature` | beta_t | log n, of n memories |
| `memory` | softmax(beta_t q_t K_<t^T / sqrt d) | memory neurons, one for each step of the past |
| `retrieved` | g_ret | the code at which this symbol was seen near here |
| `share` | f(g_ret, g^PI) | how far to follow it |
| `readout` | z_t = MLP(y_t) | |

Departures, each because the paper leaves it open:
- Nothing can be retrieved at the first step: y_1 and g_ret are 0.
- g_ret is what an attention by position and one by symbol, multiplied element by element, retrieve; f is TEM's, a share
  of precisions that networks give (`PrecisionShare`).
- A pair (g, x) is new unless a memory of the symbol x has nearly the key of g (`same_place`).
- `apart_weight` adds a sixth loss, off by default, after Dorrell et al. (2023), "Actionable neural representations".
- The L2 term on weights is about W_a. Losses are means over known steps: a first visit cannot be predicted.
- Initial weights, of which `_initialise` says why.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Batch, Prediction, update_by_chunks
from .configs import TEMtPublishedConfig
from .parts.landmarks import PrecisionShare
from .sizes import at_least


class TEMtPublishedState(NamedTuple):
    """Where the agent believes it is, and M past steps, of which those that were new are its memories."""

    position: Float[Tensor, "B N"]
    codes: Float[Tensor, "B M N"]
    keys: Float[Tensor, "B M E"]
    symbols: Int[Tensor, "B M"]
    kept: Bool[Tensor, "B M"]


class Walked(NamedTuple):
    """What happened at each of T steps."""

    position: Float[Tensor, "B T N"]
    inferred: Float[Tensor, "B T N"]
    memory: Float[Tensor, "B T M"]  # attention by position, to all memories there are at the end


class TEMtPublished(Agent[TEMtPublishedState]):
    """Path integrate, look up what was seen at that position, read it out; then correct the position and remember."""

    def __init__(
        self, n_observations: int, n_actions: int, config: TEMtPublishedConfig = TEMtPublishedConfig()
    ) -> None:
        super().__init__()
        at_least(
            config, 1, "n_units", "n_key", "n_sensory", "n_hidden", *(["chunk"] if config.chunk is not None else [])
        )
        self.config = config
        self.origin = nn.Parameter(torch.empty(config.n_units))
        self.transition = nn.Parameter(torch.empty(n_actions, config.n_units, config.n_units))
        self.to_key = nn.Linear(config.n_units, config.n_key, bias=False)
        self.to_value = nn.Embedding(n_observations, config.n_sensory)
        self.share = PrecisionShare(config.n_units, config.n_hidden)
        self.readout = nn.Sequential(
            nn.Linear(config.n_sensory, config.n_hidden), nn.ReLU(), nn.Linear(config.n_hidden, n_observations)
        )
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        """An origin of length 1, and W_a that at first leave a code as long as it is.

        Nothing else does: gradients go back through a whole walk, and the correction compares the codes of its first
        and of its last steps. Orthogonal W_a do so; where the code is rectified, orthogonal W_a of both signs lose half
        of it at every step, but permutations keep one that is above 0.
        """
        n, rectified = self.config.n_units, self.config.activation == "relu"
        for matrix in self.transition:
            if self.config.initial == "normal":
                nn.init.normal_(matrix, std=1 / math.sqrt(n))
            elif rectified:
                matrix.copy_(torch.eye(n)[torch.randperm(n)])
            else:
                nn.init.orthogonal_(matrix)
        nn.init.normal_(self.origin, std=1 / math.sqrt(n))
        if rectified:
            self.origin.abs_()

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> TEMtPublishedState:
        position = self.origin.expand(batch, -1)
        return TEMtPublishedState(
            position,
            codes=position.new_zeros(batch, 0, self.config.n_units),
            keys=position.new_zeros(batch, 0, self.config.n_key),
            symbols=torch.zeros((batch, 0), dtype=torch.long, device=position.device),
            kept=torch.zeros((batch, 0), dtype=torch.bool, device=position.device),
        )

    def predict(self, state: TEMtPublishedState) -> Float[Tensor, "B K"]:
        return self.readout((self.recall(state)[:, None] @ self.to_value(state.symbols))[:, 0])

    def observe(
        self, state: TEMtPublishedState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> TEMtPublishedState:
        return self.walk(state, observation[:, None], action[:, None])[1]

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TEMtPublishedState
    ) -> Prediction[TEMtPublishedState]:
        walked, state = self.walk(state, observations, actions)
        values = self.to_value(state.symbols)
        activity = {
            "position": walked.position,
            "inferred": walked.inferred,
            "memory": F.pad(walked.memory, (1, 0)),  # first an empty slot, as others have, which takes nothing here
            "key": self.key(walked.position),
            "value": values[:, -observations.shape[1] :],
        }
        return Prediction(self.readout(walked.memory @ values), activity, state)

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The five losses of the paper's appendix."""
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

    def _losses_from(self, start: TEMtPublishedState, batch: Batch) -> tuple[dict[str, Tensor], TEMtPublishedState]:
        known, config = batch.known.nonzero(as_tuple=True), self.config  # once: every mask used waits for a GPU
        targets = batch.observations[known]
        prediction = self.forward(batch.heard, batch.actions, start)
        activity, state = prediction.activity, prediction.state
        position, inferred = activity["position"][known], activity["inferred"][known]
        from_inferred = self.readout(self.recall_before_each(activity["inferred"], state))[known]
        losses = {
            "cross_entropy": F.cross_entropy(prediction.logits[known], targets),
            "inferred_cross_entropy": config.inferred_weight * F.cross_entropy(from_inferred, targets),
            "correction": config.correction_penalty * (inferred - position).square().sum(dim=-1).mean(),
            "weights": config.weight_penalty * self.transition.square().sum(),
            "position": config.position_penalty * inferred.square().sum(dim=-1).mean(),
        }
        if config.apart_weight:
            losses["apart"] = config.apart_weight * self.nearness(activity["inferred"], batch)
        return losses, state

    def nearness(self, codes: Float[Tensor, "B T N"], batch: Batch) -> Float[Tensor, ""]:
        """How close codes are whose steps show different symbols, so that they are of different places."""
        seen, known = batch.heard, batch.known
        differ = (seen[:, :, None] != seen[:, None]) & known[:, :, None] & known[:, None]
        near = torch.exp(-torch.cdist(codes, codes).square() / (2 * self.config.apart_within**2))
        return (near * differ).sum() / differ.sum().clamp_min(1)

    def walk(
        self, state: TEMtPublishedState, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"]
    ) -> tuple[Walked, TEMtPublishedState]:
        """Step by step, for what corrects a code moves all that come after it."""
        n_steps, steps = observations.shape[1], []
        alike = self.alike(observations, torch.cat([state.symbols, observations], dim=1))
        for t, (observation, action) in enumerate(zip(observations.unbind(1), actions.unbind(1), strict=True)):
            weights = self.recall(state)
            inferred = self.correct(state, weights, alike[:, t, : weights.shape[1]])
            steps.append(Walked(state.position, inferred, F.pad(weights, (0, n_steps - t))))
            state = self.remember(state, inferred, observation)
            state = state._replace(position=self.path_integrate(inferred, action))
        return Walked(*(torch.stack(each, dim=1) for each in zip(*steps, strict=True))), state

    def path_integrate(self, code: Float[Tensor, "B N"], action: Int[Tensor, " B"]) -> Float[Tensor, "B N"]:
        """Where the action leads: sigma(g_t W_a)."""
        # Every action is tried and one kept: gathering a matrix per walk instead is far slower.
        tried = (code @ self.transition.transpose(0, 1).flatten(1)).unflatten(1, (len(self.transition), -1))
        moved = tried[torch.arange(len(code), device=code.device), action]
        return moved.relu() if self.config.activation == "relu" else moved

    def recall(self, state: TEMtPublishedState) -> Float[Tensor, "B M"]:
        """Attention to memories by the position: memory neurons."""
        return attention(self.key(state.position)[:, None] @ state.keys.mT, state.kept[:, None], self.config.n_key)[
            :, 0
        ]

    def recall_before_each(self, codes: Float[Tensor, "B T N"], state: TEMtPublishedState) -> Float[Tensor, "B T S"]:
        """What memories from before each of the last T steps hold at these positions."""
        memory = torch.arange(state.kept.shape[1], device=codes.device)
        seen = state.kept[:, None] & (memory < memory[-codes.shape[1] :, None])
        weights = attention(self.key(codes) @ state.keys.mT, seen, self.config.n_key)
        return weights.masked_fill(~seen, 0.0) @ self.to_value(state.symbols)

    def alike(self, observations: Int[Tensor, "B T"], symbols: Int[Tensor, "B M"]) -> Float[Tensor, "B T M"]:
        """Similarity of what is seen to the values of memories."""
        return self.to_value(observations) @ self.to_value(symbols).mT

    def correct(
        self, state: TEMtPublishedState, by_position: Float[Tensor, "B M"], alike: Float[Tensor, "B M"]
    ) -> Float[Tensor, "B N"]:
        """The code that is followed: g = g^PI + f(g_ret, g^PI) (g_ret - g^PI)."""
        by_symbol = attention(alike, state.kept, self.config.n_sensory)
        retrieved = ((by_position * by_symbol)[:, None] @ state.codes)[:, 0]
        return state.position + self.share(retrieved, state.position) * (retrieved - state.position)

    def remember(
        self, state: TEMtPublishedState, code: Float[Tensor, "B N"], observation: Int[Tensor, " B"]
    ) -> TEMtPublishedState:
        """Append this step, which is a memory from now on if its pair of position and symbol is new."""
        key, symbol = self.key(code)[:, None], observation[:, None]
        with torch.no_grad():
            lengths = key.norm(dim=-1) * state.keys.norm(dim=-1)
            near = (state.keys @ key.mT)[..., 0] >= self.config.same_place * lengths
            known = (near & (symbol == state.symbols) & state.kept).any(dim=-1, keepdim=True)
        return TEMtPublishedState(
            state.position,
            codes=torch.cat([state.codes, code[:, None]], dim=1),
            keys=torch.cat([state.keys, key], dim=1),
            symbols=torch.cat([state.symbols, symbol], dim=1),
            kept=torch.cat([state.kept, ~known], dim=1),
        )

    def key(self, position: Float[Tensor, "*B N"]) -> Float[Tensor, "*B E"]:
        """Where a memory is filed and looked up; the code is z-scored here only, not inside the recurrence."""
        # The usual 1e-5 that is added to variances blurs the keys of a code that has become short, and so keeps it from
        # that. With 1e-12 a code shrinks to a thousandth along a walk, and recalled codes drown it: nothing is learnt.
        return self.to_key(F.layer_norm(position, position.shape[-1:], eps=1e-5))


def attention(similarity: Float[Tensor, "*B M"], seen: Bool[Tensor, "*B M"], width: int) -> Float[Tensor, "*B M"]:
    """softmax(log n / sqrt(width) similarity) over the n memories that are seen."""
    temperature = seen.sum(dim=-1, keepdim=True).clamp_min(1).to(similarity).log() / math.sqrt(width)
    return (temperature * similarity).masked_fill(~seen, torch.finfo(similarity.dtype).min).softmax(dim=-1)
