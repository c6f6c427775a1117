"""Measure accuracy on the holdout, at the thresholds that the model carries.

Rules: the holdout is only measured, nothing is chosen on it; thresholds were chosen on val when the model was
exported, and are chosen on val now for a model that carries none; labels are shares of the picture as it decodes,
upright, which is what the detector saw.
"""

from collections.abc import Callable, Sequence

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.accuracy import LOWEST_SCORE, Accuracy, score
from safety_tasks.scoring.operating_point import choose_threshold


def measure_accuracy(
    detector: Detector,
    val: Sequence[Picture],
    holdout: Sequence[Picture],
    reader: PictureReader,
    progress: Callable[[int, int], None],
) -> Accuracy:
    """Measure a model.

    Args:
        detector: the exported model.
        val: pictures that thresholds are chosen on if it carries none.
        holdout: pictures that are measured.
        reader: gives their pixels.
        progress: called with pictures done and their total.
    """
    val = () if detector.thresholds else val
    found: dict[str, Found] = {}
    seen: dict[str, Picture] = {}
    wanted = [*val, *holdout]
    for done, picture in enumerate(wanted, start=1):
        pixels = reader.read(picture.sha256)
        found[picture.sha256] = detector.detect(pixels, LOWEST_SCORE)
        size = {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
        seen[picture.sha256] = picture.model_copy(update=size)
        progress(done, len(wanted))
    sized = [seen[picture.sha256] for picture in val]
    thresholds = detector.thresholds or {
        name: choose_threshold(sized, found, class_id)
        for class_id, name in enumerate(detector.classes)
    }
    pictures = tuple(seen[picture.sha256] for picture in holdout)
    return score(detector.classes, pictures, found, thresholds)
