"""Score the replies of a language model: python score_replies.py QUESTIONS.jsonl REPLIES.jsonl. Needs Python only.

Each line of REPLIES is {"id": ..., "reply": ...}, with the id of a question. The answer of a reply is the last of the
words that may be one. A question without a reply counts as wrong.
"""

import json
import re
import sys
from pathlib import Path

Z = 1.96  # of a 95 % interval


def answer_in(reply, words):
    """The last of the words that stands in a reply by itself, whatever its case; None if none does."""
    by_word = {word.lower(): word for word in words}
    longest_first = sorted(map(re.escape, by_word), key=len, reverse=True)
    found = re.findall(rf"(?<!\w)({'|'.join(longest_first)})(?!\w)", reply.lower())
    return by_word[found[-1]] if found else None


def score(questions, replies):
    """How many replies are right, of how many, by kind of step; `replies` by id of their question."""
    counts = {}
    for question in questions:
        right, total = counts.get(question["kind"], (0, 0))
        said = answer_in(replies.get(question["id"], ""), question["words"])
        counts[question["kind"]] = (right + (said == question["answer"]), total + 1)
    return counts


def interval(right, total):
    """The 95 % interval of an accuracy (Wilson 1927)."""
    share, squared = right / total, Z**2 / total
    half = Z / (1 + squared) * (share * (1 - share) / total + squared / (4 * total)) ** 0.5
    middle = (share + squared / 2) / (1 + squared)
    return max(0.0, middle - half), min(1.0, middle + half)


def read_lines(path):
    """The objects of a file with one on each line."""
    try:
        return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        sys.exit(f"{path} is no file with an object on each line ({error}).")


def main(arguments):
    """Print the accuracy of each kind of step; what keeps from it is told, with status 1."""
    if len(arguments) != 2:
        sys.exit("Give two files: python score_replies.py QUESTIONS.jsonl REPLIES.jsonl")
    questions, lines = map(read_lines, arguments)
    try:
        replies = {line["id"]: str(line["reply"]) for line in lines}
    except (KeyError, TypeError):
        sys.exit(f'{arguments[1]}: each line is {{"id": ..., "reply": ...}}.')
    unknown = replies.keys() - {question["id"] for question in questions}
    if unknown:
        print(f"{len(unknown)} replies are left out, such as {min(unknown)}: no question has that id.", file=sys.stderr)
    for kind, (right, total) in score(questions, replies).items():
        low, high = interval(right, total)
        print(f"{kind}: {right} of {total}, {right / total:.3f} (95 % {low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main(sys.argv[1:])
