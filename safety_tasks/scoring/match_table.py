"""Match every detection of a hazard once, and keep the outcome in arrays.

Source: COCO detection evaluation (cocoeval.py), area "all", no crowds: in each picture at most the 100 best detections,
best first and of equal scores the one that was listed first; each takes, at each IoU t, the free label that it
overlaps most if by min(t, 1 - 1e-10) or more, of labels that it overlaps equally the last. Rules: the outcome in one
picture does not depend on other pictures, so that leaving pictures out or repeating them needs no matching again;
labels and detections have corners in order (x1 ≤ x2, y1 ≤ y2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import box_xyxy, corners

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

IOUS: Final[Floats] = np.linspace(0.5, 0.95, 10)
DETECTIONS_A_PICTURE: Final = 100
_LIMITS = tuple(float(limit) for limit in np.minimum(IOUS, 1 - 1e-10))


@dataclass(frozen=True, eq=False)
class MatchTable:
    """The detections of one hazard, best first; of equal scores in the order of pictures, then as listed.

    ``score``: (detections,), 0-1, falling. ``picture``: (detections,), index of the picture. ``found``:
    (10, detections), whether it found a label at each IoU 0.50:0.05:0.95. ``labels``: (pictures,), labels in each.
    """

    score: Floats
    picture: Integers
    found: npt.NDArray[np.bool_]
    labels: Integers

    @cached_property
    def hits(self) -> tuple[Integers, npt.NDArray[np.bool_]]:
        """The detections that found a label, by IoU: rows as (10, most hits), and which of them are real.

        Rows that have fewer are filled up with the last detection, marked as not real.
        """
        most = int(self.found.sum(axis=1).max(initial=0))
        rows = np.full((len(IOUS), most), max(len(self.score) - 1, 0), dtype=np.int64)
        real = np.zeros((len(IOUS), most), dtype=np.bool_)
        for number, found in enumerate(self.found):
            mine = np.flatnonzero(found)
            rows[number, : len(mine)] = mine
            real[number, : len(mine)] = True
        return rows, real


def match_table(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
) -> MatchTable:
    """Match one hazard over all pictures, at all ten IoUs.

    Args:
        pictures: pictures with their labels; their order decides between equal scores, as image ids do in COCO.
        detections: detections of each picture, by sha256, in pixels of the picture.
        class_id: the hazard.

    Raises:
        KeyError: a picture has no entry in ``detections``.
    """
    boxes, box_picture, found, score, picture = [], [], [], [], []
    for index, each in enumerate(pictures):
        mine = [box_xyxy(box, each) for box in each.boxes if box.class_id == class_id]
        boxes += mine
        box_picture += [index] * len(mine)
        seen = [d for d in detections[each.sha256] if d.class_id == class_id]
        seen = sorted(seen, key=lambda d: -d.score)[:DETECTIONS_A_PICTURE]
        found += [d.box_xyxy for d in seen]
        score += [d.score for d in seen]
        picture += [index] * len(seen)
    labels = np.bincount(np.array(box_picture, dtype=np.int64), minlength=len(pictures))
    scores, holders = np.array(score, dtype=np.float64), np.array(picture, dtype=np.int64)
    outcome = _match(corners(found), holders, corners(boxes), labels)
    order = np.argsort(-scores, kind="stable")
    return MatchTable(scores[order], holders[order], outcome[:, order], labels)


def _match(
    found_xyxy: Floats, holders: Integers, labels_xyxy: Floats, labels: Integers
) -> npt.NDArray[np.bool_]:
    """Return (10, detections): whether each found a label; detections of a picture come best first."""
    outcome = np.zeros((len(IOUS), len(found_xyxy)), dtype=np.bool_)
    near = list(_near(found_xyxy, holders, labels_xyxy, labels))
    for row, limit in enumerate(_LIMITS):
        taken = bytearray(len(labels_xyxy))
        for detection, candidates in near:
            most, best = limit, -1
            for label, overlap in candidates:
                if overlap >= most and not taken[label]:
                    most, best = overlap, label
            if best >= 0:
                taken[best] = 1
                outcome[row, detection] = True
    return outcome


def _near(
    found_xyxy: Floats, holders: Integers, labels_xyxy: Floats, labels: Integers
) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Yield each detection that overlaps labels of its picture by half or more: (label, IoU) in their order."""
    many = labels[holders]
    first = np.cumsum(labels) - labels
    detection = np.repeat(np.arange(len(holders)), many)
    within = np.arange(len(detection)) - np.repeat(np.cumsum(many) - many, many)
    label = np.repeat(first[holders], many) + within
    overlap = _overlaps(found_xyxy[detection], labels_xyxy[label])
    near = np.flatnonzero(overlap >= _LIMITS[0])
    pairs = zip(detection[near].tolist(), label[near].tolist(), overlap[near].tolist(), strict=True)
    for number, group in groupby(pairs, key=lambda pair: pair[0]):
        yield number, [(label, overlap) for _, label, overlap in group]


def _overlaps(first_xyxy: Floats, second_xyxy: Floats) -> Floats:
    """Return the IoU of n boxes with n others as (n,), rounded step by step as COCO's own code (maskApi.c) does it."""
    start = np.maximum(first_xyxy[:, :2], second_xyxy[:, :2])
    first_wh = first_xyxy[:, 2:] - first_xyxy[:, :2]
    second_wh = second_xyxy[:, 2:] - second_xyxy[:, :2]
    ends = np.minimum(first_xyxy[:, :2] + first_wh, second_xyxy[:, :2] + second_wh)
    shared = np.clip(ends - start, 0, None).prod(axis=1)
    union = first_wh.prod(axis=1) + second_wh.prod(axis=1) - shared
    overlaps: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return overlaps
