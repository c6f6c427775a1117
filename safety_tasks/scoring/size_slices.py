"""Recall by the size of what is labelled.

Source: COCO's sizes: small under 32² square pixels of the picture, medium under 96², large above. Rules: labels are
matched together, whatever their size, and counted by it; a size gives recall only, since which false alarms belong to
a size is COCO's own convention and its AP of a size cannot be compared with other AP; a size that is not labelled has
no score.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import SliceScore
from safety_tasks.scoring.matching import assign_labels, box_xyxy, corners
from safety_tasks.scoring.support import count_support

MEDIUM_FROM_PX2: Final = 32**2
LARGE_FROM_PX2: Final = 96**2
SIZES: Final = ("small", "medium", "large")


def size_slices(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> tuple[SliceScore, ...]:
    """Score each size that is labelled, small ones first.

    Args:
        pictures: pictures with their labels and sizes.
        detections: detections of each picture, by sha256, in pixels of the picture.
        classes: hazard names; the index is the class id.
        thresholds: operating threshold of each hazard (0-1).
    """
    found: Counter[tuple[str, str]] = Counter()
    for picture in pictures:
        for class_id, name in enumerate(classes):
            for box in _found(picture, detections[picture.sha256], class_id, thresholds[name]):
                found[box_size(box, picture), name] += 1
    scores = []
    for size in SIZES:

        def of_size(box: Box, picture: Picture, size: str = size) -> bool:
            return box_size(box, picture) == size

        holders = [p for p in pictures if any(of_size(box, p) for box in p.boxes)]
        if not holders:
            continue
        support = {name: count_support(holders, i, of_size) for i, name in enumerate(classes)}
        recall = {
            name: found[size, name] / held.boxes if held.boxes else None
            for name, held in support.items()
        }
        scores.append(
            SliceScore(
                kind="box_size",
                value=size,
                pictures=len(holders),
                scenes=len({picture.scene for picture in holders}),
                support=support,
                ap50=dict.fromkeys(classes),
                recall=recall,
            )
        )
    return tuple(scores)


def box_size(box: Box, picture: Picture) -> str:
    """Return the size of a label in its picture: ``small``, ``medium`` or ``large``."""
    area_px2 = box.width * picture.width_px * box.height * picture.height_px
    return SIZES[int(area_px2 >= MEDIUM_FROM_PX2) + int(area_px2 >= LARGE_FROM_PX2)]


def _found(
    picture: Picture, detections: Sequence[Detection], class_id: int, threshold: float
) -> list[Box]:
    """Return the labels of one hazard that a detection at or above the threshold found, at IoU 0.5."""
    labels = [box for box in picture.boxes if box.class_id == class_id]
    seen = [d for d in detections if d.class_id == class_id and d.score >= threshold]
    seen.sort(key=lambda d: -d.score)
    chosen = assign_labels(
        corners([box_xyxy(box, picture) for box in labels]), corners([d.box_xyxy for d in seen])
    )
    return [labels[row] for row in chosen if row is not None]
