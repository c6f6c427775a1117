"""The verbs over many batches: find what is pending, take each in, merge what was taken.

Rules: a batch that is refused does not hold up the others; it is not tried again on its own, since its reason lies in
quarantine/, but it is when somebody names it; refusals are returned, never swallowed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from safety_tasks.errors import BatchError
from safety_tasks.ingest.intake import require_unchanged, take_in_batch
from safety_tasks.ingest.listing import list_batches
from safety_tasks.ingest.quarantine import refuse_batch
from safety_tasks.ingest.versions import merge_batches
from safety_tasks.records.batch import BatchIntake, BatchListing
from safety_tasks.records.dataset import DatasetVersion, IngestOutcome
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_current, read_version


def find_batches(
    store: ObjectStore, settings: IngestSettings, *, now: datetime | None = None
) -> BatchListing:
    """Return what lies under ``incoming/`` beside the current dataset version."""
    return list_batches(store, known_batches(store), settings, now or datetime.now(UTC))


def known_batches(store: ObjectStore) -> tuple[str, ...]:
    """Return the batches of the current dataset version."""
    current = read_current(store)
    return read_version(store, current[0].version_id).batches if current else ()


def take_in_pending(
    store: ObjectStore,
    batch: str,
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BatchIntake | None:
    """Take in one batch, or return None if the current version holds it unchanged.

    Raises:
        BatchError: the batch is unfit, or was changed after it was taken in.
    """
    if batch in known_batches(store):
        require_unchanged(store, batch)
        return None
    return take_in_batch(store, batch, settings, classes, progress=progress)


def merge_taken(
    store: ObjectStore,
    intakes: Sequence[BatchIntake],
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    refused: Mapping[str, str],
    base_version: str | None,
) -> IngestOutcome:
    """Merge batches that were taken in, passing over those that contradict the dataset.

    Args:
        store: where intakes and versions are.
        intakes: batches that were taken in.
        settings: split shares and ceilings.
        classes: hazard names.
        refused: batches that were refused before, with their reasons.
        base_version: the version to add to; None starts a new dataset.

    Raises:
        BatchError: every batch was refused.
    """
    reasons = dict(refused)
    good: list[BatchIntake] = []
    version: DatasetVersion | None = None

    def merge(chosen: Sequence[BatchIntake]) -> DatasetVersion:
        return merge_batches(store, chosen, settings, classes, base_version=base_version)

    try:
        if intakes:
            version, good = merge(intakes), list(intakes)
    except BatchError:  # find out which, one after the other
        for intake in sorted(intakes, key=lambda each: each.batch_id):
            try:
                version = merge([*good, intake])
            except BatchError as problem:
                refuse_batch(store, intake.batch_id, str(problem))
                reasons[intake.batch_id] = str(problem)
            else:
                good.append(intake)
    if reasons and not good:
        raise BatchError("every batch was refused. " + " | ".join(reasons.values()))
    return IngestOutcome(
        version=version if version and version.version_id != base_version else None,
        ingested=tuple(sorted(intake.batch_id for intake in good)),
        refused=reasons,
    )


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
    listing = find_batches(store, settings)
    intakes, refused = [], {}
    for batch in only or listing.pending:
        try:
            intake = take_in_pending(
                store,
                batch,
                settings,
                classes,
                progress=lambda done, total, batch=batch: progress(batch, done, total),  # type: ignore[misc]
            )
        except BatchError as problem:
            refused[batch] = str(problem)
        else:
            intakes += [intake] if intake else []
    outcome = merge_taken(
        store,
        intakes,
        settings,
        classes,
        refused=refused,
        base_version=current[0].version_id if current else None,
    )
    return outcome.model_copy(update={"stuck": listing.stuck})
