"""Matches of a population, gathered for each holdout that is drawn from it, and scored once for all that asks.

Rules: the outcome in a picture does not depend on other pictures (``match_table``), so a drawn holdout is not matched
again, only gathered, in the order that ``match_table`` gives; a table is scored once under each weights, whichever
interval asks; every score and interval is by the functions that a benchmark report is made with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from benchmarks.gate_scenes import Scenes
from safety_tasks.inference.detector import Found
from safety_tasks.records.dataset import Support
from safety_tasks.records.scores import Difference, HazardScore, Interval
from safety_tasks.scoring.intervals import scene_difference_interval, scene_interval
from safety_tasks.scoring.match_table import Floats, Integers, MatchTable, match_table
from safety_tasks.scoring.operating_point import f1
from safety_tasks.scoring.table_scores import (
    TableScores,
    table_best_f1,
    table_recall,
    table_scores,
)


@dataclass(frozen=True, eq=False)
class Matched:
    """What a model found of one hazard in all rows: ``whole``, and its detections in the order of rows."""

    whole: MatchTable
    first: Integers
    count: Integers
    score: Floats
    found: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, scenes: Scenes, found: Mapping[str, Found], class_id: int) -> Self:
        """Match one hazard over all rows."""
        whole = match_table(scenes.rows, found, class_id)
        order = np.argsort(whole.picture, kind="stable")
        count = np.bincount(whole.picture, minlength=len(scenes.rows)).astype(np.int64)
        return cls(
            whole, np.cumsum(count) - count, count, whole.score[order], whole.found[:, order]
        )

    def gathered(self, rows: Integers) -> MatchTable:
        """Return the table of pictures that are these rows."""
        count = self.count[rows]
        picture = np.repeat(np.arange(len(rows)), count)
        within = np.arange(len(picture)) - np.repeat(np.cumsum(count) - count, count)
        at = np.repeat(self.first[rows], count) + within
        order = np.argsort(-self.score[at], kind="stable")
        at = at[order]
        return MatchTable(
            self.score[at], picture[order], self.found[:, at], self.whole.labels[rows]
        )


@dataclass(frozen=True, eq=False)
class View:
    """One model's matches of one hazard in a holdout, its threshold, and each picture's scene as a number."""

    table: MatchTable
    threshold: float
    scene_of_picture: Integers
    _known: dict[bytes, TableScores | None] = field(default_factory=dict)

    def scores(self, weights: Integers) -> TableScores | None:
        """Return the scores under weights of pictures."""
        key = weights.tobytes()
        if key not in self._known:
            self._known[key] = table_scores(self.table, weights)
        return self._known[key]

    @property
    def all_once(self) -> Integers:
        """Weights by which every picture counts once."""
        return np.ones(len(self.table.labels), dtype=np.int64)

    @property
    def ap50(self) -> float:
        """AP50; 0 where nothing is labelled, which no draw has."""
        found = self.scores(self.all_once)
        return found.ap50 if found else 0.0

    def ap50_interval(self) -> Interval | None:
        """Return the interval of AP50."""
        return self._interval("ap50")

    def recall_interval(self) -> Interval | None:
        """Return the interval of recall at the threshold."""
        return scene_interval(
            lambda weights: table_recall(self.table, self.threshold, weights),
            self.scene_of_picture,
            self.table.labels,
        )

    def hazard_score(self, support: Support) -> HazardScore:
        """Return the score as a report holds it."""
        whole = self.scores(self.all_once)
        hits, counted = self._at_threshold()
        recall = table_recall(self.table, self.threshold)
        exact = hits / counted if counted else None
        return HazardScore(
            ap50=whole.ap50 if whole else None,
            ap50_95=whole.ap50_95 if whole else None,
            ar=whole.ar if whole else None,
            recall=recall,
            precision=exact,
            f1=f1(recall, exact),
            best_f1=table_best_f1(self.table),
            threshold=self.threshold,
            support=support,
            ap50_interval=self.ap50_interval(),
            ap50_95_interval=self._interval("ap50_95"),
            recall_interval=self.recall_interval(),
        )

    def _interval(self, part: str) -> Interval | None:
        def statistic(weights: Integers) -> float | None:
            found = self.scores(weights)
            return None if found is None else float(getattr(found, part))

        return scene_interval(statistic, self.scene_of_picture, self.table.labels)

    def _at_threshold(self) -> tuple[int, int]:
        kept = self.table.score >= self.threshold
        return int(self.table.found[0][kept].sum()), int(kept.sum())


def ap50_difference(ours: View, theirs: View, support: Support | None = None) -> Difference:
    """Return the difference of AP50 with its interval, as ``compare`` does."""

    def statistic(weights: Integers) -> float | None:
        mine, other = ours.scores(weights), theirs.scores(weights)
        return None if mine is None or other is None else mine.ap50 - other.ap50

    difference = statistic(ours.all_once)
    interval = None
    if difference is not None:
        interval = scene_difference_interval(statistic, ours.scene_of_picture, ours.table.labels)
    return Difference(difference=difference, interval=interval, support=support)
