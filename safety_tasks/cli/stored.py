"""Find what earlier commands left in the store, or say which command to run first."""

from typing import TypeVar

from safety_tasks.errors import SafetyTasksError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel, Measurements
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.base import ObjectStore

Stored = TypeVar("Stored", TrainingRun, ExportedModel, Measurements)


def version_of(store: ObjectStore, version_id: str) -> DatasetVersion:
    """Return a dataset version, the current one where none is named.

    Raises:
        DatasetError: there is none.
    """
    from safety_tasks.store.manifests import choose_version

    return choose_version(store, version_id)


def record_of(store: ObjectStore, kind: type[Stored], run_id: str, name: str, stage: str) -> Stored:
    """Return a record of a run.

    Args:
        store: where it is.
        kind: what it is.
        run_id: the run.
        name: its file below the run's folder.
        stage: the command that leaves it.

    Raises:
        SafetyTasksError: it is not there, or malformed.
    """
    from safety_tasks.store.base import read_if_there

    key = f"runs/{run_id}/{name}"
    found = read_if_there(store, key)
    if found is None and kind is TrainingRun and store.exists(f"runs/{run_id}/export.json"):
        raise SafetyTasksError(
            f"run {run_id}: expected weights to export, found a model that was adopted as ONNX and needs no export. "
            f"Go on with: safety-tasks benchmark {run_id}"
        )
    if found is None:
        raise SafetyTasksError(
            f"run {run_id}: expected {key} in {store.uri}, found none. Run {stage} first."
        )
    return kind.from_json_bytes(found.payload, what=key)
