"""Training again: from the very record of a run, or not at all; what cannot be the same is told."""

import json
import os
import platform
from importlib.metadata import version as version_of
from pathlib import Path

import pytest
import torch
from support.made_versions import report_of
from support.recorded_runs import recorded_run
from support.toy_runs import toy_dataset
from toy_models import strong_model

from safety_tasks.errors import SafetyTasksError, TrainingError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import TrainingStart
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.train.adopt.verb import adopt_model
from safety_tasks.train.runs.rerunning import plan_rerun, rerun

BASE = b"PK\x03\x04 base weights"


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def start_of(store: LocalStore, run_id: str) -> TrainingStart:
    """Read what a run starts from."""
    return TrainingStart.from_json_bytes(store.get(f"runs/{run_id}/start.json").payload, what="x")


def test_a_plan_proves_all_that_went_in(local_store: LocalStore, version: DatasetVersion) -> None:
    """Version, recipe and the bytes of the base weights are there; nothing is different, so nothing is said."""
    installed = {"torch": torch.__version__, "python": platform.python_version()}
    run = recorded_run(local_store, version, "r1", base=BASE, packages=installed)
    planned = plan_rerun(local_store, "r1")
    assert (planned.run, planned.version, planned.warnings) == (run, version, ())
    assert planned.start.base is not None
    assert get_artifact(local_store, planned.start.base) == BASE


def test_what_is_not_as_it_was_is_told(local_store: LocalStore, version: DatasetVersion) -> None:
    """Other code, another package, one that is gone, another place: each is a warning, none a refusal."""
    recorded_run(
        local_store,
        version,
        "r1",
        packages={
            "torch": "0.1",
            "no-such-package": "3",
            "numpy": version_of("numpy"),
        },
        code_sha256="f" * 64,
        backend="sagemaker",
    )
    code, *rest = plan_rerun(local_store, "r1").warnings
    assert code.startswith("code: was ffffffffffff, is ")
    assert rest == [
        "no-such-package: was 3, is not installed",
        f"torch: was 0.1, is {version_of('torch')}",
        "it was trained on SageMaker, and will be trained on this machine",
    ]


def test_what_cannot_be_run_again(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """No such run, an adopted one, one whose start was not kept or is another's: refused with the next step."""
    with pytest.raises(TrainingError, match="runs list"):
        plan_rerun(local_store, "gone")
    (tmp_path / "team.onnx").write_bytes(strong_model())
    adopt_model(local_store, version, str(tmp_path / "team.onnx"), run_id="onnx")
    with pytest.raises(TrainingError, match="Only a finished training"):
        plan_rerun(local_store, "onnx")
    recorded_run(local_store, version, "adopted", backend="adopted", fit=None)
    with pytest.raises(TrainingError, match="trained elsewhere"):
        plan_rerun(local_store, "adopted")
    recorded_run(local_store, version, "old")
    local_store.delete("runs/old/start.json")
    with pytest.raises(TrainingError, match="kept by older code or removed"):
        plan_rerun(local_store, "old")
    recorded_run(local_store, version, "r1")
    recorded_run(local_store, version, "r2", recipe=Recipe(name="other"))
    local_store.put("runs/r2/start.json", local_store.get("runs/r1/start.json").payload)
    with pytest.raises(TrainingError, match="One of the two was altered"):
        plan_rerun(local_store, "r2")


@pytest.mark.parametrize("part", ["base", "chosen", "seen"])
@pytest.mark.parametrize("gone", [False, True])
def test_what_it_started_from_is_proved(
    local_store: LocalStore, version: DatasetVersion, part: str, gone: bool
) -> None:
    """Base weights or lists of pictures that are gone or have other bytes start nothing."""
    recorded_run(local_store, version, "r1", base=BASE)
    key = getattr(start_of(local_store, "r1"), part).key
    if gone:
        local_store.delete(key)
    else:
        local_store.put(key, b"other bytes")
    with pytest.raises(TrainingError, match=f"run r1: expected {key} as it was"):
        plan_rerun(local_store, "r1")


def test_a_version_that_is_gone(local_store: LocalStore, version: DatasetVersion) -> None:
    """Without its dataset version a run cannot be trained again."""
    recorded_run(local_store, version, "r1")
    local_store.delete(f"{version.prefix}/version.json")
    with pytest.raises(SafetyTasksError, match=r"version\.json"):
        plan_rerun(local_store, "r1")


def test_a_name_of_its_own(local_store: LocalStore, version: DatasetVersion) -> None:
    """The new run has another name than the old one, and not one that began otherwise."""
    recorded_run(local_store, version, "r1")
    recorded_run(local_store, version, "r2", recipe=Recipe(name="other"))
    planned = plan_rerun(local_store, "r1")
    for name, said in (("r1", "run's own"), ("r2", "found another start")):
        with pytest.raises(TrainingError, match=said):
            rerun(local_store, planned, report_of(version), name, TrainSettings())


@pytest.mark.slow
def test_a_training_is_repeated(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tiny run, trained again, starts from the same pictures and ends with the same weights, number for number."""
    from safety_tasks.train.verb import train_candidate

    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_CONFIG_DIR", "YOLO_OFFLINE", "YOLO_AUTOINSTALL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    recipe = Recipe(
        name="tiny",
        epochs=1,
        imgsz_px=64,
        batch=4,
        nominal_batch=4,
        warmup_epochs=0,
        data_fraction=0.5,
        start_from_scratch=True,
        device="cpu",
        precision="float32",
    )
    checked, settings = report_of(version), TrainSettings()
    first = train_candidate(
        local_store, version, checked, recipe, "r1", settings, folder=tmp_path / "a"
    )
    planned = plan_rerun(local_store, "r1")
    assert planned.warnings == ()
    second = rerun(local_store, planned, checked, "r2", settings, folder=tmp_path / "b")
    assert (second.recipe, second.base_weights) == (first.recipe, first.base_weights)
    one, two = start_of(local_store, "r1"), start_of(local_store, "r2")
    assert json.loads(get_artifact(local_store, two.chosen)) == json.loads(
        get_artifact(local_store, one.chosen)
    )
    assert two.notes[-1] == "again from the record of run r1"
    weights = [
        torch.load(Path(local_store.uri) / run.weights.key, weights_only=False)
        for run in (first, second)
    ]
    one_state, two_state = ((w.get("ema") or w["model"]).state_dict() for w in weights)
    assert all(torch.equal(value, two_state[name]) for name, value in one_state.items())
    assert rerun(local_store, planned, checked, "r2", settings, folder=tmp_path / "b") == second
