"""What the dataset report says of a version, counted on columns.

Rules: never an object a row or a box, so that a million pictures take seconds; long tables are cut to their largest
rows, and one more row says what was left out, so that every sum still holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.records.picture import SPLITS
from safety_tasks.validate.columns import box_classes, box_floats, codes_of, flattened, floats
from safety_tasks.validate.drift import BOX_SIDE_EDGES, BRIGHTNESS_EDGES, SHARPNESS_EDGES
from safety_tasks.validate.report_scenes import SceneRow, scene_rows

MOST_BATCHES: Final = 20
MOST_LEDGER: Final = 40

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class HazardCount:
    """How much a part of the dataset holds of one hazard."""

    pictures: int
    boxes: int
    scenes: int


@dataclass(frozen=True)
class SplitRow:
    """What a split holds; hazards in the order of the classes."""

    split: str
    pictures: int
    scenes: int
    backgrounds: int
    hazards: tuple[HazardCount, ...]


@dataclass(frozen=True)
class Histogram:
    """How many fall between each two edges; what lies beyond counts in the outer bins."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class CountRow:
    """A count under some names; no name at all for what was left out."""

    names: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Contents:
    """All counts of a version; ``box_sides`` has a histogram for each class."""

    pictures: int
    boxes: int
    scenes: int
    backgrounds: int
    splits: tuple[SplitRow, ...]
    box_sides: tuple[Histogram, ...]
    brightness: Histogram
    sharpness: Histogram
    scene_rows: tuple[SceneRow, ...]
    batches: tuple[CountRow, ...]


def contents_of(table: pa.Table, classes: Sequence[str]) -> Contents:
    """Count a manifest.

    Args:
        table: ``PICTURE_SCHEMA``.
        classes: hazard names; boxes of other class numbers count nowhere but in ``boxes``.
    """
    flat, picture = flattened(table)
    class_id = box_classes(flat)
    known = (class_id >= 0) & (class_id < len(classes))
    side = np.sqrt(np.clip(box_floats(flat, "width") * box_floats(flat, "height"), 0.0, 1.0))
    per_picture = np.bincount(picture, minlength=len(table))
    split = _split_codes(table)
    scene = codes_of(table["scene"])
    number, at = class_id[known], picture[known]
    return Contents(
        pictures=len(table),
        boxes=len(class_id),
        scenes=len(np.unique(scene)),
        backgrounds=int((per_picture == 0).sum()),
        splits=tuple(
            _split_row(name, code, split, scene, per_picture, number, at, len(classes))
            for code, name in enumerate(SPLITS)
        ),
        box_sides=tuple(
            histogram(side[class_id == index], BOX_SIDE_EDGES) for index in range(len(classes))
        ),
        brightness=histogram(floats(table["brightness"]), BRIGHTNESS_EDGES),
        sharpness=histogram(floats(table["sharpness"]), SHARPNESS_EDGES),
        scene_rows=scene_rows(table, split, per_picture, number, at, len(classes)),
        batches=count_rows(table, ("batch_id", "kind"), MOST_BATCHES),
    )


def histogram(values: npt.NDArray[np.float64], edges: Sequence[float]) -> Histogram:
    """Count values between edges; NaN counts nowhere."""
    finite = values[~np.isnan(values)]
    counts = np.histogram(np.clip(finite, edges[0], edges[-1]), bins=np.asarray(edges))[0]
    return Histogram(tuple(edges), tuple(int(count) for count in counts))


def count_rows(table: pa.Table, columns: Sequence[str], most: int) -> tuple[CountRow, ...]:
    """Count the rows of each combination of some text columns, most first; what is beyond ``most`` in a last row."""
    if not len(table):
        return ()
    grouped = table.group_by(list(columns)).aggregate([([], "count_all")])
    rows = [
        CountRow(tuple(str(row[name]) for name in columns), row["count_all"])
        for row in grouped.to_pylist()
    ]
    rows.sort(key=lambda row: (-row.count, row.names))
    rest = sum(row.count for row in rows[most:])
    return (*rows[:most], *((CountRow((), rest),) if rest else ()))


def _split_codes(table: pa.Table) -> Counts:
    found = pc.index_in(table["split"], value_set=pa.array(SPLITS, pa.string()))
    return np.asarray(pc.fill_null(found, -1), np.int64)


def _split_row(
    name: str,
    code: int,
    split: Counts,
    scene: Counts,
    per_picture: Counts,
    class_id: Counts,
    picture: Counts,
    classes: int,
) -> SplitRow:
    mine = split == code
    here = mine[picture]
    hazards = []
    for index in range(classes):
        shown = picture[here & (class_id == index)]
        pictures = np.unique(shown)
        scenes = len(np.unique(scene[pictures]))
        hazards.append(HazardCount(len(pictures), len(shown), scenes))
    return SplitRow(
        split=name,
        pictures=int(mine.sum()),
        scenes=len(np.unique(scene[mine])),
        backgrounds=int((mine & (per_picture == 0)).sum()),
        hazards=tuple(hazards),
    )
