"""One real, tiny training through the real verbs: weights, ONNX, parity, detections. No weights run code."""

import os
import pickle
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from support.toy_runs import toy_dataset
from toy_models import CLASSES, toy_picture

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import BaseWeightsMissing, ClassMapError, TrainingError
from safety_tasks.export import export_candidate
from safety_tasks.inference.detector import Detector
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch
from safety_tasks.settings import ExportSettings, TrainSettings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train import train_candidate

pytestmark = pytest.mark.slow

TINY = Recipe(
    name="tiny",
    epochs=1,
    imgsz_px=64,
    batch=4,
    nominal_batch=4,
    optimizer="SGD",
    warmup_epochs=0,
    mosaic=0,
    validate_each_epoch=False,
    start_from_scratch=True,
)


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the framework's set-up writes, and what it sets, to this test."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    for name in ("ULTRALYTICS_SAFE_LOAD", "YOLO_CONFIG_DIR", "YOLO_OFFLINE", "YOLO_AUTOINSTALL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def validation(version: DatasetVersion, *, success: bool = True) -> ValidationReport:
    """Return a validation of a version."""
    return ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256="0" * 64,
        success=success,
        expectations=(),
        data_docs_key="docs",
    )


def test_without_a_successful_validation_nothing_is_trained(local_store: LocalStore) -> None:
    """A failed validation, or one of another manifest, starts no training."""
    version = toy_dataset(local_store)
    other = validation(version).model_copy(update={"manifest_sha256": "1" * 64})
    for report in (validation(version, success=False), other):
        with pytest.raises(TrainingError, match="expected a successful validation"):
            train_candidate(local_store, version, report, TINY, "r1", TrainSettings())
    assert list(local_store.keys("runs/")) == []


def test_train_export_and_parity(local_store: LocalStore, tmp_path: Path) -> None:
    """From drawn pictures to an ONNX model that agrees with its weights; both verbs are safe to run twice."""
    version = toy_dataset(local_store)
    calls: list[Epoch] = []

    def train(recipe: Recipe = TINY) -> Any:
        return train_candidate(
            local_store,
            version,
            validation(version),
            recipe,
            "r1",
            TrainSettings(),
            folder=tmp_path / "train",
            progress=calls.append,
        )

    run = train()
    assert run.fit is not None
    assert (run.fit.epochs_done, run.fit.batch, run.base_weights.kind) == (1, 4, "scratch")
    assert [(epoch.number, epoch.total) for epoch in calls] == [(1, 1)]
    assert run.pictures == version.splits["train"].pictures
    assert not (tmp_path / "train" / "r1").exists()
    assert train() == run
    assert len(calls) == 1
    assert run.curves is not None
    assert get_artifact(local_store, run.curves).count(b"\n") == 2
    assert run.curves_picture is not None
    assert get_artifact(local_store, run.curves_picture).startswith(b"\x89PNG")
    with pytest.raises(TrainingError, match="Choose another run id"):
        train(TINY.model_copy(update={"name": "other"}))
    exported = export_candidate(local_store, run, version, ExportSettings(int8=False))
    assert exported.parity is not None
    labelled = [p for p in read_manifest(local_store, version) if p.split == "val" and p.boxes]
    assert exported.parity.pictures == len(labelled) == 2
    assert exported.parity.max_score_difference <= exported.parity.score_tolerance
    assert export_candidate(local_store, run, version, ExportSettings(int8=False)) == exported
    detector = Detector(get_artifact(local_store, exported.model), what="real")
    assert (detector.classes, detector.imgsz_px) == (CLASSES, 64)
    props = onnx.load_model_from_string(get_artifact(local_store, exported.model)).metadata_props
    meta = {entry.key: entry.value for entry in props}
    digests = (run.classes_sha256, run.recipe.classes_sha256, exported.classes_sha256)
    assert {*digests, meta["safety.classes_sha256"]} == {version.classes_sha256}
    assert meta["safety.recipe_sha256"] == run.recipe.digest()
    for detection in detector.detect(toy_picture([(1, 5)]), 0.0):
        assert all(0 <= value <= 64 for value in detection.box_xyxy)
    grown = (*CLASSES, "leak")
    later = version.model_copy(update={"classes": grown, "classes_sha256": class_map_digest(grown)})
    with pytest.raises(ClassMapError, match="run r1: expected the class map"):
        export_candidate(local_store, run, later, ExportSettings(int8=False))
    renamed = run.model_copy(update={"run_id": "r2", "classes_sha256": later.classes_sha256})
    with pytest.raises(ClassMapError, match=r"weights of run r2: expected the classes .* 3 leak"):
        export_candidate(local_store, renamed, later, ExportSettings(int8=False))


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("form", ["archive", "pickle", "beside_tensors"])
def test_weights_that_run_code_are_refused_unrun(
    local_store: LocalStore, tmp_path: Path, form: str
) -> None:
    """A .pt that does something when it is opened is refused, and did not do it."""
    marker, weights = tmp_path / "code-ran", tmp_path / "evil.pt"
    bomb = Bomb(marker)
    if form == "pickle":
        weights.write_bytes(pickle.dumps({"model": bomb}))
    else:
        tensors = {"w": torch.zeros(3)} if form == "beside_tensors" else {}
        torch.save({"model": bomb, **tensors}, weights)
    version = toy_dataset(local_store)
    with pytest.raises(BaseWeightsMissing):
        train_candidate(
            local_store,
            version,
            validation(version),
            TINY.model_copy(update={"start_from_scratch": False}),
            "evil",
            TrainSettings(base_weights=str(weights)),
            folder=tmp_path / "train",
        )
    assert not marker.exists()
    assert not local_store.exists("runs/evil/training.json")
    if form == "pickle":
        pickle.loads(weights.read_bytes())
    else:
        torch.load(weights, weights_only=False)
    assert marker.exists()  # the bomb is a real one: opened without care it goes off


def test_a_recipe_bound_to_other_classes_trains_nothing(local_store: LocalStore) -> None:
    """A run planned for one class map is not trained on a version of another."""
    version = toy_dataset(local_store)
    planned = TINY.bound_to(("fire", "smoke", "person_down"))
    with pytest.raises(ClassMapError, match="recipe tiny: expected the class map"):
        train_candidate(local_store, version, validation(version), planned, "r1", TrainSettings())
    assert not list(local_store.keys("runs/"))
