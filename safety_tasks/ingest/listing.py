"""See what lies under ``incoming/`` and what is to be done with it.

Rules: the listing is the truth, an event only a hint to look; a batch is taken in when its ``_READY`` marker is there
and it is neither in the dataset nor refused; one without a marker is watched, and called stuck after a while.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from safety_tasks.digests import digest_of
from safety_tasks.errors import StoreError
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.records.batch import BatchListing
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, read_if_there

WAITING_KEY: Final = "dataset/waiting.json"


def list_batches(
    store: ObjectStore, known: Iterable[str], settings: IngestSettings, now: datetime
) -> BatchListing:
    """Look under ``incoming/``.

    Args:
        store: where batches lie.
        known: batches that are in the dataset already.
        settings: how long a batch may be without its marker.
        now: the time, with a zone.

    Returns:
        batches by what is to be done with them, each in order.
    """
    done = set(known)
    folders = set(store.folders("incoming/"))
    open_batches = [
        batch for batch in sorted(folders - done) if not store.exists(batch_prefix(batch) + READY)
    ]
    complete = sorted(folders - done - set(open_batches))
    refused = [batch for batch in complete if store.exists(reason_key(batch))]
    hours = _hours_waiting(store, open_batches, now)
    return BatchListing(
        pending=tuple(batch for batch in complete if batch not in refused),
        waiting=tuple(b for b in open_batches if hours[b] < settings.stuck_after_h),
        stuck={b: hours[b] for b in open_batches if hours[b] >= settings.stuck_after_h},
        quarantined=tuple(refused),
    )


def listing_digest(store: ObjectStore, batch_id: str) -> str:
    """Return a digest of a batch's files: names, sizes and stamps, none of them read."""
    prefix = batch_prefix(batch_id)
    return digest_of([[e.key[len(prefix) :], e.size_bytes, e.stamp] for e in store.entries(prefix)])


def reason_key(batch_id: str) -> str:
    """Return the key of the reason why a batch was refused."""
    return f"quarantine/{batch_id}/reason.json"


def newly_stuck(store: ObjectStore, listing: BatchListing) -> dict[str, float]:
    """Return the stuck batches that were not returned before, so that each is reported once."""
    seen = _read_waiting(store)
    new = {batch: hours for batch, hours in listing.stuck.items() if not seen[batch].reported}
    if new:
        told = {batch: _Waiting(seen[batch].since, True) for batch in new}
        _write_waiting(store, seen | told)
    return new


@dataclass(frozen=True)
class _Waiting:
    since: datetime
    reported: bool


def _hours_waiting(store: ObjectStore, batches: list[str], now: datetime) -> dict[str, float]:
    """Remember when each batch without a marker was first seen; return the hours since."""
    seen = _read_waiting(store)
    current = {batch: seen.get(batch, _Waiting(now, False)) for batch in batches}
    if current != seen:
        _write_waiting(store, current)
    return {
        batch: round((now - waiting.since).total_seconds() / 3600, 2)
        for batch, waiting in current.items()
    }


def _read_waiting(store: ObjectStore) -> dict[str, _Waiting]:
    found = read_if_there(store, WAITING_KEY)
    if found is None:
        return {}
    try:
        return {
            batch: _Waiting(datetime.fromisoformat(each["since"]), bool(each["reported"]))
            for batch, each in json.loads(found.payload).items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise StoreError(
            f"{WAITING_KEY}: expected when each waiting batch was first seen, found: {problem}. "
            "Delete it: the waiting begins anew."
        ) from None


def _write_waiting(store: ObjectStore, waiting: dict[str, _Waiting]) -> None:
    document = {
        batch: {"since": each.since.isoformat(), "reported": each.reported}
        for batch, each in waiting.items()
    }
    store.put(WAITING_KEY, json.dumps(document, sort_keys=True).encode())
