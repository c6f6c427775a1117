"""Read the gate's history as it is stored, and prove it entry by entry.

Rules: entries are numbered from 1 without a gap, and nothing lies beside them; each holds the digest of the bytes of
the one before; what is missing, altered, moved or too large is named, with what to do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import HistoryBroken, ObjectNotFound
from safety_tasks.records.gate_history import HistoryEntry
from safety_tasks.store.base import ObjectStore

FOLDER: Final = "gate/history/"
MAX_BYTES: Final = 64 * 1024
_NAME: Final = re.compile(r"[0-9]{8}\.json")
_RESTORE: Final = (
    "Find out who can write to the bucket, restore the object's earlier version, "
    "then: safety-tasks gate verify."
)


@dataclass(frozen=True)
class Stored:
    """An entry, and the digest of its bytes."""

    entry: HistoryEntry
    sha256: str


def walk(store: ObjectStore) -> Iterator[Stored]:
    """Yield entries, newest first, each when the one before it was read and proved by its digest.

    Raises:
        HistoryBroken: an entry is missing, altered, moved or too large.
    """
    total = _count(store)
    found = _read(store, total) if total else None
    while found is not None:
        seq = found.entry.seq
        before = _read(store, seq - 1) if seq > 1 else None
        if before is not None and before.sha256 != found.entry.previous_sha256:
            raise broken(
                store,
                key_of(seq - 1),
                f"expected sha256 {str(found.entry.previous_sha256)[:12]}…, which {key_of(seq)} holds, found "
                f"{before.sha256[:12]}…: one of the two was altered",
            )
        yield found
        found = before


def key_of(seq: int) -> str:
    """Return the key of an entry."""
    return f"{FOLDER}{seq:08d}.json"


def broken(store: ObjectStore, key: str, found: str) -> HistoryBroken:
    """Return an error that names an object and says what to do."""
    return HistoryBroken(f"{store.uri}/{key}: {found}. {_RESTORE}")


def _count(store: ObjectStore) -> int:
    """Return how many entries a listing shows."""
    total = 0
    for listed in store.entries(FOLDER):
        name = listed.key.removeprefix(FOLDER)
        if not _NAME.fullmatch(name) or int(name[:8]) == 0:
            raise broken(store, listed.key, "expected entries by number alone, found this object")
        if listed.size_bytes > MAX_BYTES:
            raise broken(
                store,
                listed.key,
                f"expected an entry of at most {MAX_BYTES} bytes, found {listed.size_bytes}",
            )
        number = int(name[:8])
        for missing in map(key_of, range(total + 1, number)):
            # A folder that is listed while others write may show an entry without the one before.
            if not store.exists(missing):
                raise broken(store, missing, f"expected an entry before {listed.key}, found none")
        total = number
    return total


def _read(store: ObjectStore, seq: int) -> Stored:
    key = key_of(seq)
    try:
        payload = store.get(key, MAX_BYTES).payload
        entry = HistoryEntry.from_json_bytes(payload, what=key, error=HistoryBroken)
    except ObjectNotFound:
        raise broken(store, key, "expected an entry, found none") from None
    except HistoryBroken as problem:
        raise HistoryBroken(f"{store.uri}/{problem} {_RESTORE}") from problem
    if entry.seq != seq:
        raise broken(store, key, f"expected entry {seq}, found entry {entry.seq} in its place")
    return Stored(entry, sha256_bytes(payload))
