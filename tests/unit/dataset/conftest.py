"""A plant's dataset of three versions, ingested once, given to each test as a store of its own."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.plant_dataset import plant_versions

from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore


@dataclass(frozen=True)
class Plant:
    """A store and its versions: a first; one with new scenes; one with a mended label."""

    store: LocalStore
    first: DatasetVersion
    second: DatasetVersion
    third: DatasetVersion


@pytest.fixture(scope="session")
def ingested(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Sequence[DatasetVersion]]:
    """Ingest the batches; give the store's folder, which no test may change."""
    folder = tmp_path_factory.mktemp("plant")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFETY_TASKS_WORK_DIR", str(folder / "work"))
        versions = plant_versions(LocalStore(folder / "store"), IngestSettings())
    return folder / "store", versions


@pytest.fixture
def plant(
    ingested: tuple[Path, Sequence[DatasetVersion]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Plant:
    """Give a copy of the store."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    shutil.copytree(ingested[0], tmp_path / "store")
    return Plant(LocalStore(tmp_path / "store"), *ingested[1])
