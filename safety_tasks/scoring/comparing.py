"""Compare a candidate with the champion, picture by picture, on the same holdout.

Rules: both are measured in the same run on the same pictures, so a difference has a paired interval over scenes, which
is far narrower than the two alone; a hazard that one of them does not know, or that nothing labels, has no difference.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Literal

import numpy as np

from safety_tasks.errors import BenchmarkError
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import Difference, SliceDifference
from safety_tasks.scoring.accuracy import Accuracy, Part, hazard_score, mean_score
from safety_tasks.scoring.intervals import scene_difference_interval, scene_numbers
from safety_tasks.scoring.match_table import Integers
from safety_tasks.scoring.slices import brightness, source
from safety_tasks.scoring.support import count_support
from safety_tasks.scoring.table_scores import table_recall

_PARTS: Final[tuple[Part, ...]] = ("ap50", "ap50_95")
_SLICES: Final[Mapping[Literal["source", "brightness"], Callable[[Picture], str]]] = {
    "source": source,
    "brightness": brightness,
}
Score = Callable[[Accuracy, Integers], float | None]


def compare(ours: Accuracy, theirs: Accuracy) -> dict[str, Difference]:
    """Return candidate − champion by ``ap50.<hazard>``, ``ap50_95.<hazard>``, ``recall.<hazard>``, and their means.

    The means are ``map50`` and ``map50_95``; recall is that of each at its own operating thresholds.

    Args:
        ours: the candidate.
        theirs: the champion; it may know only the first of the candidate's hazards.

    Raises:
        BenchmarkError: they looked at different pictures.
    """
    _require_same_pictures(ours, theirs)
    found = {}
    shared = [name for name in ours.classes if name in theirs.tables]
    for name in shared:
        labels = ours.tables[name].labels
        scores: dict[str, Score] = {
            part: partial(_average_precision, name=name, part=part) for part in _PARTS
        }
        scores["recall"] = partial(_recall, name=name)
        for key, one in scores.items():
            support = ours.hazards[name].support
            found[f"{key}.{name}"] = _difference(ours, theirs, one, labels).model_copy(
                update={"support": support}
            )
    everything = np.sum([ours.tables[name].labels for name in shared], axis=0)
    for part in _PARTS:

        def mean(side: Accuracy, weights: Integers, part: Part = part) -> float | None:
            return mean_score([side.tables[name] for name in shared], weights, part)

        found[f"m{part}"] = _difference(ours, theirs, mean, everything)
    return found


def compare_slices(ours: Accuracy, theirs: Accuracy) -> tuple[SliceDifference, ...]:
    """Return candidate − champion of the recall in each source and brightness, for each hazard that is labelled there.

    Both at their own operating thresholds.

    Raises:
        BenchmarkError: they looked at different pictures.
    """
    _require_same_pictures(ours, theirs)
    found = []
    for kind, value_of in _SLICES.items():
        values = np.array([value_of(picture) for picture in ours.pictures])
        for value in sorted(set(values.tolist())):
            inside = (values == value).astype(np.int64)
            mine = [p for p, is_in in zip(ours.pictures, inside, strict=True) if is_in]
            for class_id, name in enumerate(ours.classes):
                labels = ours.tables[name].labels * inside
                if name not in theirs.tables or not labels.any():
                    continue
                difference = _difference(
                    ours, theirs, partial(_recall, name=name), labels, inside=inside
                )
                found.append(
                    SliceDifference(
                        kind=kind,
                        value=value,
                        hazard=name,
                        difference=difference.difference,
                        interval=difference.interval,
                        support=count_support(mine, class_id),
                    )
                )
    return tuple(found)


def _require_same_pictures(ours: Accuracy, theirs: Accuracy) -> None:
    if [p.sha256 for p in ours.pictures] != [p.sha256 for p in theirs.pictures]:
        raise BenchmarkError(
            "expected candidate and champion on the same pictures, found different ones. Measure both again."
        )


def _average_precision(side: Accuracy, weights: Integers, *, name: str, part: Part) -> float | None:
    return hazard_score(side.tables[name], weights, part)


def _recall(side: Accuracy, weights: Integers, *, name: str) -> float | None:
    return table_recall(side.tables[name], side.thresholds[name], weights)


def _difference(
    ours: Accuracy,
    theirs: Accuracy,
    score: Score,
    labels: Integers,
    *,
    inside: Integers | None = None,
) -> Difference:
    """Return a difference over the pictures that are ``inside`` (1 or 0), all of them if None."""
    inside = np.ones(len(ours.pictures), dtype=np.int64) if inside is None else inside

    def statistic(weights: Integers) -> float | None:
        mine, other = score(ours, weights * inside), score(theirs, weights * inside)
        return None if mine is None or other is None else mine - other

    difference = statistic(inside)
    interval = None
    if difference is not None:
        scenes = scene_numbers(ours.pictures)
        interval = scene_difference_interval(statistic, scenes, labels)
    return Difference(difference=difference, interval=interval, support=None)
