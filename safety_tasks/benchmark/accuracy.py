"""Measure accuracy on the holdout, at thresholds chosen on val.

Rules: the holdout is only measured, nothing is chosen on it; labels are shares of the picture as it decodes,
upright, which is what the detector saw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import read_picture
from safety_tasks.records.dataset import Support
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import HazardScore
from safety_tasks.scoring.average_precision import average_precision
from safety_tasks.scoring.operating_point import choose_threshold, recall_and_precision

LOWEST_SCORE: Final = 0.001


@dataclass(frozen=True)
class Accuracy:
    """Scores a hazard, their means, and the holdout's detections by picture."""

    hazards: dict[str, HazardScore]
    map50: float | None
    map50_95: float | None
    detections: Mapping[str, Sequence[Detection]]


def measure_accuracy(
    detector: Detector,
    val: Sequence[Picture],
    holdout: Sequence[Picture],
    paths: Mapping[str, Path],
    progress: Callable[[int, int], None],
) -> Accuracy:
    """Measure a model.

    Args:
        detector: the exported model.
        val: pictures that thresholds are chosen on.
        holdout: pictures that are measured.
        paths: local file of each picture, by sha256.
        progress: called with pictures done and their total.
    """
    found: dict[str, tuple[Detection, ...]] = {}
    seen: dict[str, Picture] = {}
    wanted = [*val, *holdout]
    for done, picture in enumerate(wanted, start=1):
        pixels = read_picture(paths[picture.sha256])
        found[picture.sha256] = detector.detect(pixels, LOWEST_SCORE)
        size = {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
        seen[picture.sha256] = picture.model_copy(update=size)
        progress(done, len(wanted))
    val, holdout = ([seen[p.sha256] for p in pictures] for pictures in (val, holdout))
    precision = average_precision(holdout, found, detector.classes)
    hazards = {}
    for class_id, name in enumerate(detector.classes):
        threshold = choose_threshold(val, found, class_id)
        recall, exact = recall_and_precision(holdout, found, class_id, threshold)
        hazards[name] = HazardScore(
            ap50=precision.ap50[name],
            ap50_95=precision.ap50_95[name],
            recall=recall,
            precision=exact,
            threshold=threshold,
            support=count_support(holdout, class_id),
        )
    return Accuracy(hazards, precision.map50, precision.map50_95, found)


def count_support(pictures: Sequence[Picture], class_id: int) -> Support:
    """Count how much evidence pictures hold of one hazard."""
    holders = [p for p in pictures if any(box.class_id == class_id for box in p.boxes)]
    return Support(
        pictures=len(holders),
        boxes=sum(box.class_id == class_id for p in holders for box in p.boxes),
        scenes=len({p.scene for p in holders}),
    )
