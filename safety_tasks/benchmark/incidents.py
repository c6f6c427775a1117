"""Measure whether a model finds the incidents on record: the permanent regression pack.

Rules: every picture that came as an incident counts, whatever its split, since a hazard that was missed once must not
be missed again; it is found when each hazard that it labels is found somewhere at its operating threshold; a hazard
that the model does not know is missed; pictures that label nothing prove nothing and are counted apart.
"""

from collections.abc import Callable, Mapping, Sequence

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.model import IncidentResult
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import FOUND_IOU, box_xyxy, match_picture


def measure_incidents(
    detector: Detector,
    incidents: Sequence[Picture],
    classes: Sequence[str],
    reader: PictureReader,
    thresholds: Mapping[str, float],
    progress: Callable[[int], None] = lambda done: None,
) -> IncidentResult:
    """Look for the hazards of incident pictures.

    Args:
        detector: the exported model.
        incidents: pictures of incidents, of any split.
        classes: hazard names of the labels; the model may know only the first of them.
        reader: gives their pixels.
        thresholds: operating threshold of each hazard that the model knows (0-1).
        progress: called with the number of pictures done.
    """
    labelled = [picture for picture in incidents if picture.boxes]
    missed = []
    for done, picture in enumerate(incidents, start=1):
        if picture.boxes:
            pixels = reader.read(picture.sha256)
            size = {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
            detections = detector.detect(pixels, min(thresholds.values()))
            lost = missed_hazards(picture.model_copy(update=size), detections, classes, thresholds)
            if lost:
                missed.append(f"{picture.sha256[:12]} {picture.file}: {', '.join(lost)}")
        progress(done)
    return IncidentResult(
        total=len(labelled),
        missed=tuple(missed),
        trained_on=sum(picture.split in ("train", "val") for picture in labelled),
        without_hazard=len(incidents) - len(labelled),
    )


def missed_hazards(
    picture: Picture,
    detections: Sequence[Detection],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> tuple[str, ...]:
    """Return the hazards that a picture labels and no detection finds.

    Args:
        picture: with its labels, and its size as it decodes.
        detections: in pixels of the picture, any order.
        classes: hazard names of the labels; the index is the class id.
        thresholds: operating threshold of each hazard that the model knows (0-1).
    """
    lost = []
    for class_id in sorted({box.class_id for box in picture.boxes}):
        name = classes[class_id]
        labels = [box_xyxy(box, picture) for box in picture.boxes if box.class_id == class_id]
        mine = [
            d
            for d in detections
            if d.class_id == class_id and name in thresholds and d.score >= thresholds[name]
        ]
        if not any(found for _, found in match_picture(labels, mine, FOUND_IOU)):
            lost.append(name)
    return tuple(lost)
