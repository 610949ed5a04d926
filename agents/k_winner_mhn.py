"""Pattern memories without slots: the K-winner modern Hopfield network and its family.

Paper: Bhandarkar and McClelland (2025), "Neural computation without slots", arXiv 2511.04593, section 2 and appendix A.
They do not predict walks, so they keep a contract of their own, `PatternMemory`: store patterns, complete cues.

| here | paper | |
|---|---|---|
| `forward_weights` | (M o W_VH)^T | from visible to hidden, 0 where there is no connection |
| `return_weights` | M^T o W_HV | back; the same tensor in a symmetric network |
| `inputs` | rows of M | the f N_v visible units that each hidden unit is connected to |
| `fan_in` | f | |
| `n_winners` | k | |
| `n_ones` | s N_v | |
| `learning_rate` | epsilon | |

The 1-winner network is fan-in 1, one winner, learning rate 1; the graded one has a learning rate below 1.

Departures: the text says that both matrices are equal and the published code draws them independently; `symmetric`
chooses, and by default they are equal. Only the connections of the winners are touched when a pattern is stored, which
is all that equation 2 asks, and R networks store R streams at once.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor
from torch.nn import functional as F

from .k_winner_config import KWinnerConfig as KWinnerConfig
from .k_winner_config import LayerConfig as LayerConfig


class PatternMemory(Protocol):
    """R memories side by side, each of its own stream of binary patterns of V units.

    Patterns and cues are (R, any number, V), bool or zeros and ones of any type; anything else is a `ValueError`.
    """

    def store(self, patterns: Shaped[Tensor, "..."]) -> None:
        """Take in T patterns one after the other."""
        ...

    def retrieve(self, cues: Shaped[Tensor, "..."]) -> Bool[Tensor, "R B V"]:
        """Complete B cues each; nothing is learnt from them."""
        ...


class KWinnerMHN:
    """R networks that keep patterns in the weights of sparse, overlapping ensembles (section 2.1).

    Args:
        config: sizes.
        n_networks: R.
        generator: draws connections and first weights, U[0, 1], network after network.
        dtype: of the weights.
    """

    def __init__(
        self, config: KWinnerConfig, n_networks: int, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> None:
        self.config = config
        shape = (n_networks, config.n_visible, config.n_hidden)
        self.inputs = torch.stack([_draw_inputs(config, generator) for _ in range(n_networks)])
        present = connected(self.inputs, config.n_visible)
        self.forward_weights = torch.rand(shape, generator=generator, dtype=dtype) * present
        self.return_weights = self.forward_weights
        if not config.symmetric:
            self.return_weights = torch.rand(shape, generator=generator, dtype=dtype) * present

    def store(self, patterns: Shaped[Tensor, "..."]) -> None:
        """Move the weights of each pattern's winners towards it, pattern after pattern (equation 2).

        Raises:
            ValueError: if a pattern is of the wrong length, not binary, or has another number of ones.
        """
        config = self.config
        patterns = _checked(patterns, config, len(self.inputs))
        ones = _ones_of(patterns, config)
        network = torch.arange(len(ones))[:, None]
        matrices = [self.forward_weights] if config.symmetric else [self.forward_weights, self.return_weights]
        rows = self.forward_weights.flatten(0, 1)
        for t in range(patterns.shape[1]):
            drive = F.embedding_bag(ones[:, t] + config.n_visible * network, rows, mode="sum")
            winners = _top(drive, config.n_winners)
            inputs = self.inputs[network, winners]  # (R, k, F)
            target = patterns[:, t].to(rows).gather(1, inputs.flatten(1)).flatten()
            synapses = (
                (inputs + config.n_visible * network[..., None]) * config.n_hidden + winners[..., None]
            ).flatten()
            for matrix in matrices:
                flat = matrix.view(-1)
                flat.scatter_(0, synapses, flat.index_select(0, synapses).lerp(target, config.learning_rate))

    def retrieve(self, cues: Shaped[Tensor, "..."]) -> Bool[Tensor, "R B V"]:
        """Winners of the cue, then the `n_ones` visible units that they drive most (equation 1).

        Raises:
            ValueError: if a cue is of the wrong length or not binary.
        """
        codes = self.encode(cues)
        return torch.stack(
            [
                _winner_take_all(code.to(weights) @ weights.mT, self.config.n_ones)
                for code, weights in zip(codes, self.return_weights, strict=True)
            ]
        )

    def encode(self, cues: Shaped[Tensor, "..."]) -> Bool[Tensor, "R B H"]:
        """The hidden units that win."""
        cues = _checked(cues, self.config, len(self.inputs))
        return torch.stack(
            [
                _winner_take_all(cue.to(weights) @ weights, self.config.n_winners)
                for cue, weights in zip(cues, self.forward_weights, strict=True)
            ]
        )


class SeparationLayer(KWinnerMHN):
    """Fixed binary connections both ways: what is alike below is less alike above (appendix A.4).

    Connections are 1 but for at most 0.001 each, which breaks ties between units that count as many ones, and not
    always in favour of the same ones.
    """

    def __init__(self, config: LayerConfig, n_networks: int, generator: torch.Generator) -> None:
        super().__init__(KWinnerConfig(**vars(config)), n_networks, generator)
        self.forward_weights.mul_(1e-3).add_(connected(self.inputs, config.n_visible))

    def store(self, patterns: Shaped[Tensor, "..."]) -> None:
        """Its connections do not change."""
        raise TypeError("A separation layer does not learn: store in a K-winner network above it.")


class StackedKWinner:
    """Separation layers below a K-winner network that stores their codes; retrieval comes back down (appendix A.4).

    Args:
        layers: from the bottom up.
        memory: what learns.

    Raises:
        ValueError: if the code of one is not what the next takes.
    """

    def __init__(self, layers: Sequence[SeparationLayer], memory: KWinnerMHN) -> None:
        stack = [*layers, memory]
        for below, above in pairwise(stack):
            given = (below.config.n_hidden, below.config.n_winners)
            taken = (above.config.n_visible, above.config.n_ones)
            if given != taken:
                raise ValueError(
                    f"A layer whose code has {given[1]} of {given[0]} units on needs one above it that takes these, "
                    f"got one for {taken[1]} of {taken[0]}."
                )
        self.layers, self.memory = tuple(layers), memory

    def encode(self, patterns: Shaped[Tensor, "..."]) -> Bool[Tensor, "R B H"]:
        """What the memory is given to store."""
        for layer in self.layers:
            patterns = layer.encode(patterns)
        return patterns

    def store(self, patterns: Shaped[Tensor, "..."]) -> None:
        """Store the codes of patterns, one after the other."""
        self.memory.store(self.encode(patterns))

    def retrieve(self, cues: Shaped[Tensor, "..."]) -> Bool[Tensor, "R B V"]:
        """Complete the code of each cue, and lead it back through the same connections."""
        found = self.memory.retrieve(self.encode(cues))
        for layer in reversed(self.layers):
            back = (code.to(w) @ w.mT for code, w in zip(found, layer.return_weights, strict=True))
            found = torch.stack([_winner_take_all(drive, layer.config.n_ones) for drive in back])
        return found


def energy(
    state: Float[Tensor, "*B V"], patterns: Float[Tensor, "P V"], inverse_temperature: float
) -> Float[Tensor, "*B"]:
    """The energy of a modern Hopfield network that stores P patterns in as many slots (equation S1)."""
    matches = inverse_temperature * state @ patterns.mT
    return -matches.logsumexp(dim=-1) / inverse_temperature + 0.5 * state.square().sum(dim=-1)


def settle(
    state: Float[Tensor, "*B V"], patterns: Float[Tensor, "P V"], inverse_temperature: float
) -> Float[Tensor, "*B V"]:
    """One step of that network, which never raises its energy (equation S2)."""
    return (inverse_temperature * state @ patterns.mT).softmax(dim=-1) @ patterns


def connected(inputs: Int[Tensor, "R H F"], n_visible: int) -> Bool[Tensor, "R V H"]:
    """M^T: where visible and hidden units are connected."""
    present = torch.zeros(len(inputs), inputs.shape[1], n_visible, dtype=torch.bool)
    return present.scatter_(2, inputs, value=True).transpose(1, 2).contiguous()


def _draw_inputs(config: LayerConfig, generator: torch.Generator) -> Int[Tensor, "H F"]:
    """As many random inputs for every hidden unit of one network."""
    order = torch.rand(config.n_hidden, config.n_visible, generator=generator)
    return order.topk(config.n_inputs, dim=1, sorted=False).indices.sort(dim=1).values


def _top(drive: Float[Tensor, "*B N"], k: int) -> Int[Tensor, "*B k"]:
    return drive.topk(k, dim=-1, sorted=False).indices


def _winner_take_all(drive: Float[Tensor, "*B N"], k: int) -> Bool[Tensor, "*B N"]:
    return torch.zeros_like(drive, dtype=torch.bool).scatter_(-1, _top(drive, k), value=True)


def _checked(patterns: Shaped[Tensor, "..."], config: LayerConfig, n_networks: int) -> Bool[Tensor, "R T V"]:
    """The patterns as bool, once they are known to be patterns."""
    if patterns.ndim != 3 or patterns.shape[0] != n_networks or patterns.shape[2] != config.n_visible:
        raise ValueError(
            f"Patterns must be ({n_networks}, any number, {config.n_visible}), networks by patterns by n_visible, "
            f"got {tuple(patterns.shape)}."
        )
    if patterns.dtype != torch.bool and (other := patterns[(patterns != 0) & (patterns != 1)]).numel():
        raise ValueError(f"Patterns must be binary, all 0 or 1, got {other[0].item():g}.")
    return patterns.bool()


def _ones_of(patterns: Bool[Tensor, "R T V"], config: LayerConfig) -> Int[Tensor, "R T S"]:
    """Which units of each pattern are on."""
    n_ones = patterns.sum(dim=2)
    if (n_ones != config.n_ones).any():
        wrong = int(n_ones[n_ones != config.n_ones][0])
        raise ValueError(f"A pattern to store must have n_ones = {config.n_ones} units on, got {wrong}.")
    return patterns.nonzero()[:, 2].view(*patterns.shape[:2], config.n_ones)
