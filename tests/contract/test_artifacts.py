"""Artifacts are written once and proved whenever they are read, over every store."""

from pathlib import Path

import pytest

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ObjectNotFound, PreconditionFailed
from safety_tasks.records.base import Artifact
from safety_tasks.store.base import ObjectStore, fetch_artifact, get_artifact, put_artifact


def test_an_artifact_names_its_bytes(store: ObjectStore) -> None:
    """The record of a written artifact holds its key, digest and size, and reads back."""
    artifact = put_artifact(store, "a/b", b"bytes")
    assert artifact == Artifact(key="a/b", sha256=sha256_bytes(b"bytes"), size_bytes=5)
    assert get_artifact(store, artifact) == b"bytes"


def test_writing_the_same_again_changes_nothing(store: ObjectStore) -> None:
    """The same bytes under the same key give the same record, and the object is not touched."""
    first = put_artifact(store, "k", b"bytes")
    tag = store.get("k").tag
    assert put_artifact(store, "k", b"bytes") == first
    assert store.get("k").tag == tag


def test_other_bytes_are_refused(store: ObjectStore) -> None:
    """Other bytes under a written key are refused with the reason, and the first stand."""
    put_artifact(store, "k", b"bytes")
    with pytest.raises(PreconditionFailed, match="Immutable objects are never overwritten"):
        put_artifact(store, "k", b"other")
    assert store.get("k").payload == b"bytes"


@pytest.mark.parametrize("altered", [b"", b"byte", b"bytes!", b"Bytes"])
def test_altered_bytes_are_caught(store: ObjectStore, altered: bytes) -> None:
    """An artifact that was cut, lengthened or changed does not read."""
    artifact = put_artifact(store, "k", b"bytes")
    store.put("k", altered)
    with pytest.raises(ArtifactError, match="altered or cut"):
        get_artifact(store, artifact)


def test_a_wrong_size_in_the_record_is_caught(store: ObjectStore) -> None:
    """A record whose size does not fit its digest proves nothing."""
    artifact = put_artifact(store, "k", b"bytes").model_copy(update={"size_bytes": 6})
    with pytest.raises(ArtifactError, match="expected 6 bytes"):
        get_artifact(store, artifact)


def test_a_missing_artifact_is_not_found(store: ObjectStore, tmp_path: Path) -> None:
    """A lost object is an ObjectNotFound, and leaves no file."""
    artifact = Artifact(key="k", sha256=sha256_bytes(b"x"), size_bytes=1)
    with pytest.raises(ObjectNotFound):
        get_artifact(store, artifact)
    with pytest.raises(ObjectNotFound):
        fetch_artifact(store, artifact, tmp_path / "to" / "file")
    assert not (tmp_path / "to" / "file").exists()


def test_a_fetched_file_is_proved(store: ObjectStore, tmp_path: Path) -> None:
    """An artifact lands in a file whose folder is made, with no partial beside it."""
    artifact = put_artifact(store, "k", b"bytes")
    path = fetch_artifact(store, artifact, tmp_path / "to" / "file")
    assert path.read_bytes() == b"bytes"
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_a_proved_file_is_used_again(store: ObjectStore, tmp_path: Path) -> None:
    """A file with the right digest is kept even when the object is gone; one without is replaced."""
    artifact = put_artifact(store, "k", b"bytes")
    path = tmp_path / "file"
    path.write_bytes(b"stale")
    assert fetch_artifact(store, artifact, path).read_bytes() == b"bytes"
    store.put("k", b"altered")
    assert fetch_artifact(store, artifact, path).read_bytes() == b"bytes"


def test_altered_bytes_never_reach_the_file(store: ObjectStore, tmp_path: Path) -> None:
    """A fetch of altered bytes fails and leaves what was there."""
    artifact = put_artifact(store, "k", b"bytes")
    store.put("k", b"altered")
    (tmp_path / "file").write_bytes(b"before")
    with pytest.raises(ArtifactError):
        fetch_artifact(store, artifact, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"before"
