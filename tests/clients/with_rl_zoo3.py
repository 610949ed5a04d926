"""rl_zoo3: its command line trains, then plays what it trained.

It looks ids up before it makes anything, so it gets the bare id and `--gym-packages hippo_envs`. Vectors of one-hot
numbers, and one step of settings, are given on the command line; without them it trains a million steps.
"""

import subprocess
import sys

import pytest
import yaml

SETTINGS = {"n_timesteps": 512, "n_steps": 128, "batch_size": 64, "n_envs": 2, "policy": "MlpPolicy"}


def zoo(program, *arguments, folder):
    done = subprocess.run(
        [sys.executable, "-m", f"rl_zoo3.{program}", "--gym-packages", "hippo_envs", "--device", "cpu", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).strip().splitlines()[-1]


def arguments_for(environment_id):
    return ["--algo", "ppo", "--env", environment_id, "-f", "logs", "--env-kwargs", "observation:'one-hot'"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("zoo")


def test_it_trains_and_evaluates(environment_id, folder):
    if environment_id == "hippo/PatternMemory-v0":
        pytest.skip("as the other ids, but its 1,100 steps an episode take minutes")
    settings = folder / "settings.yml"
    settings.write_text(yaml.dump({environment_id: SETTINGS}))
    often = ["--eval-freq", "256", "--eval-episodes", "2"]
    zoo("train", *arguments_for(environment_id), "-conf", str(settings), *often, folder=folder)
    name = environment_id.replace("/", "-")
    assert list((folder / "logs" / "ppo").glob(f"{name}*/best_model.zip"))


def test_what_was_trained_is_played(folder):
    zoo("enjoy", *arguments_for("hippo/Rectangle-Predict-v0"), "--no-render", "--n-timesteps", "127", folder=folder)
