"""What became of the parent's pictures: those that are gone, and those that changed sides.

Rule: without a parent there is nothing to lose, and the answers say so.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from safety_tasks.validate.columns import box_classes, flattened, is_in

_JUDGED_BY: Final = ("holdout", "incident")
_LEARNED_FROM: Final = ("train", "val")


def pictures_kept(table: pa.Table, parent: pa.Table | None) -> float:
    """Return the share of the parent's pictures that are still here (0-1); 1 without a parent."""
    if parent is None or not len(parent):
        return 1.0
    return float(is_in(parent["sha256"], table["sha256"].combine_chunks()).mean())


def left_holdout(table: pa.Table, parent: pa.Table | None) -> npt.NDArray[np.bool_]:
    """Tell of each picture whether the parent judged by it and this version learns from it."""
    if parent is None:
        return np.zeros(len(table), np.bool_)
    judged = parent["sha256"].filter(pa.array(is_in(parent["split"], _JUDGED_BY)))
    was = is_in(table["sha256"], judged.combine_chunks())
    return was & is_in(table["split"], _LEARNED_FROM)


def boxes_by_class(table: pa.Table, classes: int) -> npt.NDArray[np.int64]:
    """Return how many boxes of each class a manifest holds, in any split."""
    class_id = box_classes(flattened(table)[0])
    known = class_id[(class_id >= 0) & (class_id < classes)]
    return np.bincount(known, minlength=classes)
