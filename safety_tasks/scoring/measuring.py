"""All scores of a model as a benchmark report holds them, from what it found: no pictures are read, no model runs.

Rule: the benchmark and the gate's test of itself both score through here, so that what is tested is what judges.
"""

from typing import Any

from safety_tasks.scoring.accuracy import Accuracy
from safety_tasks.scoring.confusion import confusion
from safety_tasks.scoring.events import event_scores
from safety_tasks.scoring.false_alarms import false_alarms
from safety_tasks.scoring.slices import slice_scores


def report_scores(accuracy: Accuracy, event_pictures: int) -> dict[str, Any]:
    """Return the fields of a ``BenchmarkReport`` that are scores on the holdout.

    Args:
        accuracy: what a model found there.
        event_pictures: in how many pictures from its beginning an event must be caught.
    """
    found, thresholds = dict(accuracy.found), accuracy.thresholds
    pictures, classes = accuracy.pictures, accuracy.classes
    return {
        "pictures": len(pictures),
        "scenes": len({p.scene for p in pictures}),
        "hazards": accuracy.hazards,
        "map50": accuracy.precision.map50,
        "map50_95": accuracy.precision.map50_95,
        "ar": accuracy.precision.ar100,
        "map50_interval": accuracy.map50_interval,
        "map50_95_interval": accuracy.map50_95_interval,
        "slices": slice_scores(pictures, found, classes, thresholds),
        "events": event_scores(pictures, found, classes, thresholds, event_pictures),
        "confusion": confusion(pictures, found, classes, thresholds),
        "false_alarms": false_alarms(pictures, found, classes, thresholds),
    }
