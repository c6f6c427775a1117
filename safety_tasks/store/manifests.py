"""Dataset versions in the store: the manifest and ledger as Parquet, the version record as JSON.

Rules: a version's id is the digest of its manifest, ledger, batches, classes, parent and declarations, so equal
content with one history has one id, and none of these can be altered; its objects are written before its record;
what is read is proved by digest and parsed strictly.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from safety_tasks.digests import digest_of, sha256_file
from safety_tasks.errors import DatasetError
from safety_tasks.records.dataset import (
    CurrentDataset,
    DatasetVersion,
    LedgerRow,
    Picture,
    Split,
)
from safety_tasks.store.base import (
    ObjectStore,
    StoredObject,
    get_artifact,
    get_proved,
    keep_file,
    read_if_there,
)

CURRENT_KEY = "dataset/current.json"

_BOX = pa.struct(
    [
        ("class_id", pa.int32()),
        ("x_center", pa.float64()),
        ("y_center", pa.float64()),
        ("width", pa.float64()),
        ("height", pa.float64()),
    ]
)
_PICTURE_SCHEMA = pa.schema(
    [
        ("sha256", pa.string()),
        ("extension", pa.string()),
        ("width_px", pa.int32()),
        ("height_px", pa.int32()),
        ("phash", pa.uint64()),
        ("file", pa.string()),
        ("batch_id", pa.string()),
        ("scene", pa.string()),
        ("split", pa.string()),
        ("boxes", pa.list_(_BOX)),
    ]
)
_LEDGER_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("batch_id", "item", "kind", "action", "reason", "detail")]
)


def version_id_of(
    manifest_sha256: str,
    ledger_sha256: str,
    batches: tuple[str, ...],
    classes: tuple[str, ...],
    *,
    parent_id: str | None,
    synthetic: bool,
    backgrounds_declared: bool,
) -> str:
    """Return the id of a dataset: 16 hex digits of a SHA-256 over all that makes it."""
    content = {
        "manifest_sha256": manifest_sha256,
        "ledger_sha256": ledger_sha256,
        "batches": sorted(batches),
        "classes": list(classes),
        "parent_id": parent_id,
        "synthetic": synthetic,
        "backgrounds_declared": backgrounds_declared,
    }
    return digest_of(content)[:16]


def encode_manifest(pictures: Iterable[Picture]) -> bytes:
    """Encode pictures as Parquet, ordered by digest."""
    rows = sorted(
        (picture.model_dump(mode="json") for picture in pictures), key=lambda row: row["sha256"]
    )
    return _encode(rows, _PICTURE_SCHEMA)


def encode_ledger(rows: Iterable[LedgerRow]) -> bytes:
    """Encode ledger rows as Parquet, in the order given."""
    return _encode([row.model_dump(mode="json") for row in rows], _LEDGER_SCHEMA)


def read_version(store: ObjectStore, version_id: str) -> DatasetVersion:
    """Read a version's record.

    Raises:
        ObjectNotFound: there is no such version.
        DatasetError: the record is malformed, or is not the one that the id names.
    """
    key = f"dataset/versions/{version_id}/version.json"
    version = DatasetVersion.from_json_bytes(store.get(key).payload, what=key, error=DatasetError)
    found = version_id_of(
        version.manifest.sha256,
        version.ledger.sha256,
        version.batches,
        version.classes,
        parent_id=version.parent_id,
        synthetic=version.synthetic,
        backgrounds_declared=version.backgrounds_declared,
    )
    if version.version_id != version_id or found != version_id:
        raise DatasetError(
            f"{key}: expected the record of version {version_id}, found that of {found}. "
            "The record was altered: do not train on it."
        )
    return version


def read_manifest(store: ObjectStore, version: DatasetVersion) -> tuple[Picture, ...]:
    """Read and prove a version's pictures.

    Raises:
        ArtifactError: the manifest's bytes differ from the record's digest.
        DatasetError: a row is malformed.
    """
    rows = _decode(get_artifact(store, version.manifest))
    try:
        pictures = tuple(Picture.model_validate(row) for row in rows)
    except ValidationError as problem:
        raise DatasetError(
            f"{version.manifest.key}: expected picture rows, found {problem.errors()[0]['msg']}. "
            "Ingest the batch again."
        ) from problem
    return pictures


def read_ledger(store: ObjectStore, version: DatasetVersion) -> tuple[LedgerRow, ...]:
    """Read and prove a version's ledger."""
    return tuple(
        LedgerRow.model_validate(row) for row in _decode(get_artifact(store, version.ledger))
    )


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
            keep_file(path, get_proved(store, picture.key, picture.sha256))
        return picture.sha256, path

    wanted = [picture for picture in pictures if picture.split in splits]
    paths: dict[str, Path] = {}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for done, (name, path) in enumerate(pool.map(bring, wanted), start=1):
            paths[name] = path
            progress(done)
    return paths


def _encode(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="zstd")
    payload: bytes = sink.getvalue().to_pybytes()
    return payload


def _decode(payload: bytes) -> list[dict[str, Any]]:
    # No thread and no Python file object: otherwise Arrow aborts the process at exit
    # (apache/arrow#33975, #50482), which turns a good task red.
    try:
        file = pq.ParquetFile(pa.BufferReader(payload), pre_buffer=False)
        rows: list[dict[str, Any]] = file.read(use_threads=False).to_pylist()
    except pa.ArrowInvalid as problem:
        raise DatasetError(f"expected Parquet, found: {problem}. Ingest again.") from problem
    return rows
