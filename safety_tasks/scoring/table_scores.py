"""COCO's AP and AR, and the recall at a threshold, of a match table whose pictures have weights.

Source: COCO detection evaluation (cocoeval.py, ``accumulate``): the precision at 101 recalls 0:0.01:1, made falling
from the right. Rules: a picture of weight 0 is left out and one of weight n counts n times, without matching again;
nothing labelled has no score: None, never 0 or 1. Where equal scores meet inside a picture that counts n times, they
count in the order of scores as listed, each n times.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.scoring.match_table import Floats, MatchTable

RECALLS: Final[Floats] = np.linspace(0, 1, 101)
Weights = npt.NDArray[np.int64] | npt.NDArray[np.float64]


@dataclass(frozen=True)
class TableScores:
    """Scores of one hazard (0-1): AP at IoU 0.5, AP and AR (100 detections) as means over the ten IoUs."""

    ap50: float
    ap50_95: float
    ar: float


def table_scores(table: MatchTable, weights: Weights | None = None) -> TableScores | None:
    """Score a hazard.

    Args:
        table: its matched detections.
        weights: (pictures,), how often each picture counts, whole and not negative; all once if None.

    Returns:
        COCO's scores, or None where the pictures that count label nothing.
    """
    weights = np.ones(len(table.labels)) if weights is None else weights
    labels = float(weights @ table.labels)
    if not labels:
        return None
    rows, real = table.hits
    if not rows.shape[1]:
        return TableScores(0.0, 0.0, 0.0)
    weight = weights[table.picture].astype(np.float64)
    hits = np.cumsum(np.where(real, weight[rows], 0.0), axis=1)
    # Precision only falls between hits, so that the hits alone carry the curve.
    precision = hits / (np.cumsum(weight)[rows] + np.spacing(1))
    falling = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    # How many of the 101 recalls each hit is the first to reach: what its precision is averaged over.
    reached = np.searchsorted(RECALLS, hits / labels, side="right")
    ap = (np.diff(reached, axis=1, prepend=0) * falling).sum(axis=1) / len(RECALLS)
    ap = np.minimum(ap, 1.0)  # sums of rounded shares may pass it by the last digit
    return TableScores(float(ap[0]), float(ap.mean()), float((hits[:, -1] / labels).mean()))


def table_recall(
    table: MatchTable, threshold: float, weights: Weights | None = None
) -> float | None:
    """Return the recall (0-1) at IoU 0.5 of detections at or above a threshold; None where nothing is labelled.

    Args:
        table: matched detections of one hazard, at most 100 a picture.
        threshold: lowest score that counts (0-1).
        weights: (pictures,), how often each picture counts; all once if None.
    """
    weights = np.ones(len(table.labels)) if weights is None else weights
    labels = float(weights @ table.labels)
    hits = table.found[0] & (table.score >= threshold)
    return float(weights[table.picture[hits]].sum()) / labels if labels else None


def table_best_f1(table: MatchTable) -> float | None:
    """Return the best F1 (0-1) that any threshold reaches at IoU 0.5; None where nothing is labelled.

    What the operating threshold, chosen elsewhere, is held against: the holdout chooses nothing.
    """
    labels = int(table.labels.sum())
    if not labels:
        return None
    hits = np.cumsum(table.found[0])
    counted = np.arange(1, len(hits) + 1)
    # A threshold keeps all of equal scores or none: only after the last of them one can lie.
    last = np.append(np.diff(table.score) != 0, True)[: len(hits)]
    return float(np.max((2 * hits / (counted + labels))[last], initial=0.0))
