"""Map share: how much of the gap between an edge memory and a perfect map an agent closes."""

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.evaluation.answers import predicted_observations
from benchmarks.evaluation.measurements.subject import Subject, rounded
from hippo_envs import Walks
from hippo_envs.references import edge_agent, node_agent
from hippo_envs.scoring import Answers, answers_of, score

N_STEPS = 256


def map_share(subject: Subject) -> dict[str, Any]:
    """(accuracy - edge agent) / (node agent - edge agent) at revisits, over the first 256 steps of held-out walks.

    0 for an agent that knows where every edge it has taken leads and nothing else, 1 for a perfect map; below 0 for one
    that does not even remember edges. `map_share_revisit` is the accuracy itself.
    """
    walks = first_steps(subject.walks, N_STEPS)
    predictions = predicted_observations(subject.agent, walks, subject.device, subject.seed)
    ours, edges, nodes = (
        _revisits(answers, walks) for answers in (answers_of(predictions, walks), edge_agent(walks), node_agent(walks))
    )
    share = (ours - edges) / (nodes - edges) if nodes > edges else np.nan  # None where a memory of edges knows all
    return {"map_share": rounded(share), "map_share_revisit": rounded(ours)}


def first_steps(walks: Walks, n_steps: int) -> Walks:
    """The same walks, cut short."""
    return replace(
        walks,
        **{name: getattr(walks, name)[:, :n_steps] for name in ("nodes", "observations", "actions", "moves", "heard")},
    )


def _revisits(answers: Answers, walks: Walks) -> float:
    return score(answers, walks, ("revisit",))["revisit"].accuracy(walks.worlds.family.n_answers)
