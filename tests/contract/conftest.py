"""The stores that keep one contract."""

import pytest

from safety_tasks.store.base import ObjectStore


@pytest.fixture(params=["local_store", "s3_store"], ids=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Give an empty store of each kind."""
    found: ObjectStore = request.getfixturevalue(request.param)
    return found
