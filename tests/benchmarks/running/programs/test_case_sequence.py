"""What is read off matrices that learn the Case Sequence, and equation S18 against all sequences there are."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from agents.parts.mhn_attention import first_weights
from agents.parts.mhn_learning import MHNTransformerConfig, Weights, query_and_value_gradients, read
from benchmarks.running.programs.case_sequence import _updates_to, _updates_to_half, structure
from benchmarks.running.programs.case_sequence_theory import case_targets, expected_value_gradient


def every_sequence(n_letters, context):
    """All contexts (N, C), queries and answers (N,), each as likely as the others."""
    rows = []
    for letters in itertools.permutations(range(n_letters), context):
        for cases in itertools.product((0, 1), repeat=context):
            for asked in range(context):
                shown = [letter + n_letters * case for letter, case in zip(letters, cases, strict=True)]
                rows.append([*shown, 2 * n_letters + letters[asked], cases[asked]])
    tokens = torch.tensor(rows)[None]
    return tokens[..., :-2], tokens[..., -2], tokens[..., -1]


@pytest.mark.parametrize(("n_letters", "context"), [(4, 4), (4, 3), (3, 1), (3, 2)])
def test_equation_s18_is_the_mean_gradient_over_all_sequences(n_letters, context):
    letters, query, answer = every_sequence(n_letters, context)
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(1, 2, 3 * n_letters, generator=generator, dtype=torch.float64)
    nothing = torch.zeros(1, 5, 3 * n_letters, dtype=torch.float64)  # all queries and keys alike: attention 1 / C
    config = MHNTransformerConfig("baseline", 5)
    first = first_weights(1, 1, (5, 2, 3 * n_letters), True, [generator], torch.float64)
    weights = Weights(nothing, nothing, values)
    done = read(config, weights, first, letters, query)
    gradient = query_and_value_gradients(config, weights, done, F.one_hot(answer, 2).double())[2][..., : 2 * n_letters]
    expected = expected_value_gradient(values[..., : 2 * n_letters], context)
    torch.testing.assert_close(gradient / letters.shape[1], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("context", [2, 3, 4])
def test_case_is_a_minimum_and_the_only_one_where_not_all_letters_are_shown(context):
    """The Hessian: its smallest eigenvalue is 1 - (C - 1) / (L - 1), over L C, which is 0 for C = L."""
    n_letters = 4
    assert expected_value_gradient(case_targets(n_letters), context).abs().max() < 1e-7
    columns = torch.eye(2 * n_letters, dtype=torch.float64)
    origin = expected_value_gradient(torch.zeros(2, 2 * n_letters, dtype=torch.float64), context)
    hessian = torch.stack(
        [(expected_value_gradient(torch.stack([column, column]), context) - origin)[0] for column in columns]
    )
    smallest = torch.linalg.eigvalsh((hessian + hessian.mT) / 2)[0]
    assert smallest.item() == pytest.approx((1 - (context - 1) / (n_letters - 1)) / (n_letters * context), abs=1e-12)


def test_structure_is_read_off_the_blocks_of_the_tables():
    n_letters = 3
    keys = torch.zeros(1, 3, 9)
    keys[0, :, :3] = torch.eye(3)
    keys[0, :, 3:6] = 2 * torch.eye(3) - 0.5
    queries = torch.zeros(1, 3, 9)
    queries[0, :, 6:] = 3 * torch.eye(3)
    values = torch.zeros(1, 2, 9)
    values[0, :, :6] = case_targets(n_letters)
    found = {name: value.item() for name, value in structure(Weights(queries, keys, values), n_letters).items()}
    assert found == pytest.approx(
        {
            "UL_same_letter": 1.5,
            "UL_other_letter": -0.5,
            "QL_same_letter": 3.0,
            "QL_other_letter": 0.0,
            "QU_same_letter": 4.5,
            "QU_other_letter": -1.5,
            "value_case": 1.0,
            "value_error": 0.0,
            "value_letter_offset": 0.0,
        }
    )


def test_when_something_is_learnt_is_read_off_curves():
    accuracy = torch.cat([torch.full((100,), 0.5), torch.ones(100)]).numpy()
    assert _updates_to(0.99, accuracy) == 149  # 49 of the last 50 are 1, and one is a half
    assert _updates_to(0.99, accuracy[:120]) is None
    assert _updates_to_half([0.0, 0.0, 1.0, 2.0], [0, 10, 20, 30]) == 20
    assert _updates_to_half([0.0, 4.0], [0, 10]) == 5
    assert _updates_to_half([1.0, 0.5], [0, 10]) is None
