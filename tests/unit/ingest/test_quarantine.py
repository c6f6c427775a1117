"""What was set aside is kept with its first reason, can be mended and released, and goes after the retention."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest import ingest_batch, take_in_batch
from safety_tasks.ingest.quarantine import (
    keep_item,
    list_items,
    mark_released,
    prune_quarantine,
    read_reason,
    refuse_batch,
    refused_batches,
)
from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.settings import Settings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_ledger

Deliver = Callable[..., None]
MakePicture = Callable[..., bytes]
GOOD = "0 .5 .5 .2 .2"


def row(file: str = "images/a.jpg", rule: str = "zero_area") -> LedgerRow:
    """Return the ledger row of a picture that was set aside."""
    return LedgerRow(
        batch_id="b1",
        file=file,
        kind=LedgerKind.PICTURE,
        rule=rule,
        observed="something",
        action=LedgerAction.QUARANTINED,
    )


def test_nothing_is_in_quarantine(local_store: LocalStore) -> None:
    """An empty store has no items, no refused batches, and nothing to prune."""
    assert list_items(local_store) == ()
    assert refused_batches(local_store) == {}
    assert prune_quarantine(local_store, 0, datetime.now(UTC)) == ()


def test_an_item_holds_the_bytes_as_delivered(local_store: LocalStore) -> None:
    """Picture and label come back byte for byte, with the rule; their names decide no path."""
    name = "images/../..\\evil name.exe"
    item = keep_item(local_store, row(name), b"picture", ("labels/x.txt", b"label"))
    assert list_items(local_store) == (item,)
    assert (item.file, item.rule, item.released_as) == (name, "zero_area", None)
    assert item.picture is not None
    assert item.label is not None
    assert get_artifact(local_store, item.picture) == b"picture"
    assert get_artifact(local_store, item.label) == b"label"
    assert item.picture.key == f"quarantine/b1/items/{item.item_id}/picture.bin"


def test_the_first_reason_stands(local_store: LocalStore) -> None:
    """The same picture set aside again is the same item; other bytes under its name are another."""
    first = keep_item(local_store, row(), b"picture", None)
    assert keep_item(local_store, row(rule="not_finite"), b"picture", None) == first
    assert keep_item(local_store, row(), b"other", None).item_id != first.item_id
    assert keep_item(local_store, row(), None, None).picture is None
    assert len(list_items(local_store, "b1")) == 3
    assert list_items(local_store, "b2") == ()


def test_a_refused_batch_says_why(local_store: LocalStore) -> None:
    """The reason is read back, and the ledger is beside it."""
    refuse_batch(local_store, "b1", "too much of it", [row()])
    assert refused_batches(local_store) == {"b1": "too much of it"}
    assert read_reason(local_store, "b1") == "too much of it"


@pytest.mark.parametrize(("days", "left"), [(0, 1), (179.9, 1), (180.1, 0)])
def test_items_go_after_the_retention(local_store: LocalStore, days: float, left: int) -> None:
    """Older than the retention, an item goes with its bytes; the reason of the batch stays."""
    keep_item(local_store, row(), b"picture", ("a.txt", b"label"))
    refuse_batch(local_store, "b1", "why")
    gone = prune_quarantine(local_store, 180, datetime.now(UTC) + timedelta(days=days))
    assert len(gone) == 1 - left
    assert len(list_items(local_store)) == left
    assert (b"picture" in {local_store.get(k).payload for k in local_store.keys("")}) is bool(left)
    assert refused_batches(local_store) == {"b1": "why"}


def test_what_was_released_frees_its_batch(
    local_store: LocalStore, deliver: Deliver, make_picture: MakePicture, settings: Settings
) -> None:
    """A batch refused for one missing label comes in once that picture was delivered anew, and the ledger says so."""
    pictures = {f"{n}.jpg": (make_picture(n), GOOD) for n in range(4)}
    deliver(local_store, "b1", {**pictures, "x.jpg": (make_picture(9), None)})
    with pytest.raises(BatchError, match="1 of 5 pictures break missing_label"):
        take_in_batch(local_store, "b1", settings.ingest, settings.classes)
    (item,) = list_items(local_store, "b1")
    mark_released(local_store, item, "b1.fix1")
    version = ingest_batch(local_store, "b1", settings.ingest, settings.classes)
    (found,) = read_ledger(local_store, version)
    assert (found.rule, found.action) == ("missing_label", LedgerAction.RELEASED)
    assert "delivered anew as b1.fix1" in found.observed
    assert sum(split.pictures for split in version.splits.values()) == 4
