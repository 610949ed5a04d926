"""Do transformers without slots learn as the standard one does?"""

from typing import Any

from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

SETTINGS: dict[str, Any] = {
    "n_letters": 4,
    "context": 4,
    "batch": 64,
    "n_updates": 5_000,
    "learning_rate": 5e-3,
    "values_only": False,
    "model": "qk",
    "n_key": 50,
    "n_hidden": 16,
    "inverse_temperature": 1.0,
    "gradient_inverse_temperature": None,
    "projection_strength": 1.0,
    "recruitment": "key",
    "key_rate": 0.02,  # of the learning rate: 1e-4
    "key_scale": 1.0,
}
BASELINE = {
    "model": "baseline",
    "n_key": 10,
    "inverse_temperature": 10**-0.5,
    "learning_rate": 1e-3,
    "key_rate": 1.0,
    "key_scale": 0.25,
}
PUBLISHED = {**BASELINE, "gradient_inverse_temperature": 1.0}
FIXED = {"model": "fixed", "n_hidden": 10, "learning_rate": 1e-3, "key_rate": 0.0}
MHN = {"model": "mhn", "key_rate": 1.0}
BARE = {"projection_strength": 0.0}

# Accuracies: medians of figure 7A. Tables S1 to S3: mean and range, over runs, of products for the same letter and for
# others; three standard deviations of a mean of ten are .308 of their range.
ACCURACIES = {
    "baseline-published": 1.0,
    "fixed": 0.922,
    "mhn": 0.870,
    "qk": 0.876,
    "fixed-projected": 1.0,
    "mhn-projected": 0.918,
    "qk-projected": 1.0,
}
TABLES = {
    "UL": {
        "baseline-published": (3.34, 0.323, -1.11, 0.693),
        "fixed": (0.0563, 0.280, -0.00152, 0.470),
        "mhn": (-0.0541, 2.22, -1.27, 2.32),
        "qk": (7.19, 2.07, -1.42, 2.48),
        "fixed-projected": (0.00806, 0.324, 0.00531, 0.482),
        "mhn-projected": (0.532, 1.57, -0.933, 2.02),
        "qk-projected": (7.96, 1.88, -0.916, 2.16),
    },
    "QL": {
        "baseline-published": (4.73, 0.246, -1.57, 1.11),
        "fixed": (1.83, 1.06, -0.497, 1.52),
        "mhn": (4.06, 1.39, -0.126, 2.62),
        "qk": (7.40, 1.94, -1.32, 1.91),
        "fixed-projected": (2.58, 0.727, -0.313, 1.64),
        "mhn-projected": (5.52, 2.83, 0.334, 4.17),
        "qk-projected": (7.95, 1.89, -0.878, 2.21),
    },
    "QU": {
        "baseline-published": (4.78, 0.307, -1.59, 1.01),
        "fixed": (1.89, 1.00, -0.582, 1.35),
        "mhn": (4.00, 1.91, -0.0940, 2.32),
        "qk": (7.41, 1.92, -1.33, 1.98),
        "fixed-projected": (2.90, 0.547, -0.351, 1.76),
        "mhn-projected": (6.12, 1.10, -0.944, 4.14),
        "qk-projected": (7.95, 1.89, -0.879, 2.21),
    },
}

STUDY = Study(
    name="case-sequence",
    statement=(
        "Transformers whose keys and values live in fast weights learn the Case Sequence like the one with slots."
    ),
    source="Bhandarkar and McClelland (2025), arXiv 2511.04593, figures 7 and S9 to S13, tables S1 to S3",
    program="case_sequence",
    settings=SETTINGS,
    variants={
        "baseline-published": PUBLISHED,
        "fixed": {**FIXED, **BARE},
        "mhn": {**MHN, **BARE},
        "qk": BARE,
        "fixed-projected": FIXED,
        "mhn-projected": MHN,
        "qk-projected": {},
    },
    presets={
        "smoke": Scale((0,), {"n_updates": 30}),
        "quick": Scale(tuple(range(10))),
        "paper": Scale(tuple(range(10))),
    },
    claims=(
        *(Claim(name, "quick", "accuracy", paper=value, within=0.03) for name, value in ACCURACIES.items()),
        *(
            Claim(variant, "quick", f"{product}_{letter}_letter", paper=mean, within=round(0.308 * spread, 3))
            for product, expected in TABLES.items()
            for variant, (same, same_range, other, other_range) in expected.items()
            for letter, mean, spread in (("same", same, same_range), ("other", other, other_range))
        ),
        # The order in which QK learns: case, then queries that meet keys, then letters whatever their case.
        Claim("qk-projected", "quick", "updates_to_half_alignment - updates_to_half_case", at_least=0.0),
        Claim("qk-projected", "quick", "updates_to_half_identity - updates_to_half_alignment", at_least=0.0),
        # The paper: QK learns faster than the baseline.
        Claim("qk-projected - baseline-published", "quick", "updates_to_99", at_most=0.0),
    ),
)
