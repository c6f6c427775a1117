"""Scores of parts of the holdout: by scene, source, box size and brightness, and of hard negatives.

Rules: a part is scored as if it were all there is, at the thresholds of the whole; what a part does not label has no
score: None, never 0 or 1; a part that holds no picture is not listed. Hard negatives are pictures that came as false
alarms, and are scored by false alarms only.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import SliceKind, SliceScore
from safety_tasks.scoring.false_alarms import false_alarms
from safety_tasks.scoring.match_table import match_table
from safety_tasks.scoring.size_slices import size_slices
from safety_tasks.scoring.support import count_support
from safety_tasks.scoring.table_scores import table_recall, table_scores

# Mean grey of a picture, 0-255: what a camera sees by its own light, at dawn or indoors, and by day.
NIGHT_BELOW: Final = 60.0
DUSK_BELOW: Final = 100.0
BRIGHTNESS: Final = ("night", "dusk", "day")


def slice_scores(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> tuple[SliceScore, ...]:
    """Score the parts of a set of pictures.

    Args:
        pictures: pictures with their labels and sizes.
        detections: detections of each picture, by sha256, in pixels of the picture.
        classes: hazard names; the index is the class id.
        thresholds: operating threshold of each hazard (0-1).

    Returns:
        Scenes, sources (``site`` or ``site/camera``), box sizes, brightness, hard negatives; scenes and sources by
        name, sizes and brightness from the least.
    """
    tables = {name: match_table(pictures, detections, i) for i, name in enumerate(classes)}

    def part(kind: SliceKind, value: str, values: Sequence[str]) -> SliceScore:
        """Score the pictures that have a value: in the tables, the others count 0 times."""
        mine = [picture for picture, other in zip(pictures, values, strict=True) if other == value]
        weights = np.array([int(other == value) for other in values], dtype=np.int64)
        scored = {name: table_scores(table, weights) for name, table in tables.items()}
        alarms = false_alarms(mine, detections, classes, thresholds)
        return SliceScore(
            kind=kind,
            value=value,
            pictures=len(mine),
            scenes=len({picture.scene for picture in mine}),
            support={name: count_support(mine, i) for i, name in enumerate(classes)},
            ap50={name: None if each is None else each.ap50 for name, each in scored.items()},
            recall={n: table_recall(table, thresholds[n], weights) for n, table in tables.items()},
            false_alarms=alarms if alarms.background_pictures else None,
        )

    def parts(kind: SliceKind, value_of: Callable[[Picture], str]) -> list[SliceScore]:
        values = [value_of(picture) for picture in pictures]
        order = [value for value in BRIGHTNESS if value in values]
        return [
            part(kind, value, values)
            for value in (order if kind == "brightness" else sorted(set(values)))
        ]

    return (
        *parts("scene", lambda picture: picture.scene),
        *parts("source", source),
        *size_slices(pictures, detections, classes, thresholds),
        *parts("brightness", brightness),
        *_hard_negatives(pictures, detections, classes, thresholds),
    )


def source(picture: Picture) -> str:
    """Return where a picture comes from: its site, and its camera where one is named."""
    return picture.site if picture.camera is None else f"{picture.site}/{picture.camera}"


def brightness(picture: Picture) -> str:
    """Return when a picture was taken, as its mean grey tells: ``night``, ``dusk`` or ``day``."""
    return BRIGHTNESS[
        int(picture.brightness >= NIGHT_BELOW) + int(picture.brightness >= DUSK_BELOW)
    ]


def _hard_negatives(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
) -> tuple[SliceScore, ...]:
    hard = [picture for picture in pictures if picture.kind == BatchKind.FALSE_ALARM]
    if not hard:
        return ()
    score = SliceScore(
        kind="hard_negatives",
        value=BatchKind.FALSE_ALARM.value,
        pictures=len(hard),
        scenes=len({picture.scene for picture in hard}),
        support={name: count_support(hard, i) for i, name in enumerate(classes)},
        ap50=dict.fromkeys(classes),
        recall=dict.fromkeys(classes),
        false_alarms=false_alarms(hard, detections, classes, thresholds),
    )
    return (score,)
