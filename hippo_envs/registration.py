"""The one table of registered environments; adding a row registers, tests and documents an environment."""

from importlib import import_module
from typing import Any, Literal, NamedTuple

import gymnasium as gym

from hippo_envs.arguments import reject_unknown
from hippo_envs.worlds import WorldFamily


class Entry(NamedTuple):
    """Where an environment lives: `module:<name>Env` and `module:<name>VectorEnv`.

    A "stream" is a walk on a graph: action = move, reward 0, and a family of worlds behind it. The others have rewards.
    """

    module: str
    name: str
    max_episode_steps: int | None = None
    kind: Literal["stream", "predict", "explore", "patterns"] = "stream"
    arguments: dict[str, Any] = {}  # noqa: RUF012 (never changed; JSON holds no other kind)


def _predict(stream: str) -> Entry:
    return Entry("hippo_envs.envs.predict", "Predict", kind="predict", arguments={"stream": stream})


def _explore(stream: str) -> Entry:
    return Entry(
        "hippo_envs.envs.explore", "Explore", max_episode_steps=128, kind="explore", arguments={"stream": stream}
    )


# The streams that have rewarded views under an id of their own; every other can be had by its `stream` argument.
CANONICAL = ("hippo/Rectangle-v0", "hippo/Hexagonal-v0", "hippo/FamilyTree-v0")

ENVIRONMENTS = {
    "hippo/Rectangle-v0": Entry("hippo_envs.envs.rectangle", "Rectangle", max_episode_steps=128),
    "hippo/Hexagonal-v0": Entry("hippo_envs.envs.hexagonal", "Hexagonal", max_episode_steps=128),
    "hippo/FamilyTree-v0": Entry("hippo_envs.envs.family_tree", "FamilyTree", max_episode_steps=128),
    "hippo/Line-v0": Entry("hippo_envs.envs.line", "Line", max_episode_steps=32),
    "hippo/Network-v0": Entry("hippo_envs.envs.network", "Network", max_episode_steps=128),
    "hippo/ReferenceMemory-v0": Entry("hippo_envs.envs.reference_memory", "ReferenceMemory", max_episode_steps=2_048),
    "hippo/CaseSequence-v0": Entry("hippo_envs.envs.case_sequence", "CaseSequence"),
    "hippo/PatternCompletion-v0": Entry("hippo_envs.envs.pattern_completion", "PatternCompletion"),
    "hippo/LapTrack-v0": Entry("hippo_envs.envs.lap_track", "LapTrack", max_episode_steps=128),
    "hippo/SpatialAlternation-v0": Entry(
        "hippo_envs.envs.spatial_alternation", "SpatialAlternation", max_episode_steps=256
    ),
    "hippo/InOutbound-v0": Entry("hippo_envs.envs.in_outbound", "InOutbound", max_episode_steps=256),
    "hippo/DoubleEndedMaze-v0": Entry("hippo_envs.envs.double_ended_maze", "DoubleEndedMaze", max_episode_steps=1_024),
    "hippo/EvidenceTowers-v0": Entry("hippo_envs.envs.evidence_towers", "EvidenceTowers", max_episode_steps=256),
    **{name.replace("-v0", "-Predict-v0"): _predict(name) for name in (*CANONICAL, "hippo/CaseSequence-v0")},
    **{name.replace("-v0", "-Explore-v0"): _explore(name) for name in CANONICAL},
    "hippo/PatternMemory-v0": Entry("hippo_envs.envs.pattern_memory", "PatternMemory", kind="patterns"),
}


def register_environments() -> None:
    """Make every id known to `gym.make`; calling it again changes nothing."""
    for environment_id, entry in ENVIRONMENTS.items():
        if environment_id not in gym.registry:
            gym.register(
                id=environment_id,
                entry_point=f"{entry.module}:{entry.name}Env",
                vector_entry_point=f"{entry.module}:{entry.name}VectorEnv",
                max_episode_steps=entry.max_episode_steps,
                kwargs=dict(entry.arguments),
            )


def make_family(environment_id: str, **arguments: Any) -> WorldFamily:
    """The family of worlds behind the id of a stream, for walks without an environment.

    Args:
        environment_id: e.g. "hippo/Rectangle-v0".
        arguments: those of the environment.

    Raises:
        ValueError: if no stream of that id is registered.
    """
    return _stream_class(environment_id).make_family(**arguments)


def viewed_family(view: Any, stream: str, arguments: dict[str, Any]) -> WorldFamily:
    """The family behind an environment that is a view of a stream, whose arguments it hands on.

    Raises:
        TypeError: if neither of the two has such an argument; it names those that there are.
        ValueError: if no stream of that id is registered.
    """
    viewed = _stream_class(stream)
    reject_unknown(type(view).__name__, arguments, view.__init__, viewed.build_family, viewed.make_family)
    return viewed.make_family(**arguments)


def _stream_class(environment_id: str) -> Any:
    environment_id = environment_id.removeprefix("hippo_envs:")
    streams = {name: entry for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"}
    if environment_id not in streams:
        raise ValueError(f"There is no environment {environment_id!r} to walk in: use one of {', '.join(streams)}.")
    entry = streams[environment_id]
    return getattr(import_module(entry.module), f"{entry.name}Env")
