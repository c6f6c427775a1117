"""One bad delivery holds up no other; it is not tried again by itself, but is when somebody names it."""

from collections.abc import Callable

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.pending import ingest_pending
from safety_tasks.ingest.quarantine import refused_batches
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import CurrentDataset, DatasetVersion, IngestOutcome
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY

Pending = Callable[..., IngestOutcome]
NOTHING = IngestOutcome(version=None, ingested=(), refused={})


@pytest.fixture
def put(
    local_store: LocalStore, deliver: Callable[..., None], make_picture: Callable[..., bytes]
) -> Callable[..., None]:
    """Give a deliverer of one-picture batches, good or without a label."""

    def batch(name: str, *, good: bool = True, ready: bool = True) -> None:
        seed = sum(name.encode())
        label = "0 .5 .5 .2 .2" if good else None
        deliver(local_store, name, {f"{name}.jpg": (make_picture(seed), label)}, ready=ready)

    return batch


@pytest.fixture
def pending(local_store: LocalStore, settings: Settings) -> Pending:
    """Give the verb over the folder store."""

    def run(*only: str) -> IngestOutcome:
        return ingest_pending(local_store, settings.ingest, settings.classes, only=only)

    return run


def make_current(store: LocalStore, version: DatasetVersion | None) -> None:
    """Point at a version as if it were validated."""
    assert version is not None
    proof = Artifact(key="report", sha256="0" * 64, size_bytes=0)
    pointer = CurrentDataset(version_id=version.version_id, validation=proof)
    store.put(CURRENT_KEY, pointer.to_json_bytes())


def test_nothing_is_pending(pending: Pending, put: Callable[..., None]) -> None:
    """No delivery, or one that is not complete, is no work and no error."""
    assert pending() == NOTHING
    put("slow", ready=False)
    assert pending() == NOTHING


def test_one_bad_batch_holds_up_no_other(pending: Pending, put: Callable[..., None]) -> None:
    """Good batches before and after a bad one make one version; the refusal comes with its reason."""
    for name, good in (("a", True), ("b", False), ("c", True), ("odd name", True)):
        put(name, good=good)
    outcome = pending()
    assert outcome.ingested == ("a", "c")
    assert outcome.version is not None
    assert outcome.version.batches == ("a", "c")
    assert outcome.refused.keys() == {"b", "odd name"}
    assert "missing_label" in outcome.refused["b"]
    assert "expected a batch name" in outcome.refused["odd name"]


def test_only_bad_batches_are_an_error(
    pending: Pending, put: Callable[..., None], local_store: LocalStore
) -> None:
    """Where every batch is refused the stage fails, once: then they lie in quarantine."""
    put("a", good=False)
    put("b", good=False)
    with pytest.raises(BatchError, match="every batch was refused") as caught:
        pending()
    assert "incoming/a/" in str(caught.value)
    assert "incoming/b/" in str(caught.value)
    assert pending() == NOTHING
    assert set(refused_batches(local_store)) == {"a", "b"}


def test_a_mended_batch_is_taken_when_it_is_named(
    pending: Pending, put: Callable[..., None]
) -> None:
    """A batch in quarantine is left alone until somebody names it, and is then judged anew."""
    put("a", good=False)
    with pytest.raises(BatchError):
        pending()
    put("a")
    assert pending() == NOTHING
    assert pending("a").ingested == ("a",)


def test_a_batch_on_its_way_is_not_put_in_quarantine(
    pending: Pending, put: Callable[..., None], local_store: LocalStore
) -> None:
    """Naming a batch too early is an error, but once complete it is taken by itself."""
    put("slow", ready=False)
    with pytest.raises(BatchError, match="expected the marker"):
        pending("slow")
    assert not list(local_store.keys("quarantine/"))
    put("slow")
    assert pending().ingested == ("slow",)


def test_batches_of_the_current_version_are_not_pending(
    pending: Pending, put: Callable[..., None], local_store: LocalStore
) -> None:
    """What the current version holds is not taken again, not even by name; new batches build on it."""
    put("a")
    first = pending().version
    make_current(local_store, first)
    assert pending() == NOTHING
    assert pending("a") == NOTHING
    put("b")
    second = pending().version
    assert first is not None
    assert second is not None
    assert (second.parent_id, second.batches) == (first.version_id, ("a", "b"))


def test_what_did_not_become_current_is_taken_again(
    pending: Pending, put: Callable[..., None]
) -> None:
    """A version that was never made current loses nothing: the same batches give it again."""
    put("a")
    assert pending() == pending()


def test_a_delivery_that_changed_after_it_was_taken_in_is_refused(
    pending: Pending, put: Callable[..., None], local_store: LocalStore
) -> None:
    """A batch of the current version that got another file is named as changed, when somebody asks for it."""
    put("a")
    make_current(local_store, pending().version)
    local_store.put("incoming/a/images/late.jpg", b"late")
    with pytest.raises(BatchError, match="expected the files that were taken in"):
        pending("a")


def test_a_batch_that_contradicts_the_dataset_holds_up_no_other(
    pending: Pending,
    put: Callable[..., None],
    deliver: Callable[..., None],
    make_picture: Callable[..., bytes],
    local_store: LocalStore,
) -> None:
    """Of three batches taken in at once, the one whose labels contradict the others' is refused by itself."""
    put("a")
    put("c")
    deliver(local_store, "b", {"again.jpg": (make_picture(sum(b"a")), "1 .5 .5 .4 .4")})
    outcome = pending()
    assert outcome.ingested == ("a", "c")
    assert "conflicting_labels" in outcome.refused["b"]
