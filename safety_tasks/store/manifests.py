"""Dataset versions in the store: tables as Parquet, the version record as JSON.

Rules: a version's id is the digest of its tables, batches, classes, holdout, parent and declarations, so equal content
with one history has one id, and none of these can be altered; its objects are written before its record; what is
read is proved by digest and parsed strictly.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from safety_tasks.class_map import require_digest
from safety_tasks.digests import digest_of, sha256_file
from safety_tasks.errors import DatasetError, ObjectNotFound
from safety_tasks.records.dataset import CurrentDataset, DatasetVersion, Tombstone
from safety_tasks.records.ledger import LedgerRow
from safety_tasks.records.picture import Picture, Split
from safety_tasks.store.base import (
    ObjectStore,
    StoredObject,
    get_artifact,
    get_proved,
    keep_file,
    read_if_there,
)
from safety_tasks.store.tables import LEDGER_SCHEMA, PICTURE_SCHEMA, decode_rows, decode_table

CURRENT_KEY = "dataset/current.json"
_TOMBSTONES = "dataset/tombstones/"
_FACTS = ("parent_id", "classes", "classes_sha256", "synthetic", "backgrounds_declared")


def version_id_of(facts: dict[str, Any]) -> str:
    """Return the id of a dataset: 16 hex digits of a SHA-256 over all that makes it.

    Args:
        facts: fields of ``DatasetVersion`` as plain values; artifacts count by their digest, since their keys hold
            the id; counts do not, since they follow from the rest.
    """
    holdout = facts["holdout"]
    content = {name: facts[name] for name in _FACTS} | {
        "batches": sorted(facts["batches"]),
        "manifest_sha256": facts["manifest"]["sha256"],
        "ledger_sha256": facts["ledger"]["sha256"],
        "signatures_sha256": [part["sha256"] for part in facts["signatures"]],
        "holdout_sha256": holdout["sha256"],
        "sign_off_sha256": holdout["sign_off"] and holdout["sign_off"]["sha256"],
    }
    return digest_of(content)[:16]


def holdout_digest(rows: Iterable[tuple[str, str, str]]) -> str:
    """Return the digest that a version signs its holdout by.

    Args:
        rows: digest, label digest and scene of each of its pictures, in any order.
    """
    return digest_of([list(row) for row in sorted(rows)])


def read_version(store: ObjectStore, version_id: str) -> DatasetVersion:
    """Read a version's record.

    Raises:
        ObjectNotFound: there is no such version.
        DatasetError: the record is malformed, or is not the one that the id names.
        ClassMapError: its class names are not those of its digest.
    """
    key = f"dataset/versions/{version_id}/version.json"
    version = DatasetVersion.from_json_bytes(store.get(key).payload, what=key, error=DatasetError)
    found = version_id_of(version.to_dict())
    if version.version_id != version_id or found != version_id:
        raise DatasetError(
            f"{key}: expected the record of version {version_id}, found that of {found}. "
            "The record was altered: do not train on it."
        )
    require_digest(version.classes, version.classes_sha256, where=key)
    return version


def list_versions(store: ObjectStore) -> tuple[str, ...]:
    """Return the ids of the versions there are, in order of id."""
    keys = store.keys("dataset/versions/")
    return tuple(key.split("/")[2] for key in keys if key.endswith("/version.json"))


def lineage(store: ObjectStore, version: DatasetVersion) -> tuple[DatasetVersion, ...]:
    """Return a version and all that it was built on, newest first."""
    line = [version]
    while (parent := line[-1].parent_id) is not None:
        line.append(read_version(store, parent))
    return tuple(line)


def read_manifest(store: ObjectStore, version: DatasetVersion) -> tuple[Picture, ...]:
    """Read and prove a version's pictures.

    Raises:
        ArtifactError: the manifest's bytes differ from the record's digest.
        DatasetError: a row is malformed.
    """
    payload = get_artifact(store, version.manifest)
    return decode_rows(payload, Picture, PICTURE_SCHEMA, what=version.manifest.key)


def read_manifest_table(store: ObjectStore, version: DatasetVersion) -> pa.Table:
    """Read and prove a version's pictures as columns (``PICTURE_SCHEMA``), for many rows."""
    payload = get_artifact(store, version.manifest)
    return decode_table(payload, PICTURE_SCHEMA, what=version.manifest.key)


def read_ledger(store: ObjectStore, version: DatasetVersion) -> tuple[LedgerRow, ...]:
    """Read and prove a version's ledger."""
    payload = get_artifact(store, version.ledger)
    return decode_rows(payload, LedgerRow, LEDGER_SCHEMA, what=version.ledger.key)


def read_current(store: ObjectStore) -> tuple[CurrentDataset, StoredObject] | None:
    """Return the pointer to the newest valid version with its stored form, or None."""
    found = read_if_there(store, CURRENT_KEY)
    if found is None:
        return None
    pointer = CurrentDataset.from_json_bytes(found.payload, what=CURRENT_KEY, error=DatasetError)
    return pointer, found


def choose_version(store: ObjectStore, version_id: str | None) -> DatasetVersion:
    """Return the version that was named, else the current one.

    Raises:
        ObjectNotFound: there is no such version.
        DatasetError: none was named and none is current.
    """
    if version_id:
        return read_version(store, version_id)
    current = read_current(store)
    if current is None:
        raise DatasetError(
            f"{store.uri}: expected a current dataset version, found none. Deliver a batch under "
            "incoming/ and trigger ingest_labeled_images."
        )
    return read_version(store, current[0].version_id)


def tombstone_key(picture_sha256: str) -> str:
    """Return the key of what is left of a purged picture."""
    return f"{_TOMBSTONES}{picture_sha256}.json"


def purged_pictures(store: ObjectStore) -> frozenset[str]:
    """Return the digests of the pictures that were purged and must not come back."""
    return frozenset(
        key.removeprefix(_TOMBSTONES).removesuffix(".json") for key in store.keys(_TOMBSTONES)
    )


def read_tombstone(store: ObjectStore, picture_sha256: str) -> Tombstone | None:
    """Return what is left of a purged picture, or None if it was never purged."""
    key = tombstone_key(picture_sha256)
    found = read_if_there(store, key)
    if found is None:
        return None
    return Tombstone.from_json_bytes(found.payload, what=key, error=DatasetError)


def get_picture(store: ObjectStore, picture: Picture) -> bytes:
    """Return a picture's proved bytes.

    Raises:
        DatasetError: the picture was purged.
        ObjectNotFound: its bytes are missing.
        ArtifactError: its bytes were altered.
    """
    try:
        return get_proved(store, picture.key, picture.sha256)
    except ObjectNotFound:
        grave = read_tombstone(store, picture.sha256)
        if grave is None:
            raise
        raise DatasetError(
            f"{picture.key}: expected a picture, found that it was purged at {grave.at}: {grave.why}. "
            "Use a version made since: the current one is free of it."
        ) from None


def fetch_pictures(
    store: ObjectStore,
    pictures: Iterable[Picture],
    folder: Path,
    *,
    splits: tuple[Split, ...],
    progress: Callable[[int], Any] = lambda done: None,
) -> dict[str, Path]:
    """Bring the proved pictures of some splits into a local folder.

    Args:
        store: where the objects are.
        pictures: manifest rows.
        folder: a private folder; files there are proved again before they are reused.
        splits: the splits to bring.
        progress: called with the number done.

    Returns:
        the local path of each picture, by its sha256.
    """
    from concurrent.futures import ThreadPoolExecutor

    def bring(picture: Picture) -> tuple[str, Path]:
        path = folder / f"{picture.sha256}.{picture.extension}"
        if not path.is_file() or sha256_file(path) != picture.sha256:
            keep_file(path, get_picture(store, picture))
        return picture.sha256, path

    wanted = [picture for picture in pictures if picture.split in splits]
    paths: dict[str, Path] = {}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for done, (name, path) in enumerate(pool.map(bring, wanted), start=1):
            paths[name] = path
            progress(done)
    return paths
