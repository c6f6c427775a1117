"""Whether a hazard that lasts over several pictures is noticed in its first ones.

Rules: an event is a run of consecutive pictures of one scene that label the hazard, in the natural order of their file
names (img-2 before img-10); it is caught if one of its first pictures holds a detection of that hazard, at or above
its threshold, that points at a label of it (IoU 0.3 or more, as for incidents); a scene's runs are counted apart.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import EventScore
from safety_tasks.scoring.matching import FOUND_IOU, box_xyxy, corners, iou_matrix

_DIGITS = re.compile(r"([0-9]+)")
_Z = 1.959964  # 95 %, two-sided


def event_scores(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
    within_pictures: int,
) -> dict[str, EventScore]:
    """Count the events of each hazard and those that were caught.

    Args:
        pictures: pictures with their labels, any order.
        detections: detections of each picture, by sha256.
        classes: hazard names; the index is the class id.
        thresholds: operating threshold of each hazard (0-1).
        within_pictures: how many pictures from an event's beginning may pass, at least 1.

    Returns:
        A score for each hazard; an event that was missed is named by its scene and its first file.
    """
    scores = {}
    for class_id, name in enumerate(classes):
        events = list(_events(pictures, class_id))
        missed = tuple(
            f"{event[0].scene}: {event[0].file}"
            for event in events
            if not any(
                _points_at_it(picture, detections[picture.sha256], class_id, thresholds[name])
                for picture in event[:within_pictures]
            )
        )
        scores[name] = EventScore(
            events=len(events),
            caught=len(events) - len(missed),
            within_pictures=within_pictures,
            missed=missed,
        )
    return scores


def caught_interval(score: EventScore) -> tuple[float, float] | None:
    """Return the 95 % interval of the share of events that are caught, or None without any event.

    Wilson's (1927), as if events stood each alone: those of one scene are alike, so it is a little narrow.
    """
    n = score.events
    if not n:
        return None
    p, z2 = score.caught / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def natural_order(file: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key that reads runs of digits as numbers: img-2 before img-10."""
    parts = _DIGITS.split(file)
    return tuple((int(part) if n % 2 else 0, part) for n, part in enumerate(parts))


def _events(pictures: Sequence[Picture], class_id: int) -> Iterator[list[Picture]]:
    ordered = sorted(pictures, key=lambda p: (p.scene, natural_order(p.file), p.batch_id, p.sha256))
    runs = groupby(ordered, key=lambda p: (p.scene, any(b.class_id == class_id for b in p.boxes)))
    for (_, labelled), run in runs:
        if labelled:
            yield list(run)


def _points_at_it(
    picture: Picture, detections: Sequence[Detection], class_id: int, threshold: float
) -> bool:
    alarms = [d.box_xyxy for d in detections if d.class_id == class_id and d.score >= threshold]
    labels = [box_xyxy(box, picture) for box in picture.boxes if box.class_id == class_id]
    return bool((iou_matrix(corners(alarms), corners(labels)) >= FOUND_IOU).any())
