"""Rows of pictures, ledger and signatures as Parquet.

Rules: a schema says what a file holds, and rows are ordered, so that equal rows give equal bytes; a table can be read
as records, where each is proved, or as columns, where a million rows must fit.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from safety_tasks.errors import DatasetError
from safety_tasks.records.base import Record
from safety_tasks.records.ledger import LedgerRow
from safety_tasks.records.picture import Arrival, Picture

Row = TypeVar("Row", bound=Record)

_BOX: Final = pa.struct(
    [
        ("class_id", pa.int32()),
        ("x_center", pa.float64()),
        ("y_center", pa.float64()),
        ("width", pa.float64()),
        ("height", pa.float64()),
    ]
)
ARRIVAL_SCHEMA: Final = pa.schema(
    [
        ("sha256", pa.string()),
        ("extension", pa.string()),
        ("width_px", pa.int32()),
        ("height_px", pa.int32()),
        ("brightness", pa.float64()),
        ("sharpness", pa.float64()),
        ("label_sha256", pa.string()),
        ("file", pa.string()),
        ("batch_id", pa.string()),
        ("kind", pa.string()),
        ("site", pa.string()),
        ("camera", pa.string()),
        ("scene", pa.string()),
        ("boxes", pa.list_(_BOX)),
    ]
)
PICTURE_SCHEMA: Final = ARRIVAL_SCHEMA.append(pa.field("split", pa.string()))
LEDGER_SCHEMA: Final = pa.schema(
    [(name, pa.string()) for name in ("batch_id", "file", "kind", "rule", "observed", "action")]
)
# hashes: 64 bits each; thumbnail: uint8 grey, row-major (see ingest/signatures.py).
SIGNATURE_SCHEMA: Final = pa.schema(
    [
        ("sha256", pa.string()),
        ("hashes", pa.list_(pa.uint64())),
        ("thumbnail", pa.binary()),
    ]
)


def encode_manifest(pictures: Iterable[Picture]) -> bytes:
    """Encode pictures as Parquet, ordered by digest."""
    ordered: list[Picture] = sorted(pictures, key=lambda row: row.sha256)
    return encode_rows(ordered, PICTURE_SCHEMA)


def encode_arrivals(arrivals: Iterable[Arrival]) -> bytes:
    """Encode arrivals as Parquet, ordered by digest."""
    ordered: list[Arrival] = sorted(arrivals, key=lambda row: row.sha256)
    return encode_rows(ordered, ARRIVAL_SCHEMA)


def encode_ledger(rows: Iterable[LedgerRow]) -> bytes:
    """Encode ledger rows as Parquet, in the order given."""
    return encode_rows(rows, LEDGER_SCHEMA)


def encode_rows(rows: Iterable[Record], schema: pa.Schema) -> bytes:
    """Encode records as Parquet."""
    return encode_table(
        pa.Table.from_pylist([row.model_dump(mode="json") for row in rows], schema=schema)
    )


def encode_table(table: pa.Table) -> bytes:
    """Encode a table as Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    payload: bytes = sink.getvalue().to_pybytes()
    return payload


def decode_table(payload: bytes, schema: pa.Schema, *, what: str) -> pa.Table:
    """Decode Parquet into columns.

    Raises:
        DatasetError: the bytes are no Parquet, or hold other columns.
    """
    # No thread and no Python file object: otherwise Arrow aborts the process at exit
    # (apache/arrow#33975, #50482), which turns a good task red.
    try:
        file = pq.ParquetFile(pa.BufferReader(payload), pre_buffer=False)
        table = file.read(use_threads=False)
    except (pa.ArrowInvalid, OSError) as problem:
        raise DatasetError(
            f"{what}: expected Parquet, found: {problem}. Ingest again."
        ) from problem
    if table.schema.names != schema.names:
        raise DatasetError(
            f"{what}: expected the columns {', '.join(schema.names)}, found "
            f"{', '.join(table.schema.names)}. It was written by other code: ingest the batch again."
        )
    return table


def decode_rows(
    payload: bytes, kind: type[Row], schema: pa.Schema, *, what: str
) -> tuple[Row, ...]:
    """Decode Parquet into proved records.

    Raises:
        DatasetError: the bytes are no Parquet, or a row is malformed.
    """
    rows: list[dict[str, Any]] = decode_table(payload, schema, what=what).to_pylist()
    try:
        return tuple(kind.model_validate(row) for row in rows)
    except ValidationError as problem:
        raise DatasetError(
            f"{what}: expected {kind.__name__} rows, found {problem.errors()[0]['msg']}. "
            "Ingest the batch again."
        ) from problem
