"""Signatures in the store: one table an intake, listed by every version that holds its pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from safety_tasks.errors import DatasetError
from safety_tasks.ingest.near_duplicates import SignatureTable
from safety_tasks.ingest.signatures import HASHES, THUMBNAIL_SIDE_PX, Signature
from safety_tasks.records.base import Artifact
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.tables import SIGNATURE_SCHEMA, decode_table, encode_table


def encode_signatures(signatures: Mapping[str, Signature]) -> bytes:
    """Encode signatures by sha256 as Parquet, ordered by digest."""
    names = sorted(signatures)
    columns = [
        names,
        [signatures[name].hashes for name in names],
        [signatures[name].thumbnail for name in names],
    ]
    arrays = [
        pa.array(column, type=field.type)
        for column, field in zip(columns, SIGNATURE_SCHEMA, strict=True)
    ]
    return encode_table(pa.Table.from_arrays(arrays, schema=SIGNATURE_SCHEMA))


def read_signatures(
    store: ObjectStore, artifacts: Sequence[Artifact], wanted: Sequence[str]
) -> SignatureTable:
    """Read and prove the signatures of some pictures.

    Args:
        store: where the tables are.
        artifacts: the tables.
        wanted: digests of pictures, each in one of them.

    Returns:
        one row a picture, in the order of ``wanted``.

    Raises:
        ArtifactError: a table was altered.
        DatasetError: a table holds other columns, or no table holds a picture.
    """
    side = THUMBNAIL_SIDE_PX
    place = {name: index for index, name in enumerate(wanted)}
    hashes = np.zeros((len(wanted), HASHES), np.uint64)
    thumbnails = np.zeros((len(wanted), side, side), np.uint8)
    found = np.zeros(len(wanted), bool)
    for artifact in artifacts:
        table = decode_table(get_artifact(store, artifact), SIGNATURE_SCHEMA, what=artifact.key)
        if not table.num_rows:
            continue
        names = table.column("sha256").to_pylist()
        rows = np.array([place.get(name, -1) for name in names])
        keep = rows >= 0
        flat = table.column("hashes").combine_chunks().flatten().to_numpy(zero_copy_only=False)
        small = b"".join(table.column("thumbnail").to_pylist())
        hashes[rows[keep]] = flat.reshape(-1, HASHES)[keep]
        thumbnails[rows[keep]] = np.frombuffer(small, np.uint8).reshape(-1, side, side)[keep]
        found[rows[keep]] = True
    if not found.all():
        lost = [name[:12] for name, there in zip(wanted, found, strict=True) if not there]
        raise DatasetError(
            f"expected a signature of each picture, found none of {len(lost)}, such as {lost[0]}. "
            "Without it near-copies could cross splits: restore dataset/intakes/."
        )
    return SignatureTable(tuple(wanted), hashes, thumbnails)
