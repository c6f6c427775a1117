"""Operating thresholds: chosen for the best F1, and what is measured at them."""

import pytest
from hypothesis import given
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
    ("labels", "detections", "expected"),
    [
        ([], [], DEFAULT_THRESHOLD),
        ([], [wrong(0.9)], DEFAULT_THRESHOLD),
        ([1], [right(0, 0.8)], DEFAULT_THRESHOLD),
        ([0], [], DEFAULT_THRESHOLD),
        ([0], [wrong(0.9)], DEFAULT_THRESHOLD),
        ([0], [right(0, 0.8)], 0.8),
        ([0], [right(0, 0.04)], DEFAULT_THRESHOLD),
        ([0], [right(0, 0.95)], DEFAULT_THRESHOLD),
        ([0], [right(0, 0.05)], 0.05),
        ([0], [right(0, 0.9)], 0.9),
        ([0], [right(0, 0.8), wrong(0.3)], 0.8),
        ([0, 0], [right(0, 0.8), right(1, 0.3)], 0.3),
        ([0, 0], [right(0, 0.8), wrong(0.5), right(1, 0.3)], 0.3),
        ([0, 0], [right(0, 0.8), *[wrong(0.5)] * 5, right(1, 0.3)], 0.8),
    ],
)
def test_the_best_f1_decides(
    labels: list[int], detections: list[Detection], expected: float
) -> None:
    """Without evidence the default; else the score with the best F1 in its range."""
    assert choose_threshold([labelled(0, *labels)], found_in(detections), 0) == expected


def test_equal_scores_are_kept_or_dropped_together() -> None:
    """A threshold cannot keep one of two equal scores: the F1 of a tie counts all of it."""
    tied = [right(0, 0.5), *[wrong(0.5)] * 9]
    found = found_in([*tied, right(1, 0.8)])
    assert choose_threshold([labelled(0, 0, 0)], found, 0) == 0.8


@given(st.floats(0.05, 0.9))
def test_the_detection_that_gave_the_threshold_reaches_it(score: float) -> None:
    """Rounding must not lift the threshold over the very score that it was chosen for."""
    pictures, found = [labelled(0, 0)], found_in([right(0, score)])
    threshold = choose_threshold(pictures, found, 0)
    assert recall_and_precision(pictures, found, 0, threshold) == (1.0, 1.0)
    assert threshold == pytest.approx(score, abs=2e-4)


HITS = st.lists(st.tuples(st.booleans(), st.integers(50, 900)), min_size=1, max_size=8)


@given(HITS, st.integers(1, 4))
def test_no_other_threshold_is_better(hits: list[tuple[bool, int]], labels: int) -> None:
    """At the chosen threshold F1 is as good as at any score there is."""
    pictures = [labelled(0, *[0] * labels)]
    detections = [
        right(n % labels, score / 1000) if hit else wrong(score / 1000)
        for n, (hit, score) in enumerate(hits)
    ]
    found = found_in(detections)
    chosen = choose_threshold(pictures, found, 0)
    best = max(f1(*recall_and_precision(pictures, found, 0, d.score)) for d in detections)
    assert f1(*recall_and_precision(pictures, found, 0, chosen)) >= best - 1e-9


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
        ([0], [], DEFAULT_THRESHOLD, False, "nothing is found"),
        ([0], [right(0, 0.95)], DEFAULT_THRESHOLD, False, "nothing is found"),
        ([0], [right(0, 0.8)], 0.8, True, "F1 1.000 on 1 labels"),
    ],
)
def test_best_f1_says_why(
    labels: list[int], detections: list[Detection], threshold: float, reached: bool, why: str
) -> None:
    """The point is the threshold with its reason; the default is never said to be reached."""
    point = best_f1_point([labelled(0, *labels)], found_in(detections), 0)
    assert (point.threshold, point.rule, point.reached) == (threshold, "best_f1", reached)
    assert why in point.why
