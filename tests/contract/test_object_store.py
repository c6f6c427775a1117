"""Every object store keeps the same promises: the same tests over a folder and over S3."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.base import ObjectStore, read_if_there

RACERS = 8
KEYS = ["a/1", "a/10", "a/2", "a/b/3", "ab/4", "z"]
BAD_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../out",
    "a/../../out",
    "a//b",
    "a/",
    "./a",
    "a/.",
    "a\\b",
    "a\nb",
    "a\x00b",
]


def race(store: ObjectStore, key: str, *, only_if_tag: str | None) -> list[bytes]:
    """Let eight threads write at once under one condition; return the payloads that won."""
    start = Barrier(RACERS)

    def write(number: int) -> bytes | None:
        payload = f"racer {number}".encode()
        start.wait(timeout=10)
        try:
            store.put(key, payload, only_if_absent=only_if_tag is None, only_if_tag=only_if_tag)
        except PreconditionFailed:
            return None
        return payload

    with ThreadPoolExecutor(RACERS) as pool:
        return [won for won in pool.map(write, range(RACERS)) if won is not None]


def test_an_empty_store_holds_nothing(store: ObjectStore) -> None:
    """Nothing is listed, found or read before something was written."""
    assert list(store.keys("")) == []
    assert list(store.entries("")) == []
    assert not store.exists("a")
    assert read_if_there(store, "a") is None
    with pytest.raises(ObjectNotFound, match="expected an object, found none"):
        store.get("a")


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(256)) * 1000])
def test_what_was_put_is_got(store: ObjectStore, payload: bytes) -> None:
    """An object comes back byte for byte, with the tag that its write returned."""
    tag = store.put("folder/object.bin", payload)
    found = store.get("folder/object.bin")
    assert (found.payload, found.tag) == (payload, tag)
    assert store.exists("folder/object.bin")


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.binary(max_size=64), second=st.binary(max_size=64))
def test_the_last_write_stands(store: ObjectStore, first: bytes, second: bytes) -> None:
    """A plain write replaces the object whole, and equal bytes have equal tags."""
    tags = [store.put("k", first), store.put("k", second)]
    assert store.get("k").payload == second
    assert (tags[0] == tags[1]) == (first == second)


def test_a_folder_is_not_an_object(store: ObjectStore) -> None:
    """A prefix of a key is no object."""
    store.put("a/b", b"1")
    assert not store.exists("a")
    with pytest.raises(ObjectNotFound):
        store.get("a")


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("none/", []),
        ("", ["a/1", "a/10", "a/2", "a/b/3", "ab/4", "z"]),
        ("a", ["a/1", "a/10", "a/2", "a/b/3", "ab/4"]),
        ("a/", ["a/1", "a/10", "a/2", "a/b/3"]),
        ("a/1", ["a/1", "a/10"]),
        ("a/b/", ["a/b/3"]),
        ("z", ["z"]),
        ("/", []),
        ("../", []),
        ("a//", []),
    ],
)
def test_keys_come_by_prefix_in_order(store: ObjectStore, prefix: str, expected: list[str]) -> None:
    """A listing holds exactly the keys that start with the prefix, sorted, however they were written."""
    for key in reversed(KEYS):
        store.put(key, b"")
    assert list(store.keys(prefix)) == expected
    assert [entry.key for entry in store.entries(prefix)] == expected


def test_only_if_absent_writes_once(store: ObjectStore) -> None:
    """The second conditional write is refused, even with equal bytes, and changes nothing."""
    tag = store.put("k", b"first", only_if_absent=True)
    for payload in (b"second", b"first"):
        with pytest.raises(PreconditionFailed):
            store.put("k", payload, only_if_absent=True)
    assert store.get("k").payload == b"first"
    assert store.get("k").tag == tag


def test_only_if_tag_is_a_compare_and_swap(store: ObjectStore) -> None:
    """A write with the tag last seen passes; the same tag again is stale and is refused."""
    seen = store.put("k", b"first")
    newer = store.put("k", b"second", only_if_tag=seen)
    with pytest.raises(PreconditionFailed):
        store.put("k", b"third", only_if_tag=seen)
    assert store.get("k").payload == b"second"
    store.put("k", b"third", only_if_tag=newer)
    assert store.get("k").payload == b"third"


def test_only_if_tag_needs_an_object(store: ObjectStore) -> None:
    """A compare-and-swap on an object that is not there is lost, and creates nothing."""
    tag = store.put("other", b"first")
    with pytest.raises(PreconditionFailed):
        store.put("k", b"second", only_if_tag=tag)
    assert not store.exists("k")


def test_one_creator_wins(store: ObjectStore) -> None:
    """Of eight threads that create one object exactly one wins, and its bytes stand."""
    won = race(store, "k", only_if_tag=None)
    assert len(won) == 1
    assert store.get("k").payload == won[0]


def test_one_swapper_wins(store: ObjectStore) -> None:
    """Of eight threads that swap from one tag exactly one wins, and its bytes stand."""
    won = race(store, "k", only_if_tag=store.put("k", b"before"))
    assert len(won) == 1
    assert store.get("k").payload == won[0]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_bad_keys_are_refused(store: ObjectStore, key: str, tmp_path: Path) -> None:
    """A key that is not a plain relative path is refused by every verb that takes one."""
    verbs = (
        store.get,
        store.exists,
        store.delete,
        lambda k: store.put(k, b""),
        lambda k: store.download(k, tmp_path / "file"),
    )
    for verb in verbs:
        with pytest.raises(StoreError, match="expected a plain relative path"):
            verb(key)
    assert list(store.keys("")) == []


@pytest.mark.parametrize("key", ["연기/사진 1.jpg", "a b+c%20&=.txt", "-dash", "a..b", "...", "~"])
def test_odd_but_plain_keys_work(store: ObjectStore, key: str) -> None:
    """A key in any script, with blanks or signs, is written, listed and read under its own name."""
    store.put(key, b"1")
    assert list(store.keys("")) == [key]
    assert store.get(key).payload == b"1"


def test_objects_stay_on_this_machine(store: ObjectStore) -> None:
    """A folder and a loopback endpoint both say that they are local."""
    assert store.is_loopback is True
