"""The verb ``ingest_batch``: a delivered batch becomes a new dataset version, in one step.

Rules: it is ``take_in_batch`` and then ``merge_batches``; a batch that the base holds changes nothing.
"""

from collections.abc import Callable

from safety_tasks.errors import BatchError
from safety_tasks.ingest.intake import take_in_batch
from safety_tasks.ingest.quarantine import refuse_batch
from safety_tasks.ingest.versions import merge_batches
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_version

Progress = Callable[[int, int], None]


def ingest_batch(
    store: ObjectStore,
    batch_id: str,
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    base_version: str | None = None,
    progress: Progress = lambda done, total: None,
) -> DatasetVersion:
    """Ingest one batch on top of a dataset version.

    Args:
        store: where the batch lies and the version goes.
        batch_id: the folder under ``incoming/``.
        settings: limits and split shares.
        classes: hazard names; the index is the class id.
        base_version: the version to add to; None starts a new dataset.
        progress: called with pictures done and their total.

    Returns:
        the new version; the base itself if the batch is in it already.

    Raises:
        BatchError: the batch is unfit as a whole; unless it is incomplete, the reason is also in ``quarantine/``.
        ClassMapError: the classes are not the base's, perhaps grown.
    """
    if base_version is not None:
        version = read_version(store, base_version)
        if batch_id in version.batches:
            return version
    intake = take_in_batch(store, batch_id, settings, classes, progress=progress)
    try:
        return merge_batches(store, [intake], settings, classes, base_version=base_version)
    except BatchError as problem:
        refuse_batch(store, batch_id, str(problem))
        raise
