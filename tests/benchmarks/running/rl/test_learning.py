"""Learners from reward: what stands between them and the worlds, and what they are said to have earned."""

import numpy as np
import pytest
import torch

pytest.importorskip("sb3_contrib")

from gymnasium import spaces
from stable_baselines3 import PPO

from agents import make_agent
from benchmarks.evaluation.answers import predicted_observations
from benchmarks.experiments.claims import rl_explore, rl_predict
from benchmarks.running.rl.learning import (
    LEARNERS,
    accuracies,
    make_envs,
    make_learner,
    play,
    reinforcement,
    train_memory,
)
from benchmarks.running.rl.memory import MemoryVecEnv
from benchmarks.running.rl.window import WindowMap, WindowVecEnv
from hippo_envs import make_family, sample_walks
from hippo_envs.scoring import answers_of, score
from hippo_envs.stable_baselines import make_sb3_vec_env

PREDICT, RECTANGLE = "hippo/Rectangle-Predict-v0", "hippo/Rectangle-v0"
SMALL = {"width": 3, "n_observations": 6}
LENGTH = 20


def settings_of(learner, study=rl_predict.STUDY, **changed):
    return {**study.settings_of(learner, "smoke", 0).as_json(), **changed}


def predict(n_envs=3, seed=5, **arguments):
    return make_sb3_vec_env(PREDICT, n_envs, seed=seed, walk_length=LENGTH, **SMALL, **arguments)


def walks_of(n_envs=3, seed=5):
    return sample_walks(make_family(RECTANGLE, **SMALL), range(seed, seed + n_envs), LENGTH)


@pytest.mark.parametrize("built_for", [(7, 5), (5, 5), (6, 4), (6, 6)])
def test_a_memory_of_other_symbols_or_actions_than_its_worlds_is_refused(built_for):
    worlds = predict()
    with pytest.raises(
        ValueError, match=r"built for \d symbols and \d actions, these worlds have 6 and 5: take worlds"
    ):
        MemoryVecEnv(worlds, make_agent("lstm", *built_for))
    other = sample_walks(make_family(RECTANGLE, **SMALL), range(2), LENGTH)
    with pytest.raises(ValueError, match="these worlds have 6 and 5"):
        predicted_observations(make_agent("lstm", *built_for), other, torch.device("cpu"), seed=0)


def test_a_memory_shows_what_its_agent_predicts_of_the_walk_and_forgets_between_walks():
    """Against the agent's own `forward` on the same walks; also at the end of a walk, and in the one after it."""
    agent, walks = make_agent("tem-t", 6, 5, n_actions_before_start=0), walks_of()
    envs = MemoryVecEnv(predict(), agent)
    with torch.no_grad():
        steps = torch.from_numpy(walks.observations), torch.from_numpy(walks.actions)
        expected = agent(*steps, agent.initial_state(3)).logits.softmax(dim=-1).numpy()
    shown = [envs.reset()]
    for _ in range(LENGTH - 1):
        after, _, dones, infos = envs.step(np.zeros(3, dtype=np.int64))
        shown.append(after)
    assert dones.all()
    np.testing.assert_allclose(np.stack(shown[:-1], axis=1), expected[:, 1:], atol=1e-5)
    assert envs.observation_space.contains(infos[0]["terminal_observation"])
    beside = MemoryVecEnv(predict(seed=99), agent)
    beside._forget()
    of_second_walk = beside._expect({name: np.array(values) for name, values in _second_walk().items()})
    np.testing.assert_allclose(shown[-1], of_second_walk, atol=1e-5)


def _second_walk():
    envs = predict()
    shown = envs.reset()
    for _ in range(LENGTH - 1):
        shown, _, _, _ = envs.step(np.zeros(3, dtype=np.int64))
    return shown


def test_a_window_holds_the_last_steps_and_nothing_of_the_walk_before():
    envs, walks = WindowVecEnv(predict(), window=4), walks_of()
    shown = envs.reset()
    assert shown["observation"].tolist() == [[6, 6, 6, first] for first in walks.observations[:, 0]]
    for t in range(1, LENGTH):
        before = shown
        shown, _, dones, infos = envs.step(np.zeros(3, dtype=np.int64))
        if t >= 4 and not dones.any():
            assert (shown["observation"] == walks.observations[:, t - 3 : t + 1]).all()
            assert (shown["next_action"] == walks.actions[:, t - 3 : t + 1]).all()
    assert dones.all()
    last = infos[1]["terminal_observation"]
    assert last["observation"].tolist() == walks.observations[1, -4:].tolist()
    assert (before["observation"][1, 1:] == last["observation"][:-1]).all(), "what was handed out is left alone"
    assert (shown["observation"][:, :-1] == 6).all()
    assert (shown["next_action"][:, :-1] == 5).all()
    assert envs.observation_space.contains({name: values[0] for name, values in shown.items()})


def test_a_window_map_that_knows_the_turns_has_a_perfect_map():
    """By hand: east and west, north and south turn against each other; so the map is that of the node agent."""
    walks = walks_of(n_envs=40)
    envs = WindowVecEnv(predict(n_envs=40), window=LENGTH)
    features = WindowMap(envs.observation_space, n_modules=64)
    family = make_family(RECTANGLE, **SMALL)
    generator = torch.Generator().manual_seed(0)
    east, north = 2 * torch.randn(2, 64, generator=generator)
    angles = {"stay": 0 * east, "east": east, "west": -east, "north": north, "south": -north}
    with torch.no_grad():
        for action, name in enumerate(family.action_names):
            features.turns.weight[action] = angles[name]
        features.log_temperature.fill_(4.0)
    shown, predicted = envs.reset(), []
    for _ in range(LENGTH - 1):
        with torch.no_grad():
            seen = features({name: torch.from_numpy(values).float() for name, values in shown.items()})
        predicted.append(seen.argmax(dim=1).numpy())
        shown, _, _, _ = envs.step(predicted[-1])
    assert accuracies(np.stack(predicted), walks)["revisit"] == 1.0


def test_returns_are_the_accuracy_of_the_same_predictions():
    settings = settings_of("ppo", n_evaluation_worlds=30)
    model = make_learner(settings, make_envs(settings, 4, seed=0, agent=None), seed=0)
    returns, predicted = play(model, make_envs(settings, 30, seed=5, agent=None))
    family = make_family(RECTANGLE, **settings["arguments"])
    walks = sample_walks(family, range(5, 35), settings["walk_length"])
    of_all_steps = np.concatenate([np.zeros((1, 30), dtype=np.int64), predicted]).T
    revisit = score(answers_of(of_all_steps, walks), walks, ("revisit",))["revisit"]
    by_walk = revisit.correct.sum(axis=1) / np.maximum(revisit.total.sum(axis=1), 1)
    np.testing.assert_allclose(returns, by_walk, atol=1e-6)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("study", [rl_predict.STUDY, rl_explore.STUDY], ids=["predict", "explore"])
def test_what_is_saved_by_stable_baselines_loads_and_plays_the_same(learner, study, tmp_path):
    settings = settings_of(learner, study)
    memory = train_memory(settings, seed=0).agent if learner == "ppo-memory" else None
    envs = make_envs(settings, settings["n_envs"], seed=5, agent=memory)
    model = make_learner(settings, envs, seed=0).learn(settings["n_env_steps"])
    model.save(tmp_path / "model.zip")
    loaded = LEARNERS[learner].algorithm.load(tmp_path / "model.zip", device="cpu")
    (returns, actions), (again, actions_again) = (
        play(one, make_envs(settings, 4, seed=77, agent=memory)) for one in (model, loaded)
    )
    assert (returns == again).all()
    assert (actions == actions_again).all()


def test_a_seed_gives_the_same_weights_and_another_one_others():
    settings = settings_of("ppo-window")
    hashes = [
        [outcome.hashes["weights_hash"] for outcome in reinforcement(settings, seeds, lambda n: iter(range(n)))]
        for seeds in ((0, 1), (0,))
    ]
    assert hashes[0][0] == hashes[1][0], "whatever seeds stand beside it"
    assert hashes[0][0] != hashes[0][1]


def test_runs_with_neighbouring_seeds_train_on_other_worlds():
    settings = settings_of("ppo")
    first = []
    for seed in (0, 1):
        envs = make_envs(settings, 4, seed=seed, agent=None)
        make_learner(settings, envs, seed)
        first.append(envs.reset()["observation"].tolist())
    assert first[0][1:] != first[1][:-1]


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="no learner 'dqn': use one of ppo"):
        reinforcement({**settings_of("ppo"), "learner": "dqn"}, (0,), lambda n: iter(range(n)))
    with pytest.raises(ValueError, match="on top of a trained agent"):
        make_envs(settings_of("ppo-memory"), 2, seed=0, agent=None)
    with pytest.raises(ValueError, match="as the views -Predict and -Explore give them with window=1"):
        WindowVecEnv(predict(window=3), window=2)
    with pytest.raises(ValueError, match="A memory needs `observation`"):
        MemoryVecEnv(make_sb3_vec_env(RECTANGLE, 2), make_agent("lstm", 45, 5))


def test_features_fit_any_policy_of_stable_baselines():
    envs = WindowVecEnv(predict(), window=8)
    assert isinstance(envs.observation_space, spaces.Dict)
    model = PPO(
        "MultiInputPolicy",
        envs,
        policy_kwargs={"features_extractor_class": WindowMap, "features_extractor_kwargs": {"n_modules": 5}},
        n_steps=8,
        batch_size=8,
        n_epochs=1,
        device="cpu",
    )
    before = model.policy.features_extractor.turns.weight.detach().clone()
    model.learn(48)
    assert not torch.equal(before, model.policy.features_extractor.turns.weight), "it learns where actions lead"
    assert (model.policy.features_extractor.turns.weight[-1] == 0).all(), "and nothing of none"
