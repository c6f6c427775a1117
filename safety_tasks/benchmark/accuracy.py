"""Measure accuracy on the holdout, at the thresholds that the model carries.

Rules: the holdout is only measured, nothing is chosen on it; thresholds were chosen on val when the model was
exported, and are chosen on val now for a model that carries none; labels are shares of the picture as it decodes,
upright, which is what the detector saw; what is measured once, matches and tables, serves every score.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import HazardScore, Interval
from safety_tasks.scoring.average_precision import AveragePrecision, average_precision
from safety_tasks.scoring.intervals import Statistic, scene_interval, scene_numbers
from safety_tasks.scoring.match_table import Integers, MatchTable, match_table
from safety_tasks.scoring.operating_point import choose_threshold, f1, recall_and_precision
from safety_tasks.scoring.support import count_support
from safety_tasks.scoring.table_scores import table_recall, table_scores

LOWEST_SCORE: Final = 0.001
Part = Literal["ap50", "ap50_95"]


@dataclass(frozen=True)
class Accuracy:
    """What a model found in the holdout and how good that is.

    ``pictures`` have their size as they decode; ``found`` is by sha256; ``tables`` hold the matches of each hazard.
    """

    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    found: Mapping[str, Found]
    thresholds: dict[str, float]
    tables: dict[str, MatchTable]
    precision: AveragePrecision
    hazards: dict[str, HazardScore]
    map50_interval: Interval | None
    map50_95_interval: Interval | None


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


def score(
    classes: tuple[str, ...],
    pictures: tuple[Picture, ...],
    found: Mapping[str, Found],
    thresholds: dict[str, float],
) -> Accuracy:
    """Score what was found.

    Args:
        classes: hazard names; the index is the class id.
        pictures: with their labels and sizes.
        found: detections of each, by sha256, down to a very low score.
        thresholds: operating threshold of each hazard (0-1).
    """
    precision = average_precision(pictures, found, classes)
    tables = {name: match_table(pictures, found, i) for i, name in enumerate(classes)}
    scenes = scene_numbers(pictures)
    hazards = {}
    for class_id, name in enumerate(classes):
        recall, exact = recall_and_precision(pictures, found, class_id, thresholds[name])
        hazards[name] = HazardScore(
            ap50=precision.ap50[name],
            ap50_95=precision.ap50_95[name],
            ar=precision.ar[name],
            recall=recall,
            precision=exact,
            f1=f1(recall, exact),
            threshold=thresholds[name],
            support=count_support(pictures, class_id),
            **_intervals(tables[name], thresholds[name], scenes),
        )
    labels = np.sum([table.labels for table in tables.values()], axis=0)
    return Accuracy(
        classes=classes,
        pictures=pictures,
        found=found,
        thresholds=thresholds,
        tables=tables,
        precision=precision,
        hazards=hazards,
        map50_interval=scene_interval(
            lambda w: mean_score(tables.values(), w, "ap50"), scenes, labels
        ),
        map50_95_interval=scene_interval(
            lambda w: mean_score(tables.values(), w, "ap50_95"), scenes, labels
        ),
    )


def _intervals(table: MatchTable, threshold: float, scenes: Integers) -> dict[str, Interval | None]:
    statistics: dict[str, Statistic] = {
        "ap50_interval": lambda weights: hazard_score(table, weights, "ap50"),
        "ap50_95_interval": lambda weights: hazard_score(table, weights, "ap50_95"),
        "recall_interval": lambda weights: table_recall(table, threshold, weights),
    }
    return {
        name: scene_interval(statistic, scenes, table.labels)
        for name, statistic in statistics.items()
    }


def mean_score(tables: Iterable[MatchTable], weights: Integers, part: Part) -> float | None:
    """Return the mean AP over the hazards that are labelled under weights of pictures; None without any."""
    scores = [hazard_score(table, weights, part) for table in tables]
    there = [value for value in scores if value is not None]
    return sum(there) / len(there) if there else None


def hazard_score(table: MatchTable, weights: Integers, part: Part) -> float | None:
    """Return one AP (``ap50`` or ``ap50_95``) of a hazard under weights of pictures; None where nothing is labelled."""
    found = table_scores(table, weights)
    if found is None:
        return None
    return found.ap50 if part == "ap50" else found.ap50_95
