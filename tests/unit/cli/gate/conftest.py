"""The gate's commands over a folder store, with runs that the real gate judged."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from support.judged_runs import NOON, PROFILE, STRICT, judged_run
from support.toy_runs import toy_dataset

from safety_tasks.cli import gate
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.store.local import LocalStore


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at a folder store and at two profiles: one that is set, one named strict."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_RETRAIN_PROFILE", "toy")
    monkeypatch.setenv("COLUMNS", "200")

    def load(name: str) -> GateProfile:
        return {"toy": PROFILE, "strict": STRICT}[name]

    monkeypatch.setattr("safety_tasks.profiles.load_profile", load)
    return LocalStore(tmp_path / "store")


@pytest.fixture
def version(store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(store)


@pytest.fixture(scope="session")
def two_judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Judge two runs: r1 is let through, r2 refused an hour later."""
    store = LocalStore(tmp_path_factory.mktemp("judged"))
    version = toy_dataset(store)
    judged_run(store, version, "r1")
    judged_run(store, version, "r2", STRICT, NOON + timedelta(hours=1))
    return Path(store.uri)


@pytest.fixture
def judged(store: LocalStore, two_judged: Path) -> LocalStore:
    """Give the store with two judged runs."""
    shutil.copytree(two_judged, store.uri, dirs_exist_ok=True)
    return store


@pytest.fixture
def for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person read stdout."""
    monkeypatch.setattr(gate, "for_people", lambda: True)
