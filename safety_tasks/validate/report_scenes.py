"""The scenes of a version, the largest first, for the dataset report.

Rule: what is beyond ``MOST_SCENES`` is summed in one last row, so that every sum still holds.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.records.picture import SPLITS

MOST_SCENES: Final = 40

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SceneRow:
    """One scene, or all that were left out (``scene`` None, ``scenes`` of them)."""

    scene: str | None
    splits: tuple[str, ...]
    pictures: int
    backgrounds: int
    boxes: tuple[int, ...]
    scenes: int = 1


def scene_rows(
    table: pa.Table,
    split: Counts,
    per_picture: Counts,
    class_id: Counts,
    picture: Counts,
    classes: int,
) -> tuple[SceneRow, ...]:
    """Count scenes.

    Args:
        table: ``PICTURE_SCHEMA``.
        split: the index of each picture's split in ``SPLITS``, −1 for none.
        per_picture: how many boxes each picture has.
        class_id: the class of each box, below ``classes``.
        picture: the row of the picture of each of these boxes.
        classes: how many hazards there are.
    """
    encoded = table["scene"].combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    scene = np.asarray(pc.fill_null(encoded.indices, 0), np.int64)
    many = len(names)
    pictures = np.bincount(scene, minlength=many)
    backgrounds = np.bincount(scene[per_picture == 0], minlength=many)
    boxes = np.bincount(scene[picture] * classes + class_id, minlength=many * classes)
    boxes = boxes.reshape(many, classes)
    order = sorted(range(many), key=lambda row: (-int(pictures[row]), str(names[row])))
    rows = [
        SceneRow(
            scene=str(names[row]),
            splits=tuple(SPLITS[code] for code in np.unique(split[scene == row]) if code >= 0),
            pictures=int(pictures[row]),
            backgrounds=int(backgrounds[row]),
            boxes=tuple(int(count) for count in boxes[row]),
        )
        for row in order[:MOST_SCENES]
    ]
    rest = order[MOST_SCENES:]
    if rest:
        summed = tuple(int(count) for count in boxes[rest].sum(axis=0))
        rows.append(
            SceneRow(None, (), int(pictures[rest].sum()), int(backgrounds[rest].sum()), summed, len(rest))
        )  # fmt: skip
    return tuple(rows)
