"""The listing says what is to be done with each delivery; one that is never closed is called stuck, once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from safety_tasks.errors import StoreError
from safety_tasks.ingest.listing import (
    WAITING_KEY,
    list_batches,
    listing_digest,
    newly_stuck,
    reason_key,
)
from safety_tasks.records.batch import BatchListing
from safety_tasks.settings import IngestSettings
from safety_tasks.store.local import LocalStore

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
Look = Callable[..., BatchListing]


@pytest.fixture
def look(local_store: LocalStore) -> Look:
    """Give the listing so many hours after noon, with some batches known."""

    def run(hours: float = 0, known: tuple[str, ...] = ()) -> BatchListing:
        return list_batches(local_store, known, IngestSettings(), NOON + timedelta(hours=hours))

    return run


def put(store: LocalStore, *keys: str) -> None:
    """Write empty files of deliveries."""
    for key in keys:
        store.put(f"incoming/{key}", b"")


def test_nothing_lies_there(look: Look) -> None:
    """An empty store has nothing pending, waiting, stuck or refused."""
    assert look() == BatchListing(pending=(), waiting=(), stuck={}, quarantined=())


def test_each_batch_is_in_one_list(local_store: LocalStore, look: Look) -> None:
    """Complete and new, without marker, refused, and in the dataset: in no other list, in order."""
    put(local_store, "b/_READY", "a/_READY", "a/images/1.jpg", "open/images/1.jpg")
    put(local_store, "bad/_READY", "done/_READY", "stray.txt", "deep/images/_READY")
    local_store.put(reason_key("bad"), b"{}")
    listing = look(known=("done",))
    assert listing.pending == ("a", "b")
    assert listing.waiting == ("deep", "open")
    assert listing.quarantined == ("bad",)


@pytest.mark.parametrize(("hours", "stuck"), [(0, False), (23.9, False), (24, True), (100, True)])
def test_a_batch_without_marker_gets_stuck(
    local_store: LocalStore, look: Look, hours: float, stuck: bool
) -> None:
    """From the first time it is seen it has a day; the hours are told."""
    put(local_store, "open/images/1.jpg")
    look()
    listing = look(hours)
    assert listing.stuck == ({"open": hours} if stuck else {})
    assert listing.waiting == (() if stuck else ("open",))


def test_a_stuck_batch_is_reported_once(local_store: LocalStore, look: Look) -> None:
    """The report comes once a batch, and anew if the batch was closed and another one is open."""
    put(local_store, "open/images/1.jpg")
    look()
    assert newly_stuck(local_store, look(25)) == {"open": 25}
    assert newly_stuck(local_store, look(26)) == {}
    put(local_store, "open/_READY")
    assert look(27).pending == ("open",)
    assert newly_stuck(local_store, look(28)) == {}


def test_a_spoilt_note_is_said(local_store: LocalStore, look: Look) -> None:
    """A note that is no JSON names itself and the way out."""
    put(local_store, "open/images/1.jpg")
    local_store.put(WAITING_KEY, b"[")
    with pytest.raises(StoreError, match=r"dataset/waiting\.json: .* Delete it"):
        look()


def test_a_listing_is_named_by_its_files(local_store: LocalStore) -> None:
    """Another file, another size or a rewrite is another listing; looking again is not."""
    put(local_store, "a/1", "b/1")
    first = listing_digest(local_store, "a")
    assert listing_digest(local_store, "a") == first
    put(local_store, "a/2")
    second = listing_digest(local_store, "a")
    local_store.put("incoming/a/2", b"more")
    assert len({first, second, listing_digest(local_store, "a")}) == 3
