"""Lay labels and detections of a whole dataset beside each other, a few thousand pictures at a time.

Rule: only pictures in which the model sees something are turned into objects, so that a million rows fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.validate.columns import integers
from safety_tasks.validate.suspicion import Compared, Doubt, doubts_of

_CHUNK: Final = 2000
_SIDES: Final = ("x1", "y1", "x2", "y2")


@dataclass(frozen=True)
class Found:
    """A doubt, the manifest's row of its picture, and the picture's boxes."""

    row: int
    doubt: Doubt
    compared: Compared


def compare(
    manifest: pa.Table,
    predictions: pa.Table,
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> tuple[list[Found], int]:
    """Find all doubts.

    Args:
        manifest: ``PICTURE_SCHEMA``.
        predictions: ``PREDICTION_SCHEMA``; may hold other pictures too.
        classes: the model's hazards, in the order of its numbers.
        thresholds: the score (0-1) from which each hazard raises an alarm; a hazard without one is not heard.

    Returns:
        the doubts, the worst first, and how many pictures were compared.
    """
    at = pc.index_in(manifest["sha256"], value_set=predictions["sha256"].combine_chunks())
    place = integers(at, -1)
    known = np.flatnonzero(place >= 0)
    lengths = integers(pc.list_value_length(predictions["detections"]), 0)
    seen = known[lengths[place[known]] > 0]
    least = np.array([thresholds.get(name, np.inf) for name in classes])
    found: list[Found] = []
    for start in range(0, len(seen), _CHUNK):
        rows = seen[start : start + _CHUNK]
        pairs = [
            (int(row), compared)
            for row, pair in zip(rows, _pairs(manifest, predictions, rows, place), strict=True)
            for compared in [_heard(pair, least)]
            if len(compared.said_class)
        ]
        doubts = doubts_of([compared for _, compared in pairs], len(classes))
        found += [
            Found(row, doubt, compared)
            for (row, compared), mine in zip(pairs, doubts, strict=True)
            for doubt in mine
        ]
    found.sort(key=lambda each: -each.doubt.score)  # stable: rows are in order of digest
    return found, len(known)


def _pairs(manifest: pa.Table, predictions: pa.Table, rows: Any, place: Any) -> Iterator[Compared]:
    labels = manifest.select(["width_px", "height_px", "boxes"]).take(pa.array(rows))
    said = predictions["detections"].take(pa.array(place[rows]))
    for label, detections in zip(labels.to_pylist(), said.to_pylist(), strict=True):
        boxes = label["boxes"] or []
        yield Compared(
            size_px=(label["width_px"], label["height_px"]),
            label_class=np.array([box["class_id"] for box in boxes], np.int64),
            label_xyxy=np.array([_corners(box) for box in boxes], np.float64).reshape(-1, 4),
            said_class=np.array([each["class_id"] for each in detections], np.int64),
            said_xyxy=np.array(
                [[each[side] for side in _SIDES] for each in detections], np.float64
            ).reshape(-1, 4),
            said_score=np.array([each["score"] for each in detections], np.float64),
        )


def _heard(compared: Compared, least: Any) -> Compared:
    """Return a picture without the detections that raise no alarm, and the labels of hazards the model never learnt."""
    loud = compared.said_score >= least[compared.said_class]
    learnt = compared.label_class < len(least)
    return Compared(
        size_px=compared.size_px,
        label_class=compared.label_class[learnt],
        label_xyxy=compared.label_xyxy[learnt],
        said_class=compared.said_class[loud],
        said_xyxy=compared.said_xyxy[loud],
        said_score=compared.said_score[loud],
    )


def _corners(box: Mapping[str, float]) -> list[float]:
    half_w, half_h = box["width"] / 2, box["height"] / 2
    x, y = box["x_center"], box["y_center"]
    return [x - half_w, y - half_h, x + half_w, y + half_h]
