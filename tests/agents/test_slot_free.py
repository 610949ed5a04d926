"""A memory of fixed capacity on walks: who holds what, against a slow loop and in closed form."""

import pytest
import torch
from torch.nn import functional as F

from agents import make_agent

SMALL = {"n_units": 24, "n_modules": 4, "n_key": 16, "n_sensory": 16, "n_hidden": 16}


def agent_of(**sizes):
    torch.manual_seed(0)
    return make_agent("slot-free", 7, 5, **SMALL, **sizes).double().eval()


@pytest.mark.parametrize("n_memory_units", [1, 3, 8, 60])
def test_the_most_similar_is_overwritten_and_rest_taken_first(n_memory_units):
    """A slow loop: one dictionary of hidden units for each walk."""
    agent = agent_of(n_memory_units=n_memory_units, vigilance=0.4)
    generator = torch.Generator().manual_seed(0)
    places = torch.randn(2, 6, 16, generator=generator, dtype=torch.float64)
    visits = torch.randint(6, (2, 30), generator=generator)
    new = torch.stack([of_walk[seen] for of_walk, seen in zip(places, visits, strict=True)])
    new = new + 0.05 * torch.randn(new.shape, generator=generator, dtype=torch.float64)
    blank = new.new_zeros(2, n_memory_units, 16)
    held, holder = agent.compete(torch.cat([blank, new], dim=1), torch.zeros(2, n_memory_units, dtype=torch.bool))
    for walk in range(2):
        units: dict[int, int] = {}
        for t in range(30):
            expected = {n_memory_units + step for step in units.values()}
            assert set(held[walk, t].nonzero()[:, 0].tolist()) == expected
            similarity = {u: F.cosine_similarity(new[walk, s], new[walk, t], dim=0).item() for u, s in units.items()}
            best = max(similarity, key=similarity.__getitem__, default=None)
            free = [unit for unit in range(n_memory_units) if unit not in units]
            units[free[0] if free and (best is None or similarity[best] < 0.4) else best] = t
        assert holder[walk].tolist() == [
            units.get(u, -1 - n_memory_units) + n_memory_units for u in range(n_memory_units)
        ]


def test_where_every_step_has_a_unit_all_of_the_past_is_held():
    agent = agent_of(n_memory_units=24, vigilance=1.0)
    keys = torch.cat([torch.zeros(2, 24, 16), torch.randn(2, 24, 16)], dim=1).double()
    held, _ = agent.compete(keys, torch.zeros(2, 24, dtype=torch.bool))
    assert torch.equal(held[:, :, 24:], torch.ones(2, 24, 24, dtype=torch.bool).tril(-1))


def test_memory_stays_as_large_as_it_is_however_long_the_walk():
    agent = agent_of(n_memory_units=5)
    observations, actions = torch.randint(7, (3, 200)), torch.randint(5, (3, 200))
    state = agent(observations, actions, agent.initial_state(3)).state
    assert state.keys.shape == (3, 5, 16)
    assert state.taken.all()


@pytest.mark.parametrize(
    ("sizes", "said"), [({"n_memory_units": 0}, "at least 1, got 0"), ({"vigilance": 1.5}, "got 1.5")]
)
def test_sizes_that_cannot_be_are_refused(sizes, said):
    with pytest.raises(ValueError, match=said):
        agent_of(**sizes)
