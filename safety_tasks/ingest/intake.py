"""The verb ``take_in_batch``: one delivered batch is checked and stored, independent of any version.

Rules: pictures and labels are written once, under their digest; the intake's record is written last, so an intake that
can be read is whole; it is named by the batch's listing, the limits and the class map, so an unchanged delivery is
never read twice, and batches can be taken in side by side; a batch over its ceilings is refused whole; whatever is
unusable is copied to quarantine with its reason.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Final

from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import digest_of, sha256_bytes
from safety_tasks.errors import BatchError
from safety_tasks.framework_env import usable_cores
from safety_tasks.ingest.ceilings import check_ceilings
from safety_tasks.ingest.delivery import READY, Delivery, batch_prefix
from safety_tasks.ingest.judging import Judged, judge_picture
from safety_tasks.ingest.limits import picture_limits
from safety_tasks.ingest.listing import listing_digest
from safety_tasks.ingest.opening import open_delivery
from safety_tasks.ingest.picture_workers import PictureWorkers
from safety_tasks.ingest.quarantine import keep_item, list_items, refuse_batch
from safety_tasks.ingest.signature_tables import encode_signatures
from safety_tasks.ingest.taken import Taken
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchIntake
from safety_tasks.records.ledger import LedgerAction
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, put_artifact, read_if_there
from safety_tasks.store.manifests import purged_pictures
from safety_tasks.store.tables import encode_arrivals, encode_ledger

Progress = Callable[[int, int], None]
# Raised when a check changes, so that batches are judged by it again.
CHECKS: Final = 3
_INTAKES: Final = "dataset/intakes/"
_THREADS: Final = 16  # each waits for the store most of the time
_LARGE_BYTES: Final = 4 * 1024 * 1024
_TOGETHER: Final = 1024


def take_in_batch(
    store: ObjectStore,
    batch_id: str,
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    progress: Progress = lambda done, total: None,
) -> BatchIntake:
    """Check and store one batch.

    Args:
        store: where the batch lies and its pictures go.
        batch_id: the folder under ``incoming/``.
        settings: limits and ceilings.
        classes: hazard names; the index is the class id.
        progress: called with pictures done and their total.

    Returns:
        the intake; the stored one if the very same delivery was taken in before.

    Raises:
        BatchError: the batch is unfit as a whole; unless it is incomplete, the reason is also in ``quarantine/``.
    """
    listing = listing_digest(store, batch_id)
    released = {item.item_id: item.released_as for item in list_items(store, batch_id)}
    key = _intake_key(batch_id, listing, released, settings, classes)
    found = read_if_there(store, key)
    if found is not None:
        return BatchIntake.from_json_bytes(found.payload, what=key, error=BatchError)
    try:
        with open_delivery(store, batch_id, settings, classes) as delivery:
            taken = Taken(batch_id)
            taken.add_orphans(delivery)
            for done, judged in enumerate(_judged(store, delivery, settings), start=1):
                taken.add(judged)
                progress(done, len(delivery.pictures))
    except BatchError as problem:
        if store.exists(batch_prefix(batch_id) + READY):  # else it may still be on its way
            refuse_batch(store, batch_id, str(problem))
        raise
    try:
        check_ceilings(
            batch_prefix(batch_id),
            taken.rows,
            len(delivery.pictures),
            {classes[number]: count for number, count in taken.lost_of_class.items()},
            {classes[number]: count for number, count in taken.of_class.items()},
            settings,
        )
    except BatchError as problem:
        refuse_batch(store, batch_id, str(problem), taken.rows)
        raise
    return _record(store, key, listing, delivery, taken, classes)


def require_unchanged(store: ObjectStore, batch_id: str) -> None:
    """Refuse a delivery whose files are not those that were taken in.

    Raises:
        BatchError: files came, went or changed since.
    """
    listing = listing_digest(store, batch_id)
    intakes = [
        BatchIntake.from_json_bytes(store.get(key).payload, what=key, error=BatchError)
        for key in store.keys(f"{_INTAKES}{batch_id}/")
        if key.endswith(".json")
    ]
    if intakes and all(intake.listing_sha256 != listing for intake in intakes):
        raise BatchError(
            f"{batch_prefix(batch_id)}: expected the files that were taken in, found others: its marker closed "
            "it. Deliver what is new as a batch of its own."
        )


def _judged(store: ObjectStore, delivery: Delivery, settings: IngestSettings) -> Iterator[Judged]:
    """Judge the pictures, in order; what is good is stored, what is not is kept in quarantine."""
    limits = picture_limits(settings)
    purged = purged_pictures(store)
    large = BoundedSemaphore(4)  # so that many large pictures at once do not fill the memory

    def judge(file: str) -> Judged:
        huge = delivery.source.size_bytes(file) > _LARGE_BYTES
        with large if huge else nullcontext():
            judged = judge_picture(
                delivery, file, workers, max_bytes=limits.max_bytes, purged=purged
            )
            if judged.arrival is not None and judged.payload is not None:
                put_artifact(store, judged.arrival.key, judged.payload)
                label = judged.arrival.label_text().encode()
                put_artifact(store, judged.arrival.label_key, label)
            elif judged.rows[-1].action is LedgerAction.QUARANTINED:
                judged = _set_aside(store, delivery, judged)
        return replace(judged, payload=None)

    count = usable_cores()
    with PictureWorkers(limits, count=count) as workers, ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(delivery.pictures), _TOGETHER):
            yield from pool.map(judge, delivery.pictures[start : start + _TOGETHER])


def _record(
    store: ObjectStore,
    key: str,
    listing: str,
    delivery: Delivery,
    taken: Taken,
    classes: tuple[str, ...],
) -> BatchIntake:
    batch_id = delivery.info.batch_id

    def keep(name: str, payload: bytes) -> Artifact:
        # Named by content: the same pictures listed anew must give the same version, record and all.
        digest = sha256_bytes(payload)[:16]
        return put_artifact(store, f"{_INTAKES}{batch_id}/{name}-{digest}.parquet", payload)

    intake = BatchIntake(
        batch_id=batch_id,
        info=delivery.info,
        format=delivery.format,
        classes=classes,
        listing_sha256=listing,
        delivered=len(delivery.pictures),
        accepted=len(taken.arrivals),
        arrivals=keep("arrivals", encode_arrivals(taken.arrivals.values())),
        signatures=keep("signatures", encode_signatures(taken.signatures)),
        ledger=keep("ledger", encode_ledger(taken.rows)),
    )
    put_artifact(store, key, intake.to_json_bytes())
    return intake


def _set_aside(store: ObjectStore, delivery: Delivery, judged: Judged) -> Judged:
    """Keep a picture in quarantine; one that was mended and delivered anew since speaks no longer against its batch."""
    row = judged.rows[-1]
    item = keep_item(store, row, judged.payload, delivery.labels.raw_of(judged.file))
    if item.released_as is None:
        return judged
    observed = f"{row.observed}; mended, and delivered anew as {item.released_as}"
    released = row.model_copy(update={"action": LedgerAction.RELEASED, "observed": observed})
    return replace(judged, rows=(*judged.rows[:-1], released), class_ids=frozenset())


def _intake_key(
    batch_id: str,
    listing: str,
    released: Mapping[str, str | None],
    settings: IngestSettings,
    classes: tuple[str, ...],
) -> str:
    again = sorted([item, batch] for item, batch in released.items() if batch is not None)
    limits = settings.model_dump(mode="json")
    name = digest_of([CHECKS, listing, again, class_map_digest(classes), limits])
    return f"{_INTAKES}{batch_id}/{name[:16]}.json"
