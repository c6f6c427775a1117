"""Records of accuracy: what a model finds and misses, with its support and how sure that is.

Rules: a number that cannot be measured is None, never 0 or 1; every number stands beside its support; what a record
gained later has a default, so that older reports still read.
"""

from typing import Annotated, Literal

from pydantic import Field

from safety_tasks.records.base import Fraction, Record
from safety_tasks.records.dataset import Support

Count = Annotated[int, Field(ge=0)]
SliceKind = Literal["scene", "source", "box_size", "brightness", "hard_negatives"]


class Interval(Record):
    """A 95 % interval over scenes, the unit that pictures are alike in; ``scenes`` is how many carry it."""

    low: float
    high: float
    scenes: Annotated[int, Field(ge=2)]
    method: Literal["jackknife-t"] = "jackknife-t"


class HazardScore(Record):
    """Accuracy on one hazard of the holdout, by COCO's protocol and at the operating threshold.

    ``ar`` is COCO's AR at 100 detections; recall, precision and F1 are at ``threshold``; ``best_f1`` is what the best
    threshold would reach on the same pictures.
    """

    ap50: Fraction | None
    ap50_95: Fraction | None
    recall: Fraction | None
    precision: Fraction | None
    threshold: Fraction
    support: Support
    ar: Fraction | None = None
    f1: Fraction | None = None
    best_f1: Fraction | None = None
    ap50_interval: Interval | None = None
    ap50_95_interval: Interval | None = None
    recall_interval: Interval | None = None


class Curve(Record):
    """Precision, recall and F1 of one hazard at falling thresholds: four columns of one length."""

    threshold: tuple[Fraction, ...]
    precision: tuple[Fraction, ...]
    recall: tuple[Fraction, ...]
    f1: tuple[Fraction, ...]


class FalseAlarms(Record):
    """Detections at the operating thresholds in pictures that label nothing.

    ``alarmed`` counts background pictures with at least one detection; ``per_1000`` is that count per 1,000 of them,
    None without any; ``hazards`` counts detections by what they were taken for.
    """

    background_pictures: Count
    alarmed: Count
    per_1000: Annotated[float, Field(ge=0, le=1000)] | None
    hazards: dict[str, Count]
    interval: Interval | None = None


class Confusion(Record):
    """Counts by what was labelled (rows) and what was detected there (columns), at the operating thresholds.

    ``names`` are the hazards and, last, ``background``: nothing labelled there, or nothing detected.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[Count, ...], ...]


class SliceScore(Record):
    """Scores of a part of the holdout, by hazard; ``false_alarms`` is None where the part holds no background."""

    kind: SliceKind
    value: str
    pictures: Count
    scenes: Count
    support: dict[str, Support]
    ap50: dict[str, Fraction | None]
    recall: dict[str, Fraction | None]
    false_alarms: FalseAlarms | None = None


class EventScore(Record):
    """How many events of a hazard were caught within the first pictures of each; ``missed`` names the others.

    An event is a run of consecutive pictures of one scene that label the hazard.
    """

    events: Count
    caught: Count
    within_pictures: Annotated[int, Field(ge=1)]
    missed: tuple[str, ...] = ()


class NoiseChange(Record):
    """How far scores moved (changed input − input as it is) under one harmless change of the pictures."""

    ap50: dict[str, Annotated[float, Field(ge=-1, le=1)] | None]
    map50_95: Annotated[float, Field(ge=-1, le=1)] | None


class NoiseFloor(Record):
    """The same model under harmless changes of its input: what is smaller than this says nothing.

    ``ap50`` and ``map50_95`` are the largest movement either way.
    """

    changes: dict[str, NoiseChange]
    ap50: dict[str, Fraction | None]
    map50_95: Fraction | None


class Difference(Record):
    """Candidate − champion of one number on the same pictures, with the paired interval over scenes."""

    difference: Annotated[float, Field(ge=-1, le=1)] | None
    interval: Interval | None
    support: Support | None


class SliceDifference(Record):
    """Candidate − champion of one hazard's recall in one part of the holdout, each at its own operating threshold."""

    kind: SliceKind
    value: str
    hazard: str
    difference: Annotated[float, Field(ge=-1, le=1)] | None
    interval: Interval | None
    support: Support
