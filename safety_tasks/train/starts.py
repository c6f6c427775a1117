"""Where a run's start lies, and how it is read: ``runs/<run_id>/start.json``, a ``TrainingStart``."""

from safety_tasks.errors import TrainingError
from safety_tasks.records.training import TrainingStart
from safety_tasks.store.base import ObjectStore, read_if_there


def start_key(run_id: str) -> str:
    """Return the key of a run's start."""
    return f"runs/{run_id}/start.json"


def read_start(store: ObjectStore, run_id: str) -> TrainingStart | None:
    """Return what a run was begun with, or None if it was never begun.

    Raises:
        TrainingError: the record is damaged.
        StoreError: the store failed.
    """
    key = start_key(run_id)
    found = read_if_there(store, key)
    if found is None:
        return None
    return TrainingStart.from_json_bytes(found.payload, what=key, error=TrainingError)


def require_start(store: ObjectStore, run_id: str) -> TrainingStart:
    """Return what a run was begun with.

    Raises:
        TrainingError: the record is damaged.
        ObjectNotFound: the run was never begun.
        StoreError: the store failed.
    """
    key = start_key(run_id)
    return TrainingStart.from_json_bytes(store.get(key).payload, what=key, error=TrainingError)
