import jaxtyping
import pytest


@pytest.fixture(autouse=True, scope="module")
def _shapes_are_checked():
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", False)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
