"""Experiments whose agents have a few units: they train, and are measured, in no time."""

from dataclasses import replace

from benchmarks.experiments.experiment import Experiment

SIZES = {
    "tem-t": {"n_units": 24, "n_modules": 4, "n_key": 16, "n_sensory": 16, "n_hidden": 16},
    "nmda": {"n_units": 16, "n_heads": 2, "n_hidden": 24},
    "tem": {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1)},
}


def narrow(experiment: Experiment) -> Experiment:
    variants = {
        name: replace(variant, sizes={**variant.sizes, **SIZES.get(variant.agent, {})})
        for name, variant in experiment.variants.items()
    }
    return replace(experiment, variants=variants)
