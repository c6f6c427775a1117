"""A folder as a store: nothing leads out of it, and a crash leaves nothing half-written in sight."""

from pathlib import Path

import pytest

from safety_tasks.errors import StoreError
from safety_tasks.store.local import LocalStore, write_durably


def test_a_link_out_is_refused(local_store: LocalStore, tmp_path: Path) -> None:
    """A link to a file outside is neither read, written through, nor found."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (Path(local_store.uri) / "link").symlink_to(secret)
    for verb in (local_store.get, local_store.exists, lambda key: local_store.put(key, b"x")):
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
