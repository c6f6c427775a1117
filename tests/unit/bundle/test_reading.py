"""Reading a release: each step from the pointer to the last byte is proved or refused."""

import json
from pathlib import Path

import pytest
from support.toy_runs import publish_toy, toy_dataset
from toy_models import weak_model

from safety_tasks.bundle.layout import document_key, pointer_key
from safety_tasks.bundle.reading import read_document, read_part, read_pointer, read_served
from safety_tasks.digests import canonical_json, sha256_bytes
from safety_tasks.errors import BundleRejected, ClassMapError, ObjectNotFound
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.store.local import LocalStore


@pytest.fixture
def store(local_store: LocalStore) -> LocalStore:
    """Publish release 1 to stable."""
    publish_toy(local_store, toy_dataset(local_store), "r1")
    return local_store


def test_nothing_published_is_nothing_served(local_store: LocalStore) -> None:
    """A channel without a pointer serves nothing, which is no error."""
    assert read_pointer(local_store, "stable") is None
    assert read_served(local_store, "stable") is None


def test_what_is_served_proves(store: LocalStore) -> None:
    """Pointer, tag, document and every part agree."""
    served = read_served(store, "stable")
    assert served is not None
    assert served.tag == store.get(pointer_key("stable")).tag
    assert served.document.digest() == served.pointer.document.sha256
    for part in (served.document.model, *(g.picture for g in served.document.golden)):
        assert sha256_bytes(read_part(store, part)) == part.sha256
    assert read_pointer(store, "canary") is None


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe", b'{"channel": "stable"}']
)
def test_a_malformed_pointer_is_refused(store: LocalStore, payload: bytes) -> None:
    """Anything that is no pointer is refused with its key."""
    store.put(pointer_key("stable"), payload)
    with pytest.raises(BundleRejected, match=r"channels/stable\.json: expected a ChannelPointer"):
        read_pointer(store, "stable")


def change_pointer(store: LocalStore, **changes: object) -> None:
    """Rewrite the pointer of stable with other values."""
    values = json.loads(store.get(pointer_key("stable")).payload) | changes
    store.put(pointer_key("stable"), canonical_json(values))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channel": "canary"}, "expected the pointer of stable, found that of canary"),
        ({"release_seq": 2}, "expected release 2, found 1"),
        ({"release_seq": 0}, "expected a ChannelPointer"),
        ({"format": "safety-channel/2"}, "expected a ChannelPointer"),
        ({"extra": 1}, "expected a ChannelPointer"),
    ],
)
def test_a_pointer_that_does_not_fit_is_refused(
    store: LocalStore, changes: dict[str, object], message: str
) -> None:
    """Another channel, number, format or field than its own is refused."""
    change_pointer(store, **changes)
    with pytest.raises(BundleRejected, match=message):
        read_served(store, "stable")


def test_an_altered_document_is_refused(store: LocalStore) -> None:
    """One other threshold in the document, and it is not the one that the pointer names."""
    text = store.get(document_key(1)).payload
    store.put(document_key(1), text.replace(b"0.5", b"0.9"))
    with pytest.raises(BundleRejected, match="altered or cut"):
        read_served(store, "stable")


def test_a_document_of_another_release_is_refused(store: LocalStore) -> None:
    """A pointer may not name number 1 and prove the document of number 2."""
    document = ReleaseDocument.model_validate_json(store.get(document_key(1)).payload)
    payload = document.model_copy(update={"release_seq": 2}).to_json_bytes()
    store.put("other.json", payload)
    named = {"key": "other.json", "sha256": sha256_bytes(payload), "size_bytes": len(payload)}
    change_pointer(store, document=named)
    found = read_pointer(store, "stable")
    assert found is not None
    with pytest.raises(BundleRejected, match="Somebody mixed releases"):
        read_document(store, found[0])


def test_a_missing_document_is_not_nothing_served(store: LocalStore) -> None:
    """A pointer to a document that is gone raises; it does not look like an empty channel."""
    (Path(store.uri) / document_key(1)).unlink()
    with pytest.raises(ObjectNotFound):
        read_served(store, "stable")


@pytest.mark.parametrize("payload", [b"", weak_model()])
def test_an_altered_part_is_refused(store: LocalStore, payload: bytes) -> None:
    """A model of other bytes or length is never returned."""
    served = read_served(store, "stable")
    assert served is not None
    store.put(served.document.model.key, payload)
    with pytest.raises(BundleRejected, match="altered or cut"):
        read_part(store, served.document.model)


def test_a_document_whose_digest_is_of_other_classes_is_refused(store: LocalStore) -> None:
    """Proved by the pointer, and still its names are not those of its digest: refused with the fix."""
    document = ReleaseDocument.model_validate_json(store.get(document_key(1)).payload)
    swapped = ("fire", "smoke", *document.classes[2:])
    payload = document.model_copy(update={"classes": swapped}).to_json_bytes()
    store.put("other.json", payload)
    named = {"key": "other.json", "sha256": sha256_bytes(payload), "size_bytes": len(payload)}
    change_pointer(store, document=named)
    with pytest.raises(
        ClassMapError, match=r"other\.json: expected the class map.*Restore the order"
    ):
        read_served(store, "stable")
