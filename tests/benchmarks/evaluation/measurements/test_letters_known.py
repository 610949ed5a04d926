"""Letters known by heart: agents that know all, some or none of a map, told where they are by their own moves."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from agents.base import Agent, Prediction
from benchmarks.evaluation.measurements import Subject
from benchmarks.evaluation.measurements.letters_known import letters_known
from hippo_envs import make_family, sample_walks
from tests.helpers.measured import SQUARE_MOVES, Noise

ONE_MAP = {"n_maps": 1, "size": 5, "n_observations": 10, "start_node": 0}
FAMILIAR = make_family("hippo/ReferenceMemory-v0", **ONE_MAP)
OTHERS = sample_walks(make_family("hippo/ReferenceMemory-v0", **ONE_MAP, novel=True), range(3), 128)


class Heart(Agent):
    """Counts its moves from node 0, and says what a list has for the node where they lead."""

    def __init__(self, letters) -> None:
        super().__init__()
        self.letters = torch.tensor(np.array(letters))
        self.moves = torch.tensor(np.array(SQUARE_MOVES) @ [1, 5]).round().long()
        self.weights = nn.Parameter(torch.zeros(30))

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, dtype=torch.int64)

    def forward(self, observations, actions, state):
        after = state[:, None] + self.moves[actions].cumsum(dim=1)
        nodes = torch.cat([state[:, None], after[:, :-1]], dim=1)
        return Prediction(F.one_hot(self.letters[nodes], 10).float(), {}, after[:, -1])


def measured(letters, walks=OTHERS, learnt_in=FAMILIAR):
    return letters_known(Subject(Heart(letters), Noise(), walks, torch.device("cpu"), 0, learnt_in))


def test_who_knows_the_map_knows_its_letters_whatever_it_is_scored_on():
    found = measured(FAMILIAR.maps[0])
    assert found == {"letters_known": 25, "letters": 25, "bits_per_parameter": round(25 * math.log2(10) / 30, 4)}


def test_who_guesses_knows_nothing():
    """Another map says what this one has at a tenth of the nodes: it knows none, give or take that luck."""
    with_luck = [measured(np.random.default_rng(i).integers(10, size=25))["letters_known"] for i in range(30)]
    assert abs(np.mean(with_luck)) < 3 * np.std(with_luck) / np.sqrt(30)


def test_what_is_known_is_the_share_beyond_guessing():
    """Wrong at the farthest row of nodes: a second path to the number, by hand."""
    letters = FAMILIAR.maps[0].copy()
    letters[20:] = (letters[20:] + 1) % 10
    walks = sample_walks(FAMILIAR, range(2_000_000, 2_000_200), 128)
    first_visits = walks.never_in_trial[:, 32:]
    accuracy = (walks.nodes[:, 32:] < 20)[first_visits].mean()
    assert 0.3 < accuracy < 0.9
    assert measured(letters)["letters_known"] == pytest.approx(25 * (accuracy - 0.1) / 0.9, abs=1e-3)


def test_where_nothing_is_familiar_or_walks_are_short_it_says_so():
    with pytest.raises(ValueError, match="a WorldFamily has none"):
        measured(FAMILIAR.maps[0], learnt_in=None)
    with pytest.raises(ValueError, match="more than 32 steps, these have 32"):
        measured(FAMILIAR.maps[0], walks=sample_walks(FAMILIAR, range(2), 32))
