"""A model's accuracy on labelled pictures: every score, with its support and its interval over scenes.

Rules: what is matched once, tables of matches, serves every score; nothing is chosen here, thresholds come with the
model; a hazard that nothing labels has no score: None, never 0 or 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from safety_tasks.inference.detector import Found
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import HazardScore, Interval
from safety_tasks.scoring.average_precision import AveragePrecision, average_precision
from safety_tasks.scoring.intervals import Statistic, scene_interval, scene_numbers
from safety_tasks.scoring.match_table import Integers, MatchTable, match_table
from safety_tasks.scoring.operating_point import f1, recall_and_precision
from safety_tasks.scoring.support import count_support
from safety_tasks.scoring.table_scores import table_best_f1, table_recall, table_scores

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
            best_f1=table_best_f1(tables[name]),
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
