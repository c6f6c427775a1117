"""The commands from a delivery to quarantine and back, typed one after the other."""

import json
import shutil
from pathlib import Path

import pytest
from support.plant_dataset import deliver_scenes
from support.set_aside import by_rule, set_aside
from support.typed import call, run

from safety_tasks.store.local import LocalStore


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at an empty store."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    return LocalStore(tmp_path / "store")


def test_refused_batches_make_ingest_fail(store: LocalStore) -> None:
    """A refused batch is said on stderr and by the status; the good one beside it is ingested."""
    deliver_scenes(store, "good", {"a": 1, "b": 1, "c": 1})
    deliver_scenes(store, "bad", {"d": 1}, seed=50, label="no label\n")
    result = run("ingest", status=1)
    assert json.loads(result.stdout)["ingested"] == ["good"]
    assert "refused: bad:" in result.stderr
    shown = call("quarantine", "list")
    assert list(shown["refused"]) == ["bad"]
    assert [item["rule"] for item in shown["items"]] == ["malformed_label"]


def test_from_quarantine_to_a_new_batch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """list, show, release: what was mended is a batch of its own, and is listed no more but with --all."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    items = by_rule(set_aside(tmp_path / "store", "mixed"))
    assert len(call("quarantine", "list", "messy")["items"]) == 4
    assert call("quarantine", "list", "other")["items"] == []
    assert call("quarantine", "show", "messy", "--out", tmp_path / "out")["drawn"] == 3
    name = items["missing_label"].item_id
    (tmp_path / "out" / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    mended = ("--from", tmp_path / "out", "--item", name)
    released = call("quarantine", "release", "messy", "--by", "Kim", *mended)
    assert (released["batch_id"], released["items"]) == ("messy.fix1", [name])
    empty = ("--item", items["empty_label_undeclared"].item_id, "--as-background")
    assert call("quarantine", "release", "messy", "--by", "Lee", *empty)["batch_id"] == "messy.fix2"
    assert len(call("quarantine", "list", "messy")["items"]) == 2
    assert len(call("quarantine", "list", "messy", "--all")["items"]) == 4


def test_deliver_says_what_a_folder_is(store: LocalStore, tmp_path: Path) -> None:
    """The kind and what it replaces are written for a folder without batch.json; an archive goes up whole."""
    (tmp_path / "own" / "images").mkdir(parents=True)
    (tmp_path / "own" / "images" / "a.jpg").write_bytes(b"x")
    run("deliver", tmp_path / "own", "--batch", "a", "--kind", "false_alarm", "--replaces-labels")
    info = json.loads(store.get("incoming/a/batch.json").payload)
    assert (info["kind"], info["replaces_labels"]) == ("false_alarm", True)
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "own")
    assert call("deliver", packed, "--batch", "b")["files"] == 1
    assert store.exists("incoming/b/packed.zip")
