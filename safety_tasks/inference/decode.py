"""From raw outputs to boxes: threshold first, decode the survivors, then class-wise non-maximum suppression.

Rules: only survivors of the score threshold are decoded; the best class of a place is its class; suppression is per
class at IoU 0.7 (the training framework's default); at most ``max_detections`` best-scored boxes are returned.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

NMS_IOU: Final = 0.7
MAX_DETECTIONS: Final = 300
_ALL: Final = -1.0  # what scores too low is gone already; a score of exactly 0 stays

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


class Boxes(NamedTuple):
    """Boxes (n, 4) float32 x1 y1 x2 y2 in pixels, scores (n,) float32 0-1, classes (n,) int64; best score first."""

    xyxy: Floats
    scores: Floats
    classes: Integers


NO_BOXES: Final = Boxes(
    np.zeros((0, 4), np.float32), np.zeros((0,), np.float32), np.zeros((0,), np.int64)
)


def decode(output: Floats, min_score: float, max_detections: int = MAX_DETECTIONS) -> Boxes:
    """Decode one picture's output of a reference model.

    Args:
        output: (4 + classes, anchors) float32: rows x_center, y_center, width, height in pixels of the
            square, then one score row (0-1) a class.
        min_score: boxes whose best class scores below are dropped (0-1).
        max_detections: how many are kept at most.

    Returns:
        boxes in pixels of the square.
    """
    scores = output[4:]
    best = scores.max(axis=0)
    kept = np.flatnonzero(best >= min_score)
    if kept.size == 0:
        return NO_BOXES
    centre, half = output[0:2, kept], output[2:4, kept] / 2
    corners = np.concatenate([centre - half, centre + half]).T.astype(np.float32)
    classes = scores[:, kept].argmax(axis=0).astype(np.int64)
    return suppress(corners, best[kept].astype(np.float32), classes, max_detections)


def suppress(
    xyxy: Floats, scores: Floats, classes: Integers, max_detections: int = MAX_DETECTIONS
) -> Boxes:
    """Keep the best of boxes that overlap, a class.

    Args:
        xyxy: (n, 4) float32 corners, any unit.
        scores: (n,) float32 0-1.
        classes: (n,) int64.
        max_detections: how many are kept at most.

    Returns:
        the boxes that are kept, best score first.
    """
    if len(scores) == 1:
        return Boxes(xyxy, scores, classes)
    xywh = np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)
    chosen = np.asarray(
        cv2.dnn.NMSBoxesBatched(xywh.tolist(), scores.tolist(), classes.tolist(), _ALL, NMS_IOU),
        dtype=np.int64,
    ).reshape(-1)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")][:max_detections]
    return Boxes(xyxy[chosen], scores[chosen], classes[chosen])
