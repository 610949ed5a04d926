"""The one table of registered environments; adding a row registers, tests and documents an environment."""

import re
from importlib import import_module
from typing import Any, Literal, NamedTuple

import gymnasium as gym

from hippo_envs.arguments import reject_unknown
from hippo_envs.worlds import WorldFamily


class Entry(NamedTuple):
    """Where an environment lives: `module:<name>Env` and `module:<name>VectorEnv`.

    A "stream" is a walk on a graph: action = move, reward 0, and a family of worlds behind it. The others have rewards:
    `reward_threshold` is the return that counts as solved, rounded; `sizes` are arguments for three sizes of a task.
    """

    module: str
    name: str
    max_episode_steps: int | None = None
    kind: Literal["stream", "predict", "explore", "patterns"] = "stream"
    arguments: dict[str, Any] = {}  # noqa: RUF012 (never changed; JSON holds no other kind)
    reward_threshold: float | None = None
    sizes: dict[str, dict[str, Any]] = {}  # noqa: RUF012 (the same)

    @property
    def environment(self) -> Any:
        """The class of one world."""
        return getattr(import_module(self.module), f"{self.name}Env")


def _predict(stream: str, reward_threshold: float) -> Entry:
    return Entry(
        "hippo_envs.envs.predict", "Predict", None, "predict", {"stream": stream}, reward_threshold, _SIZES[stream]
    )


def _explore(stream: str, reward_threshold: float) -> Entry:
    return Entry(
        "hippo_envs.envs.explore", "Explore", 128, "explore", {"stream": stream}, reward_threshold, _SIZES[stream]
    )


# Of the streams that have views under an id of their own; every other has them by the argument `stream`. Of worlds the
# registered size is the hard one.
_SIZES: dict[str, dict[str, dict[str, Any]]] = {
    "hippo/Rectangle-v0": {
        "easy": {"width": 4, "n_observations": 10},
        "medium": {"width": [6, 7, 8], "n_observations": 10},
        "hard": {},
    },
    "hippo/Hexagonal-v0": {
        "easy": {"radius": 2, "n_observations": 10},
        "medium": {"radius": [3, 4], "n_observations": 10},
        "hard": {},
    },
    "hippo/FamilyTree-v0": {
        "easy": {"levels": 3, "n_observations": 10},
        "medium": {"levels": [3, 4], "n_observations": 10},
        "hard": {},
    },
    "hippo/CaseSequence-v0": {"easy": {"n_letters": 2}, "medium": {"n_letters": 4}, "hard": {"n_letters": 8}},
}

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
    "hippo/Rectangle-Predict-v0": _predict("hippo/Rectangle-v0", 0.902),
    "hippo/Hexagonal-Predict-v0": _predict("hippo/Hexagonal-v0", 0.902),
    "hippo/FamilyTree-Predict-v0": _predict("hippo/FamilyTree-v0", 0.902),
    "hippo/CaseSequence-Predict-v0": _predict("hippo/CaseSequence-v0", 0.95),
    "hippo/Rectangle-Explore-v0": _explore("hippo/Rectangle-v0", 30.915),
    "hippo/Hexagonal-Explore-v0": _explore("hippo/Hexagonal-v0", 55.797),
    "hippo/FamilyTree-Explore-v0": _explore("hippo/FamilyTree-v0", 51.723),
    "hippo/PatternMemory-v0": Entry(
        "hippo_envs.envs.pattern_memory",
        "PatternMemory",
        kind="patterns",
        reward_threshold=95.263,
        sizes={
            "easy": {"n_units": 100, "n_ones": 10, "n_stored": 20, "n_recalled": 20},
            "medium": {"n_units": 400, "n_ones": 40, "n_stored": 200, "n_recalled": 100},
            "hard": {},
        },
    ),
}

# What `gym.make(id, **SIZES[id]["easy"])` is given, or "medium" or "hard", by id.
SIZES = {environment_id: entry.sizes for environment_id, entry in ENVIRONMENTS.items() if entry.sizes}


def register_environments() -> None:
    """Make every id known to `gym.make`; calling it again changes nothing."""
    for environment_id, entry in ENVIRONMENTS.items():
        if environment_id not in gym.registry:
            gym.register(
                id=environment_id,
                entry_point=f"{entry.module}:{entry.name}Env",
                vector_entry_point=f"{entry.module}:{entry.name}VectorEnv",
                max_episode_steps=entry.max_episode_steps,
                reward_threshold=entry.reward_threshold,
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
    reject_unknown(f"{type(view).__name__}.__init__()", arguments, view.__init__, *viewed.takers())
    return viewed.make_family(**arguments)


def _stream_class(environment_id: str) -> Any:
    environment_id = checked_id(environment_id).removeprefix("hippo_envs:")
    streams = {name: entry for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"}
    if environment_id not in streams:
        raise ValueError(f"There is no environment {environment_id!r} to walk in: use one of {', '.join(streams)}.")
    return streams[environment_id].environment


def checked_id(environment_id: Any) -> str:
    """The id as it is; a ValueError if it is no text."""
    if not isinstance(environment_id, str):
        raise ValueError(f"An environment is named by its id, such as 'hippo/Rectangle-v0', got {environment_id!r}.")
    return environment_id


def find_stream(text: str) -> tuple[str, Entry]:
    """The environment meant, with or without "hippo/" and "-v0"; a ValueError if one cannot walk in it."""
    environment_id, entry = find_environment(text)
    if entry.kind != "stream":
        streams = [one for one, other in ENVIRONMENTS.items() if other.kind == "stream"]
        behind = [one for one in streams if one in entry.arguments.values()]
        remedy = f"play {behind[0]} instead." if behind else f"play one of {', '.join(streams)}."
        raise ValueError(f"{environment_id} is no world to walk in, but of the kind {entry.kind!r}: {remedy}")
    return environment_id, entry


def find_environment(text: str) -> tuple[str, Entry]:
    """The environment of any kind that is meant, with or without "hippo/" and "-v0"; a ValueError if there is none."""
    known = {}
    for environment_id in ENVIRONMENTS:
        name = _short_name(environment_id)
        known[name] = known[name.rpartition("-v")[0]] = environment_id
    name = _short_name(checked_id(text))
    if name not in known:
        from difflib import get_close_matches  # late: only a wrong name needs it

        # Without the version, which is in the name of any environment and would make all of them alike.
        bare = re.sub(r"-v\d*$", "", name)
        holding = [other for other in known if len(bare) > 2 and bare in other]
        near = holding or get_close_matches(bare, known, n=1, cutoff=0.6)
        remedy = f"did you mean {known[near[0]]}?" if near else "python -m hippo_envs list shows all of them."
        raise ValueError(f"There is no environment {text!r}: {remedy}")
    return known[name], ENVIRONMENTS[known[name]]


def _short_name(environment_id: str) -> str:
    return environment_id.lower().removeprefix("hippo_envs:").removeprefix("hippo/")


def sizes(environment_id: str) -> tuple[str, str]:
    """How many actions and observations there are; "?" where a package is missing without which nobody can tell."""
    try:
        env = gym.make(environment_id)
    except ImportError:
        return "?", "?"
    return size(env.action_space), size(env.observation_space)


def size(space: gym.Space[Any]) -> str:
    """How many elements, factor by factor; of a binary vector its bits, of any other its shape."""
    if isinstance(space, gym.spaces.Discrete):
        return str(space.n)
    if isinstance(space, gym.spaces.MultiDiscrete):
        return " x ".join(map(str, space.nvec.ravel()))
    if isinstance(space, gym.spaces.MultiBinary):
        return f"{space.n:,} bits"
    if isinstance(space, gym.spaces.Dict):
        return " x ".join(map(size, space.values()))
    return str(space.shape)
