"""Choose the operating thresholds that a model carries, on val, by the rule that the operator set.

Rule: one rule for all hazards, each hazard at its own threshold; why it is this one goes on record.
"""

from collections.abc import Mapping, Sequence

from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.operating_point import (
    OperatingPoint,
    best_f1_point,
    false_alarm_point,
    recall_point,
)
from safety_tasks.settings import OperatingPointSettings


def choose_points(
    pictures: Sequence[Picture],
    found: Mapping[str, Found],
    classes: Sequence[str],
    settings: OperatingPointSettings,
) -> dict[str, OperatingPoint]:
    """Return each hazard's operating point.

    Args:
        pictures: val pictures with their labels and sizes.
        found: detections of each, by sha256, down to a very low score.
        classes: hazard names; the index is the class id.
        settings: the rule and its wish.
    """

    def choose(class_id: int) -> OperatingPoint:
        if settings.rule == "recall":
            return recall_point(pictures, found, class_id, settings.recall)
        if settings.rule == "false_alarms":
            return false_alarm_point(pictures, found, class_id, settings.false_alarms_per_1000)
        return best_f1_point(pictures, found, class_id)

    return {name: choose(class_id) for class_id, name in enumerate(classes)}
