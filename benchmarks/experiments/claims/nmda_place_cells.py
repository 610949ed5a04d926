"""Place cells in the feed-forward layer of the NMDA transformer: do they come with training, and with alpha?

Attention heads and the position code are measured beside it.
"""

from dataclasses import replace

from benchmarks.experiments.claims.nmda_ltrm_by_alpha import EXPERIMENT as LTRM_BY_ALPHA
from benchmarks.experiments.experiment import Claim

TRAINED = "hidden_2_place_score - hidden_2_place_score_untrained"

# The agents of that experiment, and trained alike: runs of it that have finished lend their weights.
EXPERIMENT = replace(
    LTRM_BY_ALPHA,
    name="nmda-place-cells",
    statement=(
        "Place cells appear in the feed-forward layer of models that remember. Measured by a reconstructed place "
        "score, for each alpha, beside the untrained network."
    ),
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, place cells in the feed-forward layer",
    evaluations={},
    along="",
    variants={
        name: replace(LTRM_BY_ALPHA.variants[name], measurements=("place_cells",))
        for name in ("nmda-a0", "nmda-a0.1", "nmda-a10")
    },
    # Every map is measured with hundreds of nulls: two are enough to see that it runs.
    presets={
        **LTRM_BY_ALPHA.presets,
        "smoke": replace(LTRM_BY_ALPHA.presets["smoke"], n_evaluation_worlds=2),
    },
    claims=tuple(
        claim
        for preset in ("quick", "paper")
        for claim in (
            Claim("nmda-a10", preset, TRAINED, at_least=0.0),
            Claim("nmda-a10 - nmda-a0", preset, TRAINED, at_least=0.0),
            Claim("nmda-a10 - nmda-a0.1", preset, TRAINED, at_least=0.0),
            Claim("nmda-a10", preset, "hidden_2_place_score - hidden_2_place_score_symbols", at_least=0.0),
            # In the feed-forward layer, and not already in what attention hands to it.
            Claim("nmda-a10", preset, "hidden_2_place_score - attention_2_place_score", at_least=0.0),
        )
    ),
)
