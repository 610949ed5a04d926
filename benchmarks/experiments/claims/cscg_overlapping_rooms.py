"""Two rooms that overlap, never walked through in one: do their graphs become one, with a state for each node?"""

from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

STUDY = Study(
    name="cscg-overlapping-rooms",
    statement="Two rooms of 8 x 6 nodes that share a corner become one graph of exactly 88 clones, one for each node.",
    source="George et al. (2021), Nature Communications 12, 2392, on transitive inference between rooms",
    program="overlapping_rooms",
    # Chosen by rooms of other seeds, 100 to 103: all 88 in two of two, but 86 to 109 with a corner that looks alike.
    settings={
        "width": 8,
        "height": 6,
        "overlap": [4, 2],
        "look_alike": False,
        "n_symbols": 8,
        "n_clones": 40,
        "pseudocount": 4e-3,
        "concentration": 1.0,
        "n_walks": 40,
        "walk_length": 500,
        "n_iterations": 300,
    },
    # With a corner of the first room that shows what the shared one shows, and is not shared: harder, and ours.
    variants={"cscg": {}, "cscg-look-alike": {"look_alike": True}},
    presets={
        "smoke": Scale((0,), {"n_clones": 16, "n_walks": 4, "walk_length": 100, "n_iterations": 3}),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(5)), {"n_clones": 70, "n_walks": 100, "n_iterations": 1_000}),
    },
    claims=(
        Claim("cscg", "quick", "states", paper=88, within=0.0),
        Claim("cscg-look-alike", "quick", "states", paper=88, within=0.0),
    ),
)
