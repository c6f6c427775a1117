"""How far a model's detections speak against the labels of a picture: overlooked, badly located, swapped.

The quality of each box is cleanlab's (ObjectLab; Tkachenko, Thyagarajan, Mueller 2023, arXiv:2309.00832), with two
choices of this project. Hazards share places, fire stands in smoke: whether an object was overlooked is asked hazard by
hazard, and a label is not called swapped where the model confirms it, or where the other hazard is labelled too. And a
doubt is (1 − quality) × the model's own score, so that the three kinds can be ranked together.

Rules: only detections that would raise an alarm are heard; a label that a detection of its hazard covers at the IoU
that counts as found is well located; a box has one doubt, the worst; pictures are judged in the order given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from safety_tasks.records.review import DoubtKind
from safety_tasks.scoring.matching import MATCH_IOU, iou_matrix

LEAST_SCORE: Final = 0.2
_SIDE_PX: Final = (
    640.0  # the longer side that distances are measured on, as on the pictures of the paper
)
_SAME_OBJECT_IOU: Final = 0.3

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Compared:
    """One picture: its labels, and the detections over their thresholds.

    Classes are (n,) int64, corners (n, 4) float64 x1 y1 x2 y2 as shares of the picture (0-1), scores (n,) float64 0-1.
    """

    size_px: tuple[int, int]
    label_class: Classes
    label_xyxy: Floats
    said_class: Classes
    said_xyxy: Floats
    said_score: Floats

    def pixels(self, xyxy: Floats) -> Floats:
        """Return corners in pixels of the picture scaled to the common side."""
        scale = _SIDE_PX / max(self.size_px)
        return xyxy * (np.array(self.size_px * 2, np.float64) * scale)


# cleanlab counts from the least similarity above nothing that it sees anywhere: with a label and a detection 300 px
# apart that is about 1e-14, whatever else is judged, and a picture's doubts do not depend on its neighbours.
_FAR: Final = Compared(
    size_px=(1, 1),
    label_class=np.array([0]),
    label_xyxy=np.array([[0.0, 0.0, 0.01, 0.01]]),
    said_class=np.array([0]),
    said_xyxy=np.array([[0.47, 0.0, 0.48, 0.01]]),
    said_score=np.array([1.0]),
)


@dataclass(frozen=True)
class Doubt:
    """One doubt: its kind, its score (0-1), which label (None: there is none) and which detection it is about."""

    kind: DoubtKind
    score: float
    label: int | None
    said: int


def doubts_of(pictures: Sequence[Compared], classes: int) -> list[tuple[Doubt, ...]]:
    """Return the doubts about the labels of each picture, the worst first.

    Args:
        pictures: labels and detections.
        classes: how many hazards there are; class numbers are below.
    """
    from cleanlab.object_detection.rank import compute_badloc_box_scores, compute_swap_box_scores

    if not pictures:
        return []
    labels = [_labels(picture) for picture in (*pictures, _FAR)]
    said = [_said(picture, range(classes), classes) for picture in (*pictures, _FAR)]
    # Detections under their threshold are gone already: each one left is confident enough to be heard.
    badloc = compute_badloc_box_scores(
        labels=labels, predictions=said, low_probability_threshold=0.0
    )
    swap = compute_swap_box_scores(
        labels=labels,
        predictions=said,
        high_probability_threshold=0.0,
        overlapping_label_check=False,
    )
    missed = _overlooked(pictures, classes)
    return [_doubts(*each) for each in zip(pictures, badloc[:-1], swap[:-1], missed, strict=True)]


def _overlooked(pictures: Sequence[Compared], classes: int) -> list[Floats]:
    """Return of each picture's detections how well they are labelled (0-1); NaN where a label of the hazard is near."""
    from cleanlab.object_detection.rank import compute_overlooked_box_scores

    found = [np.full(len(picture.said_class), np.nan) for picture in pictures]
    for class_id in range(classes):
        rows = [n for n, p in enumerate(pictures) if (p.said_class == class_id).any()]
        if not rows:
            continue
        scores = compute_overlooked_box_scores(
            labels=[*(_labels(pictures[n], class_id) for n in rows), _labels(_FAR)],
            predictions=[
                *(_said(pictures[n], [class_id], classes) for n in rows),
                _said(_FAR, range(classes), classes),
            ],
            high_probability_threshold=0.0,
        )
        for row, score in zip(rows, scores[:-1], strict=True):
            found[row][pictures[row].said_class == class_id] = score
    return found


def _doubts(picture: Compared, badloc: Floats, swap: Floats, missed: Floats) -> tuple[Doubt, ...]:
    overlaps = iou_matrix(picture.pixels(picture.label_xyxy), picture.pixels(picture.said_xyxy))
    doubts = []
    for label, class_id in enumerate(picture.label_class):
        same = picture.said_class == class_id
        doubt = max(
            _swapped(picture, label, overlaps[label], same, swap[label]),
            _badly_located(picture, label, overlaps[label], same, badloc[label]),
            key=lambda each: each.score if each else -1.0,
        )
        if doubt:
            doubts.append(doubt)
    taken = {doubt.said for doubt in doubts if doubt.kind is DoubtKind.SWAPPED}
    for said in np.argsort(-picture.said_score, kind="stable"):
        if np.isnan(missed[said]) or said in taken:
            continue
        score = float((1.0 - missed[said]) * picture.said_score[said])
        if score >= LEAST_SCORE:
            doubts.append(Doubt(DoubtKind.OVERLOOKED, round(min(1.0, score), 6), None, int(said)))
            taken |= _same_object(picture, int(said))
    return tuple(sorted(doubts, key=lambda d: (-d.score, d.kind, d.label or 0, d.said)))


def _swapped(
    picture: Compared, label: int, overlap: Floats, same: npt.NDArray[np.bool_], quality: float
) -> Doubt | None:
    if same.all():
        return None
    said = int(np.where(same, -1.0, overlap).argmax())
    if _is_labelled(picture, said):
        return None
    confirmed = float((overlap * picture.said_score)[same].max(initial=0.0))
    score = (1.0 - float(quality)) * float(picture.said_score[said]) - confirmed
    if score < LEAST_SCORE:
        return None
    return Doubt(DoubtKind.SWAPPED, round(min(1.0, score), 6), label, said)


def _badly_located(
    picture: Compared, label: int, overlap: Floats, same: npt.NDArray[np.bool_], quality: float
) -> Doubt | None:
    if not same.any():
        return None
    said = int(np.where(same, overlap, -1.0).argmax())
    score = (1.0 - float(quality)) * float(picture.said_score[said])
    if score < LEAST_SCORE or not 0.0 < overlap[said] < MATCH_IOU:
        return None
    return Doubt(DoubtKind.BADLY_LOCATED, round(min(1.0, score), 6), label, said)


def _is_labelled(picture: Compared, said: int) -> bool:
    """Tell whether a detection finds a label of its own hazard, and so speaks against no other."""
    mine = picture.label_xyxy[picture.label_class == picture.said_class[said]]
    at = picture.pixels(picture.said_xyxy[said : said + 1])
    return bool((iou_matrix(picture.pixels(mine), at) >= MATCH_IOU).any())


def _same_object(picture: Compared, said: int) -> set[int]:
    """Return a detection and the others of its hazard that are of the same object."""
    corners = picture.pixels(picture.said_xyxy)
    near = iou_matrix(corners[said : said + 1], corners)[0] > _SAME_OBJECT_IOU
    same = near & (picture.said_class == picture.said_class[said])
    return {said, *(int(n) for n in np.flatnonzero(same))}


def _labels(picture: Compared, class_id: int | None = None) -> dict[str, Any]:
    """Return labels as cleanlab takes them, of one hazard or of all."""
    mine = slice(None) if class_id is None else picture.label_class == class_id
    return {
        "bboxes": picture.pixels(picture.label_xyxy)[mine],
        "labels": picture.label_class[mine],
    }


def _said(picture: Compared, wanted: Sequence[int], classes: int) -> list[Floats]:
    """Return detections as cleanlab takes them: (n, 5) corners and score for each hazard; only those wanted."""
    rows = np.column_stack([picture.pixels(picture.said_xyxy), picture.said_score])
    return [rows[(picture.said_class == n) & (n in wanted)] for n in range(classes)]
