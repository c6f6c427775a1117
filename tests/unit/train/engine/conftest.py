"""The engine's tests import the training framework themselves: its environment is set before any of them does."""

import pytest

from safety_tasks.framework_env import prepare_framework


@pytest.fixture(autouse=True, scope="module")
def _framework(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what the framework writes to these tests."""
    prepare_framework(tmp_path_factory.mktemp("framework"))
