"""Many objects at once mean the same as one after another, over every store."""

import pytest

from safety_tasks.errors import ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.bulk import get_all, put_all

ITEMS = [(f"k/{number:03d}", b"%d" % number * number) for number in range(150)]


def test_what_was_put_is_got(store: ObjectStore) -> None:
    """Every object is there under its key, records are those of single writes, and reading keeps the order."""
    found = put_all(store, iter(ITEMS))
    assert [artifact.key for artifact in found] == [key for key, _ in ITEMS]
    assert found[7] == put_artifact(store, *ITEMS[7])
    assert list(get_all(store, reversed([key for key, _ in ITEMS]))) == ITEMS[::-1]
    assert list(get_all(store, store.entries("k/"))) == ITEMS


def test_writing_the_same_again_changes_nothing(store: ObjectStore) -> None:
    """A cut delivery is finished by doing it again: what is there stays, what is missing comes."""
    put_all(store, ITEMS[:100:3])
    before = {entry.key: entry.stamp for entry in store.entries("k/")}
    assert len(put_all(store, ITEMS)) == len(ITEMS)
    after = {entry.key: entry.stamp for entry in store.entries("k/")}
    assert len(after) == len(ITEMS)
    assert before.items() <= after.items()


def test_other_bytes_are_refused(store: ObjectStore) -> None:
    """Other bytes under one of the keys are refused with its name, and the first stand."""
    store.put("k/050", b"other")
    with pytest.raises(PreconditionFailed, match="k/050: expected to write it once"):
        put_all(store, ITEMS)
    assert store.get("k/050").payload == b"other"


def test_a_cap_and_a_gap_are_errors(store: ObjectStore) -> None:
    """An object above the cap, and one that is not there, end the reading."""
    put_all(store, ITEMS[:20])
    with pytest.raises(StoreError, match="at most 10 bytes, found 20"):
        list(get_all(store, store.entries("k/"), max_bytes=10))
    with pytest.raises(ObjectNotFound, match="k/020"):
        list(get_all(store, [key for key, _ in ITEMS]))
