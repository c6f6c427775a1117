"""The protocol that every object store keeps.

Rules: keys are relative, with ``/``; a write is atomic and whole; ``put`` may be conditional, on absence
(``only_if_absent``) or on the entity tag last seen (``only_if_tag``); of racing conditional writes one wins;
what is listed is told apart by its stamp without being read; what may be large is read under a cap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from safety_tasks.digests import sha256_bytes, sha256_file
from safety_tasks.errors import ArtifactError, ObjectNotFound, PreconditionFailed, StoreError
from safety_tasks.records.base import Artifact


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes and the tag to compare-and-swap against."""

    payload: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing shows it.

    The stamp is another one whenever the object was written with other content; it says nothing else, and is compared
    only within one store. A rewrite with equal content may change it.
    """

    key: str
    size_bytes: int
    stamp: str


class ObjectStore(Protocol):
    """A place for objects."""

    @property
    def uri(self) -> str:
        """The root, for messages: ``s3://bucket/prefix`` or a folder."""

    @property
    def is_loopback(self) -> bool:
        """Whether objects stay on this machine."""

    def get(self, key: str, max_bytes: int | None = None) -> StoredObject:
        """Return an object.

        Args:
            key: its name.
            max_bytes: refuse what is larger before it is in memory; None takes any size.

        Raises:
            ObjectNotFound: there is none.
            StoreError: it is larger than the cap.
        """

    def download(self, key: str, path: Path, max_bytes: int | None = None) -> int:
        """Bring an object into a local file, in pieces of 1 MiB, whole or not at all.

        Args:
            key: its name.
            path: the file; its folder is made.
            max_bytes: refuse what is larger; None takes any size.

        Returns:
            its size in bytes.

        Raises:
            ObjectNotFound: there is none.
            StoreError: it is larger than the cap, or the file cannot be written.
        """

    def put(
        self,
        key: str,
        payload: bytes,
        *,
        only_if_absent: bool = False,
        only_if_tag: str | None = None,
    ) -> str:
        """Write an object and return its tag; raise PreconditionFailed if a condition is lost."""

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""

    def delete(self, key: str) -> bool:
        """Remove an object with every older version of it; return whether there was one.

        What remains after a crash goes when it is called again.
        """

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield the objects whose keys start with a prefix, in order of the keys, without reading them."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names right below a prefix, which ends in ``/``, that have keys below them, in order of the keys.

        However many keys there are below, only the names are listed.
        """


def check_key(key: str) -> str:
    """Return the key if it is a plain relative path.

    Raises:
        StoreError: the key is empty, absolute, or holds ``..``, ``.``, ``\\`` or control characters.
    """
    if not is_key(key):
        raise StoreError(f"key: expected a plain relative path, found {key!r}. Rename the object.")
    return key


def is_key(key: str) -> bool:
    """Tell whether a key is a plain relative path."""
    plain = all(part not in ("", ".", "..") for part in key.split("/"))
    return plain and "\\" not in key and key.isprintable()


def check_size(where: str, size_bytes: int, max_bytes: int | None) -> None:
    """Refuse what is too large to read.

    Raises:
        StoreError: the size is above the cap.
    """
    if max_bytes is not None and size_bytes > max_bytes:
        raise StoreError(
            f"{where}: expected at most {max_bytes} bytes, found {size_bytes}. "
            "Remove the object, or raise the cap if it is meant to be so large."
        )


def put_artifact(store: ObjectStore, key: str, payload: bytes) -> Artifact:
    """Write an immutable object once; writing the same bytes again changes nothing.

    Raises:
        PreconditionFailed: other bytes are there already.
    """
    artifact = Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload))
    try:
        store.put(key, payload, only_if_absent=True)
    except PreconditionFailed:
        if sha256_bytes(store.get(key).payload) != artifact.sha256:
            raise PreconditionFailed(
                f"{store.uri}/{key}: expected to write it once, found other bytes there already. "
                "Immutable objects are never overwritten: find out who wrote it."
            ) from None
    return artifact


def get_artifact(store: ObjectStore, artifact: Artifact) -> bytes:
    """Read an object and prove it.

    Raises:
        ArtifactError: size or digest differ from the record.
        ObjectNotFound: there is no such object.
    """
    return get_proved(store, artifact.key, artifact.sha256, artifact.size_bytes)


def get_proved(store: ObjectStore, key: str, sha256: str, size_bytes: int | None = None) -> bytes:
    """Read an object whose digest, and perhaps size, is known.

    Raises:
        ArtifactError: size or digest differ.
        ObjectNotFound: there is no such object.
    """
    payload = store.get(key).payload
    found = sha256_bytes(payload)
    if found != sha256 or size_bytes not in (None, len(payload)):
        size = "" if size_bytes is None else f"{size_bytes} bytes with "
        raise ArtifactError(
            f"{store.uri}/{key}: expected {size}sha256 {sha256[:12]}…, found {len(payload)} bytes "
            f"with {found[:12]}…. The object was altered or cut: restore it or run the stage again."
        )
    return payload


def fetch_artifact(store: ObjectStore, artifact: Artifact, path: Path) -> Path:
    """Bring an artifact into a local file, unless the proved file is there already."""
    if path.is_file() and sha256_file(path) == artifact.sha256:
        return path
    return keep_file(path, get_artifact(store, artifact))


def keep_file(path: Path, payload: bytes) -> Path:
    """Write a local file whole or not at all, for a private folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(payload)
    partial.replace(path)
    return path


def read_if_there(store: ObjectStore, key: str) -> StoredObject | None:
    """Return an object, or None where there is none."""
    try:
        return store.get(key)
    except ObjectNotFound:
        return None
