"""Walks in words can be answered from the words alone, and the scorer reads replies as they come."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.suite.data.command import walks
from benchmarks.suite.data.questions import questions, words_of
from benchmarks.suite.data.score_replies import answer_in, score
from hippo_envs import make_family, sample_walks
from hippo_envs.envs.rectangle import MOVES

MOVED = dict(MOVES, stay=(0, 0))


@pytest.fixture(scope="module")
def asked():
    return list(questions("rectangle", sample_walks(make_family("hippo/Rectangle-v0"), range(20), 128)))


def with_a_map(prompt):
    """What a reader answers who draws a map of the walk."""
    *steps, last = prompt.split("\n\n", 1)[1].splitlines()
    x = y = 0
    seen = {}
    for step in steps:
        move, word = step.split(": ")
        dx, dy = MOVED.get(move, (0, 0))
        x, y = x + dx, y + dy
        seen[x, y] = word
    dx, dy = MOVED[last.removesuffix(":")]
    return seen[x + dx, y + dy]


def test_a_reader_with_a_map_is_right_at_every_question(asked):
    assert {question.kind for question in asked} == {"loop_closure", "knowable"}
    assert all(with_a_map(question.prompt) == question.answer for question in asked)
    replies = {question.id: f"I think it is {with_a_map(question.prompt).upper()}." for question in asked}
    counts = score([question._asdict() for question in asked], replies)
    assert counts["knowable"] == (20, 20)
    assert counts["loop_closure"][0] == counts["loop_closure"][1] >= 15


def test_no_question_holds_its_answer_after_the_last_move(asked):
    assert all(question.prompt.endswith(":") for question in asked)
    assert len({question.id for question in asked}) == len(asked)


@pytest.mark.parametrize(("environment", "n"), [("Rectangle", 45), ("ReferenceMemory", 10)])
def test_every_symbol_has_a_word_of_its_own(environment, n):
    words = words_of(sample_walks(make_family(f"hippo/{environment}-v0"), [0], 8))
    assert len(set(words)) == len(words) == n


def test_many_symbols_have_words_of_several_syllables():
    words = words_of(sample_walks(make_family("hippo/Rectangle-v0", n_observations=5000), [0], 8))
    assert len(set(words)) == 5000


def test_the_dark_is_told_in_words():
    walks = sample_walks(make_family("hippo/Rectangle-v0", dark_after=20), range(3), 64)
    told = next(questions("dark", walks)).prompt
    assert "east: nothing, it is dark" in told
    assert told.splitlines()[2].split(": ")[1] in words_of(walks)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("ba", "ba"),
        ("First BE, so the answer is ba.", "ba"),
        ("bard", None),
        ("", None),
        ("baba", "baba"),
        ("**ba**", "ba"),
    ],
)
def test_the_answer_of_a_reply_is_its_last_word_that_may_be_one(reply, answer):
    assert answer_in(reply, ["ba", "be", "baba"]) == answer


def test_questions_are_written_with_a_scorer_that_runs_alone(tmp_path, capsys):
    walks(output=tmp_path, format="text", environments=("Rectangle", "familytree"), seeds=("0-3",), walk_length=64)
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("rectangle.jsonl", "familytree.jsonl", "score_replies.py"))
    asked = [json.loads(line) for line in (tmp_path / "rectangle.jsonl").read_text().splitlines()]
    replies = [{"id": question["id"], "reply": question["answer"]} for question in asked[1:]]
    (tmp_path / "replies.jsonl").write_text("\n".join(map(json.dumps, replies)))
    scorer = [sys.executable, "-I", "score_replies.py", "rectangle.jsonl", "replies.jsonl"]
    done = subprocess.run(scorer, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"{asked[0]['kind']}: " in done.stdout
    assert "knowable: 4 of 4, 1.000 (95 % 0.510 to 1.000)" in done.stdout


def test_a_kind_without_a_step_has_no_question():
    walks = sample_walks(make_family("hippo/Rectangle-v0"), range(3), 2)
    walks = type(walks)(walks.worlds, walks.nodes[:, :1], walks.observations[:, :1], walks.actions[:, :1])
    assert not list(questions("short", walks))
    assert np.prod(walks.nodes.shape) == 3
