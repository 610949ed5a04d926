"""The suite `hippo-1`: what it asks, in which worlds, and with how much training. Data only.

Worlds are small and symbols few, so that an agent is trained and scored within two CPU minutes (`quick`; TEM takes 25);
the experiments have the published sizes. Every agent may learn from the same number of walks, whatever an update costs.
Each agent has one learning rate for all tasks (`hippo-1-rates`), and the parts that it has in the experiments.

Pattern memory is asked for in symbols, which every agent of walks can be scored on; for binary patterns, and memories
that are no such agents, there is `kwinner-retention`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.experiments.experiment import Experiment, Variant
from benchmarks.experiments.metric import HEADLINES
from benchmarks.experiments.presets import QUICK
from benchmarks.experiments.suite import Suite, Task

# A moment of a track, and a person in a tree, is no sum of waves; nor can every action be taken everywhere.
ONE_THING = {"n_units": 128, "n_modules": 1, "n_actions_before_start": 0, "drift_penalty": 0.1}
SEEN_MOMENTS = ("seen_decision", "seen")
PRESETS = {
    "smoke": replace(QUICK, n_updates=2, batch=2, n_evaluation_worlds=4, seeds=(0,)),
    "quick": QUICK,
    "paper": replace(QUICK, n_updates=20_000, batch=64, n_evaluation_worlds=1_000),
}


# A clone for each of the 80 nodes that show a symbol on average, and some more. It learns by counting, at no rate.
CSCG = Variant("cscg", learning_rate=1e-3, sizes={"n_clones": 112})


def _agents(position: Mapping[str, Any], lattice: str | None, memory_units: int) -> dict[str, Variant]:
    """All agents, with as many updates each.

    Args:
        position: sizes of the position code of TEM-t and slot-free memory.
        lattice: on which the NMDA transformer can be given its position; None if nowhere.
        memory_units: of slot-free memory, a few more than a world has places.
    """
    slots = {**position, "n_memory_units": memory_units}
    given = {"nmda": Variant("nmda", learning_rate=2e-3, sizes={"lattice": lattice})} if lattice else {}
    return {
        "tem-t": Variant("tem-t", learning_rate=9e-3, sizes=position),
        "slot-free": Variant("slot-free", learning_rate=3e-3, sizes=slots),
        "tem": Variant("tem", learning_rate=4e-3),
        "mapformer": Variant("mapformer", learning_rate=3e-3),
        **given,
        "nmda-learned": Variant("nmda", learning_rate=2e-3, sizes={"position": "learned", "n_place": 32}),
        "transformer": Variant("transformer", learning_rate=27e-3),
        "transformer-rope": Variant("transformer", learning_rate=3e-3, sizes={"position": "rope"}),
        "gated-deltanet": Variant("gated-deltanet", learning_rate=1e-2),
        "lstm": Variant("lstm", learning_rate=15e-3),
    }


WAVES: Mapping[str, Any] = {}  # the defaults

SQUARE = Experiment(
    name="hippo-1-square",
    statement="Predict the symbol at a known node of a square, reached over an edge never taken.",
    source="Whittington, Warren and Behrens (2022), ICLR, section 3",
    environment="hippo/Rectangle-v0",
    arguments={"width": (6, 7, 8), "n_observations": 10, "stay": True},
    evaluations={},
    variants=_agents(WAVES, "square", memory_units=64),
    presets=PRESETS,
    claims=(),
    references=("bayes", "inverse-agent", "edge-agent", "most-frequent", "chance"),
    stepped=True,
)

HEXAGON = replace(
    SQUARE,
    name="hippo-1-hexagon",
    statement=(
        "Predict the symbol at a known node of a hexagonal graph, with six neighbours a node, reached over an edge "
        "never taken."
    ),
    source="Whittington, Warren and Behrens (2022), ICLR, appendix, figure 10",
    environment="hippo/Hexagonal-v0",
    arguments={"radius": (3, 4), "n_observations": 10, "stay": True},
    variants=_agents(WAVES, "hexagonal", memory_units=64),
)

TREE = replace(
    SQUARE,
    name="hippo-1-tree",
    statement=(
        "Predict the symbol of a known person of a family, reached by a relation never used: the rules are not those "
        "of space."
    ),
    source="Whittington et al. (2020), Cell 183",
    environment="hippo/FamilyTree-v0",
    arguments={"levels": (3, 4), "n_observations": 10},
    variants=_agents(ONE_THING, None, memory_units=32),
)

LINE = replace(
    SQUARE,
    name="hippo-1-line",
    statement="B is two above A, and C one above B: what is three above A?",
    source="Whittington et al. (2020), Cell 183, figure 2",
    environment="hippo/Line-v0",
    arguments={"length": (4, 5, 6), "jump": 4, "n_observations": 10},
    variants=_agents(WAVES, None, memory_units=16),
    presets={name: replace(preset, walk_length=32, evaluation_length=128) for name, preset in PRESETS.items()},
)

WORKING_MEMORY = replace(
    SQUARE,
    name="hippo-1-working-memory",
    statement="On maps never seen, predict the symbols that were seen within the last 64 steps.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, STWM error",
    environment="hippo/ReferenceMemory-v0",
    arguments={"size": 5, "n_observations": 10, "novel": True},
    variants=_agents(WAVES, "square", memory_units=32),
    masks=("stwm_64", "out_of_window_64"),
    references=("bayes", "edge-agent", "two-back", "most-frequent", "chance"),
)

REFERENCE_MEMORY = replace(
    WORKING_MEMORY,
    name="hippo-1-reference-memory",
    statement="On one of 32 familiar maps, without being told which, predict the symbols at nodes not yet visited.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error: the part that no memory of the walk has",
    arguments={"n_maps": 32, "size": 5, "n_observations": 10},  # of sixteen an LSTM knows nearly all
    variants={
        **_agents(WAVES, "square", memory_units=32),
        "cscg": CSCG,
    },  # which knows the maps it has learnt, no others
    masks=("never_in_trial", "ltrm_64", "stwm_64"),
    learns="after_first",
    references=("bayes", "most-frequent", "chance"),
)

CASE_SEQUENCE = replace(
    SQUARE,
    name="hippo-1-case-sequence",
    statement="Was the letter that is asked for shown in lower or in upper case?",
    source="Bhandarkar and McClelland (2025), arXiv 2511.04593, section 3",
    environment="hippo/CaseSequence-v0",
    arguments={"n_letters": 4},
    variants={
        **_agents(ONE_THING, None, memory_units=8),
        "mhn-transformer": Variant("mhn-transformer", learning_rate=1e-2),  # of Adam, by which it learns in time
    },
    presets={
        name: replace(
            preset,
            walk_length=6,
            evaluation_length=6,
            batch=64,
            n_evaluation_worlds=1_000,  # a walk counts at one step only
        )
        for name, preset in PRESETS.items()
    },
    masks=("last",),
    learns="last",
    references=("bayes", "most-frequent", "chance"),
)

PATTERN_MEMORY = replace(
    SQUARE,
    name="hippo-1-pattern-memory",
    statement="Eight patterns of five symbols are shown once: complete those that begin again.",
    source="a question of ours, after Bhandarkar and McClelland (2025), arXiv 2511.04593, section 2",
    environment="hippo/PatternCompletion-v0",
    arguments={"n_units": 5, "n_stored": 8, "n_recalled": 4, "n_cued": 2, "n_observations": 10},
    variants=_agents(ONE_THING, None, memory_units=64),
    presets={name: replace(preset, walk_length=60, evaluation_length=60) for name, preset in PRESETS.items()},
    masks=("knowable",),
    learns="knowable",
    references=("bayes", "markov-2", "markov-1", "most-frequent", "chance"),
)

LAPS = replace(
    SQUARE,
    name="hippo-1-laps",
    statement="Run round a track and expect the reward of every fourth lap.",
    source="Whittington et al. (2020), Cell 183, figure 6, after Sun et al. (2020), Nature Neuroscience 23",
    environment="hippo/LapTrack-v0",
    arguments={"n_observations": 10},
    variants=_agents(ONE_THING, "square", memory_units=64),
    masks=SEEN_MOMENTS,
    references=("bayes", "markov-2", "markov-1", "most-frequent", "chance"),
)

ALTERNATION = replace(
    LAPS,
    name="hippo-1-alternation",
    statement="Run a figure of eight, to the left and to the right in turn.",
    source="Whittington et al. (2020), Cell 183, figure 6, after Wood et al. (2000), Neuron 27",
    environment="hippo/SpatialAlternation-v0",
)

IN_OUTBOUND = replace(
    LAPS,
    name="hippo-1-in-outbound",
    statement="Run a W-track, where the next arm depends on the arm before.",
    source="Whittington et al. (2020), Cell 183, figure 6, after Frank et al. (2000), Neuron 27",
    environment="hippo/InOutbound-v0",
)

LONGER = replace(
    SQUARE,
    name="hippo-1-longer",
    statement=(
        "Trained on walks of 128 steps in squares of up to 8 x 8, predict at steps 257 to 384 in squares of 16 x 16."
    ),
    source="a question of ours; the weights are those of hippo-1-square",
    evaluations={"16x16": {"width": 16}},
    presets={name: replace(preset, evaluation_length=384) for name, preset in PRESETS.items()},
)

REWRITING = replace(
    SQUARE,
    name="hippo-1-rewriting",
    statement="From step 64 on half of the nodes show another symbol: predict the new symbol, not the old one.",
    source="a question of ours",
    arguments={"width": (4, 5), "n_observations": 10, "stay": True, "remap_after": 64},
    variants=_agents(WAVES, "square", memory_units=32),
    masks=("rewritten", "seen"),
    learns="seen",
)

# An agent that adds up its moves alone, or looks alone, is lost in these.
TORUS = replace(
    SQUARE,
    name="hippo-1-torus",
    statement="Predict the symbol at a known node of a torus, where only what is seen tells how large the torus is.",
    source="a question of ours; Whittington et al. (2020), Cell 183, train on worlds of several sizes",
    arguments={"width": (5, 6, 7, 8), "n_observations": 10, "stay": True, "torus": True},
    variants=_agents(WAVES, "square", memory_units=64),
)

SLIP = replace(
    TORUS,
    name="hippo-1-slip",
    statement=(
        "In a square one move in twenty goes another way than the one that is heard. Predict the symbol at a known "
        "node, reached over an edge never taken by a move that did not slip."
    ),
    source="a question of ours: every animal and robot drifts",
    arguments={"width": (6, 7, 8), "n_observations": 10, "stay": True, "slip": 0.05},
    masks=("unslipped_loop_closure", *HEADLINES),
    # On longer walks the particle filter, which is the ceiling, takes minutes.
    presets={name: replace(preset, evaluation_length=128) for name, preset in PRESETS.items()},
)

UNKNOWN_ACTIONS = replace(
    TORUS,
    name="hippo-1-unknown-actions",
    statement=(
        "In each square the moves mean something else: north may lead east. Find out what they do within the walk, and "
        "predict the symbol at a known node, reached over an edge never taken."
    ),
    source="a question of ours",
    arguments={"width": (6, 7, 8), "n_observations": 10, "stay": True, "shuffle_actions": True},
)

DARK = replace(
    TORUS,
    name="hippo-1-dark",
    statement=(
        "From step 64 on it is dark on a torus, whose size only the light could tell. Predict the symbol at a node "
        "that was seen in the light, reached over an edge never taken."
    ),
    source="a question of ours, after Hafting et al. (2005), Nature 436: grid cells fire on in darkness",
    arguments={**TORUS.arguments, "dark_after": 64},
    masks=("dark_loop_closure", "dark_revisit", *HEADLINES),
)

MEMORY = "memory"  # of the walk, or of familiar maps
STRUCTURE = "learnt structure"  # and where one is follows from the actions
INFERENCE = "inference within the walk"  # of what neither learning nor the actions alone can tell

SUITE = Suite(
    name="hippo-1",
    preset="quick",
    tasks={
        "working-memory": Task(WORKING_MEMORY, MEMORY, "easy", "stwm_64"),
        # Not before step 33: it takes some steps to know which map it is.
        "reference-memory": Task(REFERENCE_MEMORY, MEMORY, "medium", "never_in_trial[33-128]"),
        # One who knows no more than that an answer is due is right in half of the cases.
        "case-sequence": Task(CASE_SEQUENCE, MEMORY, "easy", "last", floor=0.5),
        "pattern-memory": Task(PATTERN_MEMORY, MEMORY, "medium", "knowable"),
        "rewriting": Task(REWRITING, MEMORY, "medium", "rewritten"),
        "square": Task(SQUARE, STRUCTURE, "easy", "loop_closure"),
        "hexagon": Task(HEXAGON, STRUCTURE, "easy", "loop_closure"),
        "tree": Task(TREE, STRUCTURE, "hard", "loop_closure"),
        "line": Task(LINE, STRUCTURE, "easy", "loop_closure"),  # solved, and kept for its history
        "longer": Task(LONGER, STRUCTURE, "medium", "loop_closure@16x16[257-384]"),
        "laps": Task(LAPS, STRUCTURE, "medium", "seen_decision"),
        "alternation": Task(ALTERNATION, STRUCTURE, "hard", "seen_decision"),
        "in-outbound": Task(IN_OUTBOUND, STRUCTURE, "medium", "seen_decision"),
        "torus": Task(TORUS, INFERENCE, "hard", "loop_closure"),
        "slip": Task(SLIP, INFERENCE, "hard", "unslipped_loop_closure"),
        "dark": Task(DARK, INFERENCE, "hard", "dark_loop_closure"),
        "unknown-actions": Task(UNKNOWN_ACTIONS, INFERENCE, "hard", "loop_closure"),
    },
)
