"""Look for the incidents on record with a model.

Rules: every incident picture of any split is looked at, if it labels something; what is found is scored as
``scoring.incident_pack`` says, and kept, so that it can be scored again without a model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.model import IncidentResult
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.incident_pack import incident_result


@dataclass(frozen=True)
class IncidentsSeen:
    """The outcome, the incidents' pictures with their sizes as they decode, and detections by sha256."""

    result: IncidentResult
    pictures: tuple[Picture, ...]
    found: Mapping[str, Found]


def measure_incidents(
    detector: Detector,
    incidents: Sequence[Picture],
    classes: Sequence[str],
    reader: PictureReader,
    thresholds: Mapping[str, float],
    progress: Callable[[int], None] = lambda done: None,
) -> IncidentsSeen:
    """Look for the hazards of incident pictures.

    Args:
        detector: the exported model.
        incidents: pictures of incidents, of any split.
        classes: hazard names of the labels; the model may know only the first of them.
        reader: gives their pixels.
        thresholds: operating threshold of each hazard that the model knows (0-1).
        progress: called with the number of pictures done.
    """
    pictures: list[Picture] = []
    found: dict[str, Found] = {}
    for done, picture in enumerate(incidents, start=1):
        if picture.boxes:
            pixels = reader.read(picture.sha256)
            size = {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
            found[picture.sha256] = detector.detect(pixels, min(thresholds.values()))
            picture = picture.model_copy(update=size)
        pictures.append(picture)
        progress(done)
    result = incident_result(pictures, found, classes, thresholds)
    return IncidentsSeen(result, tuple(pictures), found)
