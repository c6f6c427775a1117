"""The commands over the history of runs, typed."""

from pathlib import Path

import pytest
from support.recorded_runs import recorded_model, recorded_run
from support.toy_runs import publish_toy, toy_dataset
from support.typed import call, run
from toy_models import strong_model, weak_model

from safety_tasks.cli.run_tables import sparkline
from safety_tasks.errors import TrainingError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.recipe import Recipe
from safety_tasks.store.local import LocalStore


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at a folder store."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    return LocalStore(tmp_path / "store")


@pytest.fixture
def version(store: LocalStore) -> DatasetVersion:
    """Record two runs, one of them released, and one model that came as ONNX."""
    version = toy_dataset(store)
    recorded_run(store, version, "r1", packages={"torch": "2.1"})
    recorded_run(
        store, version, "r2", at="2026-03-01T10:00:00+00:00", recipe=Recipe(name="toy", lr0=0.01)
    )
    recorded_model(store, version, "r1", strong_model())
    recorded_model(store, version, "r2", weak_model(), ap50=0.5)
    recorded_model(store, version, "onnx", weak_model())
    publish_toy(store, version, "r1")
    return version


def test_nothing_there(store: LocalStore) -> None:
    """Without a run the list is empty, and the others say what to do."""
    assert call("runs", "list") == []
    for words in (("show", "r1"), ("compare", "r1", "r2"), ("rerun", "r1")):
        with pytest.raises(TrainingError, match="runs list"):
            run("runs", *words)


@pytest.mark.usefixtures("version")
def test_json_for_programs() -> None:
    """Where nobody looks, each command prints JSON."""
    assert [line["run_id"] for line in call("runs", "list")] == ["r2", "r1", "onnx"]
    shown = call("runs", "show", "r1")
    assert (shown["training"]["run_id"], shown["line"]["releases"]) == ("r1", [1])
    assert shown["curves"]["map50"] == [0.2, 0.6, 0.4]
    found = call("runs", "compare", "r1", "r2")
    assert [row["what"] for row in found["differences"]["recipe"]] == ["epochs", "lr0"]
    assert found["hazards"][0]["b_ap50"] == 0.5


@pytest.mark.usefixtures("version")
def test_tables_for_people(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal the same are tables, unless JSON is asked for; a broken record cannot steer it."""
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.setattr("safety_tasks.cli.runs.for_people", lambda: True)
    store.put("runs/broken/training.json", b'{"run_id": "\x1b[2J"}')
    listed = run("runs", "list").stdout
    for word in ("r1", "r2", "adopted", "0.600", "PASS", "expected a TrainingRun"):
        assert word in listed
    assert "\x1b[2J" not in listed
    shown = run("runs", "show", "r1").stdout
    for word in ("▁█▅", "torch", "verdict PASS, releases: 1", "lr0", "smoke", "scratch"):
        assert word in shown
    assert "it came as ONNX" not in shown
    assert "PROBLEM: runs/broken/training.json" in run("runs", "show", "broken").stdout
    compared = run("runs", "compare", "r1", "onnx").stdout
    assert "NOT FAIR: onnx was trained elsewhere" in compared
    assert "nothing differs" in run("runs", "compare", "r1", "r1").stdout
    for words in (("list",), ("show", "r1"), ("compare", "r1", "r2")):
        assert call("runs", *words, "--json")


def test_sparkline() -> None:
    """The lowest value is the lowest bar, a gap a space, one value or equal ones flat; long curves keep their ends."""
    assert sparkline([]) == sparkline([None]) == ""
    assert sparkline([3.0]) == "▁"
    assert sparkline([1.0, 1.0]) == "▁▁"
    assert sparkline([0.0, None, 0.5, 1.0]) == "▁ ▅█"
    long = sparkline([float(value) for value in range(1000)], width=8)
    assert long == "▁▂▃▄▅▆▇█"
    assert sparkline([0.0] * 999 + [1.0], width=8) == "▁▁▁▁▁▁▁█"
