"""Choose each hazard's operating threshold on val, and measure at it.

Rules: the threshold that gives the best F1 on val; a hazard that val does not hold gets the default, never
one fitted to nothing; the holdout is only measured at thresholds chosen elsewhere.
"""

import math
from collections.abc import Mapping, Sequence

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import box_xyxy, match_picture

DEFAULT_THRESHOLD = 0.25
_LOWEST, _HIGHEST = 0.05, 0.90


def _matches(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
) -> tuple[list[tuple[float, bool]], int]:
    """Return (score, found) of one hazard over all pictures, and how many labels there are."""
    outcome: list[tuple[float, bool]] = []
    labels = 0
    for picture in pictures:
        wanted = [box_xyxy(box, picture) for box in picture.boxes if box.class_id == class_id]
        labels += len(wanted)
        mine = [d for d in detections[picture.sha256] if d.class_id == class_id]
        outcome.extend(match_picture(wanted, mine))
    return outcome, labels


def choose_threshold(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
) -> float:
    """Return the score (0.05-0.90) with the best F1 on these pictures, or 0.25 without labels.

    Args:
        pictures: val pictures with their labels.
        detections: detections of each picture, by sha256, down to a low score.
        class_id: the hazard.
    """
    outcome, labels = _matches(pictures, detections, class_id)
    if not labels:
        return DEFAULT_THRESHOLD
    best_f1, best_score, hits = 0.0, DEFAULT_THRESHOLD, 0
    ordered = sorted(outcome, key=lambda pair: -pair[0])
    for count, (score, found) in enumerate(ordered, start=1):
        hits += found
        if count < len(ordered) and ordered[count][0] == score:
            continue  # a threshold keeps equal scores together or none of them
        f1 = 2 * hits / (count + labels)
        if _LOWEST <= score <= _HIGHEST and f1 > best_f1:
            best_f1, best_score = f1, score
    # Down, never up: rounded up, it would drop the very detection that it was chosen for.
    return min(best_score, math.floor(best_score * 1e4) / 1e4)


def recall_and_precision(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
    threshold: float,
) -> tuple[float | None, float | None]:
    """Return recall and precision (0-1) at a threshold; None where there is nothing to divide by."""
    outcome, labels = _matches(pictures, detections, class_id)
    kept = [found for score, found in outcome if score >= threshold]
    recall = sum(kept) / labels if labels else None
    precision = sum(kept) / len(kept) if kept else None
    return recall, precision
