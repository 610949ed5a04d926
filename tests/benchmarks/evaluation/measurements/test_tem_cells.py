"""TEM's cells, where it is known what they are about."""

import numpy as np
import pytest
import torch

from agents import make_agent
from benchmarks.evaluation.measurements.subject import Subject
from benchmarks.evaluation.measurements.tem_cells import Cells, _compared, tem_cells
from hippo_envs import rectangle_family, sample_walks

CPU = torch.device("cpu")
N_NODES = 25
SIZES = {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1), "chunk": 20}


def cells(abstract, grounded) -> Cells:
    """Along a walk that visits every node twice, units whose maps are given."""
    nodes = np.tile(np.arange(N_NODES), 2)
    return Cells(abstract.T[nodes], abstract.T[nodes], grounded.T[nodes], nodes, nodes)


def place_cells_at(nodes) -> np.ndarray:
    return np.eye(N_NODES)[nodes]


def test_cells_that_move_to_where_the_same_abstract_cells_fire_remap_in_step_with_them():
    """World B is world A with its places permuted for all cells: maps move, relations and grid-at-place stay."""
    rng = np.random.default_rng(0)
    abstract, at, moved = rng.normal(size=(12, N_NODES)), np.arange(20), rng.permutation(N_NODES)
    a, b = cells(abstract, place_cells_at(at)), cells(abstract[:, np.argsort(moved)], place_cells_at(moved[at]))
    found = _compared(a, b, N_NODES, rng)
    assert abs(found["abstract_same_map"].value) < 0.3
    for kept in ("abstract_relations", "grid_at_place_grounded"):
        assert found[kept].value == pytest.approx(1), kept
        assert found[kept].chance < 0.5


def test_cells_that_move_at_random_keep_nothing():
    rng = np.random.default_rng(0)
    abstract = rng.normal(size=(12, N_NODES))
    a, b = (cells(abstract, place_cells_at(rng.permutation(N_NODES)[:20])) for _ in range(2))
    found = _compared(a, b, N_NODES, rng)
    assert found["abstract_same_map"].value == pytest.approx(1)
    assert found["grid_at_place_grounded"].value < found["grid_at_place_grounded"].chance + 0.1
    assert found["grounded_same_map"].value < 0.3


def test_the_sensory_code_is_about_the_symbol():
    torch.manual_seed(0)
    walks = sample_walks(rectangle_family(4, n_observations=5), range(4), 200)
    agent = make_agent("tem", 5, walks.worlds.family.n_actions, **SIZES)
    found = tem_cells(Subject(agent, agent, walks, CPU, 0))
    assert found["sensory_at_symbol"] > 0.5
    assert found["sensory_at_symbol"] == found["sensory_at_symbol_untrained"]
    assert {"abstract_at_place", "grounded_relations_chance", "grid_at_place_grounded"} <= set(found)


def test_other_agents_are_refused():
    walks = sample_walks(rectangle_family(3), range(2), 20)
    lstm = make_agent("lstm", 45, walks.worlds.family.n_actions)
    with pytest.raises(ValueError, match="tem_cells measures a TEM, not a LSTM"):
        tem_cells(Subject(lstm, lstm, walks, CPU, 0))
