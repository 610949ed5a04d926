"""What every client is tried on: a stream, a view of each kind, and the patterns."""

import pytest

import hippo_envs  # noqa: F401 - registers the ids, as a user's program does

IDS = ("hippo/Rectangle-v0", "hippo/Rectangle-Predict-v0", "hippo/Rectangle-Explore-v0", "hippo/PatternMemory-v0")


@pytest.fixture(params=IDS)
def environment_id(request):
    return request.param
