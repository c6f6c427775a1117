"""The large part of a benchmark: curves, single frame times, the gallery. Kept beside the report, named by it.

Rule: nothing here decides; what the gate judges is in the report itself, which travels between tasks.
"""

from typing import Literal

from safety_tasks.records.base import Artifact, Fraction, Record
from safety_tasks.records.scores import Curve
from safety_tasks.records.timing import Positive

GalleryKind = Literal["best", "missed", "false_alarm"]


class GalleryPicture(Record):
    """A picture of the holdout with labels and detections drawn, and why it was chosen.

    ``score`` (0-1) is that of the detection that it was chosen for, None for a hazard that nothing detected.
    """

    kind: GalleryKind
    hazard: str
    file: str
    scene: str
    score: Fraction | None
    picture: Artifact


class BenchmarkDetails(Record):
    """Curves by hazard, milliseconds of single frames in their order, and the gallery."""

    curves: dict[str, Curve]
    frames_ms: tuple[Positive, ...]
    champion_frames_ms: tuple[Positive, ...] = ()
    gallery: tuple[GalleryPicture, ...] = ()
