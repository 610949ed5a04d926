"""The clients, pinned: which script does what their documentation does first, and what it needs beside this project."""

from typing import NamedTuple

from tests.helpers.versions import OTHER_VERSIONS, THIS_PYTHON


class Client(NamedTuple):
    """A library to be tried.

    Args:
        name: of the library, as its documentation spells it.
        script: the file of this folder that tries it.
        requires: what is installed for it, pinned.
        package: whose version is told.
        python: the version it is tried on. On that of `.venv` it shares PyTorch and the rest with it.
    """

    name: str
    script: str
    requires: tuple[str, ...]
    package: str
    python: str = THIS_PYTHON

    @property
    def folder(self) -> str:
        """Where its environment is, below `.venv-clients`: the script's name, and what else tells it from others."""
        kind = self.script.removeprefix("with_").removesuffix(".py")
        return kind if kind != "gymnasium" else f"{kind}-{self.requires[0].rpartition('=')[2][:-2]}-on-{self.python}"


CLIENTS = (
    *(
        Client("Gymnasium", "with_gymnasium.py", (f"gymnasium=={version}",), "gymnasium", python)
        for python, version in OTHER_VERSIONS
    ),
    Client("Stable-Baselines3", "with_stable_baselines3.py", ("stable-baselines3==2.9.2",), "stable-baselines3"),
    Client("sb3-contrib", "with_sb3_contrib.py", ("sb3-contrib==2.9.2",), "sb3-contrib"),
    Client("CleanRL's structure", "with_cleanrl_structure.py", ("gymnasium==1.4.0",), "gymnasium"),
    Client("rl_zoo3", "with_rl_zoo3.py", ("rl_zoo3==2.9.2",), "rl_zoo3"),
    Client("TorchRL", "with_torchrl.py", ("torchrl==0.14.1",), "torchrl"),
    Client("tianshou", "with_tianshou.py", ("tianshou[eval]==2.0.1",), "tianshou"),
    Client("skrl", "with_skrl.py", ("skrl==2.1.1",), "skrl"),
    Client("RLlib", "with_rllib.py", ("ray[rllib]==2.60.0",), "ray"),
    Client("Minari", "with_minari.py", ("minari[create,hdf5]==0.5.4",), "minari"),
    Client("POPGym", "with_popgym.py", ("popgym==1.0.7",), "popgym"),
)
