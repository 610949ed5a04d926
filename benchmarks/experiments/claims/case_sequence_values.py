"""Theorem 7: with random keys and queries, values alone learn which case a letter is in."""

from benchmarks.experiments.claims.case_sequence import SETTINGS
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

STUDY = Study(
    name="case-sequence-values",
    statement="While W_K and W_Q stay random, W_V comes to hold [1, 0] for lower and [0, 1] for upper case letters.",
    source="Bhandarkar and McClelland (2025), arXiv 2511.04593, B.5.2: theorem 7 and equation S18",
    program="case_sequence",
    settings={**SETTINGS, "values_only": True, "batch": 512, "n_updates": 2_000, "learning_rate": 4e-4, "n_key": 1_024},
    variants={
        "slots-of-4": {"model": "baseline"},
        "slots-of-3": {"model": "baseline", "context": 3},
        "mhn-of-4": {"model": "fixed", "n_hidden": 8},
        "mhn-by-item-of-4": {"model": "fixed", "n_hidden": 4, "recruitment": "item"},
    },
    presets={
        "smoke": Scale((0,), {"n_updates": 10, "batch": 64, "n_key": 64}),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(10)), {"n_updates": 20_000, "learning_rate": 4e-5}),
    },
    claims=(
        Claim("slots-of-3", "quick", "value_error", at_most=0.05),
        Claim("slots-of-4", "quick", "value_case", at_least=0.95),
        Claim("slots-of-3", "quick", "s18_error", at_most=0.05),
        Claim("slots-of-4", "quick", "s18_error", at_most=0.05),
        # With as many letters shown as there are, one letter's values can rise and another's fall at no cost: the
        # Hessian has eigenvalue 1 - (C - 1) / (L - 1) = 0 there, and the minimum is not unique.
        Claim("slots-of-4 - slots-of-3", "quick", "value_letter_offset", at_least=0.0),
        # Lemma 8 holds where no hidden unit is left over; here half of them are, with the same attention as the rest.
        Claim("mhn-by-item-of-4", "quick", "value_case", at_least=0.95),
        Claim("mhn-of-4", "quick", "value_case", at_least=0.95),
        Claim("mhn-by-item-of-4 - mhn-of-4", "quick", "value_error", at_most=0.0),
    ),
)
