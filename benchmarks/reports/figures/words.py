"""What legends, titles and axes call things whose key is short for the code: references, nulls, layers, variants."""

import re
from textwrap import fill

LABEL_WIDTH = 38  # characters of a line of a legend
WORDS = {
    "node-agent": "node agent",
    "inverse-agent": "inverse agent",
    "edge-agent": "edge agent",
    "bayes": "exact filter (Bayes)",
    "bayes-actions": "exact filter, actions alone",
    "markov-1": "first-order Markov agent",
    "markov-2": "second-order Markov agent",
    "two-back": "symbol of two steps ago",
    "most-frequent": "most frequent symbol",
    "start_hypotheses": "a memory for each start",
    "em_over_past": "EM over the past",
    "forward_counts": "counts along the walk",
    # What a trained code is compared with, by the ending of its scores.
    "": "trained",
    "_untrained": "untrained",
    "_rotated": "each module rotated",
    "_mixed": "rotated across modules",
    "_noise": "smooth noise",
    "_symbols": "tuned to symbols only",
    "_shifted": "shifted in time",
    "position": "position code",
    "grid_score_60": "grid score, 60°",
    "grid_score_90": "grid score, 90°",
    "band_score": "band score",
    "n_maps": "number of maps",
    "accuracy": "retrieved",
    "d_prime": "d'",
    "raw_difference": "raw difference",
}
PATTERNS = {
    r"hidden_(\d+)": r"feed-forward {}",
    r"attention_(\d+)": r"attention {}",
    r"(.+)-then-a-quarter(.*)": "{}, then other maps for a quarter as long{}",
    r"(.+)-then-as-much(.*)": "{}, then other maps for as long{}",
}


def in_words(name: str) -> str:
    """What something is called in a picture; a name that says what it is stays as it is.

    >>> in_words("markov-1"), in_words("hidden_2"), in_words("nmda-a0-then-as-much"), in_words("tem-t")
    ('first-order Markov agent', 'feed-forward 2', 'nmda-a0, then other maps for as long', 'tem-t')
    """
    found = ((words, re.fullmatch(pattern, name)) for pattern, words in PATTERNS.items())
    said = next((words.format(*match.groups()) for words, match in found if match), name)
    return WORDS.get(said, said)


def in_legend(name: str) -> str:
    """The same in lines that leave room for the picture."""
    return fill(in_words(name), LABEL_WIDTH, break_on_hyphens=False)
