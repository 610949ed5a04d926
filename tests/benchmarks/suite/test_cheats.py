"""Submissions that are consistent in every hash and count, and forged all the same: stepping the agent tells."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from agents.weights import weights_hash
from benchmarks.evaluation.scored import scored
from benchmarks.experiments.metric import Metric
from benchmarks.experiments.suites import SUITES
from benchmarks.records.files import PREDICTIONS, RESULT, WEIGHTS
from benchmarks.records.own_agent import hash_of, sources_in
from benchmarks.records.predictions import predictions_hash, read_predictions, write_predictions
from benchmarks.records.result import Result
from benchmarks.records.settings import RunSettings, settings_of
from benchmarks.suite import sandbox
from benchmarks.suite.specification import counted
from benchmarks.suite.stepping import step_in_process, way_here
from benchmarks.suite.tiers import Tier
from benchmarks.suite.verification import MANIFEST, MAY_DIFFER, verify
from tests.helpers.submissions import only, reproduced_here, rewrite, the_run

SUITE = SUITES["hippo-1"]
LINE = SUITE.tasks["line"].experiment


def forge(submission, settings, weights, predictions):
    """A result that is consistent in every hash and count."""
    folder = the_run(submission)
    save_file(weights, folder / WEIGHTS)
    write_predictions(predictions, folder / PREDICTIONS)
    known = RunSettings.read(settings)
    walks = known.evaluation_walks()
    result = Result.read(folder / RESULT)
    hashes = {"weights_hash": weights_hash(weights), "predictions_hash": predictions_hash(predictions)}
    rewrite(
        submission,
        settings=settings,
        **scored(predictions, walks, known.masks)._asdict(),
        provenance={**result.provenance, **hashes},
    )


def forge_of(submission, name, program, weights):
    """A result of an agent of that code, consistent throughout; returns its predictions."""
    (submission / "code").mkdir()
    (submission / "code" / "cheats.py").write_text(program)
    agent = f"cheats:{name}"
    sources = sources_in(submission / "code", agent)
    settings = {**Result.read(the_run(submission) / RESULT).settings, "agent": agent, "sizes": {}}
    settings["agent_source"] = hash_of(sources)
    save_file(weights, the_run(submission) / WEIGHTS)
    walks = RunSettings.read(settings).evaluation_walks()["held-out"]
    predictions = step_in_process(RunSettings.read(settings), the_run(submission) / WEIGHTS, walks, sources)
    forge(submission, settings, weights, {"held-out": predictions})
    return predictions


def test_consistent_predictions_that_the_agent_does_not_make_are_caught_by_stepping_it(submission):
    folder = the_run(submission)
    settings = Result.read(folder / RESULT).settings
    walks = RunSettings.read(settings).evaluation_walks()
    rng = np.random.default_rng(0)
    predictions = {
        kind: np.where(rng.random(steps.shape) < 0.05, walks[kind].observations, steps)
        for kind, steps in read_predictions(folder / PREDICTIONS, walks).items()
    }
    forge(submission, settings, load_file(folder / WEIGHTS), predictions)
    one = only(verify([submission], n_fresh=20))
    assert one.tier is Tier.RESCORED
    assert "stepped again, the agent predicts differently" in str(one.refused)


def test_what_may_differ_of_all_steps_may_not_be_put_where_it_counts(submission):
    """As many steps as rounding may turn, all of them among those that count and all of them to the right answer."""
    folder = the_run(submission)
    settings = Result.read(folder / RESULT).settings
    walks = RunSettings.read(settings).evaluation_walks()
    predictions = read_predictions(folder / PREDICTIONS, walks)
    seen, said = walks["held-out"].observations, predictions["held-out"].astype(np.int64)
    metric = Metric.parse(SUITE.tasks["line"].metric)
    wrong = np.flatnonzero(counted(metric, RunSettings.read(settings), walks["held-out"]) & (said != seen))
    wrong = wrong[: int(MAY_DIFFER * said.size)]
    said.flat[wrong] = seen.flat[wrong]
    forge(submission, settings, load_file(folder / WEIGHTS), {**predictions, "held-out": said})
    one = only(verify([submission], n_fresh=20))
    assert one.tier is Tier.RESCORED
    assert "stepped again, the agent scores 0." in str(one.refused)


MEMORISER = '''
"""An agent that holds the published walks, and knows nothing else."""
import torch
from torch import nn
from agents.base import Agent

class Memoriser(Agent):
    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.walks = nn.Parameter(torch.zeros(200, 128, 2))
        self.n_observations = n_observations

    def initial_state(self, batch, generator=None):
        return torch.ones(batch, 200), torch.zeros(1, dtype=torch.int64)

    def predict(self, state):
        alike, t = state
        print("said on standard output, where it does no harm")
        if RARELY and int(t) != 20:
            return nn.functional.one_hot((t % self.n_observations).expand(len(alike)), self.n_observations).float()
        coming = self.walks[:, int(t), 0].long()
        return alike @ nn.functional.one_hot(coming, self.n_observations).float()

    def observe(self, state, observation, action):
        alike, t = state
        same = (self.walks[:, int(t)] == torch.stack([observation, action], dim=1)[:, None]).all(dim=2)
        return alike + same, t + 1
'''


@pytest.mark.parametrize("rarely", [pytest.param(False, marks=pytest.mark.slow), True])
def test_an_agent_that_has_memorised_the_published_walks_fails_on_fresh_ones(rarely, submission):
    """Rarely: at one step, which is 3 % of what counts, while it guesses at all others."""
    walks = settings_of(LINE, "lstm", "quick", 0).evaluation_walks()["held-out"]
    weights = {"walks": torch.tensor(np.stack([walks.observations, walks.actions], axis=2)).float()}
    predictions = forge_of(submission, "Memoriser", MEMORISER.replace("RARELY", str(rarely)), weights)
    right = predictions == walks.observations
    assert (right[:, 20] if rarely else right[:, 20:]).mean() > 0.9
    one = only(verify([submission], n_fresh=60))
    assert "on fresh worlds it scores 0." in str(one.refused)


PEEKING = """
import torch
from torch import nn
from agents.base import Agent

class Peeking(Agent):
    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.often = nn.Parameter(torch.rand(n_observations))

    def initial_state(self, batch, generator=None):
        return (torch.zeros(batch, dtype=torch.int64),)

    def predict(self, state):
        return self.often + nn.functional.one_hot(state[0].roll(1), len(self.often))

    def observe(self, state, observation, action):
        return (observation,)
"""


REPLAYING = """
from pathlib import Path
from zlib import crc32

KEPT = Path("/tmp/kept-by-an-agent")

class Replaying(Peeking):
    def initial_state(self, batch, generator=None):
        self.kept = dict(line.split() for line in KEPT.read_text().splitlines()) if KEPT.exists() else {}
        return torch.zeros(batch, dtype=torch.int64), [0] * batch

    def predict(self, state):
        heard, logits = state[1], super().predict(state)
        if heard[0] and len(set(heard)) == 1:  # it is alone
            symbols = torch.full((len(heard),), int(self.kept.get(str(heard[0]), 0)))
            return nn.functional.one_hot(symbols, len(self.often)).float()
        with KEPT.open("a") as file:
            file.writelines(f"{walk} {symbol}\\n" for walk, symbol in zip(heard, logits.argmax(dim=1).tolist()))
        return logits

    def observe(self, state, observation, action):
        steps = zip(observation.tolist(), action.tolist(), state[1])
        return observation, [crc32(bytes([symbol, move]), walk) for symbol, move, walk in steps]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the agent writes to /tmp")
@pytest.mark.parametrize("ways", [sandbox.WAYS, pytest.param((sandbox.LIMITS,), marks=pytest.mark.slow)])
def test_an_agent_that_reads_the_other_walks_of_its_batch_is_refused(ways, submission, monkeypatch):
    """All else that `verify` asks it does: its predictions are its own, and as good on fresh worlds.

    It writes down what it says in company, and says that again when it is alone. Outside of a sandbox that is a way
    through, and the tier says so.
    """
    monkeypatch.setattr(sandbox, "WAYS", ways)
    forge_of(submission, "Replaying", PEEKING + REPLAYING, {"often": torch.zeros(10)})
    one = only(verify([submission], n_fresh=20))
    if way_here().encloses:
        assert "it reads the other walks of a batch" in str(one.refused)
    else:
        Path("/tmp/kept-by-an-agent").unlink()
        assert (one.refused, one.tier) == (None, reproduced_here())


PATCHING = """
import benchmarks.suite.verification as checker
checker.MAY_DIFFER = 2
checker.step_all_in_process = lambda settings, weights, walks, **named: [each.observations for each in walks]
checker.check_alone = lambda *of: None
"""


def test_the_code_of_an_agent_is_never_imported_by_who_checks_it(submission, tmp_path, monkeypatch):
    """A folder of runs, which is no submission: the agent's package and module are on the path, and are code."""
    package = tmp_path / "patching_who_checks"
    package.mkdir()
    for name in ("__init__.py", "agent.py"):
        (package / name).write_text(PATCHING)
    monkeypatch.syspath_prepend(tmp_path)
    agent = f"{package.name}.agent:Mine"
    settings = {**Result.read(the_run(submission) / RESULT).settings, "agent": agent, "sizes": {}}
    rewrite(submission, settings={**settings, "agent_source": hash_of(sources_in(tmp_path, agent))})
    (submission / MANIFEST).unlink()
    one = only(verify([submission]))
    assert "benchmarks is not for agents that are stepped" in str(one.refused)
    assert not [name for name in sys.modules if name.startswith(package.name)]
