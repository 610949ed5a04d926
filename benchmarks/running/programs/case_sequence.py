"""Learning the Case Sequence task: all seeds of a variant side by side, each with sequences and weights of its own.

Bhandarkar and McClelland (2025), arXiv 2511.04593, section 3.4 and appendix B: a fresh batch for every update, and the
accuracy on it before the update. What the matrices come to hold is read off them as in tables S1 to S3: UL are products
of keys of upper with keys of lower case letters, QL and QU of queries with lower and upper case keys.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from agents.parts.mhn_attention import first_weights
from agents.parts.mhn_learning import (
    MHNTransformerConfig,
    Read,
    Weights,
    draw_weights,
    learn,
    query_and_value_gradients,
    read,
)
from agents.weights import weights_hash
from benchmarks.experiments.study import Outcome, Settings, Steps, as_measured
from benchmarks.running.programs.case_sequence_theory import case_targets, expected_value_gradient
from hippo_envs import case_sequence_family

SIZES = (
    *("model", "n_key", "n_hidden", "inverse_temperature", "gradient_inverse_temperature", "projection_strength"),
    *("recruitment", "key_rate", "key_scale"),
)
UPDATES_DRAWN_AT_ONCE = 50
N_CURVE_POINTS = 50
UPDATES_TO_TRUST = 50  # over which 99 % is asked for
LEARNT = 0.99
THEORY_BATCHES = 100


def case_sequence(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Train a network for each seed; accuracy, loss and collisions by update, and what was learnt when."""
    config, n_letters = config_of(settings), settings["n_letters"]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    weights = draw_weights(config, n_letters, generators)
    n_updates, rate = settings["n_updates"], settings["learning_rate"]
    widths = (config.n_key, 2, 3 * n_letters)
    digests, history, structures = [hashlib.sha256() for _ in seeds], [], []
    sequences = batches(settings, seeds, digests)
    theory = _beside_theory(config, settings, weights, seeds) if settings["values_only"] else {}
    marks = set(np.linspace(0, n_updates - 1, min(N_CURVE_POINTS, n_updates)).astype(int))
    n_hidden = 1 if config.model == "baseline" else config.n_hidden
    for update in steps(n_updates):
        tokens = next(sequences)
        context, query, answer = tokens[..., :-2], tokens[..., -2], tokens[..., -1] - 3 * n_letters
        first = first_weights(settings["batch"], n_hidden, widths, config.projected, generators, torch.float32)
        done = read(config, weights, first, context, query)
        history.append(_scores(done, answer))
        if update in marks:
            structures.append(structure(weights, n_letters))
        stepped = learn(config, weights, done, answer, rate)
        weights = weights._replace(values=stepped.values) if settings["values_only"] else stepped
    structures.append(structure(weights, n_letters))
    by_update = torch.stack(history).permute(2, 1, 0).numpy()  # seeds, kinds, updates
    outcomes = []
    for seed, (accuracy, loss, collisions) in enumerate(by_update):
        learnt = {name: [float(at[name][seed]) for at in structures] for name in structures[0]}
        measured = _measured(accuracy, loss, collisions, learnt, sorted(marks))
        measured |= {name: as_measured(float(values[seed])) for name, values in theory.items()}
        own = {name: matrix[seed] for name, matrix in weights._asdict().items()}
        outcomes.append(Outcome(measured, {"data_hash": digests[seed].hexdigest(), "weights_hash": weights_hash(own)}))
    return outcomes


def config_of(settings: Settings) -> MHNTransformerConfig:
    """The model that settings describe, once it is known to fit the letters."""
    config = MHNTransformerConfig(**{name: settings[name] for name in SIZES})
    config.check(settings["n_letters"])
    return config


def batches(settings: Settings, seeds: Sequence[int], digests: Sequence[Any]) -> Iterator[torch.Tensor]:
    """Tokens (S, B, C + 2) of one update after the other, as the environment makes them."""
    family = case_sequence_family(settings["n_letters"], settings["context"])
    rngs, n = [np.random.default_rng([seed, settings["n_letters"]]) for seed in seeds], settings["batch"]
    while True:
        drawn = []
        for rng, digest in zip(rngs, digests, strict=True):
            draws = rng.random((UPDATES_DRAWN_AT_ONCE * n, family.n_symbol_draws))
            drawn.append(family.place_symbols(draws).reshape(UPDATES_DRAWN_AT_ONCE, n, -1))
            digest.update(drawn[-1].astype("<i8").tobytes())
        yield from torch.from_numpy(np.stack(drawn, axis=1))


def structure(weights: Weights, n_letters: int) -> dict[str, torch.Tensor]:
    """What the matrices of every network hold (S,): tables S1 to S3, and how far values tell the cases apart."""
    lower, upper = slice(0, n_letters), slice(n_letters, 2 * n_letters)
    keys, queries = weights.keys, weights.queries[..., 2 * n_letters :]
    products = {
        "UL": keys[..., upper].mT @ keys[..., lower],
        "QL": queries.mT @ keys[..., lower],
        "QU": queries.mT @ keys[..., upper],
    }
    found = {}
    same = torch.eye(n_letters, dtype=torch.bool)
    for name, matrix in products.items():
        found[f"{name}_same_letter"] = matrix[:, same].mean(dim=1)
        found[f"{name}_other_letter"] = matrix[:, ~same].mean(dim=1) if n_letters > 1 else torch.zeros(len(matrix))
    target = case_targets(n_letters)
    values = weights.values[..., : 2 * n_letters]
    found["value_case"] = ((2 * target - 1) * values).sum(dim=1).mean(dim=1)
    found["value_error"] = (values - target).abs().mean(dim=(1, 2))
    letter_sums = values[..., lower] + values[..., upper]
    found["value_letter_offset"] = (letter_sums - letter_sums.mean(dim=2, keepdim=True)).abs().mean(dim=(1, 2)) / 2
    return found


def _beside_theory(
    config: MHNTransformerConfig, settings: Settings, weights: Weights, seeds: Sequence[int]
) -> dict[str, torch.Tensor]:
    """How far the gradient of W_V on many sequences is from equation S18, relative to it (S,); at random values."""
    # PyTorch takes 32 bits, so that these generators draw what `draw_weights` drew: the numbers of W_Q come again as
    # values. s18_error is about either alone, and committed results hold it: it stays as it is.
    n_letters, generators = settings["n_letters"], [torch.Generator().manual_seed(seed + 2**32) for seed in seeds]
    drawn = torch.stack([torch.randn(weights.values.shape[1:], generator=generator) for generator in generators])
    weights = weights._replace(values=drawn)
    widths, total = (config.n_key, 2, 3 * n_letters), torch.zeros_like(drawn)
    n_hidden = 1 if config.model == "baseline" else config.n_hidden
    sequences = batches(settings, [seed + 2**32 for seed in seeds], [hashlib.sha256() for _ in seeds])
    for _, tokens in zip(range(THEORY_BATCHES), sequences, strict=False):
        first = first_weights(settings["batch"], n_hidden, widths, config.projected, generators, torch.float32)
        done = read(config, weights, first, tokens[..., :-2], tokens[..., -2])
        target = F.one_hot(tokens[..., -1] - 3 * n_letters, 2).to(drawn)
        total += query_and_value_gradients(config, weights, done, target)[2]
    measured = total[..., : 2 * n_letters] / (THEORY_BATCHES * settings["batch"])
    expected = expected_value_gradient(drawn[..., : 2 * n_letters], settings["context"])
    return {"s18_error": (measured - expected).norm(dim=(1, 2)) / expected.norm(dim=(1, 2))}


def _scores(done: Read, answer: torch.Tensor) -> torch.Tensor:
    """Accuracy, mean over sequences of the summed squared error, and share of sequences with a collision: (3, S)."""
    right = (done.answer.argmax(dim=2) == answer).float().mean(dim=1)
    error = (done.answer - F.one_hot(answer, 2)).square().sum(dim=2).mean(dim=1)
    return torch.stack([right, error, done.collided.float().mean(dim=1)])


def _measured(
    accuracy: np.ndarray, loss: np.ndarray, collisions: np.ndarray, learnt: dict[str, list[float]], marks: list[int]
) -> dict[str, Any]:
    n_last = max(1, len(accuracy) // 5)
    ends = np.linspace(0, len(accuracy), min(N_CURVE_POINTS, len(accuracy)) + 1).astype(int)
    measured: dict[str, Any] = {
        "accuracy": accuracy[-n_last:].mean(),
        "loss": loss[-n_last:].mean(),
        "collisions": collisions[-n_last:].mean(),
        "first_loss": loss[0],
        "updates_to_99": _updates_to(LEARNT, accuracy),
        **{name: values[-1] for name, values in learnt.items()},
        "curve_ends": ends[1:].tolist(),
        "structure_updates": [int(mark) for mark in marks] + [len(accuracy)],
    }
    for name, values in (("accuracy", accuracy), ("loss", loss), ("collisions", collisions)):
        measured[f"{name}_curve"] = [values[a:b].mean() for a, b in pairwise(ends)]
    curves = {
        "case": learnt["value_case"],
        "alignment": [_contrast(learnt, at, "QL", "QU") for at in range(len(learnt["value_case"]))],
        "identity": [_contrast(learnt, at, "UL") for at in range(len(learnt["value_case"]))],
    }
    for name, values in curves.items():
        measured[f"{name}_curve"] = values
        measured[f"updates_to_half_{name}"] = _updates_to_half(values, measured["structure_updates"])
    return {name: as_measured(value) for name, value in measured.items()}


def _contrast(learnt: dict[str, list[float]], at: int, *products: str) -> float:
    """Same letter less other letters, a mean over some of the products."""
    return float(np.mean([learnt[f"{p}_same_letter"][at] - learnt[f"{p}_other_letter"][at] for p in products]))


def _updates_to(accuracy_asked: float, accuracy: np.ndarray) -> int | None:
    """After how many updates the mean accuracy over the last few is that high; None if it never is."""
    n = UPDATES_TO_TRUST
    if len(accuracy) < n:
        return None
    means = np.convolve(accuracy, np.ones(n) / n, mode="valid")
    high = np.flatnonzero(means >= accuracy_asked)
    return int(high[0]) + n if len(high) else None


def _updates_to_half(values: list[float], updates: list[int]) -> float | None:
    """When a curve first comes to half of where it ends, interpolated; None if it ends no higher than it begins."""
    start, goal = values[0], (values[0] + values[-1]) / 2
    for i in range(1, len(values)):
        if values[i] >= goal > start:
            share = (goal - values[i - 1]) / (values[i] - values[i - 1])
            return updates[i - 1] + share * (updates[i] - updates[i - 1])
    return None
