"""Walks in words: a prompt that tells a walk up to a step, and the symbol that comes there, for a language model."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.suite.data import score_replies
from hippo_envs import Walks
from hippo_envs.scoring import mask_of

KINDS = ("loop_closure", "knowable")
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
DARK = "nothing, it is dark"
RULES = (
    "You walk from place to place. Every place shows one word, and always the same one; several places may show the "
    "same word. Each line below is a move and the word that you then see. Say which word you see after the last move. "
    "Answer with that word alone."
)


class Question(NamedTuple):
    """What a language model is asked.

    Args:
        id: the name of the walks, the number of the walk and of the step.
        kind: of step, the name of a mask.
        prompt: rules, the walk, and the move whose outcome is asked for.
        answer: one of `words`.
        words: all that may be the answer.
    """

    id: str
    kind: str
    prompt: str
    answer: str
    words: Sequence[str]


def questions(name: str, walks: Walks, kinds: Sequence[str] = KINDS) -> Iterator[Question]:
    """Of every walk the last step of each kind, as far as there is one.

    Args:
        name: of the walks.
        walks: B walks of T steps.
        kinds: masks of steps, as `hippo_envs.scoring.mask_of` knows them.
    """
    words = words_of(walks)
    for kind in kinds:
        mask = mask_of(walks, kind)
        for walk in np.flatnonzero(mask.any(axis=1)):
            step = int(np.flatnonzero(mask[walk])[-1])
            told = prompt(walks, int(walk), step, words)
            answer = words[walks.observations[walk, step]]
            yield Question(f"{name}/{walk}/{step}/{kind}", kind, told, answer, words)


def prompt(walks: Walks, walk: int, step: int, words: Sequence[str]) -> str:
    """The walk in words up to a step, whose symbol is left open."""
    moves = walks.worlds.family.action_names
    seen = [DARK if symbol == len(words) else words[symbol] for symbol in walks.heard[walk, :step]]
    done = ["start", *(moves[action] for action in walks.actions[walk, : max(step, 1) - 1])]
    lines = [f"{move}: {word}" for move, word in zip(done, seen, strict=True)]
    return "\n".join([RULES, "", *lines, f"{moves[walks.actions[walk, step - 1]]}:"])


def words_of(walks: Walks) -> tuple[str, ...]:
    """A word for each symbol: what it stands for if it stands for something, else a syllable or several."""
    family = walks.worlds.family
    if family.alphabet is not None:
        return family.alphabet
    syllables = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]
    n_syllables = 1
    while len(syllables) ** n_syllables < family.n_observations:
        n_syllables += 1
    return tuple(islice(map("".join, product(syllables, repeat=n_syllables)), family.n_observations))


def write_questions(named: Iterable[tuple[str, Walks]], folder: Path) -> Iterator[Path]:
    """`<name>.jsonl` with a question on each line, and the scorer of replies."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, walks in named:
        path = folder / f"{name}.jsonl"
        lines = (json.dumps(question._asdict()) + "\n" for question in questions(name, walks))
        path.write_text("".join(lines), encoding="utf-8")
        yield path
    scorer = folder / "score_replies.py"
    shutil.copyfile(score_replies.__file__, scorer)
    yield scorer
