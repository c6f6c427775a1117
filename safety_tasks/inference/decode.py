"""From the model's raw output to boxes: threshold first, then class-wise non-maximum suppression.

Rules: only survivors of the score threshold are decoded; suppression is per class at IoU 0.7 (the
training framework's default); at most ``max_detections`` best-scored boxes are returned.
"""

import cv2
import numpy as np
import numpy.typing as npt

NMS_IOU = 0.7


def decode(
    output: npt.NDArray[np.float32], min_score: float, max_detections: int = 300
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Decode one picture's output.

    Args:
        output: (4 + classes, anchors) float32: rows x_center, y_center, width, height in pixels of the
            square, then one score row (0-1) a class.
        min_score: boxes whose best class scores below are dropped (0-1).
        max_detections: how many are kept at most.

    Returns:
        boxes (n, 4) float32 x1 y1 x2 y2 in pixels of the square, scores (n,) float32 0-1, classes
        (n,) int64; best score first.
    """
    scores = output[4:]
    best = scores.max(axis=0)
    kept = np.flatnonzero(best >= min_score)
    if kept.size == 0:
        return (
            np.zeros((0, 4), np.float32),
            np.zeros((0,), np.float32),
            np.zeros((0,), np.int64),
        )
    centre, half = output[0:2, kept], output[2:4, kept] / 2
    corners = np.concatenate([centre - half, centre + half]).T.astype(np.float32)
    classes = scores[:, kept].argmax(axis=0).astype(np.int64)
    best = best[kept].astype(np.float32)
    xywh = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    chosen = np.asarray(
        cv2.dnn.NMSBoxesBatched(xywh.tolist(), best.tolist(), classes.tolist(), 0.0, NMS_IOU),
        dtype=np.int64,
    ).reshape(-1)
    chosen = chosen[np.argsort(-best[chosen], kind="stable")][:max_detections]
    return corners[chosen], best[chosen], classes[chosen]
