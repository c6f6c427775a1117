"""Compare a candidate with the champion, picture by picture, on the same holdout.

Rules: both are measured in the same run on the same pictures, so a difference has a paired interval over scenes, which
is far narrower than the two alone; a hazard that one of them does not know, or that nothing labels, has no difference.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from safety_tasks.benchmark.accuracy import Accuracy, Part, hazard_score, mean_score
from safety_tasks.errors import BenchmarkError
from safety_tasks.records.scores import Difference
from safety_tasks.scoring.intervals import scene_difference_interval, scene_numbers
from safety_tasks.scoring.match_table import Integers

_PARTS: Final[tuple[Part, ...]] = ("ap50", "ap50_95")
Score = Callable[[Accuracy, Integers], float | None]


def compare(ours: Accuracy, theirs: Accuracy) -> dict[str, Difference]:
    """Return candidate − champion by ``ap50.<hazard>``, ``ap50_95.<hazard>``, ``map50`` and ``map50_95``.

    Args:
        ours: the candidate.
        theirs: the champion; it may know only the first of the candidate's hazards.

    Raises:
        BenchmarkError: they looked at different pictures.
    """
    if [p.sha256 for p in ours.pictures] != [p.sha256 for p in theirs.pictures]:
        raise BenchmarkError(
            "expected candidate and champion on the same pictures, found different ones. Measure both again."
        )
    found = {}
    shared = [name for name in ours.classes if name in theirs.tables]
    for name in shared:
        labels = ours.tables[name].labels
        for part in _PARTS:

            def one(
                side: Accuracy, weights: Integers, name: str = name, part: Part = part
            ) -> float | None:
                return hazard_score(side.tables[name], weights, part)

            support = ours.hazards[name].support
            found[f"{part}.{name}"] = _difference(ours, theirs, one, labels).model_copy(
                update={"support": support}
            )
    everything = np.sum([ours.tables[name].labels for name in shared], axis=0)
    for part in _PARTS:

        def mean(side: Accuracy, weights: Integers, part: Part = part) -> float | None:
            return mean_score([side.tables[name] for name in shared], weights, part)

        found[f"m{part}"] = _difference(ours, theirs, mean, everything)
    return found


def _difference(ours: Accuracy, theirs: Accuracy, score: Score, labels: Integers) -> Difference:
    def statistic(weights: Integers) -> float | None:
        mine, other = score(ours, weights), score(theirs, weights)
        return None if mine is None or other is None else mine - other

    difference = statistic(np.ones(len(ours.pictures), dtype=np.int64))
    interval = None
    if difference is not None:
        scenes = scene_numbers(ours.pictures)
        interval = scene_difference_interval(statistic, scenes, labels)
    return Difference(difference=difference, interval=interval, support=None)
