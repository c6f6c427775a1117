"""A store that breaks one promise is refused by its name; those that keep all pass and are left as they were."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from safety_tasks.errors import StoreError, StoreUnsafe
from safety_tasks.store.base import Entry, StoredObject
from safety_tasks.store.local import LocalStore
from safety_tasks.store.preflight import PROMISES, preflight


class Unconditional(LocalStore):
    """Takes conditions and ignores them, as some servers do."""

    def put(self, key: str, payload: bytes, **_: Any) -> str:
        """Write whatever is there."""
        return super().put(key, payload)


class CreatesTwice(LocalStore):
    """Ignores the condition of absence only."""

    def put(self, key: str, payload: bytes, *, only_if_tag: str | None = None, **_: Any) -> str:
        """Write even what is there."""
        return super().put(key, payload, only_if_tag=only_if_tag)


class Racy(LocalStore):
    """Keeps conditions, but of writers that come at once each believes to be alone."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._meeting = Barrier(8)

    def put(self, key: str, payload: bytes, **condition: Any) -> str:
        """Let racers look before any writes."""
        if payload.startswith(b"racer"):
            self._meeting.wait(timeout=20)
            return super().put(key, payload)
        return super().put(key, payload, **condition)


class Stale(LocalStore):
    """Reads what was there first."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._first: dict[str, StoredObject] = {}

    def get(self, key: str, max_bytes: int | None = None) -> StoredObject:
        """Return what an earlier read found."""
        return self._first.setdefault(key, super().get(key, max_bytes))


class Keeps(LocalStore):
    """Says that it removed, and keeps."""

    def delete(self, key: str) -> bool:
        """Do nothing."""
        return self.exists(key)


class Lingering(LocalStore):
    """Still tells of what is gone."""

    def exists(self, key: str) -> bool:
        """Say yes."""
        return True


class Unordered(LocalStore):
    """Lists by folder instead of by key."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield in another order."""
        return reversed(list(super().entries(prefix)))


class Forgetful(LocalStore):
    """Has the same stamp for every content."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield with one stamp."""
        return (Entry(each.key, each.size_bytes, "same") for each in super().entries(prefix))


class Unable(LocalStore):
    """Refuses conditions as unknown."""

    def put(self, key: str, payload: bytes, **condition: Any) -> str:
        """Fail where a condition is given."""
        if any(condition.values()):
            raise StoreError("NotImplemented: a header you provided")
        return super().put(key, payload)


CREATE, SWAP = "created only if absent", "swapped only by its tag"
CREATORS, SWAPPERS = "racing creators", "racing swappers"


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (LocalStore, []),
        (Unconditional, [CREATE, SWAP, CREATORS, SWAPPERS]),
        (CreatesTwice, [CREATE, CREATORS]),
        (Unable, [CREATE, SWAP, CREATORS, SWAPPERS]),
        (Racy, [CREATORS, SWAPPERS]),
        (Keeps, ["a removed object is gone"]),
        (Lingering, ["a removed object is gone"]),
        (Unordered, ["listings show each write"]),
        (Forgetful, ["listings show each write"]),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, kind: Any, broken: list[str]) -> None:
    """Exactly the promises that a store breaks stand in the message."""
    store = kind(tmp_path)
    if not broken:
        assert preflight(store) == tuple(promise.name for promise in PROMISES)
        return
    with pytest.raises(StoreUnsafe) as caught:
        preflight(store)
    message = str(caught.value)
    assert f"found {len(broken)} broken" in message
    assert all(name in message for name in broken)


def test_a_store_that_reads_old_bytes_is_refused(tmp_path: Path) -> None:
    """Reads that lag behind writes are named first of all."""
    with pytest.raises(StoreUnsafe, match="reads give what was written last"):
        preflight(Stale(tmp_path))


def test_a_refusal_keeps_the_servers_words(tmp_path: Path) -> None:
    """What the server answered to a condition is in the message."""
    with pytest.raises(StoreUnsafe, match="NotImplemented: a header you provided"):
        preflight(Unable(tmp_path))


@pytest.mark.parametrize("kind", [LocalStore, Unconditional])
def test_nothing_is_left_and_nothing_touched(tmp_path: Path, kind: Any) -> None:
    """Whether it passes or not, what was there stands and nothing is added."""
    store = kind(tmp_path)
    store.put("preflight/mine", b"1")
    before = list(store.entries(""))
    with suppress(StoreUnsafe):
        preflight(store)
    assert list(store.entries("")) == before
