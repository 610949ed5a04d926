import pytest
import torch


def pytest_addoption(parser):
    parser.addoption("--accept-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
