"""What a model finds of the incidents on record: the permanent regression pack.

Rules: every picture that came as an incident counts, whatever its split, since a hazard that was missed once must not
be missed again; it is found when each hazard that it labels is found somewhere at its operating threshold; a hazard
that the model does not know is missed; pictures that label nothing prove nothing and are counted apart.
"""

from collections.abc import Mapping, Sequence

from safety_tasks.records.model import IncidentResult
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import FOUND_IOU, box_xyxy, match_picture


def incident_result(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> IncidentResult:
    """Return which incidents are found.

    Args:
        pictures: the incidents' pictures, of any split, with their sizes as they decode.
        detections: detections of those that label a hazard, by sha256, in pixels of the picture.
        classes: hazard names of the labels; the model may know only the first of them.
        thresholds: operating threshold of each hazard that the model knows (0-1).

    Raises:
        KeyError: a labelled picture has no entry in ``detections``.
    """
    labelled = [picture for picture in pictures if picture.boxes]
    missed = []
    for picture in labelled:
        lost = missed_hazards(picture, detections[picture.sha256], classes, thresholds)
        if lost:
            missed.append(f"{picture.sha256[:12]} {picture.file}: {', '.join(lost)}")
    return IncidentResult(
        total=len(labelled),
        missed=tuple(missed),
        trained_on=sum(picture.split in ("train", "val") for picture in labelled),
        without_hazard=len(pictures) - len(labelled),
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
