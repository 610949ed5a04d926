"""Learning from reward: PPO without memory, with a recurrent one, with a window, and on top of a trained memory."""

import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from agents import make_agent
from agents.base import Agent
from agents.weights import weights_hash
from benchmarks.experiments.study import Outcome, Settings, Steps
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS, training_seeds
from benchmarks.records.provenance import walks_hash
from benchmarks.running.rl.memory import MemoryVecEnv
from benchmarks.running.rl.window import WindowMap, WindowVecEnv
from benchmarks.running.schedule import Schedule, learning_rate
from benchmarks.running.training import training_batches
from hippo_envs import Walks, make_family, sample_walks
from hippo_envs.scoring import answers_of, score
from hippo_envs.stable_baselines import make_sb3_vec_env

MASKS = ("revisit", "zero_shot", "loop_closure")
DECIMALS = 4
POLICY, MEMORY = "model.zip", "memory.safetensors"
PPO_SETTINGS = ("n_steps", "batch_size", "n_epochs", "learning_rate", "gamma", "ent_coef")


class Learner(NamedTuple):
    """What it learns with, what it sees, and what it makes of that first."""

    algorithm: type[PPO] | type[RecurrentPPO]
    policy: str
    sees: Literal["step", "window", "expectation"]
    features: type[BaseFeaturesExtractor] | None = None  # None for the policy's own


LEARNERS = {
    "ppo": Learner(PPO, "MultiInputPolicy", "step"),
    "recurrent-ppo": Learner(RecurrentPPO, "MultiInputLstmPolicy", "step"),
    "ppo-window": Learner(PPO, "MultiInputPolicy", "window", WindowMap),
    "ppo-memory": Learner(PPO, "MlpPolicy", "expectation"),
}


class Trained(NamedTuple):
    """An agent that was trained on walks first, and what that took."""

    agent: Agent[Any]
    env_steps: int
    cpu_seconds: float


def reinforcement(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Train a learner for each seed, one after the other; what it is paid in held-out worlds, and what it took.

    Raises:
        ValueError: if there is no such learner.
    """
    if settings["learner"] not in LEARNERS:
        raise ValueError(f"There is no learner {settings['learner']!r}: use one of {', '.join(LEARNERS)}.")
    n_rounds = -(-settings["n_env_steps"] // (settings["n_envs"] * settings["n_steps"]))
    counter = iter(steps(n_rounds * len(seeds)))
    outcomes = [_one(settings, seed, counter) for seed in seeds]
    next(counter, None)  # the last step of the progress bar
    return outcomes


def train_memory(settings: Settings, seed: int) -> Trained:
    """A TEM-t trained on walks of the stream, as in the experiments; its worlds are none of those of the score."""
    family, started = make_family(settings["stream"], **settings["arguments"]), time.process_time()
    schedule = Schedule(**{name: value for name, value in settings["memory"].items() if name in Schedule._fields})
    agent = make_agent("tem-t", family.n_heard, family.n_actions, **settings["memory"]["sizes"])
    optimiser, generator = torch.optim.Adam(agent.parameters(), fused=True), torch.Generator().manual_seed(seed)
    learns = settings["memory"].get("learns", "revisit")
    for update, batch in enumerate(training_batches(family, schedule, seed, torch.device("cpu"), learns=learns)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(update, schedule)
        agent.update(batch, optimiser, update / schedule.n_updates, generator)
    n_steps = schedule.n_updates * schedule.batch * schedule.walk_length
    return Trained(agent, n_steps, time.process_time() - started)


def make_learner(settings: Settings, envs: VecEnv, seed: int) -> BaseAlgorithm:
    """The algorithm of stable-baselines3, on envs as its learner sees them, which it seeds."""
    learner = LEARNERS[settings["learner"]]
    model = learner.algorithm(
        learner.policy,
        envs,
        seed=seed,
        device="cpu",
        policy_kwargs={"features_extractor_class": learner.features} if learner.features else {},
        **{name: settings[name] for name in PPO_SETTINGS},
    )
    envs.seed(training_seeds(seed, 0, 1)[0])  # not the algorithm's own, which runs with neighbouring seeds would share
    return model


def make_envs(settings: Settings, n_envs: int, seed: int, agent: Agent[Any] | None) -> VecEnv:
    """Worlds of the view as the learner sees them; world i is that of the seed `seed + i`."""
    whole = "walk_length" if "Predict" in settings["view"] else "max_episode_steps"
    arguments = {**settings["arguments"], whole: settings["walk_length"]}
    envs: VecEnv = VecMonitor(make_sb3_vec_env(settings["view"], n_envs, seed=seed, **arguments))
    sees = LEARNERS[settings["learner"]].sees
    if sees == "window":
        return WindowVecEnv(envs, settings["window"])
    if sees == "expectation":
        if agent is None:
            raise ValueError(f"{settings['learner']} learns on top of a trained agent: give it one.")
        return MemoryVecEnv(envs, agent)
    return envs


def play(model: BaseAlgorithm, envs: VecEnv) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One episode in every world, the likeliest action always: returns (B,) and actions (T, B, ...)."""
    shown, state, returns, taken = envs.reset(), None, np.zeros(envs.num_envs), []
    start, over = np.ones(envs.num_envs, dtype=bool), np.zeros(envs.num_envs, dtype=bool)
    while not over.any():  # all end together
        assert not isinstance(shown, tuple)
        action, state = model.predict(shown, state=state, episode_start=start, deterministic=True)
        shown, rewards, over, _ = envs.step(action)
        start = over
        returns += rewards
        taken.append(action)
    return returns, np.stack(taken)


def _one(settings: Settings, seed: int, counter: Iterator[int]) -> Outcome:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        needs_memory = LEARNERS[settings["learner"]].sees == "expectation"
        memory = train_memory(settings, seed) if needs_memory else None
        agent = memory.agent if memory else None
        envs = make_envs(settings, settings["n_envs"], seed, agent)
        model, returns = make_learner(settings, envs, seed), Returns(counter)
        started, wall_started = time.process_time(), time.perf_counter()
        model.learn(settings["n_env_steps"], callback=returns)
        spent, wall = time.process_time() - started, time.perf_counter() - wall_started
        held_out = make_envs(settings, settings["n_evaluation_worlds"], EVALUATION_SEEDS[0], agent)
        earned, actions = play(model, held_out)
    measured: dict[str, Any] = {
        "return": earned.mean(),
        "env_steps": model.num_timesteps,
        "updates": model._n_updates * -(-settings["n_envs"] * settings["n_steps"] // settings["batch_size"]),
        "memory_env_steps": memory.env_steps if memory else 0,
        "curve_env_steps": returns.env_steps,
        "curve_return": returns.means,
    }
    family = make_family(settings["stream"], **settings["arguments"])
    walks = sample_walks(family, EVALUATION_SEEDS[: len(earned)], settings["walk_length"])
    if "Predict" in settings["view"]:
        measured |= accuracies(actions, walks)
    rounded = {name: _rounded(value) for name, value in measured.items()}
    first_seed = training_seeds(seed, 0, 1)[0]
    learnt_in = sample_walks(family, [first_seed + i for i in range(settings["n_envs"])], settings["walk_length"])
    hashes = {"data_hash": walks_hash(learnt_in), "evaluation_hash": walks_hash(walks)}
    files = {POLICY: _saved(model)}
    if memory:
        weights = dict(sorted(memory.agent.state_dict().items()))  # by name, so that the same run gives the same bytes
        hashes["memory_hash"], files[MEMORY] = weights_hash(weights), save(weights)
    times = {"cpu_seconds": spent, "wall_seconds": wall, "memory_cpu_seconds": memory.cpu_seconds if memory else 0.0}
    return Outcome(
        rounded,
        {**hashes, "weights_hash": weights_hash(model.policy.state_dict())},
        {name: round(seconds, 2) for name, seconds in times.items()},
        files,
    )


def _saved(model: BaseAlgorithm) -> bytes:
    """The file that stable-baselines3 saves, for `rollout` and for its own `load`."""
    file = BytesIO()
    model.save(file)
    return file.getvalue()


def accuracies(predicted: NDArray[np.int64], walks: Walks) -> dict[str, float]:
    """Of predictions (T - 1, B) on the walks (B, T) that Predict showed, on masks of which these have any step."""
    of_all_steps = np.concatenate([np.zeros((1, len(walks.nodes)), dtype=np.int64), predicted]).T
    counts = score(answers_of(of_all_steps, walks), walks, MASKS)
    k = walks.worlds.family.n_observations
    return {mask: of_mask.accuracy(k) for mask, of_mask in counts.items() if of_mask.total.any()}


class Returns(BaseCallback):
    """The mean return of the episodes that ended last, after every round of experience; counts the rounds."""

    def __init__(self, counter: Iterator[int]) -> None:
        super().__init__()
        self.counter, self.env_steps, self.means = counter, list[int](), list[float | None]()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        next(self.counter)
        ended = [episode["r"] for episode in self.model.ep_info_buffer or ()]
        self.env_steps.append(self.num_timesteps)
        self.means.append(float(np.mean(ended)) if ended else None)


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(float(value), DECIMALS) if isinstance(value, float | np.floating) else value
