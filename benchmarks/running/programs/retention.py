"""Retention: how well a memory still recognises a pattern, by the number of patterns stored since.

Bhandarkar and McClelland (2025), arXiv 2511.04593, sections 2.2 and A.2. A seed is one sample of theirs: `n_networks`
runs, each a network and a stream of its own. Age 1 is the newest pattern. For each age a memory p_a (the share of the
pattern's ones retrieved) is paired with an untrained pseudo-memory p~_a of the same run, from the same process:

- raw difference: the mean over runs of p_a - p~_a;
- d': the same divided by its standard deviation over runs (1 / sqrt 2 of the classical d').

Weights are frozen at the test. Networks of one seed learn side by side in one tensor program.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.k_winner_mhn import KWinnerConfig, KWinnerMHN, LayerConfig, PatternMemory, SeparationLayer, StackedKWinner
from agents.weights import weights_hash
from benchmarks.experiments.study import Outcome, Settings, Steps, as_measured
from hippo_envs import random_patterns, tree_patterns
from hippo_envs.arrays import Floats
from hippo_envs.envs.patterns import cue_ones, overlap_baseline, partial_cue

Patterns = NDArray[np.bool_]

CUES: Mapping[str, float] = {"full": 1.0, "half": 0.5}
AGES_TO_REPORT = (1, 50, 100, 300, 500)
HALF_WINDOW = 9  # ages either side of those, but for age 1: a single age of 200 runs is known to .03 only
FITTED_AGES = 200
AGES_A_POINT = 10  # averaged before the logarithm, which noise would pull down, and beside the theory
PATTERNS_ON_WHICH_OVERLAP_IS_MEASURED = 500
DECIMALS = 5


def retention(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Store a stream in each of `n_networks` networks, test the newest patterns, all as the settings say."""
    outcomes = []
    for index in steps(len(seeds)):
        memory, patterns = memory_of(settings, seeds[index]), patterns_of(settings, seeds[index])
        memory.store(torch.from_numpy(patterns[:, : settings["n_stored"]]))
        measured = measure(memory, patterns, settings, seeds[index])
        outcomes.append(Outcome(measured, {"data_hash": _data_hash(patterns), "weights_hash": _hash_of(memory)}))
    return outcomes


def patterns_of(settings: Settings, seed: int) -> Patterns:
    """Streams (R, stored + pseudo, units), the same for every variant with the same kind of patterns."""
    n, sizes = settings["n_stored"] + settings["n_tested"], (settings["n_units"], settings["n_ones"])
    streams = []
    for network in range(settings["n_networks"]):
        rng = np.random.default_rng([seed, network])
        if settings["bits_changed"]:
            leaves = tree_patterns(max(n, settings["n_leaves"]), *sizes, settings["bits_changed"], rng)
            streams.append(leaves[:n])
        else:
            streams.append(random_patterns(n, *sizes, rng))
    return np.stack(streams)


def memory_of(settings: Settings, seed: int) -> PatternMemory:
    """The networks that the settings describe, under separation layers if they ask for some."""
    generator = torch.Generator().manual_seed(seed)
    n_networks, layers = settings["n_networks"], []
    n_units, n_ones = settings["n_units"], settings["n_ones"]
    for n_hidden, fan_in, n_winners in settings["layers"]:
        layers.append(SeparationLayer(LayerConfig(n_units, n_ones, n_hidden, fan_in, n_winners), n_networks, generator))
        n_units, n_ones = n_hidden, n_winners
    sizes = (settings[name] for name in ("n_hidden", "fan_in", "n_winners", "learning_rate", "symmetric"))
    network = KWinnerMHN(KWinnerConfig(n_units, n_ones, *sizes), n_networks, generator)
    return StackedKWinner(layers, network) if layers else network


def measure(memory: PatternMemory, patterns: Patterns, settings: Settings, seed: int) -> dict[str, Any]:
    """All that is kept of one seed."""
    n_stored, n_tested = settings["n_stored"], settings["n_tested"]
    newest = patterns[:, n_stored - n_tested : n_stored][:, ::-1]
    pseudo = patterns[:, n_stored:]
    ends = age_bins(n_tested)
    measured: dict[str, Any] = {"age_bins": ends, "similarity": overlap(newest)}
    for name in settings["cues"]:
        share = CUES[name]
        rng = np.random.default_rng([seed, settings["n_networks"]])
        remembered, unknown = (retrieved(memory, stored, share, rng) for stored in (newest, pseudo))
        difference = remembered - unknown
        curves = {
            "accuracy": remembered.mean(axis=0),
            "raw_difference": difference.mean(axis=0),
            "d_prime": difference.mean(axis=0) / np.maximum(difference.std(axis=0), 1e-9),
        }
        measured[f"baseline_{name}"] = float(unknown.mean())
        for curve, by_age in curves.items():
            measured[f"{curve}_{name}_curve"] = _by_bin(by_age, ends)
            measured |= {f"{curve}_{name}_{age}": value for age, value in _at_ages(by_age).items()}
        amplitude, decay = exponential_fit(curves["raw_difference"])
        measured |= {
            f"fit_amplitude_{name}": amplitude,
            f"fit_decay_per_100_{name}": None if decay is None else 100 * decay,
        }
        if settings["n_winners"] == 1 and not settings["bits_changed"]:
            measured |= beside_theory(curves["accuracy"], settings, share, name)
    if settings["bits_changed"]:
        rng = np.random.default_rng([seed, settings["n_networks"] + 1])
        noise = np.stack([random_patterns(n_tested, settings["n_units"], settings["n_ones"], rng) for _ in patterns])
        measured["baseline_unstructured"] = float(retrieved(memory, noise, 1.0, rng).mean())
    if isinstance(memory, StackedKWinner):
        measured |= _above_layers(memory, newest, pseudo)
    return {name: as_measured(value, DECIMALS) for name, value in measured.items()}


def _above_layers(stack: StackedKWinner, newest: Patterns, pseudo: Patterns) -> dict[str, float]:
    """How alike codes are, and how well the network at the top tells its own from new ones, before the way down."""
    codes = [stack.encode(torch.from_numpy(patterns.copy())) for patterns in (newest, pseudo)]
    known, unknown = ((stack.memory.retrieve(of) & of).sum(dim=2) / of.sum(dim=2) for of in codes)
    difference = (known - unknown).double().numpy()
    d_prime = difference.mean(axis=0) / np.maximum(difference.std(axis=0), 1e-9)
    by_age = {"raw_difference": difference.mean(axis=0), "d_prime": d_prime}
    at_ages = {f"{name}_above_{age}": at for name, curve in by_age.items() for age, at in _at_ages(curve).items()}
    return {"similarity_above": overlap(codes[0].numpy()), **at_ages}


def retrieved(memory: PatternMemory, patterns: Patterns, share: float, rng: np.random.Generator) -> Floats:
    """The share of each pattern's ones (R, B) that the memory gives back for a cue with a share of them."""
    cues = np.stack([partial_cue(of_run, share, rng) for of_run in patterns])
    answers = memory.retrieve(torch.from_numpy(cues)).numpy()
    return (answers & patterns).sum(axis=2) / patterns.sum(axis=2)


def overlap(patterns: Patterns) -> float:
    """The mean share of ones that two patterns of one run have in common."""
    some = patterns[:, :PATTERNS_ON_WHICH_OVERLAP_IS_MEASURED].astype(np.float32)
    shared = some @ some.transpose(0, 2, 1) / some[0, 0].sum()
    n = some.shape[1]
    return float((shared.sum(axis=(1, 2)) - n).mean() / (n * (n - 1)))


def exponential_fit(raw_difference: Floats) -> tuple[float | None, float | None]:
    """A and lambda of A exp(-lambda age), by least squares on the logarithm (A.2.3), ten ages a point.

    None where a point is not positive.
    """
    n_points = min(len(raw_difference), FITTED_AGES) // AGES_A_POINT
    points = raw_difference[: n_points * AGES_A_POINT].reshape(n_points, AGES_A_POINT).mean(axis=1)
    ages = AGES_A_POINT * np.arange(n_points) + (AGES_A_POINT + 1) / 2
    if n_points < 2 or (points <= 0).any():
        return None, None
    slope, intercept = np.polyfit(ages, np.log(points), 1)
    return float(np.exp(intercept)), float(-slope)


def theory(settings: Settings, share: float, ages: NDArray[np.int64]) -> Floats:
    """What the 1-winner network gets at each age, exactly: what its slot held, or the best overlap of all others.

    The paper's A.2.4 with the exact maximum of `n_hidden` hypergeometric numbers in place of its approximation.
    """
    n_units, n_ones, n_slots = settings["n_units"], settings["n_ones"], settings["n_hidden"]
    baseline = overlap_baseline(n_slots, n_units, n_ones, cue_ones(share, n_ones))
    return baseline + (1 - baseline) * (1 - 1 / n_slots) ** (ages - 1.0)


def papers_baseline(settings: Settings, share: float) -> float:
    """The paper's approximation (Proposition 2): s + sqrt(2 c (1 - s) ln N_h / N_v)."""
    s = settings["n_ones"] / settings["n_units"]
    return s + float(np.sqrt(2 * share * (1 - s) * np.log(settings["n_hidden"]) / settings["n_units"]))


def beside_theory(accuracy: Floats, settings: Settings, share: float, name: str) -> dict[str, float]:
    """How far the accuracy by age is from the exact one; nothing for networks that there is no theory of.

    `theory_error` is of the mean over all ages, where what is too high at some makes up for what is too low at others;
    `theory_worst_error` is the largest of the means over ten ages each, which says whether the shape is right.
    """
    if settings["learning_rate"] < 1:
        return {}
    error = accuracy - theory(settings, share, np.arange(1, len(accuracy) + 1))
    tens = np.split(error, range(AGES_A_POINT, len(error) - AGES_A_POINT + 1, AGES_A_POINT))
    return {
        f"theory_error_{name}": float(abs(error.mean())),
        f"theory_worst_error_{name}": float(max(abs(ten.mean()) for ten in tens)),
        f"theory_baseline_{name}": float(theory(settings, share, np.array([10**9]))[0]),
        f"theory_baseline_paper_{name}": papers_baseline(settings, share),
    }


def age_bins(n_ages: int) -> list[int]:
    """Last ages of the bins in which curves are kept: single ages, then tens, then fifties."""
    ends = [*range(1, 10), *range(10, 200, 10), *range(200, n_ages, 50)]
    return [*(end for end in ends if end < n_ages), n_ages]


def _at_ages(by_age: Floats) -> dict[int, float]:
    windows = {age: (age - 1 - HALF_WINDOW, age + HALF_WINDOW) if age > 1 else (0, 1) for age in AGES_TO_REPORT}
    return {age: float(by_age[low:high].mean()) for age, (low, high) in windows.items() if high <= len(by_age)}


def _by_bin(by_age: Floats, ends: Sequence[int]) -> list[float]:
    return [float(by_age[start:end].mean()) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _data_hash(patterns: Patterns) -> str:
    return hashlib.sha256(np.packbits(patterns).tobytes()).hexdigest()


def _hash_of(memory: PatternMemory) -> str:
    network = memory.memory if isinstance(memory, StackedKWinner) else memory
    assert isinstance(network, KWinnerMHN)
    return weights_hash({"forward": network.forward_weights, "return": network.return_weights})
