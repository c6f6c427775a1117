"""Runs as a training records them, without any training: made-up numbers in real records."""

import json
from typing import Any

from support.toy_measurements import toy_measurements
from support.toy_runs import toy_export, toy_pass

from safety_tasks.class_map import class_map_digest
from safety_tasks.config import code_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, Fit, Hardware, TrainingRun, TrainingStart
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.manifests import read_manifest

HARDWARE = Hardware(machine="toy", cores=2, memory_bytes=2**33, devices=("cpu",))
# As a training writes them, with a gap, and with what no training writes: a cell that is no number, another column.
CURVES = (
    "epoch,seconds,box_loss, map50,map50_95,lr,other\n"
    "1,1.0,3.0,0.2,0.1,0.1,9\n2,1.0,2.0,0.6,nan,0.1,9\n3,1.0,2.5,0.4,0.3,x,9\n"
)


def recorded_run(
    store: ObjectStore,
    version: DatasetVersion,
    run_id: str,
    *,
    at: str = "2026-01-01T00:00:00+00:00",
    recipe: Recipe | None = None,
    base: bytes | None = None,
    packages: dict[str, str] | None = None,
    curves: str = CURVES,
    **other: Any,
) -> TrainingRun:
    """Record a finished training, and what it started from."""
    recipe = (recipe or Recipe(name="toy", epochs=3)).bound_to(version.classes)
    fit = Fit(
        device="cpu",
        precision="float32",
        hardware=HARDWARE,
        packages=packages or {},
        epochs_done=3,
        best_epoch=2,
        batch=recipe.batch,
        seconds=5.0,
        code_sha256=code_digest(),
    )
    weights = BaseWeights(kind="scratch", source="scratch", sha256=None, note="")
    if base is not None:
        weights = BaseWeights(
            kind="download", source="yolov8n.pt", sha256=sha256_bytes(base), note=""
        )
    run = TrainingRun.model_validate(
        {
            "run_id": run_id,
            "dataset_version": version.version_id,
            "recipe": recipe,
            "classes_sha256": class_map_digest(version.classes),
            "base_weights": weights,
            "weights": _keep(store, run_id, "weights", b"weights of " + run_id.encode(), "pt"),
            "fit": fit,
            "pictures": 8,
            "curves": _keep(store, run_id, "curves", curves.encode(), "csv"),
            "started_at": at,
            "seconds": 7.0,
            "code_sha256": code_digest(),
            **other,
        }
    )
    chosen = [p.sha256 for p in read_manifest(store, version) if p.split in ("train", "val")]
    start = TrainingStart(
        dataset_version=version.version_id,
        recipe=recipe,
        base_weights=weights,
        base=_keep(store, run_id, "base", base, "pt") if base is not None else None,
        chosen=_keep(store, run_id, "chosen", json.dumps(sorted(chosen)).encode(), "json"),
        seen=_keep(store, run_id, "seen", json.dumps(sorted(chosen)).encode(), "json"),
        pictures=8,
        replayed=0,
        started_at=at,
        code_sha256=code_digest(),
    )
    store.put(f"runs/{run_id}/start.json", start.to_json_bytes())
    store.put(f"runs/{run_id}/training.json", run.to_json_bytes())
    return run


def recorded_model(
    store: ObjectStore, version: DatasetVersion, run_id: str, model: bytes, *, ap50: float = 0.9
) -> ExportedModel:
    """Record a run's exported model, its made-up measurements and the gate's report."""
    exported = toy_export(store, version, run_id, model)
    store.put(f"runs/{run_id}/export.json", exported.to_json_bytes())
    measured = toy_measurements(store, version, exported)
    scores = {
        name: score.model_copy(update={"ap50": ap50})
        for name, score in measured.candidate.hazards.items()
    }
    candidate = measured.candidate.model_copy(update={"hazards": scores, "map50": ap50})
    measured = measured.model_copy(update={"candidate": candidate})
    store.put(f"runs/{run_id}/benchmark.json", measured.to_json_bytes())
    toy_pass(store, version, exported)
    return exported


def _keep(store: ObjectStore, run_id: str, stem: str, payload: bytes, extension: str) -> Artifact:
    key = f"runs/{run_id}/{stem}/{sha256_bytes(payload)[:16]}.{extension}"
    return put_artifact(store, key, payload)
