"""Record a finished training: weights and curves first, the run's record last.

Rules: nothing refers to a run before its record, so a cut upload leaves no half-registered candidate; the same again
changes nothing.
"""

from pathlib import Path

from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.training import Backend, PaidJob, TrainingRun
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.train.engine.fit import Fitted
from safety_tasks.train.preparing import Prepared


def record_run(
    store: ObjectStore,
    run_id: str,
    version: DatasetVersion,
    prepared: Prepared,
    fitted: Fitted,
    *,
    backend: Backend,
    seconds: float,
    job: PaidJob | None = None,
) -> TrainingRun:
    """Upload what a training left and write its record; return it.

    Args:
        store: where to.
        run_id: the run.
        version: what it was trained on.
        prepared: what it started from.
        fitted: what it left.
        backend: where it ran.
        seconds: how long it took in all.
        job: the paid job, if it was one.

    Raises:
        StoreError: the store failed; asking again goes on from the files that are there.
    """

    def keep(path: Path, stem: str) -> Artifact:
        payload = path.read_bytes()
        key = f"runs/{run_id}/{stem}/{sha256_bytes(payload)[:16]}{path.suffix}"
        return put_artifact(store, key, payload)

    start = prepared.start
    run = TrainingRun(
        run_id=run_id,
        dataset_version=version.version_id,
        recipe=start.recipe,
        classes_sha256=class_map_digest(version.classes),
        base_weights=start.base_weights,
        weights=keep(fitted.weights, "weights"),
        backend=backend,
        fit=fitted.fit,
        pictures=start.pictures,
        replayed=start.replayed,
        curves=keep(fitted.curves, "curves"),
        curves_picture=keep(fitted.curves_picture, "curves"),
        job=job,
        started_at=start.started_at,
        seconds=seconds,
        code_sha256=fitted.fit.code_sha256,
    )
    store.put(f"runs/{run_id}/recipe.json", start.recipe.to_json_bytes())
    put_artifact(store, f"runs/{run_id}/training.json", run.to_json_bytes())
    return run
