"""Stores that watch, hinder or fail: real local stores with one habit more."""

from collections.abc import Callable
from pathlib import Path

from safety_tasks.errors import StoreError
from safety_tasks.store.base import StoredObject
from safety_tasks.store.local import LocalStore


class WatchedStore(LocalStore):
    """A store that remembers each write and removal and may do something before one."""

    def __init__(self, root: Path, *, loopback: bool = True) -> None:
        super().__init__(root)
        self.written: list[str] = []
        self.deleted: list[str] = []
        self.before_write: Callable[[str], None] = lambda key: None
        self._loopback = loopback

    @property
    def is_loopback(self) -> bool:
        """What the test says."""
        return self._loopback

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Write as a local store does, after the test's own step."""
        self.before_write(key)
        tag = super().put(key, payload, only_if_absent=only_if_absent, only_if_tag=only_if_tag)
        self.written.append(key)
        return tag

    def delete(self, key: str) -> bool:
        """Remove as a local store does, after the test's own step."""
        self.before_write(key)
        there = super().delete(key)
        self.deleted.append(key)
        return there


class DownStore(LocalStore):
    """A store whose service is down: every call fails as a network would."""

    def get(self, key: str, max_bytes: int | None = None) -> StoredObject:
        """Fail."""
        raise StoreError(f"{key}: could not read: connection refused")

    def download(self, key: str, path: Path, max_bytes: int | None = None) -> int:
        """Fail."""
        raise StoreError(f"{key}: could not read: connection refused")

    def delete(self, key: str) -> bool:
        """Fail."""
        raise StoreError(f"{key}: could not delete: connection refused")

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Fail."""
        raise StoreError(f"{key}: could not write: connection refused")
