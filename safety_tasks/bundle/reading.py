"""Read what a channel serves, and prove each step from the pointer to the last byte.

Rules: pointer names document by digest, document names parts by digest; a part that does not prove is
never returned; sequence numbers agree between pointer and document; a document's class names are those of its digest.
"""

from dataclasses import dataclass

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.class_map import require_digest
from safety_tasks.errors import ArtifactError, BundleRejected
from safety_tasks.records.base import Artifact
from safety_tasks.records.release import Channel, ChannelPointer, ReleaseDocument
from safety_tasks.store.base import ObjectStore, get_artifact, read_if_there


@dataclass(frozen=True)
class Served:
    """What a channel serves now: the pointer, its tag to swap against, the proved document."""

    pointer: ChannelPointer
    tag: str
    document: ReleaseDocument


def read_pointer(store: ObjectStore, channel: Channel) -> tuple[ChannelPointer, str] | None:
    """Return a channel's pointer and its tag, or None if nothing was ever published there.

    Raises:
        BundleRejected: the pointer is malformed or names another channel.
    """
    found = read_if_there(store, pointer_key(channel))
    if found is None:
        return None
    pointer = ChannelPointer.from_json_bytes(
        found.payload, what=pointer_key(channel), error=BundleRejected
    )
    if pointer.channel != channel:
        raise BundleRejected(
            f"{pointer_key(channel)}: expected the pointer of {channel}, found that of "
            f"{pointer.channel}. Publish again to restore it."
        )
    return pointer, found.tag


def read_document(store: ObjectStore, pointer: ChannelPointer) -> ReleaseDocument:
    """Return the release document that a pointer names.

    Raises:
        BundleRejected: the document is altered, malformed or of another release.
        ClassMapError: its class names are not those of its digest.
    """
    document = ReleaseDocument.from_json_bytes(
        read_part(store, pointer.document), what=pointer.document.key, error=BundleRejected
    )
    if document.release_seq != pointer.release_seq:
        raise BundleRejected(
            f"{pointer.document.key}: expected release {pointer.release_seq}, found "
            f"{document.release_seq}. Somebody mixed releases: do not install."
        )
    require_digest(document.classes, document.classes_sha256, where=pointer.document.key)
    return document


def read_served(store: ObjectStore, channel: Channel) -> Served | None:
    """Return what a channel serves, proved, or None if nothing was ever published there."""
    found = read_pointer(store, channel)
    if found is None:
        return None
    pointer, tag = found
    return Served(pointer, tag, read_document(store, pointer))


def read_part(store: ObjectStore, artifact: Artifact) -> bytes:
    """Return a proved part of a release.

    Raises:
        BundleRejected: size or digest differ.
    """
    try:
        return get_artifact(store, artifact)
    except ArtifactError as problem:
        raise BundleRejected(str(problem)) from problem
