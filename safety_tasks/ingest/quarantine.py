"""Quarantine: what was set aside stays where people can list it, look at it, mend it and deliver it anew.

Rules: an item holds the bytes as delivered, never executed or unpacked; its first reason stands; keeping it twice
changes nothing; after the configured days its bytes go, and the ledger's row stays.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from safety_tasks.digests import digest_of, sha256_bytes
from safety_tasks.errors import BatchError, PreconditionFailed
from safety_tasks.ingest.listing import reason_key
from safety_tasks.records.ledger import LedgerRow
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.store.base import ObjectStore, put_artifact

_ROOT: Final = "quarantine/"
_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".txt", ".xml", ".json"})


def refuse_batch(
    store: ObjectStore, batch_id: str, reason: str, rows: Sequence[LedgerRow] = ()
) -> None:
    """Keep a batch from being tried again by itself, and say why, with its ledger."""
    note = {
        "batch_id": batch_id,
        "reason": reason,
        "ledger": [row.to_dict() for row in rows],
    }
    store.put(reason_key(batch_id), json.dumps(note, ensure_ascii=False, indent=1).encode())


def read_reason(store: ObjectStore, batch_id: str) -> str:
    """Return why a batch was refused."""
    return str(json.loads(store.get(reason_key(batch_id)).payload)["reason"])


def keep_item(
    store: ObjectStore, row: LedgerRow, picture: bytes | None, label: tuple[str, bytes] | None
) -> QuarantineItem:
    """Keep a picture that was set aside.

    Args:
        store: where it goes.
        row: its ledger row.
        picture: its bytes; None where it was too large to read.
        label: name and bytes of its label as delivered, if there is one.
    """
    digest = sha256_bytes(picture) if picture is not None else ""
    item_id = digest_of([row.file, digest])[:16]
    folder = _folder(row.batch_id, item_id)
    item = QuarantineItem(
        item_id=item_id,
        batch_id=row.batch_id,
        file=row.file,
        rule=row.rule,
        observed=row.observed,
        picture=None
        if picture is None
        else put_artifact(store, f"{folder}picture{_suffix(row.file)}", picture),
        label=None
        if label is None
        else put_artifact(
            store, f"{folder}label-{sha256_bytes(label[1])[:12]}{_suffix(label[0])}", label[1]
        ),
        quarantined_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    try:
        store.put(f"{folder}item.json", item.to_json_bytes(), only_if_absent=True)
    except PreconditionFailed:
        return _read(store, f"{folder}item.json")
    return item


def list_items(store: ObjectStore, batch_id: str | None = None) -> tuple[QuarantineItem, ...]:
    """Return the items of a batch, or of all, in order of batch and file.

    Raises:
        BatchError: an item's record is malformed.
    """
    prefix = f"{_ROOT}{batch_id}/items/" if batch_id else _ROOT
    items = [_read(store, key) for key in store.keys(prefix) if key.endswith("/item.json")]
    return tuple(sorted(items, key=lambda item: (item.batch_id, item.file, item.item_id)))


def refused_batches(store: ObjectStore) -> dict[str, str]:
    """Return the batches that were refused whole, with the reason."""
    keys = (key for key in store.keys(_ROOT) if key.endswith("/reason.json"))
    return {batch: read_reason(store, batch) for batch in (key.split("/")[1] for key in keys)}


def mark_released(store: ObjectStore, item: QuarantineItem, batch_id: str) -> None:
    """Note the batch that an item was delivered anew in."""
    released = item.model_copy(update={"released_as": batch_id})
    store.put(f"{_folder(item.batch_id, item.item_id)}item.json", released.to_json_bytes())


def prune_quarantine(store: ObjectStore, retention_days: float, now: datetime) -> tuple[str, ...]:
    """Delete the items that are older than the retention; return their ids."""
    limit = now - timedelta(days=retention_days)
    old = [
        item for item in list_items(store) if datetime.fromisoformat(item.quarantined_at) < limit
    ]
    for item in old:
        delete_item(store, item)
    return tuple(item.item_id for item in old)


def delete_item(store: ObjectStore, item: QuarantineItem) -> tuple[str, ...]:
    """Delete an item's bytes, then its record; return the keys that went."""
    folder = _folder(item.batch_id, item.item_id)
    keys = sorted(store.keys(folder), key=lambda key: key.endswith("/item.json"))
    for key in keys:
        store.delete(key)
    return tuple(keys)


def _folder(batch_id: str, item_id: str) -> str:
    return f"{_ROOT}{batch_id}/items/{item_id}/"


def _suffix(name: str) -> str:
    """Return a known suffix or none: a delivered name decides nothing else."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in _SUFFIXES else ".bin"


def _read(store: ObjectStore, key: str) -> QuarantineItem:
    return QuarantineItem.from_json_bytes(store.get(key).payload, what=key, error=BatchError)
