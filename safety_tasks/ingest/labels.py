"""Parse YOLO label files strictly.

Rules: a label file is believed as a whole or not at all, since a picture with one box missing teaches the
detector that a hazard is background; only two harmless defects are mended, each with a ledger row: an overhang
of at most 0.5 % over the picture's edge is clipped, and a box written twice counts once.
Source: the YOLO label format, ``class x_center y_center width height``, normalised to 0-1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from safety_tasks.records.dataset import Box

OVERHANG: Final = 0.005


@dataclass(frozen=True)
class LabelProblem:
    """Why a label file cannot be believed."""

    reason: str
    detail: str


@dataclass(frozen=True)
class ParsedLabel:
    """The boxes of a label file, and what was mended: (reason, detail)."""

    boxes: tuple[Box, ...]
    mended: tuple[tuple[str, str], ...]


def parse_label(
    payload: bytes, class_map: Mapping[int, int], *, max_bytes: int, max_boxes: int
) -> ParsedLabel | LabelProblem:
    """Parse a label file.

    Args:
        payload: the file's bytes.
        class_map: delivered class id to this project's class id.
        max_bytes: the largest believable file.
        max_boxes: the most believable boxes.
    """
    if len(payload) > max_bytes:
        return LabelProblem(
            "label_too_large", f"expected ≤ {max_bytes} bytes, found {len(payload)}"
        )
    try:
        lines = payload.decode("ascii").split("\n")
    except UnicodeDecodeError as problem:
        return LabelProblem("label_not_text", f"expected ASCII numbers, found {problem}")
    boxes: list[Box] = []
    mended: list[tuple[str, str]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(boxes) >= max_boxes:
            return LabelProblem("too_many_boxes", f"expected ≤ {max_boxes} boxes, found more")
        box = _parse_line(line, number, class_map, mended)
        if isinstance(box, LabelProblem):
            return box
        if box in boxes:
            mended.append(("duplicate_box", f"line {number} repeats an earlier box"))
        else:
            boxes.append(box)
    return ParsedLabel(tuple(boxes), tuple(mended))


def _parse_line(
    line: str, number: int, class_map: Mapping[int, int], mended: list[tuple[str, str]]
) -> Box | LabelProblem:
    fields = line.split()
    if len(fields) != 5:
        return LabelProblem(
            "malformed_label", f"line {number}: expected 5 fields, found {len(fields)}"
        )
    try:
        class_id = int(fields[0])
        x, y, w, h = (float(field) for field in fields[1:])
    except ValueError:
        return LabelProblem(
            "malformed_label", f"line {number}: expected numbers, found {line[:60]!r}"
        )
    if not all(math.isfinite(value) for value in (x, y, w, h)):
        return LabelProblem(
            "not_finite", f"line {number}: expected finite numbers, found {line[:60]!r}"
        )
    if class_id not in class_map:
        return LabelProblem(
            "unknown_class", f"line {number}: expected one of {sorted(class_map)}, found {class_id}"
        )
    if w <= 0 or h <= 0:
        return LabelProblem(
            "zero_area", f"line {number}: expected width and height > 0, found {w} {h}"
        )
    corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    worst = max(-corners[0], -corners[1], corners[2] - 1, corners[3] - 1)
    if worst > OVERHANG:
        return LabelProblem(
            "outside_picture", f"line {number}: the box lies {worst:.3f} of the picture outside it"
        )
    if worst > 1e-6:
        mended.append(("clipped_box", f"line {number}: an overhang of {worst:.4f} was cut off"))
    left, top, right, bottom = (min(1.0, max(0.0, corner)) for corner in corners)
    if right <= left or bottom <= top:
        return LabelProblem("zero_area", f"line {number}: nothing of the box is inside the picture")
    return Box(
        class_id=class_map[class_id],
        x_center=_rounded((left + right) / 2),
        y_center=_rounded((top + bottom) / 2),
        width=max(1e-6, _rounded(right - left)),
        height=max(1e-6, _rounded(bottom - top)),
    )


def _rounded(value: float) -> float:
    """Round to the label format's six decimals, so that a label's digest does not depend on its writer."""
    return min(1.0, round(value, 6))
