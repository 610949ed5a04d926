"""Publish the agent of a finished run in agents/trained: its weights, and a card."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from agents.imported import is_imported
from agents.names import check_name
from agents.trained import CARD, TRAINED, trained_agents
from agents.weights import load_weights
from benchmarks.experiments import find_experiment
from benchmarks.records.files import RESULT, WEIGHTS, write_whole
from benchmarks.records.result import Result
from benchmarks.records.run import without_weights

KEPT = ("experiment", "preset", "variant", "seed", "environment", "agent", "sizes", "n_observations")


def publish(run: Path, name: str, folder: Path = TRAINED) -> list[Path]:
    """Write the agent of a finished run and its card under a name; returns the two files.

    Raises:
        ValueError: if the name cannot be that of a folder, the run has not finished, its weights are not those of its
            result, or its agent's class is not one of this repository.
    """
    check_name(name, "An agent")
    finished = run / RESULT
    if not finished.exists():
        raise ValueError(f"There is no finished run in {run}: give the folder that holds {RESULT} and {WEIGHTS}.")
    result = Result.read(finished)
    weights = _weights_of(result, run)
    if is_imported(result.run_settings.agent):
        raise ValueError(f"{result.run_settings.agent} is an agent of your own: publish it with its code.")
    told = _told(result)
    paths = [folder / name / WEIGHTS, folder / name / CARD]
    # Names in order, so that the same run gives the same bytes.
    write_whole(paths[0], save(dict(sorted(weights.items())), {"hippo_envs": json.dumps(told)}))
    write_whole(paths[1], card(name, told).encode())
    return paths


def _weights_of(result: Result, run: Path) -> dict[str, Tensor]:
    out = without_weights(run, result.settings)
    otherwise = f"The weights in {run} are not those that its result was made with: {out}"
    try:
        return load_weights(run / WEIGHTS, result.provenance["weights_hash"], otherwise)
    except (OSError, SafetensorError) as error:
        raise ValueError(f"The weights in {run} cannot be used ({error}): {out}") from error


def push_to_hub(name: str, repository: str, folder: Path = TRAINED) -> str:
    """Upload a trained agent with its card to the Hugging Face hub, and return its address.

    Raises:
        ValueError: if there is no such agent, or huggingface_hub is not installed.
    """
    if name not in trained_agents(folder):
        raise ValueError(f"There is no trained agent {name!r}: use one of {', '.join(trained_agents(folder))}.")
    try:
        from huggingface_hub import HfApi  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        raise ValueError("Uploading needs huggingface_hub: pip install huggingface_hub") from error
    api = HfApi()
    api.create_repo(repository, exist_ok=True)
    return str(api.upload_folder(repo_id=repository, folder_path=str(folder / name)))


def card(name: str, told: Mapping[str, Any]) -> str:
    """The model card, in Markdown with the front matter that the hub reads."""
    experiment = find_experiment(told["experiment"])
    scores = "\n".join(f"| {metric} | {value:.3f} |" for metric, value in told["scores"].items())
    arguments = ", ".join(f"{key}={value!r}" for key, value in told["arguments"].items())
    command = f"python -m benchmarks run {told['experiment']} --agents {told['variant']} --preset {told['preset']}"
    return f"""---
license: mit
library_name: hippo-envs
tags: [hippocampus, memory, zero-shot, pytorch, gymnasium]
---

# {name}

`{told["agent"]}`, {told["n_parameters"]:,} parameters, trained on `{told["environment"]}` ({arguments}).
{experiment.statement} *{experiment.source[0].upper()}{experiment.source[1:]}.*

```python
from agents import load_trained

agent = load_trained("{name}")
```

In the wheel the package is called `hippo_agents`, and its extra `agents` brings PyTorch. Before each observation
`agent.predict(state)` gives the logits of the symbols, and `agent.observe(state, observation, action)` the next state;
`agent.initial_state(batch=1)` is the first one.

| held-out worlds, {told["n_worlds"]} walks | right |
|---|--:|
{scores}

One run, seed {told["seed"]}: what other seeds give is in the claims. It says what comes next in worlds of this kind,
with {told["n_observations"]} symbols and {told["n_actions"]} actions as they are numbered there.

Weights: `{told["weights_hash"]}` (SHA-256 of the tensors); commit `{told["commit"]}`. Made again by

```sh
{command} --seeds {told["seed"]}
```
"""


def _told(result: Result) -> dict[str, Any]:
    settings = result.run_settings
    return {
        **{name: getattr(settings, name) for name in KEPT},
        "arguments": settings.training_arguments,
        "n_actions": settings.evaluation_family().n_actions,
        "n_parameters": result.provenance["n_parameters"],
        "n_worlds": settings.n_evaluation_worlds,
        "scores": {mask: round(result.value(mask), 4) for mask in settings.masks},
        "weights_hash": result.provenance["weights_hash"],
        "commit": result.provenance.get("trained_by", result.provenance["commit"]),
    }
