"""The verb ``ingest_pending``: every complete delivery, one after the other.

Rules: a batch that is refused does not hold up the others; it is not tried again on its own, since its reason lies in
quarantine/, but it is when somebody names it; refusals are returned, never swallowed.
"""

from collections.abc import Callable, Sequence

from safety_tasks.config import IngestSettings
from safety_tasks.errors import BatchError
from safety_tasks.ingest.batch import ingest_batch, ready_batches
from safety_tasks.records.dataset import DatasetVersion, IngestOutcome
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_current, read_version


def ingest_pending(
    store: ObjectStore,
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    only: Sequence[str] = (),
    progress: Callable[[str, int, int], None] = lambda batch, done, total: None,
) -> IngestOutcome:
    """Ingest batches on top of the current dataset version.

    Args:
        store: where batches lie.
        settings: limits and split shares.
        classes: hazard names.
        only: ingest these batches; empty means all that are complete, new, and not in quarantine.
        progress: called with the batch, pictures done and their total.

    Raises:
        BatchError: every batch was refused.
    """
    current = read_current(store)
    version: DatasetVersion | None = None
    if current is not None:
        version = read_version(store, current[0].version_id)
    known = version.batches if version else ()
    wanted = list(only) or [
        batch
        for batch in ready_batches(store, known)
        if not store.exists(f"quarantine/{batch}/reason.json")
    ]
    ingested, refused = [], {}
    for batch in wanted:
        if batch in known:
            continue
        try:
            version = ingest_batch(
                store,
                batch,
                settings,
                classes,
                base_version=version.version_id if version else None,
                progress=lambda done, total, batch=batch: progress(batch, done, total),  # type: ignore[misc]
            )
        except BatchError as problem:
            refused[batch] = str(problem)
        else:
            ingested.append(batch)
    if refused and not ingested:
        raise BatchError("every batch was refused. " + " | ".join(refused.values()))
    return IngestOutcome(
        version=version if ingested else None, ingested=tuple(ingested), refused=refused
    )
