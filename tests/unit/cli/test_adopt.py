"""The command that adopts a model, typed, up to the first champion."""

from pathlib import Path

import pytest
from support.team_models import PLAIN, Bomb, own_framework, save_onnx, save_weights
from support.toy_runs import toy_dataset
from support.typed import call, run
from toy_models import toy_graph

from safety_tasks.bundle.reading import read_served
from safety_tasks.errors import ArtifactError, ClassMapError, SafetyTasksError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore

ORDER = "smoke,fire,person_down"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at a folder store."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_RETRAIN_PROFILE", "rehearsal")
    own_framework(tmp_path, monkeypatch)
    return LocalStore(tmp_path / "store")


@pytest.fixture
def version(store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(store)


def test_an_onnx_file_becomes_the_first_champion(
    store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """adopt, benchmark, gate, publish: what a team already has is served, and the history says where it came from."""
    path = save_onnx(tmp_path, toy_graph(metadata=PLAIN))
    result = run("adopt", path, "--version", version.version_id, "--run-id", "first")
    assert "next: safety-tasks benchmark first" in result.stderr
    assert "whether it saw pictures of this holdout is not known" in result.stderr
    call("benchmark", "first")
    judged = run("gate", "judge", "first", status=0)
    assert '"PASS"' in judged.stdout
    call("publish", "first", "--channel", "stable")
    served = read_served(store, "stable")
    assert served is not None
    assert served.document.run_id == "first"
    (line,) = call("runs", "list")
    assert (line["backend"], line["verdict"], line["releases"]) == ("adopted", "PASS", [1])


@pytest.mark.slow
def test_weights_are_exported_next(
    store: LocalStore, version: DatasetVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .pt with generic names is adopted with the names that a person says, then exported."""
    monkeypatch.setenv("SAFETY_TASKS_EXPORT_INT8", "false")
    path = save_weights(tmp_path, {0: "0", 1: "1", 2: "2"}, args={})
    words = ("adopt", path, "--version", version.version_id, "--run-id", "first")
    with pytest.raises(ClassMapError, match=f"--classes {ORDER}"):
        run(*words, "--imgsz", 64)
    with pytest.raises(ArtifactError, match="--imgsz"):
        run(*words, "--classes", ORDER)
    result = run(*words, "--classes", "smoke, fire, person_down", "--imgsz", 64)
    assert "next: safety-tasks export first" in result.stderr
    assert call("export", "first")["imgsz_px"] == 64


@pytest.mark.slow
def test_an_evil_file_is_one_line(
    store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Weights with code are refused, the code does not run, and no run comes into being."""
    path = save_weights(tmp_path, optimizer=Bomb(tmp_path / "code-ran"))
    with pytest.raises(ArtifactError, match="Nothing of it was run"):
        run("adopt", path, "--version", version.version_id)
    assert not (tmp_path / "code-ran").exists()
    assert call("runs", "list") == []


def test_without_a_version(store: LocalStore, tmp_path: Path) -> None:
    """A model can only be adopted beside data that it can be measured on."""
    with pytest.raises(SafetyTasksError, match="expected a current dataset version"):
        run("adopt", save_onnx(tmp_path, toy_graph(metadata=PLAIN)))
