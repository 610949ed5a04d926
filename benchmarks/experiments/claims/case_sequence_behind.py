"""What lies behind the figures of the Case Sequence: a gradient, an initialisation, collisions, capacity."""

from benchmarks.experiments.claims.case_sequence import BARE, BASELINE, MHN, PUBLISHED, SETTINGS
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

FAIR = {**BASELINE, "n_key": 32, "inverse_temperature": 1.0, "key_scale": 1.0}

STUDY = Study(
    name="case-sequence-behind",
    statement=(
        "QK is no faster than a fair baseline; MHN forgets through collisions; without projections, capacity is the "
        "limit."
    ),
    source="questions of ours to figure 7 of Bhandarkar and McClelland (2025), arXiv 2511.04593",
    program="case_sequence",
    settings=SETTINGS,
    variants={
        "baseline-published": PUBLISHED,
        "baseline-exact": BASELINE,
        "baseline-fair": FAIR,  # the temperature and first weights of the others, and its own learning rate
        "baseline-fair-rate": {**FAIR, "learning_rate": 5e-3},  # that of the others too
        "qk-projected": {},
        **{f"mhn-strength-{strength}": {**MHN, "projection_strength": float(strength)} for strength in (1, 3, 10, 100)},
        **{f"qk-hidden-{n_hidden}": {**BARE, "n_hidden": n_hidden} for n_hidden in (4, 8, 16, 32)},
        "qk-by-item": {"recruitment": "item", "n_hidden": 4},
    },
    presets={
        "smoke": Scale((0,), {"n_updates": 60}),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(10))),
    },
    claims=(
        Claim("baseline-published - baseline-exact", "quick", "updates_to_99", at_most=-1_000),
        Claim("qk-projected - baseline-published", "quick", "updates_to_99", at_most=0.0),
        Claim("qk-projected - baseline-fair", "quick", "updates_to_99", at_least=-50),
        Claim("qk-projected - baseline-fair-rate", "quick", "updates_to_99", at_least=0.0),
        Claim("mhn-strength-1", "quick", "collisions", at_least=0.5),
        Claim("mhn-strength-100", "quick", "collisions", at_most=0.0),
        Claim("mhn-strength-100", "quick", "accuracy", at_least=0.995),
        Claim("mhn-strength-100 - mhn-strength-1", "quick", "accuracy", at_least=0.05),
        *(
            Claim(f"qk-hidden-{more} - qk-hidden-{less}", "quick", "accuracy", at_least=0.0)
            for less, more in ((4, 8), (8, 16), (16, 32))
        ),
        Claim("qk-by-item", "quick", "collisions", at_most=0.0),
        Claim("qk-by-item", "quick", "accuracy", at_least=0.995),
    ),
)
