"""Floors and ceilings of every stream: what simple memories and the exact Bayes filter get on the same walks."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.metric import HELD_OUT, title_of
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from benchmarks.records.provenance import commit, versions, walks_hash
from benchmarks.records.result import RESULTS
from benchmarks.reports.markdown import table
from benchmarks.reports.timings.measured_rows import write_rows
from hippo_envs import ENVIRONMENTS, Walks, WorldFamily, make_family, sample_walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import count, mask_of, memory_split

REFERENCE_SCORES = RESULTS / "references.json"
STREAMS = tuple(name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream")
N_WORLDS = 200
WALK_LENGTH, WINDOW = 128, 64
# By environment, what else it is measured with, and how that is called.
CONDITIONS = {"hippo/ReferenceMemory-v0": {"novel maps": {"novel": True}}}
SLIPS: Sequence[Mapping[str, Any]] = ({"slip": 0.05}, {"slip": 0.1}, {"slip": 0.05, "bare_share": 0.5})
DARK, BARE, SHUFFLED, TORUS = {"dark_after": 64}, {"bare_share": 0.5}, {"shuffle_actions": True}, {"torus": True}
DARK_FROM_HALF_OF_A_LINE = {"dark_after": 16}  # on a line a walk is 32 steps
# By environment, the harder conditions of its page, as arguments.
HARDER: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "hippo/Rectangle-v0": (TORUS, *SLIPS, SHUFFLED, DARK, {**TORUS, **DARK}, BARE),
    "hippo/Hexagonal-v0": (*SLIPS, SHUFFLED, DARK, BARE),
    "hippo/FamilyTree-v0": (*SLIPS, DARK, BARE),
    "hippo/Line-v0": (*SLIPS, DARK_FROM_HALF_OF_A_LINE, BARE),
}


def masks_of(environment: str, walks: Walks) -> dict[str, NDArray[np.bool_]]:
    """The kinds of steps that matter in an environment, (B, T) each."""
    if environment == "hippo/ReferenceMemory-v0":
        return memory_split(walks, WINDOW)
    if walks.worlds.family.scored(walks) is not None:
        return {"answer": walks.knowable}
    if walks.decision.any():
        return {"decision": walks.decision & walks.seen, "seen": walks.seen}
    return {"loop closure": walks.loop_closure, "ordered zero-shot": walks.zero_shot, "revisit": walks.revisit}


def measure(environment: str) -> dict[str, Any]:
    """Accuracy of every reference on every mask that matters here, over the published evaluation worlds.

    Where an environment has a condition that its score is compared with, that is measured too, as further masks.
    """
    scores = _measure(environment)
    for title, arguments in CONDITIONS.get(environment, {}).items():
        other = _measure(environment, **arguments)
        scores["walks_hash"] |= {title: other["walks_hash"][HELD_OUT]}
        scores["n_steps"] |= _titled(other["n_steps"], title)
        for name, accuracy in other["accuracy"].items():
            scores["accuracy"][name] |= _titled(accuracy, title)
    if environment in HARDER:
        scores["harder"] = [_harder(environment, arguments) for arguments in HARDER[environment]]
    return scores


def _harder(environment: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The headline under some conditions: with slips at steps that did not slip, in the dark at dark steps."""
    family = make_family(environment, **arguments)
    headline, walk_length = headline_of(family), _walk_length(environment, family)
    walks = sample_walks(family, EVALUATION_SEEDS[:N_WORLDS], walk_length)
    steps = mask_of(walks, headline)
    return {
        "arguments": dict(arguments),
        "headline": headline,
        "walks_hash": walks_hash(walks),
        "n_steps": int(steps.sum()),
        "accuracy": {
            name: round(count(answer(walks), steps, (walk_length,)).accuracy(family.n_answers), 4)
            for name, answer in (REFERENCES | CEILINGS).items()
        },
    }


def _walk_length(environment: str, family: WorldFamily) -> int:
    """As many steps as an episode has by default."""
    return family.walk_length or ENVIRONMENTS[environment].max_episode_steps or WALK_LENGTH


def headline_of(family: WorldFamily) -> str:
    """The mask that counts under the conditions of a family."""
    if family.conditions.slip:
        return "unslipped_loop_closure"
    return "dark_loop_closure" if family.conditions.can_be_dark else "loop_closure"


def _titled(by_mask: Mapping[str, Any], title: str) -> dict[str, Any]:
    return {f"{title}: {mask}": value for mask, value in by_mask.items()}


def _measure(environment: str, **arguments: Any) -> dict[str, Any]:
    family = make_family(environment, **arguments)
    walk_length = _walk_length(environment, family)
    walks = sample_walks(family, EVALUATION_SEEDS[:N_WORLDS], walk_length)
    masks = masks_of(environment, walks)
    answers = {name: answer(walks) for name, answer in (REFERENCES | CEILINGS).items()}
    return {
        "walk_length": walk_length,
        "n_worlds": N_WORLDS,
        "walks_hash": {HELD_OUT: walks_hash(walks)},
        "n_steps": {mask: int(steps.sum()) for mask, steps in masks.items()},
        "accuracy": {
            name: {
                mask: round(count(given, steps, (walk_length,)).accuracy(family.n_answers), 4)
                for mask, steps in masks.items()
            }
            for name, given in answers.items()
        },
    }


def write(scores: Mapping[str, Any], path: Path) -> None:
    """Keep what was measured, with what it was measured with; of some streams only, the others' scores stay."""
    write_rows(path, "scores", scores, STREAMS, {"versions": versions(), "commit": commit()})


def read(path: Path = REFERENCE_SCORES) -> dict[str, Any]:
    """What `write` kept."""
    return json.loads(path.read_text(encoding="utf-8"))["scores"]


def as_markdown(scores: Mapping[str, Any]) -> str:
    """One environment's scores: a row for each reference, a column for each mask."""
    n_steps = scores["n_steps"]
    rows = [["steps", *(f"{n:,}" for n in n_steps.values())]]
    for name, accuracy in scores["accuracy"].items():
        rows.append([name, *(f"{accuracy[mask]:.3f}" for mask in n_steps)])
    return table(("on", *n_steps), rows, "l" + "r" * len(n_steps))


def harder_as_markdown(scores: Mapping[str, Any]) -> str:
    """The headline under harder conditions: a row for each reference, a column for each set of arguments."""
    harder = scores["harder"]
    titles = [", ".join(f"`{name}={value}`" for name, value in row["arguments"].items()) for row in harder]
    rows = [["counted", *(title_of(row["headline"]) for row in harder)]]
    rows.append(["steps", *(f"{row['n_steps']:,}" for row in harder)])
    rows += [[name, *(f"{row['accuracy'][name]:.3f}" for row in harder)] for name in harder[0]["accuracy"]]
    return table(("with", *titles), rows, "l" + "r" * len(harder))
