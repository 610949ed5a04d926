import numpy as np
import pytest

from hippo_envs import make_family, rectangle_family, sample_walks
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import MASKS, Answers, Counts, answers_of, count, mask_of, memory_split, score, step_bins


@pytest.fixture(scope="module")
def walks():
    return sample_walks(rectangle_family((3, 4, 5), n_observations=6), range(30), walk_length=200)


@pytest.mark.parametrize(
    ("walk_length", "bins"),
    [
        (10, (10,)),
        (32, (32,)),
        (100, (32, 100)),
        (128, (32, 128)),
        (512, (32, 128, 256, 512)),
        (300, (32, 128, 256, 300)),
    ],
)
def test_bins_end_at_32_and_128_and_then_double(walk_length, bins):
    assert step_bins(walk_length) == bins


@pytest.mark.parametrize("bins", [(32, 128), (), (128, 32, 200), (32, 32, 200)])
def test_bins_must_cover_the_walk(walks, bins):
    with pytest.raises(ValueError, match="bins must increase and end at the walk's 200 steps"):
        count(Answers(walks.revisit, walks.revisit), walks.revisit, bins)


def test_counts_by_world_and_bin_equal_a_loop(walks):
    predictions = np.random.default_rng(0).integers(6, size=walks.nodes.shape)
    counts = score(answers_of(predictions, walks), walks)
    starts, ends = (0, 32, 128), (32, 128, 200)
    for mask in MASKS:
        for world in range(30):
            for b, (start, end) in enumerate(zip(starts, ends, strict=True)):
                steps = [t for t in range(start, end) if getattr(walks, mask)[world, t]]
                right = sum(int(predictions[world, t] == walks.observations[world, t]) for t in steps)
                assert [c[world, b] for c in counts[mask]] == [right, len(steps), len(steps)]


def test_what_is_not_known_is_a_guess():
    counts = Counts(correct=np.array([[3]]), known=np.array([[4]]), total=np.array([[10]]))
    assert counts.accuracy(n_observations=5) == pytest.approx((3 + 6 / 5) / 10)
    assert np.isnan(Counts(*(np.zeros((2, 2), dtype=int) for _ in range(3))).accuracy(5))


def test_predictions_of_another_shape_are_refused(walks):
    with pytest.raises(ValueError, match=r"walks' shape \(30, 200\), got int64 of shape \(30, 199\)"):
        answers_of(walks.observations[:, 1:], walks)


def test_predictions_in_the_place_of_answers_are_told_what_to_do(walks):
    with pytest.raises(TypeError, match=r"got ndarray: .* answers_of\(predictions, walks\)"):
        score(walks.observations, walks)


def memoriser(nodes, key):
    """What is in a table filled as the walk goes, for any key of (departure, arrival)."""
    known, table = [], set()
    for t, node in enumerate(nodes):
        departure = nodes[t - 1] if t else None
        known.append(t > 0 and key(departure, node) in table)
        table.add(key(departure, node))
    return known


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ("node-agent", lambda _departure, arrival: arrival),
        ("edge-agent", lambda departure, arrival: (departure, arrival)),
        ("inverse-agent", lambda departure, arrival: frozenset((departure, arrival))),
    ],
)
def test_memorisers_know_what_a_table_would_hold(walks, reference, key):
    answers = REFERENCES[reference](walks)
    np.testing.assert_array_equal(answers.known, [memoriser(nodes, key) for nodes in walks.nodes.tolist()])
    np.testing.assert_array_equal(answers.correct, answers.known)


def test_two_back_and_most_frequent_equal_a_loop(walks):
    two_back, frequent = REFERENCES["two-back"](walks), REFERENCES["most-frequent"](walks)
    for world, seen in enumerate(walks.observations.tolist()):
        for t, symbol in enumerate(seen):
            assert two_back.correct[world, t] == (t >= 2 and seen[t - 2] == symbol)
            favourite = max(range(6), key=lambda s, past=seen[:t]: (past.count(s), -s)) if t else None
            assert frequent.correct[world, t] == (favourite == symbol)


def test_references_frame_the_task(walks):
    accuracy = {
        name: {mask: counts.accuracy(6) for mask, counts in score(answers(walks), walks).items()}
        for name, answers in REFERENCES.items()
    }
    assert accuracy["node-agent"]["revisit"] == 1
    assert accuracy["edge-agent"]["zero_shot"] == pytest.approx(1 / 6)
    assert accuracy["inverse-agent"]["reversal"] == 1
    assert accuracy["inverse-agent"]["loop_closure"] == pytest.approx(1 / 6)
    assert accuracy["chance"]["revisit"] == pytest.approx(1 / 6)


def test_a_right_answer_that_was_not_given_does_not_count(walks):
    everything, nothing = np.ones(walks.nodes.shape, dtype=bool), np.zeros(walks.nodes.shape, dtype=bool)
    counts = count(Answers(correct=everything, known=nothing), walks.revisit, (200,))
    assert counts.correct.sum() == counts.known.sum() == 0 < counts.total.sum()


def test_a_split_by_memory_is_scored_by_its_window():
    """Each step but the first is of one part; a node agent knows the first two parts and guesses the third."""
    walks = sample_walks(make_family("hippo/ReferenceMemory-v0", size=5, n_maps=2), range(20), 300)
    for window in (8, 64):
        parts = memory_split(walks, window)
        assert (sum(mask.astype(int) for mask in parts.values())[:, 1:] == 1).all()
        counts = score(REFERENCES["node-agent"](walks), walks, parts)
        assert [n.accuracy(10) for n in counts.values()] == [1.0, 1.0, pytest.approx(0.1)]
    small, large = (memory_split(walks, window)[f"in window of {window}"] for window in (8, 64))
    assert (small <= large).all()
    assert small.sum() < large.sum()


def test_masks_of_memory_carry_their_window_in_their_name():
    walks = sample_walks(rectangle_family(4), range(6), 120)
    split = memory_split(walks, window=9)
    assert (mask_of(walks, "stwm_9") == split["in window of 9"]).all()
    assert (mask_of(walks, "out_of_window_9") == split["out of window, in trial"]).all()
    ltrm = split["out of window, in trial"] | split["never in trial"]
    assert (mask_of(walks, "ltrm_9") == ltrm).all()
    assert (mask_of(walks, "after_first") == (ltrm | mask_of(walks, "stwm_9"))).all()
    assert mask_of(walks, "stwm_9").sum() > mask_of(walks, "stwm_8").sum()


@pytest.mark.parametrize("name", ["loop", "nodes", "stwm_0", "stwm", "walk_length"])
def test_what_is_no_mask_is_refused(name):
    with pytest.raises(ValueError, match=f"no mask {name!r}.*loop_closure"):
        mask_of(sample_walks(rectangle_family(4), [0], 5), name)


def test_lists_are_scored_as_arrays_are(walks):
    predictions = np.random.default_rng(0).integers(6, size=walks.nodes.shape)
    answers = answers_of(predictions, walks)
    of_lists = answers_of(predictions.tolist(), walks)
    np.testing.assert_array_equal(of_lists.correct, answers.correct)
    listed = Answers(answers.correct.tolist(), answers.known.tolist())
    expected = score(answers, walks, {"mine": walks.revisit}, [200])["mine"]
    for given in (
        score(listed, walks, {"mine": walks.revisit.tolist()}, [200])["mine"],
        score(answers, walks, "revisit", (200,))["revisit"],
    ):
        for ours, theirs in zip(given, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "wrong", [[[1, 2], [3]], [1, 2], 3, np.array(3), None, "x", np.zeros((30, 200)), np.zeros((30, 200, 6), int)]
)
def test_what_are_no_predictions_is_refused_in_a_line(wrong, walks):
    with pytest.raises(ValueError, match=r"^Predictions are (one whole number for each step|an array)"):
        answers_of(wrong, walks)


@pytest.mark.parametrize("wrong", [True, [True], np.ones((30, 200)), np.ones((30, 199), bool)])
def test_a_mask_that_is_none_is_refused(wrong, walks):
    answers = Answers(walks.revisit, walks.revisit)
    with pytest.raises(ValueError, match=r"A mask is bools of the answers' shape \(30, 200\), got "):
        score(answers, walks, {"mine": wrong})
