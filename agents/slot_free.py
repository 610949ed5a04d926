"""Slot-free TEM-t: position codes are keys of a modern Hopfield network of H hidden units, which overwrites when full.

Papers: Bhandarkar and McClelland (2025), "Neural computation without slots", arXiv 2511.04593, for the memory;
Whittington, Warren and Behrens (2022), ICLR, for position codes as keys (`agents.tem_t`). New here: the two together,
so that a memory of fixed capacity meets walks through graphs.

| here | paper | |
|---|---|---|
| `position` | e_t | path-integrated code of where the walk is |
| `keys`, `values` | rows of W_KH, columns of W_HV | of H hidden units, fresh for each walk |
| `vigilance` | first rows of W_KH | how much a hidden unit that holds nothing is driven by any key (cosine) |
| `weights` | softmax(beta W_KH q) | over hidden units that hold something, and one empty one |

At each step one hidden unit wins, the one whose key is most like the present one, and its key and value are overwritten
(equations S3 and S4): a place that is known updates its own unit, a new one takes a unit that holds nothing, and when
there is none left it takes that of the most similar place. With H at least the number of places nothing is lost. All
else (path integration, temperature, readout, drift penalty) is TEM-t's, whose memory has a slot for every step.

Who wins depends on keys alone and carries no gradient, so winners are found first, from products of keys, and a walk is
then read at once, as attention in which each step sees what hidden units held just before it.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from .base import Batch, Prediction
from .configs import SlotFreeConfig
from .parts.position_keys import PositionKeys
from .sizes import at_least


class SlotFreeState(NamedTuple):
    """Where the agent believes it is, and what each of H hidden units holds: the code, key and symbol of a place."""

    position: Float[Tensor, "B N"]
    codes: Float[Tensor, "B H N"]
    keys: Float[Tensor, "B H E"]
    values: Float[Tensor, "B H S"]
    taken: Bool[Tensor, "B H"]


class SlotFree(PositionKeys[SlotFreeState]):
    """Path integrate, ask the hidden units what was seen at that position, read it out; overwrite the winner."""

    def __init__(self, n_observations: int, n_actions: int, config: SlotFreeConfig = SlotFreeConfig()) -> None:
        at_least(config, 1, "n_memory_units")
        if not -1 <= config.vigilance <= 1:
            raise ValueError(f"vigilance is a cosine, -1 to 1, got {config.vigilance}.")
        super().__init__(n_observations, n_actions, config)
        self.config = config

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> SlotFreeState:
        position = self.path_integrator.start(batch, generator or torch.Generator().manual_seed(0))
        config = self.config
        widths = (config.n_units, config.n_key, config.n_sensory)
        codes, keys, values = (position.new_zeros(batch, config.n_memory_units, width) for width in widths)
        taken = position.new_zeros(batch, config.n_memory_units, dtype=torch.bool)
        return SlotFreeState(position, codes, keys, values, taken)

    def predict(self, state: SlotFreeState) -> Float[Tensor, "B K"]:
        retrieved, _ = self.recall(self.key(state.position)[:, None], state.keys, state.values, state.taken[:, None])
        return self.readout(retrieved)[:, 0]

    def observe(self, state: SlotFreeState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> SlotFreeState:
        return self.forward(observation[:, None], action[:, None], state).state

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: SlotFreeState
    ) -> Prediction[SlotFreeState]:
        walked = self.path_integrator.walk(state.position, actions)
        queries = self.key(walked.positions)
        codes = torch.cat([state.codes, walked.positions], dim=1)
        keys = torch.cat([state.keys, queries], dim=1)
        values = torch.cat([state.values, self.to_value(observations)], dim=1)
        held, now = self.compete(keys.detach(), state.taken)
        retrieved, weights = self.recall(queries, keys, values, held)
        rows, walk = now.clamp(min=0), torch.arange(len(now), device=now.device)[:, None]
        free = (now < 0)[..., None]
        codes_now, keys_now, values_now = (m[walk, rows].masked_fill(free, 0.0) for m in (codes, keys, values))
        after = SlotFreeState(walked.next_position, codes_now, keys_now, values_now, now >= 0)
        activity = {
            "position": walked.positions,
            "key": queries,
            "memory": weights,
            "remembered": weights.detach() @ codes,
        }
        return Prediction(self.readout(retrieved), activity, after)

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Cross-entropy on known steps, and the drift of the position code from the one remembered of the place."""
        start = self.initial_state(len(batch.observations), generator)
        prediction = self.forward(batch.heard, batch.actions, start)
        targets = batch.observations[batch.known]
        losses = {"cross_entropy": F.cross_entropy(prediction.logits[batch.known], targets)}
        if self.config.drift_penalty:
            distance = prediction.activity["position"] - prediction.activity["remembered"]
            drift = distance.square().sum(dim=-1)[batch.known].mean()
            losses["drift"] = self.config.drift_penalty * drift
        return losses

    def compete(
        self, keys: Float[Tensor, "B M E"], taken: Bool[Tensor, "B H"]
    ) -> tuple[Bool[Tensor, "B T M"], Int[Tensor, "B H"]]:
        """Which of M memories, H of before and T new ones, are held before each new one; and which by whom at the end.

        -1 stands for none.
        """
        n_held = taken.shape[1]
        units = F.normalize(keys, dim=-1)
        alike = units[:, n_held:] @ units.mT
        order = torch.arange(n_held, device=keys.device)
        holder = torch.where(taken, order, -1)
        at_rest = self.config.vigilance - 1e-6 * order.to(alike)  # the first of those that hold nothing
        held = torch.zeros_like(alike)
        for t, to_all in enumerate(alike.unbind(1)):
            is_taken = holder >= 0
            place = holder.clamp(min=0)
            held[:, t].scatter_add_(1, place, is_taken.to(held))
            winner = torch.where(is_taken, to_all.gather(1, place), at_rest).argmax(dim=1, keepdim=True)
            holder = holder.scatter(1, winner, n_held + t)
        return held > 0, holder

    def recall(
        self,
        queries: Float[Tensor, "B T E"],
        keys: Float[Tensor, "B M E"],
        values: Float[Tensor, "B M S"],
        held: Bool[Tensor, "B T M"],
    ) -> tuple[Float[Tensor, "B T S"], Float[Tensor, "B T M"]]:
        """Attend to what is held and to one empty unit (key 0, value 0), so that nothing held is nothing retrieved."""
        scores = self.match(queries, keys, held.sum(dim=-1, keepdim=True))
        scores = F.pad(scores.masked_fill(~held, -math.inf), (1, 0), value=0.0)
        weights = scores.softmax(dim=-1)[..., 1:]
        return weights @ values, weights
