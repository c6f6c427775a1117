"""Move two models of one population to a level, and one of them to a true difference, detection by detection.

Lift: a plant's champion fulfils the plant's floors and limits, else it would not be the champion; two models that were
trained on a thousand pictures do not all the way. So both are lifted alike, by as little as does it: of pictures that
label nothing, those that a hash picks with one probability lose their false alarms; and where a hazard's AP50 is below
the level, labels that both missed and a hash picks are filled in, for both, by what they found at one donor: a label
of the hazard that both really found. Level: 0.82; YOLOv8n is published with 0.75-0.78 on D-Fire (21,000 pictures of all
kinds of scenes), and a plant's own scenes are easier. What one model found and the other missed stays as it is, so
that the spread of their difference between scenes stays that of the real pair; it is reported before and after.

Thinning: a label that is picked by hash with some probability is missed: all that points at it (IoU 0.3 and up) goes.
What one probability takes a higher one takes too, so that a difference is found by bisection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import (
    FOUND_IOU,
    assign_labels,
    box_xyxy,
    corners,
    iou_matrix,
)

LEVEL: Final = 0.82
DROPPED: Final = 0.9
_STEPS: Final = 14
Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class Hit:
    """What a model found at a label: its score and IoU."""

    score: float
    iou: float


def share_of(*words: object) -> float:
    """Return a number from 0 to below 1 that words alone decide."""
    return int(sha256_bytes(" ".join(map(str, words)).encode())[:13], 16) / 16**13


def bisect(
    value_of: Callable[[float], float], target: float, *, rising: bool, at_most: bool = False
) -> float:
    """Return the probability at which a value that rises (or falls) with it reaches a target, as near as it comes.

    Args:
        value_of: the value at a probability 0-1.
        target: the value that is wanted; where no probability reaches it the nearer end is returned.
        rising: whether the value rises with the probability.
        at_most: of the two probabilities around the target take the one whose value is not above it.
    """
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if (value_of(middle) < target) is rising else (low, middle)
    if at_most:
        return low if rising else high
    return min((low, high), key=lambda share: abs(value_of(share) - target))


def hits_of(picture: Picture, found: Found, class_id: int) -> dict[int, Hit]:
    """Return what found each label of a hazard at IoU 0.5, by the label's place among the picture's of that hazard."""
    labels, mine = _labels(picture, class_id), _mine(found, class_id)
    overlap = iou_matrix(corners([d.box_xyxy for d in mine]), corners(labels))
    chosen = assign_labels(corners(labels), corners([d.box_xyxy for d in mine]))
    return {
        label: Hit(mine[row].score, float(overlap[row, label]))
        for row, label in enumerate(chosen)
        if label is not None
    }


def lift(
    pictures: Sequence[Picture],
    models: Sequence[Mapping[str, Found]],
    class_id: int,
    filled: float,
    dropped: float,
) -> list[dict[str, Found]]:
    """Return the models' detections with missed labels filled in and false alarms left out.

    Args:
        pictures: all of them.
        models: what each found, by sha256.
        class_id: the hazard that is lifted; the others stay.
        filled: share of labels that are filled in where they are missed.
        dropped: share of the pictures that label nothing whose false alarms go.
    """
    hits = [{p.sha256: hits_of(p, model[p.sha256], class_id) for p in pictures} for model in models]
    donors = sorted(
        (sha, label)
        for sha, mine in hits[0].items()
        for label in mine
        if all(label in other[sha] for other in hits)
    )
    lifted = []
    for model, mine in zip(models, hits, strict=True):
        found: dict[str, Found] = dict(model)
        for picture in pictures:
            sha = picture.sha256
            kept = list(model[sha])
            if not picture.boxes and share_of("drop", sha) < dropped:
                kept = [d for d in kept if d.class_id != class_id]
            for label, box in enumerate(_labels(picture, class_id)):
                if any(label in other[sha] for other in hits) or not donors:
                    continue
                if share_of("fill", class_id, sha, label) < filled:
                    donor = donors[int(share_of("donor", class_id, sha, label) * len(donors))]
                    kept.append(_at(box, mine[donor[0]][donor[1]], class_id))
            found[sha] = tuple(sorted(kept, key=lambda d: -d.score))
        lifted.append(found)
    return lifted


def lift_to(
    pictures: Sequence[Picture],
    models: Sequence[Mapping[str, Found]],
    class_id: int,
    ap50_of: Callable[[Mapping[str, Found]], float],
) -> tuple[list[dict[str, Found]], float]:
    """Return the models' detections lifted so that the lower AP50 is at the level, and the share that was filled in.

    Where it is there already, or no share reaches it, the least or the most is filled in.
    """

    def lower(filled: float) -> float:
        return min(ap50_of(found) for found in lift(pictures, models, class_id, filled, DROPPED))

    filled = 0.0 if lower(0.0) >= LEVEL else bisect(lower, LEVEL, rising=True)
    return lift(pictures, models, class_id, filled, DROPPED), filled


def thin(
    pictures: Sequence[Picture], found: Mapping[str, Found], class_id: int, share: float, salt: str
) -> dict[str, Found]:
    """Return detections with a share of a hazard's labels missed; ``salt`` decides which."""
    thinned = dict(found)
    for picture in pictures:
        sha = picture.sha256
        boxes = _labels(picture, class_id)
        lost = [
            box
            for label, box in enumerate(boxes)
            if share_of("thin", salt, class_id, sha, label) < share
        ]
        if not lost:
            continue
        seen = found[sha]
        overlap = iou_matrix(corners([d.box_xyxy for d in seen]), corners(lost))
        near = (overlap >= FOUND_IOU).any(axis=1) if len(seen) else np.zeros(0, dtype=bool)
        thinned[sha] = tuple(
            d
            for d, is_near in zip(seen, near, strict=True)
            if d.class_id != class_id or not is_near
        )
    return thinned


def _labels(picture: Picture, class_id: int) -> list[Corners]:
    mine: list[Box] = [box for box in picture.boxes if box.class_id == class_id]
    return [box_xyxy(box, picture) for box in mine]


def _mine(found: Found, class_id: int) -> list[Detection]:
    return sorted((d for d in found if d.class_id == class_id), key=lambda d: -d.score)


def _at(label: Corners, hit: Hit, class_id: int) -> Detection:
    """Return a detection inside a label that overlaps it by the hit's IoU."""
    x1, y1, x2, y2 = label
    narrow = (x2 - x1) * (1 - hit.iou) / 2
    return Detection(
        class_id=class_id, score=hit.score, box_xyxy=(x1 + narrow, y1, x2 - narrow, y2)
    )
