"""How far two models agree on what they see, without labels.

Rules: each model at its operating thresholds; a detection of one is matched with at most one of the other, of the same
hazard, best score first; agreement is the F1 of the matches, 1 where neither sees anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import assign_labels

AGREEMENT_IOU: Final = 0.5


@dataclass(frozen=True)
class Agreement:
    """Counts over pictures: detections of either model, those that match, and the pictures that differ most."""

    ours: int
    theirs: int
    matched: int
    worst: tuple[str, ...] = ()

    @property
    def f1(self) -> float:
        """Twice the matches ÷ all detections (0-1)."""
        return 2 * self.matched / (self.ours + self.theirs) if self.ours + self.theirs else 1.0


def agreement(
    ours: Mapping[str, Sequence[Detection]],
    theirs: Mapping[str, Sequence[Detection]],
    thresholds: Sequence[float],
    *,
    iou: float = AGREEMENT_IOU,
    worst: int = 0,
) -> Agreement:
    """Compare detections picture by picture.

    Args:
        ours: detections of each picture, by sha256, down to the lowest threshold.
        theirs: the other model's, of the same pictures.
        thresholds: operating threshold of each class id (0-1).
        iou: the overlap that counts as the same (0-1).
        worst: how many of the pictures that differ most are named.
    """
    totals = [0, 0, 0]
    apart: list[tuple[int, str]] = []
    for sha256, found in ours.items():
        kept = [_kept(side, thresholds) for side in (found, theirs[sha256])]
        matched = len(matches(kept[0], kept[1], thresholds, iou=iou))
        counts = (len(kept[0]), len(kept[1]), matched)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        apart.append((counts[0] + counts[1] - 2 * matched, sha256))
    apart.sort(key=lambda item: (-item[0], item[1]))
    return Agreement(
        ours=totals[0],
        theirs=totals[1],
        matched=totals[2],
        worst=tuple(s for count, s in apart[:worst] if count),
    )


def matches(
    ours: Sequence[Detection],
    theirs: Sequence[Detection],
    thresholds: Sequence[float],
    *,
    iou: float = AGREEMENT_IOU,
) -> list[tuple[Detection, Detection]]:
    """Return the pairs of one picture's detections that match, ours first; see ``agreement``."""
    pairs = []
    for class_id, _ in enumerate(thresholds):
        mine, other = (
            sorted(
                (d for d in _kept(side, thresholds) if d.class_id == class_id),
                key=lambda d: -d.score,
            )
            for side in (ours, theirs)
        )
        other.reverse()  # of boxes that are equal the last is taken: the best of theirs is the best of ours
        if not mine or not other:
            continue
        labels, found = (np.array([d.box_xyxy for d in side], np.float64) for side in (other, mine))
        chosen = assign_labels(labels, found, iou)
        pairs += [(d, other[at]) for d, at in zip(mine, chosen, strict=True) if at is not None]
    return pairs


def _kept(found: Sequence[Detection], thresholds: Sequence[float]) -> list[Detection]:
    return [d for d in found if d.score >= thresholds[d.class_id]]
