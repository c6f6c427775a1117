"""A folder as a store: nothing leads out of it, and a crash leaves nothing half-written in sight."""

import os
from pathlib import Path

import pytest
from support.crash import CrashError, crashing

from safety_tasks.errors import StoreError
from safety_tasks.store.local import LocalStore, write_durably


def test_a_link_out_is_refused(local_store: LocalStore, tmp_path: Path) -> None:
    """A link to a file outside is neither read, written through, nor found."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (Path(local_store.uri) / "link").symlink_to(secret)
    verbs = (
        local_store.get,
        local_store.exists,
        local_store.delete,
        lambda key: local_store.put(key, b"x"),
        lambda key: local_store.download(key, tmp_path / "copy"),
    )
    for verb in verbs:
        with pytest.raises(StoreError, match="found a link out"):
            verb("link")
    assert secret.read_bytes() == b"secret"


def test_a_linked_folder_is_refused(local_store: LocalStore, tmp_path: Path) -> None:
    """A key below a folder that is a link to the outside is refused, and nothing appears there."""
    (tmp_path / "elsewhere").mkdir()
    (Path(local_store.uri) / "folder").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="found a link out"):
        local_store.put("folder/object", b"x")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    with pytest.raises(StoreError, match="found a link out"):
        list(local_store.entries("folder/"))
    assert list(local_store.entries("")) == []


def test_a_root_that_is_a_link_is_followed(tmp_path: Path) -> None:
    """The operator may point the root itself at a link."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "disk")
    LocalStore(tmp_path / "root").put("a", b"1")
    assert (tmp_path / "disk" / "a").read_bytes() == b"1"


def test_leftovers_of_a_crash_are_not_listed(local_store: LocalStore) -> None:
    """A partial file that a killed writer left, and the lock, are no objects."""
    local_store.put("a/b", b"1")
    (Path(local_store.uri) / "a" / ".partial-x1y2").write_bytes(b"half")
    assert (Path(local_store.uri) / ".lock").exists()
    assert list(local_store.keys("")) == ["a/b"]


def test_a_failed_write_leaves_the_old_bytes(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the rename fails the old object stands and no partial file is left."""

    def fail(self: Path, target: Path) -> None:
        raise OSError(f"disk full: {self} {target}")

    local_store.put("a", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(StoreError, match="disk full"):
            local_store.put("a", b"new")
    assert local_store.get("a").payload == b"old"
    assert not list(Path(local_store.uri).glob(".partial-*"))


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
def test_an_object_and_a_folder_of_one_name_clash(
    local_store: LocalStore, first: str, second: str
) -> None:
    """A folder cannot hold both ``a`` and ``a/b``: the second write is a StoreError that says so."""
    local_store.put(first, b"1")
    with pytest.raises(StoreError, match="could not write"):
        local_store.put(second, b"2")
    assert list(local_store.keys("")) == [first]


def test_two_stores_share_one_lock(tmp_path: Path) -> None:
    """Two stores over one folder, as two processes have, see each other's writes and conditions."""
    mine, theirs = LocalStore(tmp_path), LocalStore(tmp_path)
    tag = mine.put("a", b"1")
    theirs.put("a", b"2", only_if_tag=tag)
    assert mine.get("a").payload == b"2"


def test_write_durably_replaces_whole(tmp_path: Path) -> None:
    """A shorter content leaves nothing of a longer one."""
    for payload in (b"long content", b"", b"short"):
        write_durably(tmp_path / "file", payload)
        assert (tmp_path / "file").read_bytes() == payload
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def stamp(store: LocalStore, key: str) -> str:
    """Return the stamp of an object."""
    return next(entry.stamp for entry in store.entries(key))


def test_a_file_altered_in_place_has_another_stamp(local_store: LocalStore) -> None:
    """Bytes changed behind the store's back, with size and time put back, still show."""
    local_store.put("a", b"1234")
    before = stamp(local_store, "a")
    path = Path(local_store.uri) / "a"
    times = path.stat()
    path.write_bytes(b"4321")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stamp(local_store, "a") != before


def test_a_stamp_does_not_trust_a_coarse_clock(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file's time is set to the nanosecond, where the kernel's own would be the same for milliseconds."""
    with monkeypatch.context() as patch:
        patch.setattr("safety_tasks.store.local.time.time_ns", lambda: 1_700_000_000_123_456_789)
        local_store.put("a", b"1")
    assert (Path(local_store.uri) / "a").stat().st_mtime_ns == 1_700_000_000_123_456_789


def test_a_listing_reads_no_file(local_store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects that nobody may open are listed with size and stamp."""
    local_store.put("a/b", b"123")

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", fail)
        patch.setattr("builtins.open", fail)
        assert [(entry.key, entry.size_bytes) for entry in local_store.entries("")] == [("a/b", 3)]


def test_a_listing_enters_only_the_folders_it_needs(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prefix does not cost a walk through its neighbours."""
    for key in ("a/b/1", "a/c/1", "ab/1", "d/1"):
        local_store.put(key, b"")
    entered: list[str] = []
    scandir = os.scandir

    def watched(folder: Path) -> object:
        entered.append(Path(folder).relative_to(local_store.uri).as_posix())
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", watched)
    assert list(local_store.keys("a/b")) == ["a/b/1"]
    assert entered == ["a", "a/b"]


def test_a_file_that_goes_while_listed_is_left_out(local_store: LocalStore) -> None:
    """What was removed between two steps of a listing is not listed, and the rest is."""
    for key in ("a", "b", "c"):
        local_store.put(key, b"")
    listing = local_store.entries("")
    assert next(listing).key == "a"
    local_store.delete("b")
    assert [entry.key for entry in listing] == ["c"]


def test_only_the_root_holds_a_lock(local_store: LocalStore) -> None:
    """A delivered file whose name begins as the lock's is an object."""
    local_store.put("a/.lock", b"1")
    local_store.put(".locker", b"1")
    assert list(local_store.keys("")) == [".locker", "a/.lock"]


def test_a_removal_takes_the_leftovers_with_it(local_store: LocalStore) -> None:
    """What crashed writers left beside the object, which may be its bytes, goes also; another folder's stays."""
    local_store.put("a/b", b"1")
    local_store.put("c/d", b"1")
    root = Path(local_store.uri)
    for folder in ("a", "c"):
        (root / folder / ".partial-x1y2").write_bytes(b"half")
    local_store.delete("a/b")
    (root / "a" / ".partial-x3").write_bytes(b"half")
    local_store.delete("a/b")
    assert list((root / "a").iterdir()) == []
    assert (root / "c" / ".partial-x1y2").exists()


def test_a_removal_is_made_durable(local_store: LocalStore) -> None:
    """The folder is fsynced after the name went, and again when a cut removal is repeated."""
    local_store.put("a/b", b"1")
    with pytest.raises(CrashError), crashing(0):
        local_store.delete("a/b")
    with crashing(None) as steps:
        assert local_store.delete("a/b") is False
    assert steps.done == ["fsync"]


def test_a_download_that_breaks_leaves_nothing(
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the rename fails there is neither the file nor a part of it."""

    def fail(self: Path, target: Path) -> None:
        assert self.parent == target.parent  # another disk could not rename at once
        raise OSError("disk full")

    local_store.put("a", b"1")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(StoreError, match="disk full"):
            local_store.download("a", tmp_path / "to" / "file")
    assert list((tmp_path / "to").iterdir()) == []
