"""What is to be watched: a run, an agent or a saved policy, and the worlds that it is put into."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file

from agents import AGENTS, find_config
from agents.imported import is_imported
from benchmarks.experiments import EXPERIMENTS, find_experiment
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import scored_masks
from benchmarks.records.own_agent import with_own_agents
from benchmarks.records.result import Result, weights_hash
from benchmarks.rollout.predictor import AgentPredictor, Predictor
from benchmarks.running.reuse import training_arguments
from benchmarks.running.run import new_agent, run, run_directory, settings_of
from benchmarks.running.trained import describe_trained, load_trained, trained_agents
from hippo_envs import make_family
from hippo_envs.__main__ import find_stream
from hippo_envs.worlds import WorldFamily

CPU = torch.device("cpu")
PRESET = "quick"
UNFINISHED = ("checkpoint.pt", "metrics.jsonl", "weights.safetensors")


@dataclass(frozen=True, eq=False)
class Watched:
    """A predictor, and where it is watched.

    Args:
        name: of the predictor.
        origin: where it comes from, in a few words.
        predictor: who predicts.
        environment: the id of a stream.
        family: its worlds.
        masks: what is scored; the first is the headline.
        walk_length: steps of the walks that it learnt from.
    """

    name: str
    origin: str
    predictor: Predictor
    environment: str
    family: WorldFamily
    masks: tuple[str, ...]
    walk_length: int


def find_watched(
    name: str,
    environment: str | None,
    arguments: Mapping[str, Any],
    runs: Path,
    untrained: bool,
    console: Console,
    memory: str | None = None,
) -> Watched:
    """Find, load or train what is meant.

    Args:
        name: the folder of a run; a row of `agents.AGENTS`, or an agent of one's own, for its newest finished run; or a
            policy saved by Stable-Baselines3, a .zip; or a trained agent that comes with the repository.
        environment: a stream, by its id or for short; where the agent learnt if None.
        arguments: of the environment, where they differ from those that the agent learnt with.
        runs: where runs are looked for by name, and made if there is none.
        untrained: take the agent as it is before training.
        console: says what is being done.
        memory: of a policy that learnt on what a trained agent expects, that agent; else None.

    Raises:
        ValueError: in one line, what is wrong with the input and what to do instead.
    """
    if name.endswith(".zip"):
        from benchmarks.rollout.watched_policy import watched_policy

        if untrained:
            raise ValueError(f"--untrained takes the name of an agent, one of {', '.join(AGENTS)}; got {name!r}.")
        return watched_policy(Path(name), environment, arguments, memory)
    if memory is not None:
        raise ValueError(f"--memory {memory} goes with the policy that learnt on it, a .zip; got {name!r}.")
    wanted = None if environment is None else find_stream(environment)[0]
    if name in AGENTS or (is_imported(name) and not Path(name).is_dir()):
        if untrained:
            experiment, variant = _experiment_with(name, wanted)
            settings = settings_of(experiment, variant, PRESET, seed=0)
            return _watched(settings, f"{variant}, untrained", new_agent(settings, CPU), wanted, arguments)
        found = _newest_run(name, wanted, runs)
        if found is not None:
            console.print(f"{name}: {found}, the newest of its runs", highlight=False, soft_wrap=True)
        else:
            ours = _published(name, wanted)
            if ours is not None:
                told = f"There is no finished run of {name} in {runs}: this is {ours}, which comes with the repository."
                console.print(told, highlight=False, soft_wrap=True)
                return _trained(ours, wanted, arguments)
        directory = found or _train(name, wanted, runs, console)
    elif name in trained_agents() and not (untrained or Path(name).is_dir()):
        return _trained(name, wanted, arguments)
    else:
        if untrained:
            raise ValueError(f"--untrained takes the name of an agent, one of {', '.join(AGENTS)}; got {name!r}.")
        directory = Path(name)
    settings, agent = load_run(directory)
    return _watched(settings, settings["variant"], agent, wanted, arguments)


def _published(agent: str, environment: str | None) -> str | None:
    """The name of a trained agent of the repository, in these worlds if some are wanted; of the first experiment."""
    told = {name: describe_trained(name) for name in trained_agents()}
    fit = [n for n, of in told.items() if of["agent"] == agent and environment in (None, of["environment"])]
    return min(fit, key=lambda name: list(EXPERIMENTS).index(told[name]["experiment"]), default=None)


def _trained(name: str, environment: str | None, arguments: Mapping[str, Any]) -> Watched:
    """A trained agent of the repository."""
    told = describe_trained(name)
    experiment = find_experiment(told["experiment"])
    assert isinstance(experiment, Experiment)
    settings = {**settings_of(experiment, told["variant"], told["preset"], told["seed"]), **told}
    return _watched(settings, name, load_trained(name), environment, arguments)


def load_run(directory: Path) -> tuple[Mapping[str, Any], Any]:
    """The settings of a finished run, and its trained agent; a ValueError says what else the folder is."""
    if not directory.is_dir():
        raise ValueError(
            f"There is no run {str(directory)!r}, and no agent of that name: give the folder of a run, "
            f"runs/<experiment>/<preset>/<agent>/<seed>-..., or one of {', '.join(AGENTS)}."
        )
    path, weights_path = directory / "result.json", directory / "weights.safetensors"
    if not path.exists():
        if any((directory / file).exists() for file in UNFINISHED):
            raise ValueError(f"The run in {directory} has not finished: `run` it again, and it goes on where it was.")
        inside = sorted(directory.glob("**/result.json"))
        hint = f"it has runs in it, such as {inside[0].parent}." if inside else "it has no result.json."
        raise ValueError(f"{directory} is not the folder of a run: {hint}")
    result = Result.read(path)
    if "environment" not in result.settings:
        policies = [str(file) for file in sorted(directory.glob("*.zip"))]
        hint = f"watch its policy, {policies[0]}." if policies else "there is nothing to watch."
        raise ValueError(f"{directory} is of {result.experiment}, a study without walks: {hint}")
    agent = new_agent(result.settings, CPU)
    try:
        weights = load_file(weights_path)
        if weights_hash(weights) != result.provenance["weights_hash"]:
            raise ValueError("they are of another run")
        agent.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"The weights in {weights_path} cannot be used ({reason}): run it again.") from error
    return result.settings, agent


def _watched(
    settings: Mapping[str, Any], name: str, agent: Any, environment: str | None, arguments: Mapping[str, Any]
) -> Watched:
    """The agent in the worlds that are wanted, if these have as many symbols and actions as it knows."""
    learnt = settings["environment"]
    where: str = environment or learnt
    learnt_in = training_arguments(settings)
    changed = {**learnt_in, **arguments} if where == learnt else dict(arguments)
    family = stream_family(where, changed)
    known = make_family(learnt, **learnt_in)
    sizes, wanted = ((of.n_observations, of.n_actions) for of in (known, family))
    if sizes != wanted:
        raise ValueError(
            f"{name} learnt {sizes[0]} symbols and {sizes[1]} actions in {learnt}, {where} has {wanted[0]} and "
            f"{wanted[1]}: watch it in worlds with as many."
        )
    masks = scored_masks(settings)
    return Watched(
        name,
        f"{settings['experiment']}, seed {settings['seed']}",
        AgentPredictor(agent, settings["seed"]),
        where,
        family,
        tuple(dict.fromkeys((masks[0], masks[-1]))),
        settings["walk_length"],
    )


def stream_family(environment: str, arguments: Mapping[str, Any]) -> WorldFamily:
    """Its worlds; a ValueError if it has no such arguments."""
    try:
        return make_family(environment, **arguments)
    except TypeError as error:
        given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        raise ValueError(f"{environment} cannot be made with {given}: {str(error).removesuffix('.')}.") from error


def _newest_run(agent: str, environment: str | None, runs: Path) -> Path | None:
    """The folder of the run of this agent that finished last, in these worlds if some are wanted."""
    results = sorted(runs.glob("*/*/*/*/result.json"), key=lambda path: (path.stat().st_mtime, path))
    for path in reversed(results):
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))["settings"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # which is no result, and not what is looked for
        if settings.get("agent") == agent and environment in (None, settings.get("environment")):
            return path.parent
    return None


def _experiment_with(agent: str, environment: str | None) -> tuple[Experiment, str]:
    """The first experiment with that agent in these worlds, and its variant with default sizes, or its first."""
    default = find_config(agent)
    for experiment in EXPERIMENTS.values():
        if environment not in (None, experiment.environment):
            continue
        extended = with_own_agents(experiment, [agent])
        assert isinstance(extended, Experiment)
        variants = [name for name, variant in extended.variants.items() if variant.agent == agent]
        if variants:
            as_default = [v for v in variants if find_config(agent, **extended.variants[v].sizes) == default]
            return extended, (as_default or variants)[0]
    raise ValueError(
        f"No experiment has {agent} in {environment}: name one of its runs, or leave out --env; `list` shows all."
    )


def _train(agent: str, environment: str | None, runs: Path, console: Console) -> Path:
    """Run an experiment with that agent, as `python -m benchmarks run` does."""
    experiment, variant = _experiment_with(agent, environment)
    command = f"python -m benchmarks run {experiment.name} --agents {variant} --seeds 0 --runs {runs}"
    console.print(
        f"There is no finished run of {agent} in {runs}, so this trains one, which takes minutes, as {command} does. "
        "Ctrl-C stops it, and nothing is lost; --untrained does without.",
        highlight=False,
        soft_wrap=True,
    )
    run(experiment, variant, PRESET, 0, CPU, runs, console)
    return run_directory(settings_of(experiment, variant, PRESET, 0), runs)
