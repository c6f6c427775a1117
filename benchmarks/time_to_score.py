"""When a training reaches what another one reached: the target, the mean over seeds, the time to it.

Rule: an epoch that was not measured reaches nothing.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from benchmarks.result import NoResult
from safety_tasks.records.training import Epoch

_MARGIN: Final = 0.005


def mean_of(trainings: Sequence[Sequence[Epoch]]) -> list[Epoch]:
    """Return equally long trainings as one: the mean seconds and mAP50 of each epoch; a missing one is missing."""

    def mean(same: Sequence[Epoch]) -> Epoch:
        scores = [each.map50 for each in same if each.map50 is not None]
        whole = len(scores) == len(same)
        return same[0].model_copy(
            update={
                "seconds": fmean(each.seconds for each in same),
                "map50": fmean(scores) if whole else None,
            }
        )

    return [mean(same) for same in zip(*trainings, strict=True)]


def best_of(epochs: Sequence[Epoch]) -> float:
    """Return the best mAP50 (0-1) of a training, 0 if no epoch was measured."""
    return max((epoch.map50 or 0.0 for epoch in epochs), default=0.0)


def target_of(epochs: Sequence[Epoch]) -> float:
    """Return the best mAP50 (0-1) of a training, less half a point.

    Raises:
        NoResult: no epoch was measured, or none found anything.
    """
    best = best_of(epochs)
    if best <= _MARGIN:
        raise NoResult(f"expected plain training to learn something, found mAP50 {best}.")
    return best - _MARGIN


def seconds_to(epochs: Sequence[Epoch], target: float) -> float | None:
    """Return the seconds until the end of the first epoch that reaches the target, or None if none does."""
    first = epoch_at(epochs, target)
    return sum(epoch.seconds for epoch in epochs[:first]) if first else None


def bests_of(trainings: Sequence[Sequence[Epoch]]) -> str:
    """Return each training's best mAP50, in words."""
    return ", ".join(f"{best_of(each):.4f}" for each in trainings)


def epoch_at(epochs: Sequence[Epoch], target: float) -> int:
    """Return the number, from 1, of the first epoch that reaches the target; 0 if none does."""
    reached = (n for n, e in enumerate(epochs, 1) if e.map50 is not None and e.map50 >= target)
    return next(reached, 0)
