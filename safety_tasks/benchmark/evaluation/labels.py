"""Read YOLO label files strictly: which file belongs to a picture, and the boxes in it.

Rules: a label lies where Ultralytics looks for it, ``labels`` in place of the last folder ``images``, else right beside
its picture; a line is ``class x_center y_center width height``, shares of the picture (0-1), of a class that the model
knows; the first line that is anything else is an error, since a box left out would make a false alarm of a hit. A box
that is written twice counts once, and is counted; one that reaches over the edge is scored as it is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.errors import DatasetError
from safety_tasks.records.picture import Box

MAX_BYTES: Final = 65536
MAX_BOXES: Final = 500
_SHOWN: Final = 60
# ASCII digits only: ``int`` and ``float`` also read other scripts' digits, underscores and "nan".
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_DECIMAL: Final = re.compile(r"(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Label:
    """The boxes of a picture, and how many lines repeated an earlier one."""

    boxes: tuple[Box, ...] = ()
    repeated: int = 0


def find_label(picture: Path) -> Path | None:
    """Return a picture's label file, or None where it has none.

    Args:
        picture: its absolute path.
    """
    folders = picture.parts[:-1]
    beside = picture.with_suffix(".txt")
    if "images" in folders:
        at = len(folders) - 1 - folders[::-1].index("images")
        apart = Path(*folders[:at], "labels", *folders[at + 1 :], beside.name)
        if apart.is_file():
            return apart
    return beside if beside.is_file() else None


def read_label(path: Path, classes: Sequence[str]) -> Label:
    """Read a label file; an empty one is a picture without hazards.

    Args:
        path: the file.
        classes: hazard names; the index is the class id.

    Raises:
        DatasetError: it cannot be read, is too large, or a line is no box; the message names file and line.
    """
    try:
        with path.open("rb") as stream:
            payload = stream.read(MAX_BYTES + 1)
        if len(payload) > MAX_BYTES:
            raise DatasetError(
                f"{path}: expected a label of at most {MAX_BYTES} bytes, found more."
            )
        lines = payload.decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DatasetError(
            f"{path}: expected a label file in ASCII, found: {problem}."
        ) from problem
    boxes: dict[Box, None] = {}
    filled = [(number, line.split()) for number, line in enumerate(lines, start=1) if line.strip()]
    for number, fields in filled:
        boxes[_box(fields, classes, f"{path}, line {number}")] = None
        if len(boxes) > MAX_BOXES:
            raise DatasetError(f"{path}: expected at most {MAX_BOXES} boxes, found more.")
    return Label(tuple(boxes), len(filled) - len(boxes))


def _box(fields: Sequence[str], classes: Sequence[str], where: str) -> Box:
    if len(fields) != 5:
        why = {6: ": a sixth is a confidence, and a prediction is no label"}.get(len(fields), "")
        raise DatasetError(
            f"{where}: expected class, x_center, y_center, width and height, found {len(fields)} fields{why}. "
            "Export boxes, not polygons, turned boxes or predictions."
        )
    if not _WHOLE.fullmatch(fields[0]) or int(fields[0]) >= len(classes):
        raise DatasetError(
            f"{where}: expected a class number of {_listed(classes)}, found {fields[0][:_SHOWN]!r}. "
            "Label with the model's class map, or measure a model of the labels'."
        )
    shares = [float(text) if _DECIMAL.fullmatch(text) else -1.0 for text in fields[1:]]
    x_center, y_center, width, height = shares
    if not all(0 <= share <= 1 for share in shares) or not width or not height:
        raise DatasetError(
            f"{where}: expected shares of the picture from 0 to 1, width and height above 0, found "
            f"{' '.join(fields[1:])[:_SHOWN]!r}. Correct the label."
        )
    return Box(
        class_id=int(fields[0]), x_center=x_center, y_center=y_center, width=width, height=height
    )


def _listed(classes: Sequence[str]) -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(classes))
