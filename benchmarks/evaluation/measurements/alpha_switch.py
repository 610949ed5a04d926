"""Test with another alpha than in training: does the nonlinearity help to learn, or to remember?

Kim, Kwon, Cha and Lee (2023), NeurIPS, compare its alpha with the magnesium that blocks NMDA receptors; in animals a
blocker given after learning spares what was learnt. Networks are switched between two forward passes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agents.base import Agent
from agents.parts.activations import NMDA
from benchmarks.evaluation.answers import predicted_observations
from benchmarks.evaluation.measurements.subject import Subject, rounded
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from hippo_envs import Walks, sample_walks
from hippo_envs.scoring import answers_of, score

ALPHAS = (0.0, 1.0, 10.0, 100.0)
MASKS = ("ltrm_64", "stwm_64")
N_WORLDS = 40
SETTLED = 128  # steps, twice the window: before, it is hardly known which map it is


def alpha_switch(subject: Subject) -> dict[str, Any]:
    """Accuracy of reference and working memory with alpha switched at test, in 40 held-out worlds, from step 129 on.

    `ltrm_64_alpha_100` is reference memory with alpha = 100, whatever it was in training, and so on for alpha 0, 1, 10
    and 100, and for `stwm_64`.

    Raises:
        ValueError: if the agent has no NMDA activation, or walks end before step 129.
    """
    if subject.walks.walk_length <= SETTLED:
        raise ValueError(f"Walks must have more than {SETTLED} steps, these have {subject.walks.walk_length}.")
    walks = sample_walks(subject.walks.worlds.family, EVALUATION_SEEDS[:N_WORLDS], subject.walks.walk_length)
    found = {}
    for alpha in ALPHAS:
        with switched(subject.agent, alpha):
            accuracies = _late_accuracy(subject, walks)
        found |= {f"{mask}_alpha_{alpha:g}": value for mask, value in accuracies.items()}
    return found


@contextmanager
def switched(agent: Agent[Any], alpha: float) -> Iterator[None]:
    """Every NMDA activation of an agent at another alpha, and afterwards as it was; a ValueError if there is none."""
    before = [(module, module.alpha) for module in agent.modules() if isinstance(module, NMDA)]
    if not before:
        raise ValueError(f"{type(agent).__name__} has no NMDA activation, whose alpha could be switched.")
    try:
        for module, _ in before:
            module.alpha = alpha
        yield
    finally:
        for module, own in before:
            module.alpha = own


def _late_accuracy(subject: Subject, walks: Walks) -> dict[str, float | None]:
    predictions = predicted_observations(subject.agent, walks, subject.device, subject.seed)
    counts = score(answers_of(predictions, walks), walks, MASKS, (SETTLED, walks.walk_length))
    n_observations = walks.worlds.family.n_answers
    return {mask: rounded(counts[mask].within(1, 2).accuracy(n_observations)) for mask in MASKS}
