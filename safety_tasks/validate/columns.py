"""Arrow columns as numpy arrays, with empty cells dealt with."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def floats(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Return numbers as float64; an empty cell is NaN."""
    return np.asarray(pc.fill_null(pc.cast(column, pa.float64()), np.nan), np.float64)


def box_floats(boxes: pa.Array, field: str) -> npt.NDArray[np.float64]:
    """Return a field of flattened boxes, as float64."""
    return floats(pc.struct_field(boxes, field))


def box_classes(boxes: pa.Array) -> npt.NDArray[np.int64]:
    """Return the class of flattened boxes; −1 where there is none."""
    return integers(pc.struct_field(boxes, "class_id"), -1)


def flattened(table: pa.Table) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return the boxes of a manifest one after the other, and the row of the picture of each."""
    boxes = table["boxes"].combine_chunks()
    return pc.list_flatten(boxes), integers(pc.list_parent_indices(boxes), -1)


def integers(column: pa.Array | pa.ChunkedArray, empty: int) -> npt.NDArray[np.int64]:
    """Return whole numbers as int64, ``empty`` where there is none."""
    return np.asarray(pc.fill_null(pc.cast(column, pa.int64()), empty), np.int64)


def flags(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return truths; an empty cell is none."""
    return np.array(pc.fill_null(column, False), np.bool_)


def is_in(column: pa.ChunkedArray, values: Any) -> npt.NDArray[np.bool_]:
    """Tell of each text whether it is one of some; an empty cell is not."""
    if not isinstance(values, (pa.Array, pa.ChunkedArray)):
        values = pa.array(list(values), pa.string())
    found = pc.is_in(column, value_set=values, skip_nulls=True)
    return flags(found)


def codes_of(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return a number for each value, equal for equal values; empty cells share one of their own."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return integers(encoded.indices, -1)
