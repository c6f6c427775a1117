"""Precision, recall and F1 of one hazard as its threshold falls.

Rules: equal scores are one point, since no threshold parts them; a curve has at most 200 points, with the ends and the
point of the best F1 always among them; without labels there is no curve.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from safety_tasks.records.scores import Curve

POINTS: Final = 200


def precision_recall_curve(
    outcome: Sequence[tuple[float, bool]], labels: int, points: int = POINTS
) -> Curve | None:
    """Return the curve of one hazard.

    Args:
        outcome: (score, found a label at IoU 0.5) of each detection, any order (``matching.match_hazard``).
        labels: how many labels there are.
        points: most points to keep, at least 3.

    Returns:
        Four columns of one length at falling thresholds, empty without detections; None without labels.
    """
    if not labels:
        return None
    score = np.array([pair[0] for pair in outcome], dtype=np.float64)
    order = np.argsort(-score, kind="stable")
    score = score[order]
    hits = np.cumsum(np.array([pair[1] for pair in outcome], dtype=np.int64)[order])
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else order
    hits, count, score = hits[last], last + 1, score[last]
    precision, recall, f1 = hits / count, hits / labels, 2 * hits / (count + labels)
    kept = _kept(recall, int(f1.argmax()), points) if len(last) else last
    return Curve(
        threshold=tuple(score[kept].tolist()),
        precision=tuple(precision[kept].tolist()),
        recall=tuple(recall[kept].tolist()),
        f1=tuple(f1[kept].tolist()),
    )


def _kept(
    recall: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", best: int, points: int
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """Choose points evenly by recall and by number alike: one alone would starve the steep or the flat part."""
    size = len(recall)
    if size <= points:
        return np.arange(size)
    way = np.arange(size) / (size - 1) + recall / max(float(recall[-1]), 1e-12)
    even = np.searchsorted(way, np.linspace(way[0], way[-1], points - 3))
    return np.unique(np.concatenate([[0, best, size - 1], even.clip(0, size - 1)]))
