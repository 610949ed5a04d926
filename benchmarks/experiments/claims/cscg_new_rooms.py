"""A graph that was learnt in one room, in new rooms of the same layout: what is the way to learn their symbols?"""

from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study

STUDY = Study(
    name="cscg-new-rooms",
    statement=(
        "With the graph of one room, a memory for each state in which a walk may have begun knows new rooms as an "
        "exact filter does; counting symbols along one belief does not."
    ),
    source="a question of ours, after George et al. (2021), Nature Communications 12, 2392, on graphs as schemas",
    program="new_rooms",
    # Chosen by rooms of other seeds, 100 and 101, and by validation worlds: 36 states for 36 nodes.
    settings={
        "width": 6,
        "height": 6,
        "n_symbols": 8,
        "n_clones": 16,
        "pseudocount": 2e-2,
        "concentration": 1.0,
        "n_walks": 40,
        "walk_length": 500,
        "n_iterations": 200,
        "n_new_rooms": 50,
        "new_walk_length": 128,
    },
    variants={"cscg": {}},
    presets={
        "smoke": Scale(
            (0,),
            {
                "n_clones": 8,
                "n_walks": 4,
                "walk_length": 100,
                "n_iterations": 3,
                "n_new_rooms": 3,
                "new_walk_length": 32,
            },
        ),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(5)), {"n_clones": 32, "n_iterations": 1_000, "n_new_rooms": 200}),
    },
    claims=(
        Claim("cscg", "quick", "bayes - start_hypotheses", at_most=0.05),
        Claim("cscg", "quick", "bayes - em_over_past", at_most=0.05),
        Claim("cscg", "quick", "bayes - forward_counts", at_least=0.2),
    ),
)
