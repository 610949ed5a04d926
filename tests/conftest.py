import os
import secrets
import shutil
from random import Random

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import jaxtyping
import pytest
import torch

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # so that no test opens a window on anyone's screen

pytest.register_assert_rewrite("tests.helpers.every_id")  # which is no test, and asserts


def pytest_addoption(parser):
    parser.addoption("--accept-golden", action="store_true", help="write golden files anew instead of comparing")


def pytest_configure(config):
    """`make test` checks shapes of tensors in tests/agents alone: everywhere, training takes twice as long."""
    if config.getoption("markexpr") == "not slow":
        jaxtyping.config.update("jaxtyping_disable", True)


@pytest.fixture
def _without_checks_of_shapes():
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _the_same_fresh_worlds(monkeypatch):
    """`verify` draws fresh worlds in secret, and refuses one honest agent in 160 for its luck; of 20 worlds, more."""
    monkeypatch.setattr(secrets, "randbits", Random(0).getrandbits)


@pytest.fixture
def without_waiting(monkeypatch):
    """A window shows four frames a second, and the checker of Gymnasium looks at some of every environment."""
    from hippo_envs.envs.base.pictured import PicturedEnv

    monkeypatch.setitem(PicturedEnv.metadata, "render_fps", 1_000)


@pytest.fixture
def golden(request):
    from tests.helpers.golden import Golden

    return Golden(request.node, request.config.getoption("--accept-golden"))


@pytest.fixture(scope="session")
def submitted(tmp_path_factory):
    """A submission that was prepared once; `submission` is a copy to do with as one likes."""
    from tests.helpers.submissions import prepare

    return prepare(tmp_path_factory.mktemp("submission"))


@pytest.fixture
def submission(submitted, tmp_path):
    shutil.copytree(submitted, tmp_path / "submitted")
    return tmp_path / "submitted"
