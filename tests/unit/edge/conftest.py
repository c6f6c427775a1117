"""A store with a drawn dataset, and a fresh device folder."""

from pathlib import Path

import pytest
from support.toy_runs import toy_dataset

from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


@pytest.fixture
def device(tmp_path: Path) -> DeviceFolder:
    """Give a new device."""
    return DeviceFolder(tmp_path / "device")
