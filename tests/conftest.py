import os

import pytest
import torch

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # so that no test opens a window on anyone's screen


def pytest_addoption(parser):
    parser.addoption("--accept-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
