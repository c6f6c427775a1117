"""Notes of what was released from quarantine: who delivered which items anew, why, and as which batch.

Rules: a note is written before its batch, so a release that was cut is known and its name used again; it counts once
the batch has its marker, whatever became of the items' own marks; a batch's name is the first that is free.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.records.base import Name, Record
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.store.base import ObjectStore


class ReleasedItems(Record):
    """A batch that items of quarantine were delivered anew in; ``problem`` says what could not be read again."""

    batch_id: Name
    released_from: Name
    items: tuple[str, ...]
    released_by: Annotated[str, Field(min_length=1, max_length=200)]
    why: Annotated[str, Field(max_length=1000)]
    at: str
    problem: str = ""


def note_key(batch_id: str, new_batch: str) -> str:
    """Return the key of the note on a release."""
    return f"quarantine/{batch_id}/released/{new_batch}.json"


def finished_releases(store: ObjectStore, batch_id: str) -> dict[str, str]:
    """Return the batch that each item of a batch was delivered anew in, where its marker was written.

    Raises:
        BatchError: a note is malformed.
    """
    found: dict[str, str] = {}
    for key in store.keys(f"quarantine/{batch_id}/released/"):
        note = _read(store, key)
        if store.exists(batch_prefix(note.batch_id) + READY):
            found |= dict.fromkeys(note.items, note.batch_id)
    return found


def items_by_state(
    store: ObjectStore, items: Iterable[QuarantineItem]
) -> tuple[list[QuarantineItem], list[QuarantineItem]]:
    """Return the items that wait, and those that were delivered anew with their batch, both in order.

    An item whose mark was lost with the process that released it is known by the note.
    """
    finished: dict[str, dict[str, str]] = {}
    waiting, released = [], []
    for item in items:
        if item.batch_id not in finished:
            finished[item.batch_id] = finished_releases(store, item.batch_id)
        name = item.released_as or finished[item.batch_id].get(item.item_id)
        if name is None:
            waiting.append(item)
        else:
            released.append(item.model_copy(update={"released_as": name}))
    return waiting, released


def last_release(store: ObjectStore, items: Sequence[QuarantineItem]) -> ReleasedItems:
    """Return the note of the last release that took some of these items, all of them released."""
    names = {str(item.released_as) for item in items}
    newest = max(names, key=lambda name: (len(name), name))  # fix10 comes after fix9
    return _read(store, note_key(items[0].batch_id, newest))


def free_name(store: ObjectStore, batch_id: str) -> str:
    """Return the first name that is free, or that a cut release of this batch began to use."""
    for number in itertools.count(1):
        name = f"{batch_id}.fix{number}"
        prefix = batch_prefix(name)
        if next(iter(store.keys(prefix)), None) is None:
            return name
        if store.exists(note_key(batch_id, name)) and not store.exists(prefix + READY):
            return name
    raise AssertionError("numbers do not end")


def _read(store: ObjectStore, key: str) -> ReleasedItems:
    return ReleasedItems.from_json_bytes(store.get(key).payload, what=key, error=BatchError)
