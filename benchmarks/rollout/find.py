"""Find, load or train the agent to watch, by the name that was typed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from agents import AGENTS, find_config
from agents.imported import is_imported
from agents.trained import describe_trained, load_trained, trained_agents
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.console import say
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.suites import TASKS
from benchmarks.records.files import RESULT, read_json
from benchmarks.records.loading import load_run
from benchmarks.records.own_agent import with_own_agents
from benchmarks.records.run import Run
from benchmarks.records.settings import RunSettings, settings_of
from benchmarks.rollout.watched import CPU, Watched, watched_agent
from benchmarks.running.run import run
from hippo_envs.registration import find_stream

PRESET = "quick"


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
        memory: the agent on whose predictions a policy was trained; else None.

    Raises:
        ValueError: in one line, what is wrong with the input and what to do instead.
    """
    if name.endswith(".zip"):
        from benchmarks.rollout.watched_policy import watched_policy

        if untrained:
            raise ValueError(f"--untrained takes the name of an agent, one of {', '.join(AGENTS)}; got {name!r}.")
        return watched_policy(Path(name), environment, arguments, memory)
    if memory is not None:
        raise ValueError(f"--memory {memory} needs a policy that was trained on it, a .zip; got {name!r}.")
    wanted = None if environment is None else find_stream(environment)[0]
    if name in AGENTS or (is_imported(name) and not Path(name).is_dir()):
        if untrained:
            experiment, variant = _experiment_with(name, wanted)
            first = Run.within(runs, settings_of(experiment, variant, PRESET, seed=0))
            return watched_agent(first.settings, f"{variant}, untrained", first.agent(CPU), wanted, arguments)
        found = _newest_run(name, wanted, runs)
        if found is not None:
            say(f"{name}: {found}, the newest of its runs", console)
        else:
            ours = _published(name, wanted)
            if ours is not None:
                told = f"There is no finished run of {name} in {runs}: this is {ours}, which comes with the repository."
                say(told, console)
                return _trained(ours, wanted, arguments)
        directory = found or _train(name, wanted, runs, console)
    elif name in trained_agents() and not (untrained or Path(name).is_dir()):
        return _trained(name, wanted, arguments)
    else:
        if untrained:
            raise ValueError(f"--untrained takes the name of an agent, one of {', '.join(AGENTS)}; got {name!r}.")
        directory = Path(name)
        if not directory.is_dir():
            raise ValueError(
                f"There is no run {name!r}, and no agent of that name: give the folder of a run, "
                f"runs/<experiment>/<preset>/<agent>/<seed>-..., or one of {', '.join(AGENTS)}."
            )
    settings, agent = load_run(directory)
    return watched_agent(settings, settings.variant, agent, wanted, arguments)


def _published(agent: str, environment: str | None) -> str | None:
    """The name of a trained agent of the repository, in these worlds if some are wanted; of the first experiment."""
    told = {name: describe_trained(name) for name in trained_agents()}
    fit = [n for n, of in told.items() if of["agent"] == agent and environment in (None, of["environment"])]
    return min(fit, key=lambda name: list(EXPERIMENTS).index(told[name]["experiment"]), default=None)


def _trained(name: str, environment: str | None, arguments: Mapping[str, Any]) -> Watched:
    """A trained agent of the repository."""
    told = describe_trained(name)
    experiment = (EXPERIMENTS | TASKS)[told["experiment"]]
    settings = settings_of(experiment, told["variant"], told["preset"], told["seed"])
    settings = replace(settings, environment=told["environment"], arguments=told["arguments"])
    return watched_agent(settings, name, load_trained(name), environment, arguments)


def _newest_run(agent: str, environment: str | None, runs: Path) -> Path | None:
    """The folder of the run of this agent that finished last, in these worlds if some are wanted."""
    results = sorted(runs.glob(f"*/*/*/*/{RESULT}"), key=lambda path: (path.stat().st_mtime, path))
    for path in reversed(results):
        try:
            settings = RunSettings.read(read_json(path)["settings"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # which is no result of a run on walks, and not what is looked for
        if settings.agent == agent and environment in (None, settings.environment):
            return path.parent
    return None


def _experiment_with(agent: str, environment: str | None) -> tuple[Experiment, str]:
    """The first experiment with that agent in these worlds, and its variant with default sizes, or its first."""
    default = find_config(agent)
    for experiment in EXPERIMENTS.values():
        if environment not in (None, experiment.environment):
            continue
        extended = with_own_agents(experiment, [agent])
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
    say(
        f"There is no finished run of {agent} in {runs}, so one is trained now, which takes minutes: {command}. "
        "Ctrl-C stops it, and nothing is lost; --untrained shows an agent without training.",
        console,
    )
    run(experiment, variant, PRESET, 0, CPU, runs, console)
    return Run.within(runs, settings_of(experiment, variant, PRESET, 0)).folder
