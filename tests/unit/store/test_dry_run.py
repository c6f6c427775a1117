"""A dry run reads the real store and changes nothing."""

from pathlib import Path

import pytest

from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.dry_run import DryRunStore
from safety_tasks.store.local import LocalStore


def test_reads_pass_and_writes_vanish(local_store: LocalStore, tmp_path: Path) -> None:
    """Every read sees what is there; a write and a removal say what they would, and do nothing."""
    local_store.put("a/b", b"there")
    dry: ObjectStore = DryRunStore(local_store)
    assert (dry.uri, dry.is_loopback) == (local_store.uri, True)
    assert dry.get("a/b") == local_store.get("a/b")
    assert dry.download("a/b", tmp_path / "copy") == 5
    assert [entry.key for entry in dry.entries("a/")] == list(dry.keys("a/")) == ["a/b"]
    assert dry.put("a/b", b"other") == local_store.put("x", b"other")
    assert put_artifact(dry, "a/c", b"new").size_bytes == 3
    assert dry.delete("a/b")
    assert not dry.delete("none")
    assert (dry.exists("a/b"), dry.exists("a/c")) == (True, False)
    assert local_store.get("a/b").payload == b"there"


@pytest.mark.parametrize("key", ["a/b", "a/c"])
def test_conditions_are_not_tried(local_store: LocalStore, key: str) -> None:
    """A conditional write passes: a dry run promises no race."""
    local_store.put("a/b", b"there")
    assert DryRunStore(local_store).put(key, b"x", only_if_absent=True, only_if_tag="none")
