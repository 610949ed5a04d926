"""Whatever is given to an environment that it cannot use is named, with what it can."""

import inspect
from importlib import import_module

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import ENVIRONMENTS, make_family, sample_walks
from hippo_envs.arguments import number, true_or_false, whole_number, whole_numbers
from hippo_envs.registration import find_stream

STREAMS = {name: entry for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"}
WRONG = ["x", 2.5, float("nan"), -3, 0.0, [], {}, (), object()]
# The arguments for which one of these is right.
RIGHT = {0.0: {"error", "error_slope", "switch"}, 2.5: {"bias", "error_slope"}}
# What stands for something else: None for a default, a name for a network.
NOT_CHECKED_BY_VALUE = {"graph", "observation"}


def arguments_of(entry):
    """Every argument of a stream, with its default."""
    build = getattr(import_module(entry.module), f"{entry.name}Env").build_family
    common = {"remap_after": None, "remap_share": 0.5}
    own = {name: parameter.default for name, parameter in inspect.signature(build).parameters.items()}
    return {name: default for name, default in (own | common).items() if name not in NOT_CHECKED_BY_VALUE}


@pytest.mark.parametrize(
    ("name", "argument"), [(name, argument) for name, entry in STREAMS.items() for argument in arguments_of(entry)]
)
def test_wrong_values_are_named_and_never_do_something_else(name, argument):
    """Each value either is a right one of its kind or is refused by a ValueError that names argument and value."""
    for wrong in WRONG:
        if isinstance(wrong, float) and argument in RIGHT.get(wrong, ()):
            make_family(name, **{argument: wrong})
            continue
        with pytest.raises(ValueError, match=f"{argument}|nothing to remap") as refusal:
            make_family(name, **{argument: wrong})
        assert f"got {wrong!r}" in str(refusal.value).replace(f"{argument}=", "")


@pytest.mark.parametrize("name", STREAMS)
def test_numbers_of_numpy_are_numbers(name):
    for argument, default in arguments_of(STREAMS[name]).items():
        if type(default) in (int, float, bool):
            given = np.asarray(default)[()]
            made = make_family(name, **{argument: given})
            assert made.specification() == make_family(name).specification()


def test_limits_are_told():
    assert whole_number("n", np.int8(3), at_least=3) == 3
    assert whole_numbers("n", [2, np.int64(3)]) == (2, 3)
    assert number("p", 1, above=0, at_most=1) == 1.0
    assert true_or_false("on", np.True_) is True
    for refuse, message in (
        (lambda: whole_number("n", True, at_least=0), "n must be a whole number of at least 0, got True"),
        (lambda: whole_numbers("n", (1, 2.0)), r"n must be a whole number or a list of them, got \(1, 2.0\)"),
        (lambda: number("p", 0, above=0, at_most=1), "p must be a number above 0 and at most 1, got 0"),
        (lambda: number("p", float("nan")), "p must be a number that is finite, got nan"),
        (lambda: number("p", float("inf")), "p must be a number that is finite, got inf"),
        (lambda: true_or_false("on", 1), "on must be True or False, got 1"),
    ):
        with pytest.raises(ValueError, match=message):
            refuse()


def test_arrays_without_dimensions_are_numbers():
    family = make_family("hippo/Rectangle-v0", width=np.array(3), n_observations=np.array(7), remap_share=np.array(0.5))
    assert (family.graphs[0].n_nodes, family.n_observations, family.remap_share) == (9, 7, 0.5)
    assert type(family.n_observations) is int


@pytest.mark.parametrize(
    "wrong",
    [b"3", "33", bytearray(b"3"), np.array(2.5), np.array("3"), 10**400, 10**5_000],
    ids=lambda wrong: type(wrong).__name__,
)
def test_what_only_looks_like_sizes_is_refused_in_a_line(wrong):
    with pytest.raises(ValueError, match=r"^width.*(must be a whole number|more than 10,000,000 moves)") as refused:
        make_family("hippo/Rectangle-v0", width=wrong)
    assert len(str(refused.value)) < 700
    with pytest.raises(ValueError, match="error must be a number"):
        make_family("hippo/InOutbound-v0", error=wrong if not isinstance(wrong, np.ndarray) else np.array("x"))


@pytest.mark.parametrize("wrong", [3, None, b"hippo/Rectangle-v0", ["hippo/Rectangle-v0"]])
def test_a_stream_that_is_no_text_is_refused(wrong):
    message = "named by its id, such as 'hippo/Rectangle-v0', got "
    for view in ("Predict", "Explore"):
        with pytest.raises(ValueError, match=message):
            gym.make(f"hippo_envs:hippo/Rectangle-{view}-v0", stream=wrong)
        with pytest.raises(ValueError, match=message):
            gym.make_vec(f"hippo_envs:hippo/Rectangle-{view}-v0", 2, "vector_entry_point", stream=wrong)
    for call in (make_family, find_stream):
        with pytest.raises(ValueError, match=message):
            call(wrong)


@pytest.mark.parametrize("wrong", [3, np.array(3), "12", b"12", None])
def test_seeds_that_are_not_several_are_refused(wrong):
    with pytest.raises(TypeError, match=r"seeds needs one seed for each world, such as range\(200\)"):
        sample_walks(make_family("hippo/Rectangle-v0", width=3), wrong, 5)
