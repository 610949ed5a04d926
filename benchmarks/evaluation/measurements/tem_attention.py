"""TEM's memory as attention: equations 8 to 11 of Whittington, Warren and Behrens (2022), on a trained TEM.

| here | paper | |
|---|---|---|
| `queries` | g~_t | path-integrated g of all scales, subsampled |
| `keys`, `senses` | g~_tau, x~_tau | what step tau would store: p_tau = flatten(x~^T g~) |
| `of_senses` | Lambda_x | sum of x~_tau at each scale, by which the similarity of keys is weighted (eq. 9) |
| `of_keys` | Lambda_g | sum of g~_tau at the scale that is read out, by which what is retrieved is weighted (eq. 10) |

The paper's algebra is about one attractor step without non-linearity and about M = sum p^T p. A TEM iterates, clips,
forgets, and stores (p + p_g)^T (p - p_g) instead; how far that takes it from attention is seen in what it retrieves.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from agents.tem import TEM
from benchmarks.evaluation.answers import listening
from benchmarks.evaluation.measurements.subject import Subject
from hippo_envs import Walks

N_WALKS = 16
N_STEPS = 256
DECIMALS = 4


class Memories(NamedTuple):
    """What a TEM would store and ask for along B walks of T steps: float64; F scales, S units of the sensory code."""

    queries: Float[Tensor, "B T G"]
    keys: Float[Tensor, "B T G"]
    senses: Float[Tensor, "B T F S"]
    scale_of: tuple[int, ...]  # of each of the G subsampled units


def memories_of(agent: TEM, walks: Walks, device: torch.device) -> Memories:
    """Path-integrated and inferred g, subsampled, and x~ along the first walks."""
    observations, actions = (
        torch.from_numpy(steps[:N_WALKS, :N_STEPS]).to(device) for steps in (walks.heard, walks.actions)
    )
    with listening(agent):
        state = agent.initial_state(len(observations))
        trace, _ = agent.trace(observations, actions, state)
        filtered = agent.filter(observations, state.filtered)
        n_subsampled = [n // 3 for n in agent.config.n_abstract]
        # p has S units for each subsampled g: the first of them says which g, and at which scale.
        n_code = agent.codes.shape[1]
        units = agent.repeat[:, ::n_code].argmax(dim=0)
        first_units = np.cumsum([0, *(n * n_code for n in n_subsampled[:-1])])
        senses = torch.stack([agent.sense(filtered)[..., unit : unit + n_code] for unit in first_units], dim=2)
    scale_of = tuple(int(scale) for scale in np.repeat(np.arange(len(n_subsampled)), n_subsampled))
    return Memories(
        trace.path_integrated[..., units].double(), trace.abstract[..., units].double(), senses.double(), scale_of
    )


def weightings(memories: Memories) -> tuple[Float[Tensor, "B T F"], Float[Tensor, "B T"]]:
    """The diagonals of Lambda_x, scale by scale, and of Lambda_g at the fastest scale, which is read out."""
    fastest = [unit for unit, scale in enumerate(memories.scale_of) if scale == 0]
    return memories.senses.sum(dim=-1), memories.keys[..., fastest].sum(dim=-1)


def one_attractor_step(memories: Memories, step: int) -> Float[Tensor, "B S"]:
    """Equations 4 to 7 as they stand: q M with M = sum p^T p over earlier steps, summed over g of the fastest scale."""
    senses = memories.senses[:, :, list(memories.scale_of)]  # (B, T, G, S)
    grounded = (memories.keys[..., None] * senses)[:, :step].flatten(2)
    matrix = grounded.mT @ grounded
    query = memories.queries[:, step, :, None].expand(-1, -1, senses.shape[-1]).flatten(1)
    retrieved = (query[:, None] @ matrix)[:, 0].unflatten(1, senses.shape[2:])
    return retrieved[:, [scale == 0 for scale in memories.scale_of]].sum(dim=1)


def similarities(memories: Memories, weighted: bool) -> Float[Tensor, "B T T"]:
    """How much each query attends to each step: g~_t Lambda_x g~_tau^T, or without Lambda_x."""
    of_senses = weightings(memories)[0][..., list(memories.scale_of)]
    keys = memories.keys * of_senses if weighted else memories.keys
    return memories.queries @ keys.mT


def retrieved_senses(memories: Memories, weights: Float[Tensor, "B T T"], weighted: bool) -> Float[Tensor, "B T S"]:
    """Equation 10, or without Lambda_g equation 11: x~ of the fastest scale, summed over earlier steps."""
    values = memories.senses[:, :, 0]
    if weighted:
        values = weightings(memories)[1][..., None] * values
    return weights.tril(-1) @ values


def tem_as_attention(subject: Subject) -> dict[str, Any]:
    """How far eq. 8 to 11 hold of a trained TEM, as scalars.

    - `identity_error`: largest difference between one attractor step and attention with both weightings, relative to
      the largest value; rounding only, if the algebra is right.
    - `weighting_x_variation`, `weighting_g_variation`: standard deviation over mean size of Lambda_x and Lambda_g; the
      paper supposes that they are constant, that is 0. `weighting_g_negative`: share of memories that Lambda_g turns
      round. Each for the untrained TEM too.
    - `retrieval_...`: at revisited nodes, how often the symbol nearest to what is retrieved is the right one: by
      attention with both weightings, without them (eq. 11), with the softmax of equation 2 (temperature log n over the
      mean squared length of keys), from the nearest memory alone, and by the TEM itself with all that it does.

    Raises:
        ValueError: if the agent is not a TEM.
    """
    agent, untrained, walks, device = subject.agent, subject.untrained, subject.walks, subject.device
    if not isinstance(agent, TEM) or not isinstance(untrained, TEM):
        raise ValueError(f"tem_as_attention measures a TEM, not a {type(agent).__name__}: leave it out.")
    memories = memories_of(agent, walks, device)
    n_walks, n_steps = memories.queries.shape[:2]
    attended = retrieved_senses(memories, similarities(memories, weighted=True), weighted=True)
    stepped = torch.stack([one_attractor_step(memories, step) for step in range(1, n_steps, 16)], dim=1)
    difference = (attended[:, 1::16] - stepped).abs().max() / stepped.abs().max()
    plain = similarities(memories, weighted=False)
    earlier = torch.ones(n_steps, n_steps, dtype=torch.bool, device=device).tril(-1)
    temperature = torch.arange(n_steps, device=device).clamp_min(2).log()[:, None]
    scaled = (temperature * plain / memories.keys.square().sum(dim=-1).mean()).masked_fill(~earlier, -torch.inf)
    nearest = torch.zeros_like(scaled).scatter(2, scaled.argmax(dim=-1, keepdim=True), 1.0)
    retrievals = {
        "weighted": attended,
        "linear": retrieved_senses(memories, plain, weighted=False),
        "softmax": retrieved_senses(memories, scaled.softmax(dim=-1).nan_to_num(), weighted=False),
        "nearest": retrieved_senses(memories, nearest, weighted=False),
    }
    codes = agent.codes.double()
    predicted = {name: (retrieved @ codes.T).argmax(dim=-1) for name, retrieved in retrievals.items()}
    observations, actions = (
        torch.from_numpy(steps[:N_WALKS, :N_STEPS]).to(device) for steps in (walks.heard, walks.actions)
    )
    with listening(agent):
        predicted["tem"] = agent(observations, actions, agent.initial_state(n_walks)).logits.argmax(dim=-1)
    revisit = walks.revisit[:N_WALKS, :N_STEPS]
    right = {f"retrieval_{name}": _accuracy(symbols == observations, revisit) for name, symbols in predicted.items()}
    of_untrained = _spread(memories_of(untrained, walks, device))
    spreads = _spread(memories) | {f"{name}_untrained": value for name, value in of_untrained.items()}
    scalars = {"identity_error": difference.item()} | spreads | right
    return {name: round(value, DECIMALS if name != "identity_error" else 18) for name, value in scalars.items()}


def _spread(memories: Memories) -> dict[str, float]:
    of_senses, of_keys = weightings(memories)
    return {
        "weighting_x_variation": (of_senses.std(dim=1) / of_senses.mean(dim=1).abs()).mean().item(),
        "weighting_g_variation": (of_keys.std(dim=1) / of_keys.abs().mean(dim=1)).mean().item(),
        "weighting_g_negative": (of_keys < 0).double().mean().item(),
    }


def _accuracy(right: Tensor, mask: NDArray[np.bool_]) -> float:
    return float(right.numpy(force=True)[mask].mean())
