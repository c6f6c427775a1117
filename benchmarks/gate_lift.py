"""Move two models of one population to a level, and one of them to a true difference, detection by detection.

Lift: a plant's champion fulfils the plant's floors and limits, else it would not be the champion; two models that were
trained on a thousand pictures do not all the way. So both are lifted alike, by as little as does it: of pictures that
label nothing, those that a hash picks with one probability lose their false alarms; and where a hazard's AP50 is below
a level, in one scene by itself or in all, labels that both missed and a hash picks are filled in, for both, by what
they found at one donor: a label of the hazard that both really found. Levels: 0.70 in each scene, since one
that hardly sees in several scenes misses their events; 0.82 in all, as YOLOv8n is published with 0.75-0.78 on
D-Fire (21,000 pictures of all kinds of scenes), and a plant's own scenes are easier. What one model found and the other
missed stays as it is, so that the spread of their difference between scenes stays that of the real pair; it is reported
before and after.

Thinning: a label that is picked by hash with some probability is missed: all that points at it (IoU 0.3 and up) goes.
What one probability takes a higher one takes too, so that a difference is found by bisection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
SCENE_LEVEL: Final = 0.70
DROPPED: Final = 0.9
_STEPS: Final = 14
Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class Hit:
    """What a model found at a label: its score and IoU."""

    score: float
    iou: float


@dataclass(frozen=True)
class Gap:
    """A label that no model found, by picture and scene: above ``share`` it is filled in by its ``donor``'s hit."""

    sha256: str
    scene: str
    label: Corners
    share: float
    donor: tuple[str, int]


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
    filled: Mapping[str, float],
    dropped: float,
) -> list[dict[str, Found]]:
    """Return the models' detections with missed labels filled in and false alarms left out.

    Args:
        pictures: all of them.
        models: what each found, by sha256.
        class_id: the hazard that is lifted; the others stay.
        filled: by scene, share of labels that are filled in where both missed them.
        dropped: share of the pictures that label nothing whose false alarms go.
    """
    return Lift(pictures, models, class_id).by(filled, dropped)


def lift_to(
    pictures: Sequence[Picture],
    models: Sequence[Mapping[str, Found]],
    class_id: int,
    ap50_of: Callable[[Mapping[str, Found], str], float],
) -> tuple[list[dict[str, Found]], int]:
    """Return the models' detections lifted so that the lower AP50 is at its level, and how many labels were filled in.

    Where it is there already, or no share reaches it, the least or the most is filled in.

    Args:
        pictures: all of them.
        models: what each found, by sha256.
        class_id: the hazard that is lifted.
        ap50_of: the AP50 of detections, of one scene by its name, of all by an empty name.
    """
    this = Lift(pictures, models, class_id)

    def lower(filled: Mapping[str, float], scene: str) -> float:
        return min(ap50_of(found, scene) for found in this.by(filled, DROPPED))

    def least(level: float, scene: str, shares: Callable[[float], dict[str, float]]) -> float:
        enough = lower(shares(0.0), scene) >= level
        reach = lambda share: lower(shares(share), scene)  # noqa: E731
        return 0.0 if enough else bisect(reach, level, rising=True)

    alone = {
        scene: least(SCENE_LEVEL, scene, lambda share, one=scene: {one: share})
        for scene in this.scenes
    }
    everywhere = lambda share: {scene: max(share, own) for scene, own in alone.items()}  # noqa: E731
    filled = everywhere(least(LEVEL, "", everywhere))
    count = sum(gap.share < filled[gap.scene] for gap in this.gaps)
    return this.by(filled, DROPPED), count


@dataclass(eq=False)
class Lift:
    """Models that are lifted in one hazard; what each found at which label is matched once."""

    pictures: Sequence[Picture]
    models: Sequence[Mapping[str, Found]]
    class_id: int

    @cached_property
    def scenes(self) -> tuple[str, ...]:
        """The scenes that label the hazard."""
        return tuple(sorted({p.scene for p in self.pictures if _labels(p, self.class_id)}))

    @cached_property
    def hits(self) -> list[dict[str, dict[int, Hit]]]:
        """What each model found at each label, by picture."""
        return [
            {p.sha256: hits_of(p, model[p.sha256], self.class_id) for p in self.pictures}
            for model in self.models
        ]

    @cached_property
    def donors(self) -> list[tuple[str, int]]:
        """The labels that every model found."""
        return sorted(
            (sha, label)
            for sha, mine in self.hits[0].items()
            for label in mine
            if all(label in other[sha] for other in self.hits)
        )

    @cached_property
    def gaps(self) -> list[Gap]:
        """The labels that no model found."""
        found = []
        for picture in self.pictures if self.donors else ():
            sha = picture.sha256
            for label, box in enumerate(_labels(picture, self.class_id)):
                if not any(label in other[sha] for other in self.hits):
                    words = (self.class_id, sha, label)
                    donor = self.donors[int(share_of("donor", *words) * len(self.donors))]
                    found.append(Gap(sha, picture.scene, box, share_of("fill", *words), donor))
        return found

    def by(self, filled: Mapping[str, float], dropped: float) -> list[dict[str, Found]]:
        """Return the models' detections, lifted by these shares; see ``lift``."""
        quiet = {
            p.sha256 for p in self.pictures if not p.boxes and share_of("drop", p.sha256) < dropped
        }
        lifted = []
        for model, mine in zip(self.models, self.hits, strict=True):
            found: dict[str, Found] = dict(model)
            for sha in quiet:
                found[sha] = tuple(d for d in model[sha] if d.class_id != self.class_id)
            for gap in self.gaps:
                if gap.share < filled.get(gap.scene, 0.0):
                    sha, label = gap.donor
                    more = (*found[gap.sha256], _at(gap.label, mine[sha][label], self.class_id))
                    found[gap.sha256] = tuple(sorted(more, key=lambda d: -d.score))
            lifted.append(found)
        return lifted


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
