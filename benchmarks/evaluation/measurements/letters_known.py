"""How many letters of familiar maps do the weights hold?

Kim, Kwon, Cha and Lee (2023), NeurIPS, train on N maps of L x L letters: N L^2 are to be known by heart.
"""

import math
from typing import Any

from benchmarks.evaluation.answers import predicted_observations
from benchmarks.evaluation.measurements.subject import Subject, rounded
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from hippo_envs import sample_walks
from hippo_envs.scoring import answers_of, score

N_WORLDS = 200
SETTLED = 32  # steps after which it can be told which map it is, and where


def letters_known(subject: Subject) -> dict[str, Any]:
    """Letters of the maps of training that are known by heart, measured at nodes never visited in a walk.

    A letter is either known or guessed among K, so of N L^2 letters a share (a - 1 / K) / (1 - 1 / K) is known, where a
    is the accuracy at first visits from step 33 on, in 200 held-out walks on the maps that the agent was trained on,
    which need not be those it is scored on. Returns how many these are (`letters_known`) and how many there are
    (`letters`), and what that makes in bits for each parameter, log2 K to a letter (`bits_per_parameter`).

    It is an estimate: guessing the commonest letter of a map that was recognised counts as knowing some, and a node
    counts as often as it is first visited so late.

    Raises:
        ValueError: if the agent was trained on no familiar maps, or walks end before step 33.
    """
    family = subject.trained_in
    if family.maps is None:
        raise ValueError(f"letters_known needs familiar maps, and a {type(family).__name__} has none: leave it out.")
    if subject.walks.walk_length <= SETTLED:
        raise ValueError(f"Walks must have more than {SETTLED} steps, these have {subject.walks.walk_length}.")
    walks = sample_walks(family, EVALUATION_SEEDS[:N_WORLDS], subject.walks.walk_length)
    predictions = predicted_observations(subject.agent, walks, subject.device, subject.seed)
    counts = score(answers_of(predictions, walks), walks, ("never_in_trial",), (SETTLED, walks.walk_length))
    k = family.n_observations
    accuracy = counts["never_in_trial"].within(1, 2).accuracy(k)
    known = family.maps.size * (accuracy - 1 / k) / (1 - 1 / k)
    n_parameters = sum(parameter.numel() for parameter in subject.agent.parameters())
    return {
        "letters_known": rounded(known),
        "letters": family.maps.size,
        "bits_per_parameter": rounded(known * math.log2(k) / n_parameters),
    }
