"""Choose each hazard's operating threshold on val, and measure at it.

Rules: thresholds lie within 0.05-0.90, and never on a detection's own score, where the last digit of another
processor would decide: they lie in the middle of a gap between scores, and of gaps that are as good, the widest; a
hazard that val does not label gets the default, 0.25, whatever the rule, never a threshold fitted to nothing; a wish
that cannot be met gives the best that can be, and says so; the holdout is only measured at thresholds chosen elsewhere.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import match_hazard

DEFAULT_THRESHOLD: Final = 0.25
_LOWEST, _HIGHEST = 0.05, 0.90
_STEPS: Final = 1e4  # thresholds have four decimals
FORGONE_F1: Final = (
    0.01  # what a wider gap may cost: less than val of a few hundred labels can tell
)
Rule = Literal["best_f1", "recall", "false_alarms"]
_NO_LABELS = "val labels none of it"


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold (0-1), the rule that chose it, whether the rule's wish is met on val, and why it is this one."""

    threshold: float
    rule: Rule
    reached: bool
    why: str


def best_f1_point(
    pictures: Sequence[Picture], detections: Mapping[str, Sequence[Detection]], class_id: int
) -> OperatingPoint:
    """Return the threshold in the widest gap between scores whose F1 is the best, or at most 0.01 less.

    A gap is as wide as the difference of the logits of its ends.

    Args:
        pictures: val pictures with their labels.
        detections: detections of each picture, by sha256, down to a low score.
        class_id: the hazard.

    Returns:
        The point; the default, not reached, where nothing is labelled or nothing right is found within 0.05-0.90.
    """
    outcome, labels = match_hazard(pictures, detections, class_id)
    if not labels:
        return _default("best_f1", _NO_LABELS)
    gaps = [
        (2 * hits / (count + labels), max(below, _LOWEST), min(score, _HIGHEST))
        for below, score, count, hits in _gaps(outcome)
        if hits and below < _HIGHEST and score >= _LOWEST
    ]
    if not gaps:
        return _default("best_f1", f"nothing right is found at {_LOWEST:.2f}-{_HIGHEST:.2f}")
    best = max(value for value, _, _ in gaps)
    good = [gap for gap in gaps if gap[0] >= best - FORGONE_F1]
    value, low, high = max(good, key=lambda gap: (_logit(gap[2]) - _logit(gap[1]), gap[0]))
    why = f"F1 {value:.3f} on {labels} labels of val, the best is {best:.3f}; no score lies at {low:.3f}-{high:.3f}"
    return OperatingPoint(_middle(low, high), "best_f1", True, why)


def choose_threshold(
    pictures: Sequence[Picture], detections: Mapping[str, Sequence[Detection]], class_id: int
) -> float:
    """Return the threshold of ``best_f1_point``: 0.05-0.90, or 0.25 without evidence."""
    return best_f1_point(pictures, detections, class_id).threshold


def recall_point(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
    wished_recall: float,
) -> OperatingPoint:
    """Return a threshold just high enough that recall on these pictures is at least the wished one.

    It lies in the middle of the highest gap between scores where that is so.

    Args:
        pictures: val pictures with their labels.
        detections: detections of each picture, by sha256, down to a low score.
        class_id: the hazard.
        wished_recall: share of labels to find (over 0, at most 1).

    Returns:
        The point. Where even 0.05 does not find enough: the highest threshold with the best recall there is, not
        reached; where nothing is labelled or found, the default, not reached.
    """
    outcome, labels = match_hazard(pictures, detections, class_id)
    if not labels:
        return _default("recall", _NO_LABELS)
    steps = [gap for gap in _gaps(outcome) if gap[1] >= _LOWEST]
    most = max((hits for *_, hits in steps), default=0)
    if not most:
        return _default("recall", f"nothing is found from {_LOWEST:.2f} on")
    reached = most / labels >= wished_recall
    below, first = next(
        (below, score)
        for below, score, _, hits in steps
        if hits == most or hits / labels >= wished_recall
    )
    threshold = (
        _HIGHEST if below >= _HIGHEST else _middle(max(below, _LOWEST), min(first, _HIGHEST))
    )
    recall = sum(found for score, found in outcome if score >= threshold) / labels
    wish = "at least" if reached else "the most there is, not"
    why = f"recall {recall:.3f} on {labels} labels of val, {wish} {wished_recall:.3f}"
    return OperatingPoint(threshold, "recall", reached, why)


def false_alarm_point(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
    wished_per_1000: float,
) -> OperatingPoint:
    """Return the lowest threshold (four decimals) that alarms in few enough pictures without any label.

    Args:
        pictures: val pictures with their labels; those that label nothing are counted.
        detections: detections of each picture, by sha256, down to a low score.
        class_id: the hazard.
        wished_per_1000: most pictures of 1,000 that may hold a detection of the hazard.

    Returns:
        The point, 0.05 at the lowest. Where 0.90 still alarms too often: 0.90, not reached; where the hazard is not
        labelled or there is no picture without labels, the default, not reached.
    """
    if not any(box.class_id == class_id for picture in pictures for box in picture.boxes):
        return _default("false_alarms", _NO_LABELS)
    background = [picture for picture in pictures if not picture.boxes]
    if not background:
        return _default("false_alarms", "val has no picture without labels")
    worst = sorted(
        (
            max((d.score for d in detections[p.sha256] if d.class_id == class_id), default=0.0)
            for p in background
        ),
        reverse=True,
    )
    allowed = math.floor(wished_per_1000 * len(background) / 1000 + 1e-9)
    first_too_many = worst[allowed] if allowed < len(worst) else 0.0
    threshold = min(max(_just_above(first_too_many), _LOWEST), _HIGHEST)
    alarmed = sum(score >= threshold for score in worst)
    reached = alarmed <= allowed
    wish = "at most" if reached else "the fewest there are, not"
    why = (
        f"alarms in {alarmed} of {len(background)} pictures of val without labels, "
        f"{1000 * alarmed / len(background):.1f} in 1,000, {wish} {wished_per_1000:g}"
    )
    return OperatingPoint(threshold, "false_alarms", reached, why)


def recall_and_precision(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    class_id: int,
    threshold: float,
) -> tuple[float | None, float | None]:
    """Return recall and precision (0-1) at a threshold; None where there is nothing to divide by."""
    outcome, labels = match_hazard(pictures, detections, class_id)
    kept = [found for score, found in outcome if score >= threshold]
    recall = sum(kept) / labels if labels else None
    precision = sum(kept) / len(kept) if kept else None
    return recall, precision


def f1(recall: float | None, precision: float | None) -> float | None:
    """Return F1 (0-1), the harmonic mean of recall and precision: None without labels, 0 if nothing was found."""
    if recall is None:
        return None
    if not recall or not precision:
        return 0.0
    return 2 * recall * precision / (recall + precision)


def _gaps(
    outcome: Sequence[tuple[float, bool]],
) -> Iterator[tuple[float, float, int, int]]:
    """Yield the next lower score, a score, and the detections and hits from it on; scores fall, equal ones are one."""
    ordered = sorted(outcome, key=lambda pair: -pair[0])
    hits = 0
    for count, (score, found) in enumerate(ordered, start=1):
        hits += found
        below = ordered[count][0] if count < len(ordered) else 0.0
        if below != score:
            yield below, score, count, hits


def _middle(low: float, high: float) -> float:
    """Return the middle of a gap in logits, with four decimals where that stays above its lower end."""
    middle = 1 / (1 + math.exp(-(_logit(low) + _logit(high)) / 2))
    short = math.floor(middle * _STEPS) / _STEPS
    return short if low < short else min(middle, high)


def _logit(score: float) -> float:
    return math.log(score / (1 - score))


def _just_above(score: float) -> float:
    above = math.ceil(score * _STEPS) / _STEPS
    return above if above > score else (round(score * _STEPS) + 1) / _STEPS


def _default(rule: Rule, why: str) -> OperatingPoint:
    return OperatingPoint(DEFAULT_THRESHOLD, rule, False, f"{why}: the default {DEFAULT_THRESHOLD}")
