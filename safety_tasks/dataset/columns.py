"""Count what a manifest holds by columns, so that a million rows take seconds and no records.

Rules: the counts are those that ingest writes into a version's record; no count depends on the order of the rows.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.dataset.results import SceneLine
from safety_tasks.records.dataset import SplitSummary, Support
from safety_tasks.records.picture import SPLITS, Split
from safety_tasks.store.manifests import holdout_digest

Indices = npt.NDArray[np.int64]
_compute: Final[Any] = pc  # its functions are made at import, unseen by the type checker


def counts_of(column: pa.ChunkedArray) -> dict[str, int]:
    """Return how often each value stands in a column of text, in order of the values."""
    counted = _compute.value_counts(column)
    pairs = zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)
    return dict(sorted(pairs))


def repeated(column: pa.ChunkedArray) -> dict[str, int]:
    """Return the values that stand in a column more than once, with their count."""
    counted = _compute.value_counts(column)
    counted = counted.filter(_compute.greater(counted.field(1), 1))
    pairs = zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)
    return dict(sorted(pairs))


def among(wanted: Iterable[str], column: pa.ChunkedArray) -> bool:
    """Tell whether any of some texts stands in a column."""
    values = pa.array(sorted(wanted), pa.string())
    return bool(_compute.any(_compute.is_in(values, value_set=column.combine_chunks())).as_py())


def summarise_columns(table: pa.Table, classes: tuple[str, ...]) -> dict[Split, SplitSummary]:
    """Count what each split holds.

    Args:
        table: pictures by ``PICTURE_SCHEMA``.
        classes: hazard names; the index is the class id.
    """
    split = _compute.index_in(table.column("split"), value_set=pa.array(SPLITS)).to_numpy()
    scene = _codes(table.column("scene"))
    row, class_id = boxes_of(table)
    empty = np.ones(table.num_rows, bool)
    empty[row] = False
    found: dict[Split, SplitSummary] = {}
    for number, name in enumerate(SPLITS):
        mine = split == number
        hazards = {}
        for index, hazard in enumerate(classes):
            rows = row[class_id == index]
            rows = rows[mine[rows]]
            holders = np.unique(rows)
            hazards[hazard] = Support(
                pictures=holders.size, boxes=rows.size, scenes=np.unique(scene[holders]).size
            )
        found[name] = SplitSummary(
            pictures=int(mine.sum()),
            scenes=np.unique(scene[mine]).size,
            background_pictures=int((mine & empty).sum()),
            hazards=hazards,
        )
    return found


def scene_lines(table: pa.Table, classes: tuple[str, ...]) -> tuple[SceneLine, ...]:
    """Count what each scene holds, in order of their names."""
    names = table.column("scene").to_pylist()
    pictures: dict[str, Counter[Split]] = {name: Counter() for name in sorted(set(names))}
    for name, split in zip(names, table.column("split").to_pylist(), strict=True):
        pictures[name][split] += 1
    boxes: dict[str, Counter[int]] = {name: Counter() for name in pictures}
    for row, class_id in zip(*(each.tolist() for each in boxes_of(table)), strict=True):
        boxes[names[row]][class_id] += 1
    return tuple(
        SceneLine(
            scene=name,
            pictures={split: splits[split] for split in SPLITS if splits[split]},
            boxes={hazard: boxes[name][index] for index, hazard in enumerate(classes)},
        )
        for name, splits in pictures.items()
    )


def digest_of_holdout(table: pa.Table) -> str:
    """Return the digest over the holdout's pictures, labels and scenes, as ingest signs it."""
    mine = table.select(["sha256", "label_sha256", "scene"]).filter(
        _compute.equal(table.column("split"), "holdout")
    )
    return holdout_digest(zip(*(column.to_pylist() for column in mine.columns), strict=True))


def boxes_of(table: pa.Table) -> tuple[Indices, Indices]:
    """Return the row and the class id of each box, (boxes,) int64 each."""
    if not table.num_rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    boxes = table.column("boxes").combine_chunks()
    row = _compute.list_parent_indices(boxes).to_numpy(zero_copy_only=False)
    class_id = _compute.list_flatten(boxes).field("class_id").to_numpy(zero_copy_only=False)
    return row.astype(np.int64), class_id.astype(np.int64)


def _codes(column: pa.ChunkedArray) -> Indices:
    """Return a number for each value of a column, (rows,) int64: equal numbers for equal values."""
    if not len(column):
        return np.zeros(0, np.int64)
    codes = column.combine_chunks().dictionary_encode().indices
    return codes.to_numpy(zero_copy_only=False).astype(np.int64)  # type: ignore[no-any-return]
