"""Make a model of a population truly worse, detection by detection.

Thinning: a label that is picked by hash with some probability is missed: all that points at it (IoU 0.3 and up) goes.
What one probability takes a higher one takes too, so that a difference is found by bisection.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Box, Picture
from safety_tasks.scoring.matching import FOUND_IOU, box_xyxy, corners, iou_matrix

Corners = tuple[float, float, float, float]
_STEPS: Final = 14


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


def thin(
    pictures: Sequence[Picture], found: Mapping[str, Found], class_id: int, share: float, salt: str
) -> dict[str, Found]:
    """Return detections with a share of a hazard's labels missed; ``salt`` decides which."""
    thinned = dict(found)
    for picture in pictures:
        sha = picture.sha256
        boxes = labels_of(picture, class_id)
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


def labels_of(picture: Picture, class_id: int) -> list[Corners]:
    """Return the corners of a picture's labels of a hazard, in their order."""
    mine: list[Box] = [box for box in picture.boxes if box.class_id == class_id]
    return [box_xyxy(box, picture) for box in mine]
