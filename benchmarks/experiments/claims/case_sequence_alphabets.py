"""Larger alphabets: which model still learns, and at what cost?"""

from typing import Any

from benchmarks.experiments.claims.case_sequence import SETTINGS
from benchmarks.experiments.claims.case_sequence_behind import FAIR
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

MODELS = {
    "baseline": {**FAIR, "n_key": 64, "learning_rate": 5e-3},
    "qk-projected": {},
    "qk-strength-100": {"projection_strength": 100.0},
    "qk-by-item": {"recruitment": "item"},
}
LETTERS = (8, 16, 26)
LARGEST = {"baseline": 26, "qk-projected": 8, "qk-strength-100": 16, "qk-by-item": 26}  # the costliest are cut short


def sized(model: str, n_letters: int) -> dict[str, Any]:
    """Settings of a model for so many letters, all shown."""
    n_hidden = n_letters if "item" in model else 2 * n_letters
    return {**MODELS[model], "n_letters": n_letters, "context": n_letters, "n_hidden": n_hidden}


STUDY = Study(
    name="case-sequence-alphabets",
    statement="Which transformer without slots still learns when the context is the whole of a larger alphabet?",
    source="a question of ours to section 3 of Bhandarkar and McClelland (2025), arXiv 2511.04593",
    program="case_sequence",
    settings={**SETTINGS, "n_updates": 6_000},
    variants={
        f"{model}-l{n_letters}": sized(model, n_letters)
        for n_letters in LETTERS
        for model in MODELS
        if n_letters <= LARGEST[model]
    },
    presets={
        "smoke": Scale((0,), {"n_updates": 20}),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(10)), {"n_updates": 30_000}),
    },
    claims=(
        *(Claim(f"baseline-l{n}", "quick", "accuracy", at_least=0.99) for n in LETTERS),
        *(Claim(f"qk-by-item-l{n}", "quick", "accuracy", at_least=0.99) for n in LETTERS),
        *(Claim(f"qk-strength-100-l{n}", "quick", "accuracy", at_least=0.99) for n in LETTERS[:2]),
        Claim("qk-strength-100-l8 - qk-projected-l8", "quick", "accuracy", at_least=0.0),
    ),
)
