"""Prove one row of a manifest: the row itself, its label, and the bytes of both in the store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from safety_tasks.dataset.results import Damage
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ObjectNotFound, SafetyTasksError
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore


@dataclass(frozen=True)
class RowProof:
    """What is wrong with a row; ``purged`` is its picture's digest if the bytes went by a purge, else empty."""

    damage: tuple[Damage, ...]
    purged: str = ""


def prove_row(
    store: ObjectStore, row: Mapping[str, object], classes: int, gone: frozenset[str]
) -> RowProof:
    """Prove a row.

    Args:
        store: where the objects are.
        row: plain values by ``PICTURE_SCHEMA``.
        classes: how many hazards there are.
        gone: digests of the pictures that were purged.
    """
    try:
        picture = Picture.model_validate(row)
    except ValidationError as problem:
        first = problem.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        where = f"manifest row of {str(row.get('sha256'))[:64]}"
        return RowProof((Damage(where=where, found=f"{field}: {first['msg']}"),))
    if picture.sha256 in gone:
        left = [key for key in (picture.key, picture.label_key) if store.exists(key)]
        found = "expected nothing, since it was purged; found it there: run the purge again"
        return RowProof(tuple(Damage(where=key, found=found) for key in left), picture.sha256)
    return RowProof(tuple(_damage(store, picture, classes)))


def _damage(store: ObjectStore, picture: Picture, classes: int) -> Iterator[Damage]:
    label = sha256_bytes(picture.label_text().encode("ascii"))
    if label != picture.label_sha256:
        found = f"expected the label {picture.label_sha256[:12]}, found boxes of {label[:12]}"
        yield Damage(where=f"manifest row of {picture.sha256}", found=found)
    strange = sorted({b.class_id for b in picture.boxes if b.class_id >= classes})
    if strange:
        found = f"expected class numbers under {classes}, found {strange}"
        yield Damage(where=f"manifest row of {picture.sha256}", found=found)
    for key, sha256 in ((picture.key, picture.sha256), (picture.label_key, picture.label_sha256)):
        found = _wrong(store, key, sha256)
        if found:
            yield Damage(where=key, found=found)


def _wrong(store: ObjectStore, key: str, sha256: str) -> str:
    """Return what is wrong with an object, or nothing."""
    try:
        payload = store.get(key).payload
    except ObjectNotFound:
        return "expected an object, found none"
    except SafetyTasksError as problem:
        return f"could not be read: {problem}"
    found = sha256_bytes(payload)
    if found == sha256:
        return ""
    return f"expected sha256 {sha256[:12]}, found {len(payload)} bytes with {found[:12]}"
