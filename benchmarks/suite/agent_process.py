"""A process that holds an agent and nothing else: python agent_process.py FOLDER.

FOLDER has `agent.json` (agent, sizes, n_observations, n_heard, n_actions, seed, and n_parameters, null if not to be
checked), `weights.safetensors` and the package `agents`. A line of JSON comes in, a line with the predictions for the
coming step goes out:

    {"begin": B}                                       B walks begin; forget all others
    {"observations": [...], "actions": [...]}          what is heard, and the actions that follow it

Predictions are below n_observations. The agent hears n_heard symbols: where it may be dark, one more.

It is told no seed of a world, no node and no mask, and `import` does not find what would make them. Any program that
speaks these lines could stand in its place.
"""

import json
import os
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

import torch
from safetensors.torch import load_file

from agents import make_agent

HIDDEN = ("benchmarks", "hippo_envs")


class _Hide(MetaPathFinder):
    """Not to be found, though it be installed: what would make the worlds of the suite from their seeds."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{fullname} is not for agents that are stepped", name=fullname)


def main(folder: Path) -> None:
    """Answer until there are no more lines."""
    sys.meta_path.insert(0, _Hide())
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the agent prints is no answer
    told = json.loads((folder / "agent.json").read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    torch.manual_seed(told["seed"])
    agent = make_agent(told["agent"], told["n_heard"], told["n_actions"], **told["sizes"])
    agent.load_state_dict(load_file(folder / "weights.safetensors"))
    if agent.told_places:
        raise ValueError("it is told at which node it is, which is a control and no row of the suite")
    said, counted = told["n_parameters"], sum(parameter.numel() for parameter in agent.parameters())
    if said not in (None, counted):
        raise ValueError(f"its n_parameters is {said}, and its agent has {counted:,}")
    agent.eval()
    generator = torch.Generator().manual_seed(told["seed"])
    state = None
    with torch.no_grad():
        for line in sys.stdin:
            message = json.loads(line)
            if "begin" in message:
                state = agent.initial_state(message["begin"], generator)
            else:
                seen, done = (torch.tensor(message[name]) for name in ("observations", "actions"))
                state = agent.observe(state, seen, done)
            asked = agent.predict(state)[:, : told["n_observations"]]
            answers.write(json.dumps(asked.argmax(dim=-1).tolist()) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
