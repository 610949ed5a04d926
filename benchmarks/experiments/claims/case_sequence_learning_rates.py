"""Which learning rates suit each model of the Case Sequence? Tuned on seeds that are never scored."""

from collections.abc import Mapping
from typing import Any

from benchmarks.experiments.claims.case_sequence_alphabets import STUDY as ALPHABETS
from benchmarks.experiments.claims.case_sequence_alphabets import sized
from benchmarks.experiments.claims.case_sequence_behind import STUDY as BEHIND
from benchmarks.experiments.study import Scale, Study

FAST, SLOW = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64), (0.00125, 0.0025, 0.005, 0.01)
HIGHEST_OF_FOUR = 0.08  # with four letters the fast ones diverge at .16, with 8 at .32
# Models whose letters may meet in one hidden unit collide at higher rates, and take the most time with many letters.
SEARCHED = {
    "baseline": (FAST, (4, 8, 16, 26)),
    "qk-by-item": (FAST, (4, 8, 16, 26)),
    "qk-projected": (SLOW, (4, 8)),
    "qk-strength-100": (SLOW, (8, 16)),
}
KEY_RATES = (0.02, 1.0)  # of W_K, in learning rates of W_Q and W_V: the paper's, and the same; the baseline's is 1
OF_FOUR = {"baseline": "baseline-fair", "qk-by-item": "qk-by-item", "qk-projected": "qk-projected"}


def _variants(model: str, n_letters: int, rates: tuple[float, ...]) -> dict[str, Mapping[str, Any]]:
    """One model and alphabet at every rate, by a name that says which."""
    first = BEHIND.variants[OF_FOUR[model]] if n_letters == 4 else sized(model, n_letters)
    rates = tuple(rate for rate in rates if n_letters > 4 or rate <= HIGHEST_OF_FOUR)
    name = f"{model}-l{n_letters}"
    by_key_rate = {name: first}
    if model != "baseline":
        by_key_rate = {f"{name}-keys-{key_rate:g}": {**first, "key_rate": key_rate} for key_rate in KEY_RATES}
    return {f"{one}-at-{rate:g}": {**by_key_rate[one], "learning_rate": rate} for one in by_key_rate for rate in rates}


STUDY = Study(
    name="case-sequence-learning-rates",
    statement=(
        "Which learning rates suit each transformer of the Case Sequence and its keys? Tuned on samples that are not "
        "used to compare them."
    ),
    source="a question of ours to section 3 of Bhandarkar and McClelland (2025), arXiv 2511.04593",
    program="case_sequence",
    settings={**ALPHABETS.settings, "n_updates": 1_500},
    variants={
        name: settings
        for model, (rates, alphabets) in SEARCHED.items()
        for n_letters in alphabets
        for name, settings in _variants(model, n_letters, rates).items()
    },
    presets={
        "smoke": Scale((5,), {"n_updates": 20}),
        "quick": Scale((5, 6)),
        "paper": Scale((5, 6)),
    },
    claims=(),
)
