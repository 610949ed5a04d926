"""Reference memory by alpha after longer training: a small network, trained for three times as long."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_alpha_tuned, nmda_ltrm_by_alpha
from benchmarks.experiments.experiment import Claim

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
LATE = nmda_ltrm_by_alpha.LATE
TUNED = nmda_alpha_tuned.EXPERIMENT.variants
# A quarter of the weights, and a window that more of the walk is out of: meant to learn soon all that it will, and the
# first claim says whether linear does. Rates are those of the larger network; `paper` is the published one with that
# window.
SMALL = {"window": 16, "n_units": 32, "n_heads": 2, "n_hidden": 128}
LINEAR, NMDA, TWICE = "nmda-a0", "nmda-a10", "nmda-a0-twice-as-long"
N_UPDATES = 4_000
SEEN = f"ltrm_16{LATE}"

VARIANTS = {
    name: replace(variant, sizes={**variant.sizes, **SMALL}, measurements=("letters_known",))
    for name, variant in TUNED.items()
}

EXPERIMENT = replace(
    FIRST,
    name="nmda-alpha-plateau",
    statement=(
        "Reference memory improves with alpha, and saturates, in networks that are trained until they stop improving. "
        "Here a network of a quarter of the size is trained for 4,000 updates."
    ),
    evaluations={},
    variants=VARIANTS | {TWICE: replace(VARIANTS[LINEAR], n_updates={"quick": 2 * N_UPDATES, "paper": 25_600})},
    presets={**FIRST.presets, "quick": replace(FIRST.presets["quick"], n_updates=N_UPDATES)},
    masks=("ltrm_16", "never_in_trial", "out_of_window_16", "stwm_16"),
    claims=(
        # Linear is at its end: what others have beyond it is no matter of time.
        Claim(f"{TWICE} - {LINEAR}", "quick", SEEN, at_most=0.03),
        Claim(f"{NMDA} - {LINEAR}", "quick", SEEN, at_least=0.10),
        Claim("nmda-a1 - nmda-a0.1", "quick", SEEN, at_least=0.0),
        Claim(f"{NMDA} - nmda-a1", "quick", SEEN, at_least=0.0),
        Claim(f"nmda-a100 - {NMDA}", "quick", SEEN, at_least=-0.05),
        Claim(f"nmda-a100 - {NMDA}", "quick", SEEN, at_most=0.05),
        Claim(NMDA, "quick", f"stwm_16{LATE}", at_least=0.99),
    ),
)
