"""The noise floor: how far a model's scores move when nothing that matters changed.

Rules: one model, its pictures changed harmlessly, one change at a time; the largest movement counts, either way; a
hazard that cannot be scored has no floor. What is smaller than the floor is neither progress nor decay.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.harmless_changes import HARMLESS, detect_changed
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import NoiseChange, NoiseFloor
from safety_tasks.scoring.average_precision import average_precision


def measure_noise(
    detector: Detector,
    pictures: Sequence[Picture],
    pixels: Callable[[Picture], npt.NDArray[np.uint8]],
    found: Mapping[str, Found],
    min_score: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NoiseFloor:
    """Measure a model's noise floor.

    Args:
        detector: the model.
        pictures: labelled pictures, with their size as they decode.
        pixels: gives a picture's (height, width, 3) uint8 BGR.
        found: what the model finds in them as they are, by sha256.
        min_score: the lowest score that was looked for (0-1).
        progress: called with pictures done, over all changes, and their total.
    """
    usual = average_precision(pictures, found, detector.classes)
    changed: dict[str, dict[str, Found]] = {name: {} for name in HARMLESS}
    for done, picture in enumerate(pictures, start=1):
        seen = pixels(picture)
        for name in HARMLESS:
            changed[name][picture.sha256] = detect_changed(detector, seen, name, min_score)
        progress(done, len(pictures))
    changes = {}
    for name, detections in changed.items():
        scored = average_precision(pictures, detections, detector.classes)
        changes[name] = NoiseChange(
            ap50={c: _moved(scored.ap50[c], usual.ap50[c]) for c in detector.classes},
            map50_95=_moved(scored.map50_95, usual.map50_95),
        )
    return NoiseFloor(
        changes=changes,
        ap50={
            c: _largest([change.ap50[c] for change in changes.values()]) for c in detector.classes
        },
        map50_95=_largest([change.map50_95 for change in changes.values()]),
    )


def _moved(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def _largest(movements: Sequence[float | None]) -> float | None:
    there = [abs(movement) for movement in movements if movement is not None]
    return max(there) if there else None
