"""Packed counts: the same numbers, from any file that a version of this suite wrote."""

import base64
import json
import tracemalloc
import zlib
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.records.packed import pack, unpack
from benchmarks.records.result import Result
from tests.helpers.made_up import made_up

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def result():
    found, _ = made_up("line", "lstm", seed=0, skill=0.5)
    counts = found.scores["held-out"]["loop_closure"]
    unsure = counts._replace(known=counts.correct)  # a reference does not answer each step
    return replace(found, scores={"held-out": {**found.scores["held-out"], "unsure": unsure}})


def in_lists(result):
    """The file as format 2 had it."""
    record = json.loads(result.content())
    for masks in record["scores"].values():
        for counts in masks.values():
            counts |= {name: unpack(packed).tolist() for name, packed in counts.items()}
    return json.dumps(record | {"format": 2}, separators=(",", ":")) + "\n"


def numbers_of(result):
    by_mask = [*result.scores.values(), result.curves, result.anatomy]
    return [{name: [count.tolist() for count in counts] for name, counts in masks.items()} for masks in by_mask]


@pytest.mark.parametrize("highest", [0, 1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**62])
@pytest.mark.parametrize("shape", [(200, 5), (1, 1), (3, 0)])
def test_numbers_come_back_in_the_fewest_bytes(highest, shape):
    counts = RNG.integers(highest, size=shape, endpoint=True)
    counts[..., -1:] = highest
    packed = json.loads(json.dumps(pack(counts)))
    again = unpack(packed)
    assert again.dtype == np.int64
    np.testing.assert_array_equal(again, counts, strict=True)
    if counts.size:
        fewest = next(size for size in (1, 2, 4, 8) if highest < 256**size)
        assert np.dtype(packed["dtype"]).itemsize == fewest


def test_numbers_below_0_are_no_counts():
    with pytest.raises(ValueError, match="got -3"):
        pack(np.array([[1, -3]]))


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "<f8"},
        {"dtype": "|O"},
        {"shape": [7, 7]},
        {"shape": [-7, 7]},
        {"shape": ["7", 7]},
        {"zlib": "no base64"},
        {"zlib": "AAAA"},
        {"zlib": ""},
    ],
)
def test_a_broken_array_is_a_broken_result(change, result, tmp_path):
    record = json.loads(result.content())
    record["scores"]["held-out"]["zero_shot"]["correct"] |= change
    (tmp_path / "0.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match=r"0\.json is not a result of this version"):
        Result.read(tmp_path / "0.json")


@pytest.mark.parametrize("shape", [[200, 5], [2**23], [2**40, 2**40]])
def test_of_an_array_that_is_larger_than_it_says_or_may_be_hardly_anything_is_unpacked(shape):
    large = {"dtype": "|u1", "shape": shape, "zlib": base64.b64encode(zlib.compress(bytes(2**26))).decode()}
    tracemalloc.start()
    with pytest.raises(ValueError, match="a packed array"):
        unpack(large)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**20


def test_a_result_is_the_same_bytes_each_time_and_the_same_numbers_read(result, tmp_path):
    result.write(tmp_path / "0.json")
    again = Result.read(tmp_path / "0.json")
    assert numbers_of(again) == numbers_of(result)
    assert again.content() == result.content() == (tmp_path / "0.json").read_bytes()


def test_only_counts_by_world_are_packed_and_take_less_than_half(result):
    assert len(result.content()) < len(in_lists(result)) / 2
    record = json.loads(result.content())
    assert set(record["scores"]["held-out"]["unsure"]) == {"correct", "known", "total"}
    assert "zlib" not in json.dumps(record | {"scores": None})


def test_a_file_of_the_format_before_is_read_and_hashes_alike(result, tmp_path):
    (tmp_path / "0.json").write_text(in_lists(result))
    before = Result.read(tmp_path / "0.json")
    assert numbers_of(before) == numbers_of(result)
    assert before.content() == result.content()
    assert before.content_hash() == result.content_hash()


def test_the_hash_changes_with_a_count_by_world(result):
    counts = result.scores["held-out"]["loop_closure"]
    one_more = counts.correct.copy()
    one_more[0, 0] += 1
    changed = {**result.scores["held-out"], "loop_closure": counts._replace(correct=one_more)}
    assert replace(result, scores={"held-out": changed}).content_hash() != result.content_hash()
