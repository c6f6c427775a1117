"""A store with the drawn dataset, made once and copied for each test, and a good candidate."""

import shutil
from pathlib import Path

import pytest
from support.drawn_store import drawn_version
from support.made_material import Candidate, made_candidate

from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DatasetVersion]:
    """Store the drawn dataset once; give the folder and the version."""
    folder = tmp_path_factory.mktemp("drawn")
    return folder, drawn_version(LocalStore(folder))


@pytest.fixture
def store(drawn: tuple[Path, DatasetVersion], tmp_path: Path) -> LocalStore:
    """Give a store of this test's own that holds the drawn dataset."""
    shutil.copytree(drawn[0], tmp_path / "drawn")
    return LocalStore(tmp_path / "drawn")


@pytest.fixture
def version(drawn: tuple[Path, DatasetVersion]) -> DatasetVersion:
    """Give the version of the drawn dataset."""
    return drawn[1]


@pytest.fixture(scope="session")
def good() -> Candidate:
    """Give a candidate that finds everything, as the champion does."""
    return made_candidate()
