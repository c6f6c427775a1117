"""Stores that watch, hinder or fail: real local stores with one habit more."""

from collections.abc import Callable
from pathlib import Path

from safety_tasks.errors import StoreError
from safety_tasks.store.base import StoredObject
from safety_tasks.store.local import LocalStore


class WatchedStore(LocalStore):
    """A store that remembers each write and may do something before one."""

    def __init__(self, root: Path, *, loopback: bool = True) -> None:
        super().__init__(root)
        self.written: list[str] = []
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


class DownStore(LocalStore):
    """A store whose service is down: every call fails as a network would."""

    def get(self, key: str) -> StoredObject:
        """Fail."""
        raise StoreError(f"{key}: could not read: connection refused")

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
