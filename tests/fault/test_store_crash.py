"""A local store whose machine stops at any step: old or new, never a part, and the next write works."""

import errno
import os
from pathlib import Path

import pytest
from support.crash import CrashError, crashing

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore

KEY = "a/b/object"
DEEP = ["fsync"] * 2 + ["fsync", "rename", "fsync"]  # two new folders, then the file
FLAT = ["fsync", "rename", "fsync"]


def left(store: LocalStore, key: str = KEY) -> bytes | None:
    """Return what a fresh reader finds."""
    try:
        return LocalStore(Path(store.uri)).get(key).payload
    except ObjectNotFound:
        return None


def test_the_steps_of_a_write(local_store: LocalStore) -> None:
    """Folders are made durable, then content, then name, then the folder that holds the name."""
    with crashing(None) as steps:
        local_store.put(KEY, b"old")
    assert steps.done == DEEP
    with crashing(None) as steps:
        local_store.put(KEY, b"new")
    assert steps.done == FLAT


@pytest.mark.parametrize("step", range(len(DEEP)))
def test_crash_in_the_first_write(local_store: LocalStore, step: int) -> None:
    """Before the rename there is nothing, after it the whole object; a retry finishes."""
    with pytest.raises(CrashError), crashing(step) as steps:
        local_store.put(KEY, b"new", only_if_absent=True)
    assert left(local_store) == (b"new" if "rename" in steps.done else None)
    assert list(local_store.keys("a/")) == ([KEY] if "rename" in steps.done else [])
    assert put_artifact(local_store, KEY, b"new").size_bytes == 3
    assert left(local_store) == b"new"


@pytest.mark.parametrize("step", range(len(FLAT)))
@pytest.mark.parametrize("conditional", [False, True])
def test_crash_in_an_overwrite(local_store: LocalStore, step: int, conditional: bool) -> None:
    """The old object or the new one; the tag then says which, so that a swap is decided anew."""
    tag = local_store.put(KEY, b"old")
    with pytest.raises(CrashError), crashing(step) as steps:
        local_store.put(KEY, b"new", only_if_tag=tag if conditional else None)
    renamed = "rename" in steps.done
    assert left(local_store) == (b"new" if renamed else b"old")
    if renamed:
        with pytest.raises(PreconditionFailed):
            local_store.put(KEY, b"newer", only_if_tag=tag)
    else:
        local_store.put(KEY, b"newer", only_if_tag=tag)
    local_store.put(KEY, b"newest")
    assert left(local_store) == b"newest"


@pytest.mark.parametrize("step", range(len(FLAT)))
def test_a_crash_leaves_no_litter_among_the_keys(local_store: LocalStore, step: int) -> None:
    """Whatever file a crash left behind, it is no object and the lock is free again."""
    local_store.put(KEY, b"old")
    with pytest.raises(CrashError), crashing(step):
        local_store.put(KEY, b"new")
    assert list(LocalStore(Path(local_store.uri)).keys("")) == [KEY]


def test_litter_of_a_real_power_cut_is_no_object(local_store: LocalStore) -> None:
    """A partial file that nobody could remove is not listed."""
    local_store.put(KEY, b"old")
    (Path(local_store.uri) / "a" / "b" / ".partial-x1y2").write_bytes(b"half")
    assert list(local_store.keys("")) == [KEY]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("step", range(len(FLAT)))
def test_a_full_or_broken_disk_is_a_store_error(
    local_store: LocalStore, step: int, number: int
) -> None:
    """The operating system's complaint becomes this project's error; the object is whole."""
    local_store.put(KEY, b"old")
    problem = OSError(number, os.strerror(number))
    with pytest.raises(StoreError, match="could not write") as raised, crashing(step, problem):
        local_store.put(KEY, b"new")
    assert os.strerror(number) in str(raised.value)
    assert left(local_store) in (b"old", b"new")
    assert [p.name for p in (Path(local_store.uri) / "a" / "b").iterdir()] == ["object"]
    local_store.put(KEY, b"newest")
    assert left(local_store) == b"newest"
