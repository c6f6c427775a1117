"""A release in service whose run is on record: what a warm start finds."""

from support.toy_runs import publish_toy, toy_dataset

from safety_tasks.class_map import class_map_digest
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, TrainingRun, TrainingStart
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore

RECIPE = Recipe(name="r", replay_share=0.5)
SCRATCH = BaseWeights(kind="scratch", source="scratch", sha256=None, note="")
AT = "2026-01-01T00:00:00+00:00"


def serve_run(store: LocalStore) -> DatasetVersion:
    """Ingest drawn pictures and serve a release of run ``r1`` on them, whose record lies there."""
    version = toy_dataset(store)
    publish_toy(store, version, "r1")
    run = TrainingRun(
        run_id="r1",
        dataset_version=version.version_id,
        recipe=RECIPE,
        classes_sha256=class_map_digest(version.classes),
        base_weights=SCRATCH,
        weights=put_artifact(store, "runs/r1/weights/w.pt", b"weights"),
        fit=None,
        started_at=AT,
        seconds=1,
        code_sha256="0" * 64,
    )
    store.put("runs/r1/training.json", run.to_json_bytes())
    return version


def write_start(store: LocalStore, version: DatasetVersion, seen: bytes) -> TrainingStart:
    """Write what run ``r1`` started from."""
    start = TrainingStart(
        dataset_version=version.version_id,
        recipe=RECIPE,
        base_weights=SCRATCH,
        base=None,
        chosen=put_artifact(store, "runs/r1/chosen/c.json", b"[]"),
        seen=put_artifact(store, "runs/r1/seen/s.json", seen),
        pictures=1,
        replayed=0,
        started_at=AT,
        code_sha256="0" * 64,
    )
    store.put("runs/r1/start.json", start.to_json_bytes())
    return start
