"""Policies of Stable-Baselines3 as predictors: what is shown is what they would be paid for."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from safetensors.torch import load_file, save_file

pytest.importorskip("pygame")
pytest.importorskip("sb3_contrib")
PPO = pytest.importorskip("stable_baselines3").PPO


from agents.trained import load_trained
from benchmarks.experiments.claims import rl_predict
from benchmarks.records.run import run_directory
from benchmarks.rollout.find import find_watched
from benchmarks.rollout.policy_predictor import Memory, PolicyPredictor, RememberingPredictor
from benchmarks.rollout.watched_policy import load_policy, stream_of
from benchmarks.rollout.watched_walk import WatchedWalk
from benchmarks.running.rl.learning import make_envs, make_learner, play
from benchmarks.running.rl.memory import MemoryVecEnv
from benchmarks.running.run_study import run_study
from hippo_envs import make_family
from hippo_envs.stable_baselines import make_sb3_vec_env

MASKS = ("loop_closure", "revisit")
WORLD = {"width": 4, "n_observations": 8}


def model_on(view, **arguments):
    return PPO(
        "MultiInputPolicy", make_sb3_vec_env(view, num_envs=1, **WORLD, **arguments), seed=1, n_steps=8, batch_size=8
    )


@pytest.mark.parametrize("window", [1, 3])
def test_a_policy_is_paid_for_what_it_is_shown_to_be_right_in(window):
    model = model_on("hippo/Rectangle-Predict-v0", walk_length=20, window=window)
    worlds = model.get_env()
    worlds.seed(5)
    shown, paid, said = worlds.reset(), 0.0, []
    for _ in range(19):
        action, _ = model.predict(shown, deterministic=True)
        shown, reward, _, _ = worlds.step(action)
        said.append(int(action[0]))
        paid += float(reward[0])
    walk = WatchedWalk(make_family("hippo/Rectangle-v0", **WORLD), PolicyPredictor(model), "ppo", MASKS, 20)
    moments = list(walk.moments(5))
    assert [int(moment.expected.argmax()) for moment in moments[1:]] == said
    assert len(set(said)) > 1
    assert moments[-1].tallies["ppo"]["revisit"].accuracy == pytest.approx(paid, abs=1e-6)


@pytest.mark.parametrize("learner", ["recurrent-ppo", "ppo-window"])
def test_a_learner_of_the_studies_says_what_it_says_in_its_environment(learner):
    settings = rl_predict.STUDY.settings_of(learner, "smoke", 0).as_json()
    model = make_learner(settings, make_envs(settings, 4, seed=0, agent=None), seed=0)
    _, said = play(model, make_envs(settings, 1, seed=5, agent=None))
    family = make_family(settings["stream"], **settings["arguments"])
    walk = WatchedWalk(family, PolicyPredictor(model), learner, MASKS, settings["walk_length"])
    for _ in range(2):  # what is left of a walk is forgotten before the next
        moments = list(walk.moments(5))
        assert [int(moment.expected.argmax()) for moment in moments[1:]] == said[:, 0].tolist()
    assert len(set(said[:, 0].tolist())) > 1


def test_a_policy_on_a_memory_says_what_it_says_in_its_environment_and_shows_where_its_memory_looks():
    """Its memory expects one thing here and another there, so that an untrained policy says not always the same."""
    settings = rl_predict.STUDY.settings_of("ppo-memory", "smoke", 0).as_json()
    agent = load_trained("slot-free-square")
    model = make_learner(settings, make_envs(settings, 4, seed=0, agent=agent), seed=0)
    _, said = play(model, make_envs(settings, 1, seed=5, agent=agent))
    family = make_family(settings["stream"], **settings["arguments"])
    predictor = RememberingPredictor(model, Memory(agent, family.n_observations, family.n_actions))
    walk = WatchedWalk(family, predictor, "ppo-memory", MASKS, settings["walk_length"])
    for _ in range(2):  # what is left of a walk is forgotten before the next
        moments = list(walk.moments(5))
        assert [int(moment.expected.argmax()) for moment in moments[1:]] == said[:, 0].tolist()
    assert len(set(said[:, 0].tolist())) > 1
    assert predictor.attention is not None
    assert predictor.attention.shape == (settings["walk_length"],)
    assert set(predictor.activity) > {"position"}


def test_a_memory_is_named_where_none_is_kept_beside_the_policy(tmp_path):
    worlds = make_sb3_vec_env("hippo/Rectangle-Predict-v0", num_envs=1, width=4)
    path = tmp_path / "mine.zip"
    PPO("MlpPolicy", MemoryVecEnv(worlds, load_trained("tem-t-square")), n_steps=8, batch_size=8).save(path)

    def found(name, memory):
        return find_watched(str(name), None, {}, tmp_path, False, Console(quiet=True), memory)

    assert found(path, "tem-t-square").environment == "hippo/Rectangle-v0"
    with pytest.raises(ValueError, match=r"does not hold: name that agent, as in --memory \S+, or give the folder"):
        found(path, None)
    with pytest.raises(ValueError, match="trained on predictions of 45 symbols, but its memory predicts 10"):
        found(path, "nmda-familiar-maps")
    with pytest.raises(ValueError, match="no run 'tem-u': give its folder"):
        found(path, "tem-u")
    with pytest.raises(ValueError, match="needs a policy that was trained on it"):
        found("tem-t-square", "tem-t-square")
    model_on("hippo/Rectangle-Predict-v0").save(path)
    with pytest.raises(ValueError, match="sees the steps, not an agent's predictions"):
        found(path, "tem-t-square")


@pytest.mark.parametrize("learner", rl_predict.LEARNERS)
def test_a_study_keeps_its_policy_to_be_watched(learner, tmp_path):
    (result,) = run_study(rl_predict.STUDY, learner, "smoke", (0,), tmp_path, Console(quiet=True))
    folder = run_directory(result.settings, tmp_path)

    def found(name, environment="Rectangle-Predict"):
        return find_watched(str(name), environment, {}, tmp_path, False, Console(quiet=True))

    with pytest.raises(ValueError, match=r"watch its policy, .*model\.zip"):
        found(folder, None)
    for environment in ("Rectangle-Predict", None):
        watched = found(folder / "model.zip", environment)
        assert (watched.name, watched.environment, watched.walk_length) == (learner, "hippo/Rectangle-v0", 32)
        assert watched.family.n_observations == watched.predictor.n_observations == 10
    if learner == "ppo-memory":
        weights = {name: value + 1 for name, value in load_file(folder / "memory.safetensors").items()}
        save_file(weights, folder / "memory.safetensors")
        with pytest.raises(ValueError, match="is not the memory that its policy was trained on"):
            found(folder / "model.zip")


def test_a_policy_that_explores_moves_as_it_does_in_its_environment():
    model = model_on("hippo/Rectangle-Explore-v0")
    predictor = PolicyPredictor(model)
    walk = WatchedWalk(make_family("hippo/Rectangle-v0", **WORLD), predictor, "ppo", MASKS, 12)
    moments = list(walk.moments(3))
    for before, after in pairwise(moments[1:]):
        is_open = walk.graph.available[before.scene.node]
        assert after.scene.node in walk.graph.next_node[before.scene.node][is_open]
    for t in range(1, 11):
        seen = {"observation": np.array(moments[t - 1].came), "next_action": np.array(walk._actions[t - 1])}
        chances = model.policy.get_distribution(model.policy.obs_to_tensor(seen)[0]).distribution
        moves, symbols = (part.probs[0].numpy(force=True) for part in chances)
        np.testing.assert_allclose(moments[t].expected, symbols, atol=1e-6)
        is_open = walk.graph.available[moments[t].scene.node]
        assert walk._actions[t] == np.where(is_open, moves, -1).argmax()


def test_a_saved_policy_is_found_with_its_world(tmp_path):
    path = tmp_path / "mine.zip"
    PPO("MultiInputPolicy", make_sb3_vec_env("hippo/Hexagonal-Predict-v0", num_envs=1), n_steps=8, batch_size=8).save(
        path
    )

    def found(environment=None, **arguments):
        return find_watched(str(path), environment, arguments, Path(), False, Console(quiet=True))

    for environment in (None, "hippo/Hexagonal-v0", "Hexagonal-Predict"):
        watched = found(environment)
        assert (watched.name, watched.environment) == ("mine", "hippo/Hexagonal-v0")
    with pytest.raises(ValueError, match=r"trained with 45 symbols and 7 actions, but hippo/Rectangle-v0 has 45 and 5"):
        found("Rectangle")
    with pytest.raises(ValueError, match="No stream has 45 symbols and 7 actions"):
        found(width=3)
    with pytest.raises(ValueError, match="did you mean hippo/Hexagonal-Predict-v0"):
        found("Hexagonal-Predic")


def test_what_is_no_policy_is_told(tmp_path):
    other = tmp_path / "other.zip"
    other.write_bytes(b"not a zip")
    with pytest.raises(ValueError, match="is not a policy saved by PPO"):
        load_policy(other)
    with pytest.raises(ValueError, match="There is no file"):
        load_policy(tmp_path / "nowhere.zip")
    PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8).save(tmp_path / "cart.zip")
    with pytest.raises(ValueError, match="trained on a -Predict"):
        PolicyPredictor(load_policy(tmp_path / "cart.zip"))
    assert stream_of(None, 10, 5, {}) == "hippo/ReferenceMemory-v0"
