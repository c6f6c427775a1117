"""The table ``pictures``: what the manifest says of each picture, and what follows from the others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.records.batch import WITHOUT_HAZARD
from safety_tasks.validate.columns import codes_of, flags, flattened, integers, is_in
from safety_tasks.validate.history import left_holdout

if TYPE_CHECKING:
    import pandas as pd

NOTHING: Final = "nothing"
_MAY_BE_EMPTY: Final = frozenset({"camera"})
_KEPT: Final = (
    *("sha256", "label_sha256", "extension", "width_px", "height_px", "brightness", "sharpness"),
    *("file", "batch_id", "kind", "scene", "split"),
)
# The sides that a scene may be on: to learn from, to choose thresholds on, to judge by.
_SIDES: Final = {"train": 0, "val": 1, "holdout": 2, "incident": 2}


def picture_table(
    table: pa.Table, batches: Sequence[str], parent: pa.Table | None
) -> "pd.DataFrame":
    """Return a row for each picture.

    Beside the manifest's own columns: ``missing`` names the first column without a value, else ``NOTHING``;
    ``batch_listed``; ``boxes``; ``boxes_if_any``, NaN where there are none; ``boxes_against_kind``, where the kind of
    the batch allows none; ``sides_of_scene``, 0 in reserve; ``left_holdout``: the parent judged by it, this version
    learns from it.

    Args:
        table: the manifest, readable.
        batches: the ids in the version's record.
        parent: the parent's manifest, readable, or None.
    """
    import pandas as pd

    frame: pd.DataFrame = table.select(_KEPT).to_pandas()
    boxes = box_counts(table)
    without = [kind.value for kind in WITHOUT_HAZARD]
    frame["missing"] = pd.Categorical.from_codes(
        first_missing(table), pd.Index([NOTHING, *table.schema.names])
    )
    frame["batch_listed"] = is_in(table["batch_id"], batches)
    frame["boxes"] = boxes
    frame["boxes_if_any"] = np.where(boxes > 0, boxes.astype(np.float64), np.nan)
    frame["boxes_against_kind"] = np.where(is_in(table["kind"], without), boxes, 0)
    frame["sides_of_scene"] = sides_of_scene(table)
    frame["left_holdout"] = left_holdout(table, parent)
    return frame


def box_counts(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return how many boxes each picture has."""
    return integers(pc.list_value_length(table["boxes"]), 0)


def first_missing(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return 1 + the index of the first column without a value of each picture; 0 if all have one."""
    codes = np.zeros(len(table), np.int64)
    for number in reversed(range(len(table.schema.names))):
        name = table.schema.names[number]
        if name not in _MAY_BE_EMPTY:
            codes[_empty(table, name)] = number + 1
    return codes


def sides_of_scene(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return how many sides the scene of each picture is on; 0 for pictures in reserve or without a scene."""
    scene = codes_of(table["scene"])
    side = np.full(len(table), -1, np.int64)
    for name, code in _SIDES.items():
        side[flags(pc.equal(table["split"], name))] = code
    counted = (side >= 0) & flags(pc.not_equal(table["scene"], ""))
    pairs = np.unique(scene[counted] * 3 + side[counted])
    sides = np.bincount(pairs // 3, minlength=int(scene.max(initial=0)) + 1)
    return np.where(counted, sides[scene], 0)


def _empty(table: pa.Table, name: str) -> npt.NDArray[np.bool_]:
    """Tell of each picture whether it lacks a value; a box lacks one if any of its numbers is missing or NaN."""
    column = table[name]
    empty = flags(pc.is_null(column, nan_is_null=True))
    if pa.types.is_list(column.type):
        flat, picture = flattened(table)
        lacking = flags(pc.is_null(flat))
        for field in flat.type:
            lacking |= flags(pc.is_null(pc.struct_field(flat, field.name), nan_is_null=True))
        empty[picture[lacking]] = True
    return empty
