"""Match detections to labelled boxes, greedily by score, at one IoU.

Rules: each labelled box is matched at most once; the best-scored detection chooses first, of equal scores the one that
was listed first, and takes the free label that it overlaps most (COCO's order).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection

MATCH_IOU: Final = 0.5
# Looser than what scores boxes, for "was it noticed at all?": an alarm with a box that points at the hazard brings
# somebody there, and people draw smoke and fire, which have no edge, that differently themselves.
FOUND_IOU: Final = 0.3


def box_xyxy(box: Box, picture: Picture) -> tuple[float, float, float, float]:
    """Return a label's corners x1 y1 x2 y2 in pixels of its picture."""
    half_w, half_h = box.width / 2, box.height / 2
    return (
        (box.x_center - half_w) * picture.width_px,
        (box.y_center - half_h) * picture.height_px,
        (box.x_center + half_w) * picture.width_px,
        (box.y_center + half_h) * picture.height_px,
    )


def corners(
    boxes_xyxy: Sequence[tuple[float, float, float, float]],
) -> npt.NDArray[np.float64]:
    """Return boxes as an (n, 4) array of corners x1 y1 x2 y2, also when there is none."""
    return np.array(boxes_xyxy, dtype=np.float64).reshape(-1, 4)


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


def assign_labels(
    labels_xyxy: npt.NDArray[np.float64],
    found_xyxy: npt.NDArray[np.float64],
    iou: float = MATCH_IOU,
) -> list[int | None]:
    """Give each detection of one picture the free label that it overlaps most.

    Args:
        labels_xyxy: (labels, 4) corners in pixels.
        found_xyxy: (detections, 4) corners in pixels, best score first: the order in which they choose.
        iou: the overlap that counts as found (0-1); it is enough to reach it.

    Returns:
        For each detection its label's row, or None; of labels that it overlaps equally the last, as COCO does.
    """
    if not len(labels_xyxy):
        return [None] * len(found_xyxy)
    free = np.ones(len(labels_xyxy), dtype=bool)
    chosen: list[int | None] = []
    for row in iou_matrix(found_xyxy, labels_xyxy):
        candidates = np.where(free, row, -1.0)
        best = len(candidates) - 1 - int(candidates[::-1].argmax())
        found = bool(candidates[best] >= iou)
        free[best] &= not found
        chosen.append(best if found else None)
    return chosen


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
    chosen = assign_labels(corners(labels_xyxy), corners([d.box_xyxy for d in ordered]), iou)
    return [(d.score, label is not None) for d, label in zip(ordered, chosen, strict=True)]


def match_hazard(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
    iou: float = MATCH_IOU,
) -> tuple[list[tuple[float, bool]], int]:
    """Match one hazard over all pictures.

    Args:
        pictures: pictures with their labels.
        detections: detections of each picture, by sha256.
        class_id: the hazard.
        iou: the overlap that counts as found (0-1).

    Returns:
        (score, found a label) of each detection, picture by picture, and how many labels there are.
    """
    outcome: list[tuple[float, bool]] = []
    labels = 0
    for picture in pictures:
        wanted = [box_xyxy(box, picture) for box in picture.boxes if box.class_id == class_id]
        labels += len(wanted)
        mine = [d for d in detections[picture.sha256] if d.class_id == class_id]
        outcome.extend(match_picture(wanted, mine, iou))
    return outcome, labels
