"""A store in which nothing is kept: to see what a verb would do.

Rules: reads see the real store; writes and removals change nothing, and a condition of theirs is not tried, so a dry
run can promise no race.
"""

from collections.abc import Iterator
from pathlib import Path

from safety_tasks.digests import sha256_bytes
from safety_tasks.store.base import Entry, ObjectStore, StoredObject


class DryRunStore:
    """A store that reads another and drops every write."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @property
    def uri(self) -> str:
        """The root of the real store."""
        return self._store.uri

    @property
    def is_loopback(self) -> bool:
        """Whether the real store stays on this machine."""
        return self._store.is_loopback

    def get(self, key: str, max_bytes: int | None = None) -> StoredObject:
        """Return an object of the real store."""
        return self._store.get(key, max_bytes)

    def download(self, key: str, path: Path, max_bytes: int | None = None) -> int:
        """Bring an object of the real store into a local file."""
        return self._store.download(key, path, max_bytes)

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Write nothing; return a tag."""
        return sha256_bytes(payload)

    def exists(self, key: str) -> bool:
        """Tell whether the real store has an object."""
        return self._store.exists(key)

    def delete(self, key: str) -> bool:
        """Remove nothing; return whether there is one."""
        return self._store.exists(key)

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield what the real store has."""
        return self._store.entries(prefix)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that the real store has."""
        return self._store.keys(prefix)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names that the real store has."""
        return self._store.folders(prefix)
