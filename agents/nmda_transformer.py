"""The NMDA transformer: working memory in the window it attends to, reference memory in its feed-forward weights.

Kim, Kwon, Cha and Lee (2023), NeurIPS, "Transformer as a hippocampal memory consolidation model based on NMDAR-inspired
nonlinearity". The symbol at the coming node is masked, and to be told from the pairs (symbol, position) of the last
`window` steps. If the node is among them, attention is enough; if not, the model must recognise the familiar map and
know it by heart.

| here | paper | |
|---|---|---|
| `place` | h_t | position code: h' = tanh(h + h W_a), or the exact sum of moves |
| `embed_place` | | ReLU(linear) |
| content | | tokens of pairs: symbol beside position; each attends to itself and what came before |
| query | | tokens whose symbol is masked; each attends to itself and to the content before it |
| `attention_1`, `attention_2`, ... | | softmax(q k^T) v of each head, side by side, before the heads are mixed |
| `hidden_1`, `hidden_2`, ... | | NMDA_alpha(W_1 x), the feed-forward layer, where place cells are looked for |

Scored, every step is answered from the `window` pairs before it. Trained, a segment of half a window is answered in one
pass from the same content, the half window before the segment and what of the segment came earlier; that is causal
one-by-one masking with contexts from half a window to all but one step of it (in the first segment of a walk, from
none to half of one), at a small part of the cost, and equal to it in gradient (tests). What is remembered is pairs,
never the outputs of a layer: through those, two layers would see twice as far as the window.

Departures: the paper masks one target a row and update, and lets tokens attend in both directions; its bias by distance
is off unless asked for; dropout is off. For the true position, a control, start every walk at one node (`start_node` of
`hippo/ReferenceMemory-v0`): then the sum of the moves is where it is on the map.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Batch, Prediction
from .configs import NMDATransformerConfig
from .parts.activations import activation_of
from .parts.place_codes import LearnedCode, RotationCode
from .sizes import at_least

STEPS_AT_ONCE = 512  # windows that are gone through together when every step has its own


class NMDATransformerState(NamedTuple):
    """Where the agent is, and the last M pairs, at most a window of them."""

    place: Float[Tensor, "B P"]
    symbols: Int[Tensor, "B M"]
    places: Float[Tensor, "B M P"]


class NMDATransformer(Agent[NMDATransformerState]):
    """Follow the actions, ask for the masked symbol at the position reached."""

    max_gradient_norm = NMDATransformerConfig.MAX_GRADIENT_NORM

    def __init__(
        self, n_observations: int, n_actions: int, config: NMDATransformerConfig = NMDATransformerConfig()
    ) -> None:
        super().__init__()
        _check(config)
        self.config = config
        self.place_code = (
            LearnedCode(n_actions, config.n_place)
            if config.position == "learned"
            else RotationCode(n_actions, config.n_place, config.lattice)
        )
        half = config.n_units // 2
        self.embed_symbol = nn.Embedding(n_observations, half)
        self.masked = nn.Parameter(torch.randn(half))
        self.embed_place = nn.Sequential(nn.Linear(config.n_place, half, bias=False), nn.ReLU())
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.readout = nn.Sequential(
            nn.LayerNorm(config.n_units), nn.Linear(config.n_units, n_observations, bias=False)
        )

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> NMDATransformerState:
        place = self.place_code.start(batch, generator or torch.Generator().manual_seed(0)).to(self.masked)
        nothing = torch.zeros(batch, 0, dtype=torch.int64, device=place.device)
        return NMDATransformerState(place, nothing, place.new_zeros(batch, 0, place.shape[1]))

    def predict(self, state: NMDATransformerState) -> Float[Tensor, "B K"]:
        n_seen = state.symbols.shape[1]
        sees = torch.ones(1, 1, n_seen, dtype=torch.bool, device=state.place.device)
        return self.answer(state.symbols, state.places, state.place[:, None], sees, n_seen)[0][:, 0]

    def observe(
        self, state: NMDATransformerState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> NMDATransformerState:
        after = self.place_code.walk(state.place, action[:, None])[1]
        return self._remember(state, observation[:, None], state.place[:, None], after)

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: NMDATransformerState
    ) -> Prediction[NMDATransformerState]:
        """Answer every step from the window before it, each window in a pass of its own."""
        places, after = self.place_code.walk(state.place, actions)
        logits, activity = [], []
        at_once = max(1, STEPS_AT_ONCE // len(observations))
        now = state
        for seen, at in zip(observations.split(at_once, dim=1), places.split(at_once, dim=1), strict=True):
            answers, hidden = self._answer_each(seen, at, now)
            logits.append(answers)
            activity.append(hidden)
            now = self._remember(now, seen, at, after)
        hidden = {name: torch.cat([part[name] for part in activity], dim=1) for name in activity[0]}
        return Prediction(torch.cat(logits, dim=1), {"position": self.place_code.shown(places), **hidden}, now)

    def attention(self, state: NMDATransformerState) -> Float[Tensor, "B M"]:
        """What the coming prediction makes of each pair in the window: weights of the last layer, mean of its heads."""
        n_seen = state.symbols.shape[1]
        sees = torch.ones(1, 1, n_seen, dtype=torch.bool, device=state.place.device)
        weights: list[Tensor] = []
        self.answer(state.symbols, state.places, state.place[:, None], sees, n_seen, weights)
        return weights[-1][:, 0, :n_seen]

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Cross-entropy of the steps to learn from, segment by segment."""
        state = self.initial_state(len(batch.observations), generator)
        places, _ = self.place_code.walk(state.place, batch.actions)
        logits = self.answer_segments(batch.heard, places)
        return {"cross_entropy": F.cross_entropy(logits[batch.known], batch.observations[batch.known])}

    def answer_segments(
        self, observations: Int[Tensor, "B T"], places: Float[Tensor, "B T P"]
    ) -> Float[Tensor, "B T K"]:
        """Answer a walk from its start, a segment of half a window at a time, each in one causal pass."""
        n_walks, n_steps = observations.shape
        segment = self.config.window // 2
        n_segments = -(-n_steps // segment)
        after = n_segments * segment - n_steps
        symbols = F.pad(observations, (segment, after)).unfold(1, 2 * segment, segment)
        at = F.pad(places, (0, 0, segment, after)).unfold(1, 2 * segment, segment).transpose(2, 3)
        steps = torch.arange(2 * segment, device=observations.device)
        there = (steps >= segment) | (torch.arange(n_segments, device=steps.device)[:, None] > 0)
        sees = (steps < steps[segment:, None]) & there[:, None]
        answers, _ = self.answer(
            *(symbols.flatten(0, 1), at.flatten(0, 1), at[:, :, segment:].flatten(0, 1)),
            sees=sees.repeat(n_walks, 1, 1),
            first_query=segment,
        )
        return answers.unflatten(0, (n_walks, n_segments)).flatten(1, 2)[:, :n_steps]

    def _answer_each(
        self, observations: Int[Tensor, "B T"], places: Float[Tensor, "B T P"], state: NMDATransformerState
    ) -> tuple[Float[Tensor, "B T K"], dict[str, Float[Tensor, "B T _"]]]:
        """Answer T steps, each from the window before it."""
        n_walks, n_steps = observations.shape
        window, missing = self.config.window, self.config.window - state.symbols.shape[1]
        symbols = torch.cat([state.symbols, observations[:, :-1]], dim=1)
        at = torch.cat([state.places, places[:, :-1]], dim=1)
        symbols = F.pad(symbols, (missing, 0)).unfold(1, window, 1)
        at = F.pad(at, (0, 0, missing, 0)).unfold(1, window, 1).transpose(2, 3)
        steps = torch.arange(n_steps, device=observations.device)
        sees = steps[:, None] + torch.arange(window, device=steps.device) >= missing
        answers, hidden = self.answer(
            *(symbols.flatten(0, 1), at.flatten(0, 1), places.flatten(0, 1)[:, None]),
            sees=sees.repeat(n_walks, 1)[:, None],
            first_query=window,
        )
        # Copied, for a view of the queries would keep what all pairs of all windows made units do.
        logits, *units = (each.contiguous().view(n_walks, n_steps, -1) for each in (answers, *hidden.values()))
        return logits, dict(zip(hidden, units, strict=True))

    def answer(
        self,
        symbols: Int[Tensor, "W C"],
        places: Float[Tensor, "W C P"],
        query_places: Float[Tensor, "W Q P"],
        sees: Bool[Tensor, "#W Q C"],
        first_query: int,
        weights: list[Tensor] | None = None,
    ) -> tuple[Float[Tensor, "W Q K"], dict[str, Float[Tensor, "W Q _"]]]:
        """Logits of the masked symbols at Q places, and by name the units of every layer behind them.

        Args:
            symbols, places: the content, C pairs in the order of time.
            query_places: where the masked symbols are, step after step.
            sees: which pairs each query attends to; a pair that none sees is hidden from the other pairs too.
            first_query: how many steps after the first pair the first query comes.
            weights: a list to which each layer's attention is added, if it is wanted.
        """
        n_pairs, n_queries = symbols.shape[1], query_places.shape[1]
        at = self._embedded(torch.cat([places, query_places], dim=1))
        masked = self.masked.expand(len(at), n_queries, -1)
        tokens = torch.cat([torch.cat([self.embed_symbol(symbols), masked], dim=1), at], dim=2)
        times = torch.arange(n_pairs + n_queries, device=at.device)
        times[n_pairs:] += first_query - n_pairs
        mask = self._mask(sees, n_pairs, n_queries)
        activity = {}
        for layer, block in enumerate(self.blocks, start=1):
            # What content becomes in the last layer is asked by no one.
            asked = slice(n_pairs if layer == len(self.blocks) else 0, None)
            asking = (tokens[:, asked], tokens, mask[:, asked], times[asked], times)
            if weights is not None:
                assert isinstance(block, Block)
                weights.append(block.attention(*asking))
            tokens, units = block(*asking)
            activity |= {f"{name}_{layer}": values[:, -n_queries:] for name, values in units.items()}
        return self.readout(tokens), activity

    def _mask(self, sees: Bool[Tensor, "#W Q C"], n_pairs: int, n_queries: int) -> Bool[Tensor, "#W C+Q C+Q"]:
        """Who attends to whom: pairs to pairs up to themselves, queries to the pairs they see and to themselves."""
        steps = torch.arange(n_pairs, device=sees.device)
        is_there = sees.any(dim=1)[:, None] | (steps[:, None] == steps)
        of_pairs = F.pad((steps[:, None] >= steps) & is_there, (0, n_queries))
        itself = torch.eye(n_queries, dtype=torch.bool, device=sees.device).expand(len(sees), -1, -1)
        return torch.cat([of_pairs, torch.cat([sees, itself], dim=2)], dim=1)

    def _embedded(self, places: Float[Tensor, "*B P"]) -> Float[Tensor, "*B N"]:
        return self.embed_place(self.place_code.shown(places))

    def _remember(
        self,
        state: NMDATransformerState,
        observations: Int[Tensor, "B T"],
        places: Float[Tensor, "B T P"],
        after: Float[Tensor, "B P"],
    ) -> NMDATransformerState:
        """Append pairs, and forget those that fall out of the window."""
        symbols, at = torch.cat([state.symbols, observations], dim=1), torch.cat([state.places, places], dim=1)
        return NMDATransformerState(after, symbols[:, -self.config.window :], at[:, -self.config.window :])


def _check(config: NMDATransformerConfig) -> None:
    """Refuse sizes that make no sense."""
    at_least(config, 1, "n_units", "n_layers", "n_heads", "n_hidden", "n_place")
    if config.n_units % config.n_heads or config.n_units % 2:
        raise ValueError(f"n_units must be a multiple of {config.n_heads} heads and of 2, got {config.n_units}.")
    if config.window < 2 or config.window % 2:
        raise ValueError(f"A window is an even number of steps from 2, got {config.window}.")
    if config.position not in ("rotation", "learned"):
        raise ValueError(f"The position code is rotation or learned, got {config.position!r}.")


class Block(nn.Module):
    """Attention, then a feed-forward layer, each added to what comes in; layer norm before each, no biases."""

    def __init__(self, config: NMDATransformerConfig) -> None:
        super().__init__()
        n_units = config.n_units
        self.n_heads, self.dropout = config.n_heads, config.dropout
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(n_units), nn.LayerNorm(n_units)
        self.to_query = nn.Linear(n_units, n_units, bias=False)
        self.to_key_value = nn.Linear(n_units, 2 * n_units, bias=False)
        self.from_values = nn.Linear(n_units, n_units, bias=False)
        self.to_hidden = nn.Linear(n_units, config.n_hidden, bias=False)
        self.from_hidden = nn.Linear(config.n_hidden, n_units, bias=False)
        self.activation = activation_of(config.activation, config.alpha, config.unit_slope, config.unit_variance)
        self.by_distance = nn.Embedding(config.window, config.n_heads) if config.relative_bias else None
        if self.by_distance is not None:
            nn.init.zeros_(self.by_distance.weight)

    def forward(
        self,
        asking: Float[Tensor, "W Q N"],
        tokens: Float[Tensor, "W C N"],
        mask: Bool[Tensor, "#W Q C"],
        asking_times: Int[Tensor, " Q"],
        times: Int[Tensor, " C"],
    ) -> tuple[Float[Tensor, "W Q N"], dict[str, Float[Tensor, "W Q _"]]]:
        """The tokens that ask, having attended to those that the mask allows; and what their units did, by name."""
        queries, keys, values, allowed = self._compared(asking, tokens, mask, asking_times, times)
        by_head = F.scaled_dot_product_attention(queries, keys, values, attn_mask=allowed)
        attended = by_head.transpose(1, 2).flatten(2)
        asking = asking + self._dropped(self.from_values(attended))
        hidden = self.activation(self.to_hidden(self.feed_forward_norm(asking)))
        return asking + self._dropped(self.from_hidden(hidden)), {"attention": attended, "hidden": hidden}

    def attention(
        self,
        asking: Float[Tensor, "W Q N"],
        tokens: Float[Tensor, "W C N"],
        mask: Bool[Tensor, "#W Q C"],
        asking_times: Int[Tensor, " Q"],
        times: Int[Tensor, " C"],
    ) -> Float[Tensor, "W Q C"]:
        """The weights with which `forward` attends, mean of all heads."""
        queries, keys, _, allowed = self._compared(asking, tokens, mask, asking_times, times)
        scores = queries @ keys.mT / queries.shape[-1] ** 0.5
        by_head = scores.masked_fill(~allowed, -torch.inf) if allowed.dtype == torch.bool else scores + allowed
        return by_head.softmax(dim=-1).mean(dim=1)

    def _compared(
        self, asking: Tensor, tokens: Tensor, mask: Tensor, asking_times: Tensor, times: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Queries, keys and values by head, and which pairs of them are allowed, or by how much they are favoured."""
        queries = self.to_query(self.attention_norm(asking)).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
        keys, values = (
            self.to_key_value(self.attention_norm(tokens)).unflatten(-1, (2, self.n_heads, -1)).permute(2, 0, 3, 1, 4)
        )
        allowed: Tensor = mask[:, None]
        if self.by_distance is not None:
            # In training no pair is a whole window back: the farthest two distances share their bias.
            distances = (asking_times[:, None] - times).clamp(0, self.by_distance.num_embeddings - 1)
            allowed = self.by_distance(distances).permute(2, 0, 1).masked_fill(~allowed, -torch.inf)
        return queries, keys, values, allowed

    def _dropped(self, values: Tensor) -> Tensor:
        return F.dropout(values, self.dropout, self.training)
