"""Many objects at once: in order, a little ahead and no more, and the first error ends it all."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.watched_store import DownStore, WatchedStore

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.records.base import Artifact
from safety_tasks.store import bulk
from safety_tasks.store.base import Entry, StoredObject
from safety_tasks.store.bulk import AHEAD_BYTES, get_all, in_order, put_all
from safety_tasks.store.local import LocalStore


def no_threads_left() -> bool:
    """Tell whether every thread of a pool has ended."""
    return not [t for t in threading.enumerate() if t.name.startswith("store")]


def test_nothing_is_done_with_nothing(local_store: LocalStore) -> None:
    """No items give no result, no progress, no object and no thread."""
    told: list[int] = []
    assert put_all(local_store, [], progress=told.append) == []
    assert list(get_all(local_store, [])) == []
    assert (told, list(local_store.keys("")), no_threads_left()) == ([], [], True)


def test_records_come_in_order_with_progress(tmp_path: Path) -> None:
    """Whatever thread is late, records and counts are in the order of the items."""
    store = WatchedStore(tmp_path)
    late = threading.Event()

    def hold_the_first(key: str) -> None:
        if key == "k/0":
            late.wait(timeout=10)
        elif key == "k/7":
            late.set()

    store.before_write = hold_the_first
    told: list[int] = []
    items = [(f"k/{number}", b"%d" % number) for number in range(20)]
    found = put_all(store, iter(items), workers=4, progress=told.append)
    assert found == [
        Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload))
        for key, payload in items
    ]
    assert told == list(range(1, 21))
    assert store.written.index("k/0") > store.written.index("k/3")


@hypothesis_settings(deadline=None, max_examples=50)
@given(numbers=st.lists(st.integers(), max_size=60), workers=st.integers(1, 5))
def test_the_pool_is_a_map(numbers: list[int], workers: int) -> None:
    """For any items and any number of workers the results are those of a plain loop."""
    assert list(in_order(lambda n: n * 2, numbers, lambda n: 1, workers)) == [
        n * 2 for n in numbers
    ]


@pytest.mark.parametrize("workers", [1, 3])
def test_little_is_read_ahead(workers: int) -> None:
    """Of endless items only a few for each worker are taken before the first result is."""
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = in_order(lambda n: n, endless(), lambda n: 1, workers)
    assert [next(results) for _ in range(3)] == [1, 2, 3]
    assert taken <= 3 + 4 * workers
    results.close()  # type: ignore[attr-defined]
    assert no_threads_left()


def test_large_items_are_not_read_ahead() -> None:
    """Waiting items hold at most the bytes allowed; one that is larger alone still passes."""
    held: list[int] = []
    sizes = [AHEAD_BYTES // 2] * 6 + [AHEAD_BYTES * 3, 1]

    def items() -> Iterator[int]:
        for number, size in enumerate(sizes):
            held.append(number)
            yield size

    seen = []
    for done, size in enumerate(in_order(lambda n: n, items(), lambda n: n, 8)):
        seen.append(size)
        assert sum(sizes[done + 1 : held[-1]]) <= AHEAD_BYTES
    assert seen == sizes


@pytest.mark.parametrize("bad", [0, 7, 19])
def test_the_first_error_in_order_is_raised(bad: int) -> None:
    """Of several failing items the first in order is reported, and no thread goes on."""

    def work(number: int) -> int:
        if number >= bad:
            raise StoreError(f"item {number}")
        return number

    results = in_order(work, range(20), lambda n: 1, 4)
    assert [next(results) for _ in range(bad)] == list(range(bad))
    with pytest.raises(StoreError, match=f"item {bad}$"):
        next(results)
    assert no_threads_left()


def test_an_error_stops_the_rest(tmp_path: Path) -> None:
    """After an error only what was begun is finished: far later items are never taken."""
    store = WatchedStore(tmp_path)
    taken = []

    def items() -> Iterator[tuple[str, bytes]]:
        for number in range(1000):
            taken.append(number)
            yield f"k/{number}", b""

    def fail(key: str) -> None:
        if key == "k/3":
            raise StoreError("no more")

    store.before_write = fail
    with pytest.raises(StoreError, match="no more"):
        put_all(store, items(), workers=2)
    assert len(taken) <= 3 + 4 * 2 + 1
    assert no_threads_left()


def test_an_error_of_the_items_is_raised(local_store: LocalStore) -> None:
    """When the caller's iterator fails, its error comes out and every thread has ended."""

    def items() -> Iterator[tuple[str, bytes]]:
        yield "a", b"1"
        raise ValueError("cannot read the archive")

    with pytest.raises(ValueError, match="cannot read the archive"):
        put_all(local_store, items())
    assert no_threads_left()


def test_a_store_that_is_down_is_an_error(tmp_path: Path) -> None:
    """Neither writing nor reading hangs when every call fails."""
    store = DownStore(tmp_path)
    with pytest.raises(StoreError, match="connection refused"):
        put_all(store, [("a", b""), ("b", b"")])
    with pytest.raises(StoreError, match="connection refused"):
        list(get_all(store, ["a", "b"]))


def test_reading_can_be_stopped_early(local_store: LocalStore) -> None:
    """A reader that closes the iterator leaves no thread behind."""
    for number in range(20):
        local_store.put(f"k/{number:02d}", b"x")
    reading = get_all(local_store, local_store.entries("k/"), workers=2)
    assert next(reading) == ("k/00", b"x")
    reading.close()  # type: ignore[attr-defined]
    assert no_threads_left()


@pytest.mark.parametrize(
    ("wanted", "cap", "ahead"),
    [
        ("a", None, 9),
        ("a", 4, 3),
        (Entry("a", 3, ""), None, 4),
        (Entry("a", 3, ""), 100, 4),
        (Entry("a", 100, ""), None, 2),
    ],
)
def test_what_is_read_ahead_fits_in_memory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str | Entry,
    cap: int | None,
    ahead: int,
) -> None:
    """An entry weighs its size and a bare key the cap: with 9 bytes allowed, so many are taken, and one more a turn."""
    monkeypatch.setattr(bulk, "AHEAD_BYTES", 9)
    store = LocalStore(tmp_path)
    store.put("a", b"123")
    taken = 0

    def endless() -> Iterator[str | Entry]:
        nonlocal taken
        while True:
            taken += 1
            yield wanted

    reading = get_all(store, endless(), max_bytes=cap, workers=2)
    for turn in range(10):
        assert next(reading) == ("a", b"123")
        assert taken == ahead + turn
    reading.close()  # type: ignore[attr-defined]


def test_overwriting_is_asked_for(local_store: LocalStore) -> None:
    """Without ``only_if_absent`` what is there is replaced."""
    local_store.put("a", b"old")
    with pytest.raises(PreconditionFailed):
        put_all(local_store, [("a", b"new")])
    assert put_all(local_store, [("a", b"new")], only_if_absent=False)[0].size_bytes == 3
    assert local_store.get("a") == StoredObject(b"new", sha256_bytes(b"new"))


def test_a_missing_object_is_raised_at_its_place(local_store: LocalStore) -> None:
    """Objects before the missing one are given, then ObjectNotFound comes."""
    for key in ("a", "c"):
        local_store.put(key, b"x")
    reading = get_all(local_store, ["a", "b", "c"])
    assert next(reading)[0] == "a"
    with pytest.raises(ObjectNotFound, match="/b: expected an object"):
        next(reading)
