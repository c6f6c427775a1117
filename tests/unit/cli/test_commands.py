"""The ``safety-tasks`` command: help for everybody, one clear line for errors, JSON for results."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.recorded_runs import recorded_run
from support.toy_runs import toy_dataset, toy_export
from toy_models import strong_model, toy_picture
from typer.testing import CliRunner

from safety_tasks.cli.main import app
from safety_tasks.config import config_dir
from safety_tasks.errors import ClassMapError, GateRefused, SafetyTasksError
from safety_tasks.store.local import LocalStore

COMMANDS = (
    "deliver", "ingest", "validate", "train", "export", "benchmark", "publish", "agent", "predict",
)  # fmt: skip


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at a folder store."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    monkeypatch.setenv("SAFETY_TASKS_RETRAIN_PROFILE", "rehearsal")
    return LocalStore(tmp_path / "store")


def _call(*words: object) -> Any:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _main(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "safety_tasks.cli", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_command_is_listed_and_explained() -> None:
    """The help names each command, and each command's help says what it does and explains its options."""
    runner = CliRunner()
    listed = runner.invoke(app, ["--help"]).stdout
    for name in COMMANDS:
        assert name in listed
        shown = runner.invoke(app, [name, "--help"], terminal_width=100)
        assert shown.exit_code == 0
        assert len(shown.stdout.splitlines()) > 6


def test_help_imports_nothing_heavy() -> None:
    """Asking for help imports no runtime, no training framework and no AWS client."""
    program = (
        "import sys; from safety_tasks.cli.main import app\n"
        "heavy = {'torch', 'ultralytics', 'great_expectations', 'onnxruntime', 'cv2', 'pandas', 'boto3', 'airflow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("store")
def test_an_error_is_one_clear_line() -> None:
    """An error of the tree ends with status 1 and one line on stderr, without a traceback."""
    done = _main("export", "no-such-run")
    assert done.returncode == 1
    assert done.stderr.startswith("error: run no-such-run: expected runs/no-such-run/training.json")
    assert "Run train first" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_from_measurement_to_a_device(store: LocalStore, tmp_path: Path) -> None:
    """benchmark, gate, publish, agent and predict, typed one after the other, take a model to a device."""
    version = toy_dataset(store)
    recorded_run(store, version, "r1")
    exported = toy_export(store, version, "r1", strong_model())
    store.put("runs/r1/export.json", exported.to_json_bytes())
    measured = _call("benchmark", "r1")
    assert measured["candidate"]["model_sha256"] == exported.model.sha256
    assert _call("gate", "judge", "r1")["verdict"] == "PASS"
    assert _call("publish", "r1")["release_seq"] == 1
    device = ("--device-dir", tmp_path / "device")
    status = _call("agent", "--device-id", "camera-1", *device, "--polls", "1")
    assert (status["active_release_seq"], status["outcome"]) == (1, "activated")
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), toy_picture([(0, 5)], grey=120))
    seen = _call("predict", picture, *device, "--out", tmp_path / "out")
    assert seen["detections"] == 1
    assert Path(seen["pictures"][0]).is_file()


def test_a_version_of_other_classes_is_not_trained_on(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a reordered classes.txt the command refuses before any work, and says how to mend it."""
    version = toy_dataset(store)
    shutil.copytree(config_dir(), tmp_path / "config")
    (tmp_path / "config" / "classes.txt").write_text("fire\nsmoke\nperson_down\n")
    monkeypatch.setenv("SAFETY_TASKS_CONFIG_DIR", str(tmp_path / "config"))
    with pytest.raises(ClassMapError, match=r"ingested version .*Restore the order"):
        CliRunner().invoke(app, ["train", "--version", version.version_id], catch_exceptions=False)
    assert not list(store.keys("runs/"))


def test_a_refusal_is_status_three(store: LocalStore) -> None:
    """A model that the gate refuses ends with status 3, and is not published by asking for it."""
    version = toy_dataset(store)
    recorded_run(store, version, "r1")
    exported = toy_export(store, version, "r1", strong_model())
    store.put("runs/r1/export.json", exported.to_json_bytes())
    _call("benchmark", "r1")
    done = _main("gate", "judge", "r1", "--profile", "plant")
    assert done.returncode == 3
    assert "INCONCLUSIVE" in done.stderr
    assert json.loads(done.stdout)["verdict"] == "INCONCLUSIVE"
    with pytest.raises(GateRefused):
        CliRunner().invoke(app, ["publish", "r1"], catch_exceptions=False)


def test_deliver_and_ingest(store: LocalStore, tmp_path: Path) -> None:
    """A folder delivered by hand is ingested, and delivering it again is refused."""
    folder = tmp_path / "own"
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    (folder / "classes.txt").write_text("smoke\nfire\nperson_down\n")
    for index in range(4):
        cv2.imwrite(
            str(folder / "images" / f"{index}.png"), toy_picture([(0, index)], grey=90 + index)
        )
        (folder / "labels" / f"{index}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    assert _call("deliver", folder, "--batch", "own") == {"batch": "own", "files": 9}
    outcome = _call("ingest")
    assert outcome["ingested"] == ["own"]
    assert outcome["refused"] == {}
    with pytest.raises(SafetyTasksError, match="expected a new batch"):
        _call("deliver", folder, "--batch", "own")
