"""What was taken for what, at the operating thresholds.

Rules: a box counts for the label that it overlaps by IoU 0.5 or more, best score first, each label once; a detection
first looks for a label of its own hazard, and only what is then left over can be confused with another (smoke and fire
often share a place), so that the diagonal holds exactly the hits that recall and precision count.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import Confusion
from safety_tasks.scoring.matching import assign_labels, box_xyxy, corners

BACKGROUND: Final = "background"


def confusion(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> Confusion:
    """Count pairs of what was labelled and what was detected there.

    Args:
        pictures: pictures with their labels; those of classes that came after these are passed over.
        detections: detections of each picture, by sha256.
        classes: hazard names; the index is the class id.
        thresholds: operating threshold of each hazard (0-1).

    Returns:
        Rows: labelled, columns: detected, background last in both. A label that nothing found lies in the last column,
        a detection where nothing is labelled in the last row.
    """
    background = len(classes)
    counts = np.zeros((background + 1, background + 1), dtype=np.int64)
    for picture in pictures:
        kept = [d for d in detections[picture.sha256] if d.score >= thresholds[classes[d.class_id]]]
        kept.sort(key=lambda d: -d.score)
        for labelled, detected in _pairs(picture, kept, background):
            counts[labelled, detected] += 1
    return Confusion(
        names=(*classes, BACKGROUND), counts=tuple(tuple(row) for row in counts.tolist())
    )


def _pairs(
    picture: Picture, best_first: Sequence[Detection], background: int
) -> list[tuple[int, int]]:
    """Pair one picture's labels and detections by class id; what has no partner is paired with the background."""
    pairs: list[tuple[int, int]] = []
    labels = [box for box in picture.boxes if box.class_id < background]
    found = list(best_first)
    of_own_class = sorted({box.class_id for box in labels} & {d.class_id for d in found})
    for class_id in [*of_own_class, None]:  # None: whatever is left, of any class
        mine = [box for box in labels if class_id in (None, box.class_id)]
        seen = [d for d in found if class_id in (None, d.class_id)]
        chosen = assign_labels(
            corners([box_xyxy(box, picture) for box in mine]),
            corners([d.box_xyxy for d in seen]),
        )
        for detection, row in zip(seen, chosen, strict=True):
            if row is not None:
                pairs.append((mine[row].class_id, detection.class_id))
        taken = {id(mine[row]) for row in chosen if row is not None}
        busy = {id(d) for d, row in zip(seen, chosen, strict=True) if row is not None}
        labels = [box for box in labels if id(box) not in taken]
        found = [d for d in found if id(d) not in busy]
    pairs += [(box.class_id, background) for box in labels]
    pairs += [(background, d.class_id) for d in found]
    return pairs
