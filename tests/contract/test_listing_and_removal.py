"""Listings tell objects apart unread, removed objects are gone, large ones arrive in files: over every store."""

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.arrival import PIECE_BYTES
from safety_tasks.store.base import Entry, ObjectStore

NAMES = st.text(string.ascii_letters + "-./", min_size=1, max_size=4)
SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 7]


def listed(store: ObjectStore, key: str) -> Entry:
    """Return the one entry of a key."""
    found = [entry for entry in store.entries(key) if entry.key == key]
    assert len(found) == 1
    return found[0]


def test_an_entry_tells_the_size(store: ObjectStore) -> None:
    """A listing holds key and size of each object, and a stamp that is there."""
    for size in (0, 1, 100_000):
        store.put(f"a/{size}", bytes(size))
    found = list(store.entries("a/"))
    assert [(entry.key, entry.size_bytes) for entry in found] == [
        ("a/0", 0),
        ("a/1", 1),
        ("a/100000", 100_000),
    ]
    assert all(entry.stamp for entry in found)


def test_an_unchanged_object_keeps_its_stamp(store: ObjectStore) -> None:
    """Reading, listing, a refused write and a write beside it leave the stamp as it was."""
    store.put("a", b"1")
    before = listed(store, "a")
    store.get("a")
    store.put("b", b"2")
    with pytest.raises(PreconditionFailed):
        store.put("a", b"3", only_if_absent=True)
    assert listed(store, "a") == before


def test_other_content_has_another_stamp(store: ObjectStore) -> None:
    """Of many writes of one size in a row, each with its own content, no two share a stamp."""
    stamps = set()
    for number in range(50):
        store.put("a", b"%02d" % number)
        stamps.add(listed(store, "a").stamp)
    assert len(stamps) == 50


def test_an_object_made_again_has_another_stamp(store: ObjectStore) -> None:
    """Removed and written anew with other content of the same size, it is told apart."""
    store.put("a", b"old")
    before = listed(store, "a")
    store.delete("a")
    store.put("a", b"new")
    assert listed(store, "a").stamp != before.stamp


def test_the_order_of_signs_about_a_slash(store: ObjectStore) -> None:
    """A hyphen and a dot come before a slash, a digit after it, as the keys and not as folders have it."""
    keys = ["a-b/c", "a.b", "a/b", "a/b.c", "a0/b"]
    for key in reversed(keys):
        store.put(key, b"")
    assert [entry.key for entry in store.entries("")] == keys


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.sets(NAMES, max_size=8), prefix=st.text("a-./", max_size=3))
def test_the_order_is_that_of_the_keys(store: ObjectStore, names: set[str], prefix: str) -> None:
    """Whatever signs are before and after a slash, a listing is sorted by whole key, and whole."""
    written = set()
    for key in list(store.keys("")):
        store.delete(key)
    for name in names:
        try:
            store.put(name, b"")
        except StoreError:
            continue  # no plain key, or a file where a folder is
        written.add(name)
    expected = sorted(key for key in written if key.startswith(prefix))
    assert [entry.key for entry in store.entries(prefix)] == expected


def test_removing_nothing_is_no_error(store: ObjectStore) -> None:
    """An object that is not there is not removed, nor is a folder of objects."""
    assert store.delete("a") is False
    assert store.delete("a/b/c") is False
    store.put("a/b", b"1")
    assert store.delete("a") is False
    assert list(store.keys("")) == ["a/b"]


def test_a_removed_object_is_gone(store: ObjectStore) -> None:
    """It is neither read, found nor listed, its neighbours stand, and it can be written anew."""
    for key in ("a/b", "a/b2", "a/c"):
        store.put(key, b"1")
    assert store.delete("a/b") is True
    assert store.delete("a/b") is False
    assert not store.exists("a/b")
    assert list(store.keys("")) == ["a/b2", "a/c"]
    with pytest.raises(ObjectNotFound):
        store.get("a/b")
    store.put("a/b", b"2", only_if_absent=True)
    assert store.get("a/b").payload == b"2"


@pytest.mark.parametrize("size", SIZES)
def test_a_download_is_the_object(store: ObjectStore, tmp_path: Path, size: int) -> None:
    """Around the size of a piece the file holds the same bytes, with nothing beside it."""
    payload = bytes(range(251)) * (size // 251 + 1)
    store.put("a/b", payload[:size])
    path = tmp_path / "to" / "file"
    assert store.download("a/b", path) == size
    assert path.read_bytes() == payload[:size]
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_a_download_replaces_whole(store: ObjectStore, tmp_path: Path) -> None:
    """A longer file that was there before is replaced, not written over."""
    store.put("a", b"short")
    (tmp_path / "file").write_bytes(b"much longer")
    assert store.download("a", tmp_path / "file") == 5
    assert (tmp_path / "file").read_bytes() == b"short"


def test_a_missing_object_leaves_the_file(store: ObjectStore, tmp_path: Path) -> None:
    """Where there is no object, what the file held stands and nothing is beside it."""
    folder = tmp_path / "to"
    folder.mkdir()
    (folder / "file").write_bytes(b"before")
    with pytest.raises(ObjectNotFound):
        store.download("a", folder / "file")
    assert (folder / "file").read_bytes() == b"before"
    assert [found.name for found in folder.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["get", "download"])
def test_a_cap_is_kept(store: ObjectStore, tmp_path: Path, name: str) -> None:
    """At the cap an object is read; one byte above it is refused with both numbers, and no file is left."""
    folder = tmp_path / "to"

    def read(key: str, cap: int | None) -> None:
        if name == "get":
            assert len(store.get(key, cap).payload) == 5
        else:
            assert store.download(key, folder / "file", cap) == 5

    store.put("a", b"12345")
    for cap in (None, 5, 6):
        read("a", cap)
    for found in folder.glob("*"):
        found.unlink()
    for cap in (0, 4):
        with pytest.raises(StoreError, match=f"at most {cap} bytes, found 5") as caught:
            read("a", cap)
        assert not isinstance(caught.value, ObjectNotFound)
    assert list(folder.glob("*")) == []


def test_a_file_that_cannot_be_written_is_an_error(store: ObjectStore, tmp_path: Path) -> None:
    """A file where the folder should be is a StoreError that names the local path."""
    store.put("a", b"1")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"could not write it.*Check the folder") as caught:
        store.download("a", tmp_path / "file" / "below")
    assert str(tmp_path / "file" / "below") in str(caught.value)


def test_folders_are_named_without_what_is_below(store: ObjectStore) -> None:
    """Names right below a prefix that have keys below them, in order; objects and empty folders are none."""
    assert list(store.folders("in/")) == []
    for key in ("in/b/1", "in/a/deep/2", "in/a/3", "in/plain", "in/a.b/4", "other/c/5"):
        store.put(key, b"x")
    assert list(store.folders("in/")) == ["a.b", "a", "b"]
    assert list(store.folders("in/a/")) == ["deep"]
    store.delete("in/b/1")
    assert list(store.folders("in/")) == ["a.b", "a"]
