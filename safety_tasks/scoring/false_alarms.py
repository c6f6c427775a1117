"""How often a model alarms where nothing is labelled.

Rules: a background picture is one without any label, whatever it came as; it counts once, however many detections it
holds, since one alarm sends one person; nothing to count in is None, never 0.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import FalseAlarms
from safety_tasks.scoring.intervals import scene_interval, scene_numbers


def false_alarms(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> FalseAlarms:
    """Count background pictures that hold a detection at or above its hazard's threshold.

    Args:
        pictures: pictures with their labels; those with labels are passed over.
        detections: detections of each picture, by sha256.
        classes: hazard names; the index is the class id.
        thresholds: operating threshold of each hazard (0-1).

    Returns:
        Counts, the alarmed pictures per 1,000, and its interval over scenes that hold background, per 1,000 too.
    """
    background = [picture for picture in pictures if not picture.boxes]
    alarmed = np.zeros(len(background), dtype=np.int64)
    hazards = dict.fromkeys(classes, 0)
    for index, picture in enumerate(background):
        for detection in detections[picture.sha256]:
            name = classes[detection.class_id]
            if detection.score >= thresholds[name]:
                alarmed[index] = 1
                hazards[name] += 1
    if not background:
        return FalseAlarms(background_pictures=0, alarmed=0, per_1000=None, hazards=hazards)

    def rate(weights: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> float | None:
        counted = int(weights.sum())
        return int(weights @ alarmed) / counted if counted else None

    share = scene_interval(rate, scene_numbers(background), np.ones_like(alarmed))
    return FalseAlarms(
        background_pictures=len(background),
        alarmed=int(alarmed.sum()),
        per_1000=1000 * int(alarmed.sum()) / len(background),
        hazards=hazards,
        interval=share
        and share.model_copy(update={"low": 1000 * share.low, "high": 1000 * share.high}),
    )
