"""Match detections to labelled boxes, greedily by score, at one IoU.

Rule: each labelled box is matched at most once; the best-scored detection chooses first (COCO's order).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection

MATCH_IOU = 0.5


def box_xyxy(box: Box, picture: Picture) -> tuple[float, float, float, float]:
    """Return a label's corners x1 y1 x2 y2 in pixels of its picture."""
    half_w, half_h = box.width / 2, box.height / 2
    return (
        (box.x_center - half_w) * picture.width_px,
        (box.y_center - half_h) * picture.height_px,
        (box.x_center + half_w) * picture.width_px,
        (box.y_center + half_h) * picture.height_px,
    )


def iou_matrix(
    first_xyxy: npt.NDArray[np.float64], second_xyxy: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the intersection over union of (n, 4) and (m, 4) corner boxes as (n, m), 0-1."""
    top_left = np.maximum(first_xyxy[:, None, :2], second_xyxy[None, :, :2])
    bottom_right = np.minimum(first_xyxy[:, None, 2:], second_xyxy[None, :, 2:])
    overlap = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    area_first = (first_xyxy[:, 2:] - first_xyxy[:, :2]).prod(axis=1)
    area_second = (second_xyxy[:, 2:] - second_xyxy[:, :2]).prod(axis=1)
    union = area_first[:, None] + area_second[None, :] - overlap
    iou: npt.NDArray[np.float64] = np.divide(
        overlap, union, out=np.zeros_like(overlap), where=union > 0
    )
    return iou


def match_picture(
    labels_xyxy: Sequence[tuple[float, float, float, float]],
    detections: Sequence[Detection],
    iou: float = MATCH_IOU,
) -> list[tuple[float, bool]]:
    """Match one picture's detections of one hazard.

    Args:
        labels_xyxy: labelled corners in pixels.
        detections: detections of the same hazard, any order.
        iou: the overlap that counts as found (0-1).

    Returns:
        (score, found a label) for each detection, best first.
    """
    ordered = sorted(detections, key=lambda d: -d.score)
    free = np.ones(len(labels_xyxy), dtype=bool)
    if not ordered or not len(labels_xyxy):
        return [(d.score, False) for d in ordered]
    overlaps = iou_matrix(
        np.array([d.box_xyxy for d in ordered], dtype=np.float64),
        np.array(labels_xyxy, dtype=np.float64),
    )
    outcome = []
    for row, detection in zip(overlaps, ordered, strict=True):
        candidates = np.where(free, row, -1.0)
        best = int(candidates.argmax())
        found = bool(candidates[best] >= iou)
        if found:
            free[best] = False
        outcome.append((detection.score, found))
    return outcome
