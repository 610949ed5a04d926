"""A saved policy of Stable-Baselines3 in a rollout: its file, the stream behind its view, and its memory."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from agents.trained import describe_trained, load_trained, trained_agents
from agents.weights import agent_with, load_weights
from benchmarks.experiments.metric import HEADLINES
from benchmarks.records.files import RESULT
from benchmarks.records.loading import load_run
from benchmarks.records.result import Result
from benchmarks.rollout.policy_predictor import Memory, PolicyPredictor, RememberingPredictor, sees_expectation
from benchmarks.rollout.watched import Watched, stream_family
from benchmarks.running.rl.learning import MEMORY
from hippo_envs import ENVIRONMENTS, make_family
from hippo_envs.envs.predict import WALK_LENGTH


def watched_policy(path: Path, environment: str | None, arguments: Mapping[str, Any], memory: str | None) -> Watched:
    """A saved policy in the stream behind its view.

    Args:
        path: what PPO or RecurrentPPO saved.
        environment: the view or its stream, by its id or for short; where a study had it learn, or the first with as
            many symbols and actions, if None.
        arguments: of the stream.
        memory: what it learnt on, if that is what an agent expects: a trained agent by its name, or the folder of a
            run; None for what a study kept beside the policy.

    Raises:
        ValueError: if the file, its worlds or its memory cannot be used.
    """
    model, learnt = load_policy(path), _settings_beside(path)
    predictor = _predictor(model, path, learnt, memory)
    if learnt and environment is None:
        environment = learnt["stream"]
    if learnt and stream_of(environment, 0, 0, {}) == learnt["stream"]:
        arguments = {**learnt["arguments"], **arguments}
    stream = stream_of(environment, predictor.n_observations, predictor.n_actions, arguments)
    family = stream_family(stream, arguments)
    if (family.n_heard, family.n_actions) != (predictor.n_observations, predictor.n_actions):
        raise ValueError(
            f"{path} was trained with {predictor.n_observations} symbols and {predictor.n_actions} actions, but "
            f"{stream} has {family.n_heard} and {family.n_actions}: watch it in worlds with the same numbers."
        )
    name, origin, walk_length = path.stem, "PPO", WALK_LENGTH
    if learnt:
        name, origin = learnt["variant"], f"{learnt['experiment']}, seed {learnt['seed']}"
        walk_length = learnt["walk_length"]
    return Watched(name, origin, predictor, stream, family, (HEADLINES[0], HEADLINES[-1]), walk_length)


def _predictor(
    model: Any, path: Path, learnt: Mapping[str, Any] | None, memory: str | None
) -> PolicyPredictor | RememberingPredictor:
    if not sees_expectation(model):
        if memory is not None:
            raise ValueError(f"{path} sees the steps, not an agent's predictions: leave out --memory {memory}.")
        return PolicyPredictor(model)
    if memory is not None:
        return RememberingPredictor(model, _named_memory(memory))
    beside = path.with_name(MEMORY)
    if not learnt or not beside.is_file():
        raise ValueError(
            f"{path} was trained on the predictions of an agent (MemoryVecEnv), which a policy's file does not hold: "
            f"name that agent, as in --memory {trained_agents()[0]}, or give the folder of its run."
        )
    return RememberingPredictor(model, _memory_beside(beside, learnt))


def _named_memory(name: str) -> Memory:
    if name in trained_agents():
        told = describe_trained(name)
        return Memory(load_trained(name), told["n_observations"], told["n_actions"])
    settings, agent = load_run(Path(name))
    family = settings.evaluation_family()
    return Memory(agent, family.n_heard, family.n_actions)


def _memory_beside(path: Path, learnt: Mapping[str, Any]) -> Memory:
    """What a study trained first, and kept beside the policy that it then trained."""
    told = Result.read(path.with_name(RESULT)).provenance.get("memory_hash")
    weights = load_weights(path, told, f"{path} is not the memory that its policy was trained on: run the study again.")
    family = make_family(learnt["stream"], **learnt["arguments"])
    agent = agent_with(weights, "tem-t", family.n_heard, family.n_actions, learnt["memory"]["sizes"])
    return Memory(agent, family.n_heard, family.n_actions)


def load_policy(path: Path) -> Any:
    """The model that PPO or RecurrentPPO saved. The file holds pickles: load only what you trust.

    Raises:
        ValueError: if the file is none of its own.
    """
    from stable_baselines3 import PPO  # late: benchmarks.running.rl says how to get it where it is missing

    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    try:
        return PPO.load(path, device="cpu")
    except Exception as error:  # whatever a file that is none, or that of another algorithm, makes of it
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{path} is not a policy saved by PPO ({reason}).") from error


def _settings_beside(path: Path) -> Mapping[str, Any] | None:
    """The settings of the study that a policy was saved by, from the result in its folder."""
    result = path.with_name(RESULT)
    settings = Result.read(result).settings if result.is_file() else {}
    return settings if settings.get("program") == "reinforcement" else None


def stream_of(environment: str | None, n_observations: int, n_actions: int, arguments: Mapping[str, Any]) -> str:
    """The stream behind a view, by its id or for short; if None, the first with such sizes."""
    streams = {name: str(entry.arguments.get("stream", name)) for name, entry in ENVIRONMENTS.items()}
    streams = {name: stream for name, stream in streams.items() if ENVIRONMENTS[stream].kind == "stream"}
    if environment is not None:
        short = {name.removeprefix("hippo/").removesuffix("-v0").lower(): name for name in streams}
        asked = environment.removeprefix("hippo_envs:").removeprefix("hippo/").removesuffix("-v0").lower()
        if asked not in short:
            near = get_close_matches(asked, short, n=1, cutoff=0.5)
            hint = f"did you mean {short[near[0]]}?" if near else f"use one of {', '.join(streams)}."
            raise ValueError(f"There is no environment {environment!r}: {hint}")
        return streams[short[asked]]
    for stream in dict.fromkeys(streams.values()):
        try:
            family = make_family(stream, **arguments)
        except (ImportError, TypeError, ValueError):
            continue  # which these arguments are not for
        if (family.n_heard, family.n_actions) == (n_observations, n_actions):
            return stream
    raise ValueError(f"No stream has {n_observations} symbols and {n_actions} actions: name one with --env and --set.")
