"""Operating thresholds: chosen for the best F1, and what is measured at them."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.scored import found_in, labelled, right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.scoring.operating_point import (
    DEFAULT_THRESHOLD,
    best_f1_point,
    choose_threshold,
    f1,
    recall_and_precision,
)


@pytest.mark.parametrize(
    ("labels", "detections", "between"),
    [
        ([], [], None),
        ([], [wrong(0.9)], None),
        ([1], [right(0, 0.8)], None),
        ([0], [], None),
        ([0], [wrong(0.9)], None),
        ([0], [right(0, 0.8)], (0.05, 0.8)),
        ([0], [right(0, 0.04)], None),
        ([0], [right(0, 0.95)], (0.05, 0.9)),
        ([0], [right(0, 0.95), wrong(0.92)], (0.05, 0.9)),
        ([0], [right(0, 0.05)], (0.05, 0.05)),
        ([0], [right(0, 0.8), wrong(0.3)], (0.3, 0.8)),
        ([0, 0], [right(0, 0.8), right(1, 0.3)], (0.05, 0.3)),
        ([0, 0], [right(0, 0.8), wrong(0.5), right(1, 0.3)], (0.05, 0.3)),
        ([0, 0], [right(0, 0.8), *[wrong(0.5)] * 5, right(1, 0.3)], (0.5, 0.8)),
    ],
)
def test_the_best_f1_decides(
    labels: list[int], detections: list[Detection], between: tuple[float, float] | None
) -> None:
    """Without evidence the default; else the middle, in logits, of the gap where F1 is best."""
    chosen = choose_threshold([labelled(0, *labels)], found_in(detections), 0)
    if between is None:
        assert chosen == DEFAULT_THRESHOLD
        return
    low, high = (math.log(score / (1 - score)) for score in between)
    assert chosen == pytest.approx(1 / (1 + math.exp(-(low + high) / 2)), abs=1e-4)


def test_equal_scores_are_kept_or_dropped_together() -> None:
    """A threshold cannot keep one of two equal scores: the F1 of a tie counts all of it."""
    tied = [right(0, 0.5), *[wrong(0.5)] * 9]
    found = found_in([*tied, right(1, 0.8)])
    assert 0.5 < choose_threshold([labelled(0, 0, 0)], found, 0) < 0.8


def threshold_for(hits: list[float], wrongs: list[float]) -> float:
    """Choose for a hundred pictures with a label each: one is found at each score of ``hits``."""
    found = [[right(0, score)] for score in hits] + [[] for _ in range(100 - len(hits))]
    found[0] = [*found[0], *[wrong(score) for score in wrongs]]
    return choose_threshold([labelled(n, 0) for n in range(100)], found_in(*found), 0)


def test_of_gaps_that_are_as_good_the_widest() -> None:
    """A hundredth of F1 is given for a threshold that no score lies near; more is not."""
    hits = [0.9 - n / 1000 for n in range(99)]  # down to 0.802
    assert 0.3 < threshold_for([*hits, 0.7995], [0.3]) < 0.7995
    # Two false alarms close below cost less than a hundredth, and the gap below them is wide.
    assert 0.1 < threshold_for(hits, [0.8015, 0.801, 0.1]) < 0.801
    # Five cost more: the narrow gap above them is taken.
    crowd = [0.8 - n / 1000 for n in range(5)]
    assert 0.8 < threshold_for(hits, [*crowd, 0.1]) < 0.802


@given(st.floats(0.05, 0.9), st.floats(0.0, 0.9))
@example(0.9, 0.0)
@example(0.0500001, 0.05)
def test_the_detection_that_gave_the_threshold_reaches_it(score: float, other: float) -> None:
    """Rounding lifts the threshold neither over the score above it nor down to the one below."""
    below = min(other, score)
    pictures, found = [labelled(0, 0)], found_in([right(0, score), wrong(below)])
    threshold = choose_threshold(pictures, found, 0)
    assert 0.05 <= threshold <= 0.9
    if below < score:
        assert recall_and_precision(pictures, found, 0, threshold) == (1.0, 1.0)


HITS = st.lists(st.tuples(st.booleans(), st.integers(50, 900)), min_size=1, max_size=8)


@given(HITS, st.integers(1, 4))
def test_no_other_threshold_is_better(hits: list[tuple[bool, int]], labels: int) -> None:
    """At the chosen threshold F1 is at most a hundredth below that at any score there is."""
    pictures = [labelled(0, *[0] * labels)]
    detections = [
        right(n % labels, score / 1000) if hit else wrong(score / 1000)
        for n, (hit, score) in enumerate(hits)
    ]
    found = found_in(detections)
    chosen = choose_threshold(pictures, found, 0)
    best = max(f1(*recall_and_precision(pictures, found, 0, d.score)) for d in detections)
    assert f1(*recall_and_precision(pictures, found, 0, chosen)) >= best - 0.01 - 1e-9


@given(HITS, st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_a_higher_threshold_never_finds_more(
    hits: list[tuple[bool, int]], thresholds: list[float]
) -> None:
    """Recall only falls as the threshold rises."""
    pictures = [labelled(0, 0, 0)]
    detections = [
        right(n % 2, score / 1000) if hit else wrong(score / 1000)
        for n, (hit, score) in enumerate(hits)
    ]
    low, high = sorted(thresholds)
    recalls = [recall_and_precision(pictures, found_in(detections), 0, at)[0] for at in (low, high)]
    assert recalls[0] >= recalls[1]


@pytest.mark.parametrize(
    ("labels", "detections", "expected"),
    [
        ([], [], (None, None)),
        ([], [wrong(0.9)], (None, 0.0)),
        ([0], [], (0.0, None)),
        ([0], [right(0, 0.4)], (0.0, None)),
        ([0], [right(0, 0.5)], (1.0, 1.0)),
        ([0, 0], [right(0, 0.9), wrong(0.9)], (0.5, 0.5)),
        ([1], [right(0, 0.9, class_id=1)], (None, None)),
    ],
)
def test_recall_and_precision_at_a_half(
    labels: list[int], detections: list[Detection], expected: tuple[float | None, float | None]
) -> None:
    """Nothing to divide by gives None, never zero or one."""
    pictures = [labelled(0, *labels)]
    assert recall_and_precision(pictures, found_in(detections), 0, 0.5) == expected


@pytest.mark.parametrize(
    ("recall", "precision", "expected"),
    [
        (None, None, None),
        (None, 0.0, None),
        (0.0, None, 0.0),
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0),
        (0.5, 1.0, 2 / 3),
    ],
)
def test_f1(recall: float | None, precision: float | None, expected: float | None) -> None:
    """No labels have no F1; labels that nothing found have 0."""
    assert f1(recall, precision) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("labels", "detections", "threshold", "reached", "why"),
    [
        ([], [wrong(0.9)], DEFAULT_THRESHOLD, False, "labels none"),
        ([0], [], DEFAULT_THRESHOLD, False, "nothing right is found"),
        ([0], [right(0, 0.04)], DEFAULT_THRESHOLD, False, "nothing right is found"),
        ([0], [right(0, 0.8)], 0.3145, True, "F1 1.000 on 1 labels"),
    ],
)
def test_best_f1_says_why(
    labels: list[int], detections: list[Detection], threshold: float, reached: bool, why: str
) -> None:
    """The point is the threshold with its reason; the default is never said to be reached."""
    point = best_f1_point([labelled(0, *labels)], found_in(detections), 0)
    assert (point.threshold, point.rule, point.reached) == (threshold, "best_f1", reached)
    assert why in point.why
