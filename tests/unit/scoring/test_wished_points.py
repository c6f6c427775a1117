"""Operating thresholds by a wish: a recall to reach, or false alarms to stay at; and what becomes of vain wishes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import found_in, labelled, right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.scoring.operating_point import (
    DEFAULT_THRESHOLD,
    false_alarm_point,
    recall_and_precision,
    recall_point,
)


@pytest.mark.parametrize(
    ("labels", "detections", "wish", "threshold", "reached"),
    [
        ([], [wrong(0.9)], 0.5, DEFAULT_THRESHOLD, False),
        ([1], [right(0, 0.9, 1)], 0.5, DEFAULT_THRESHOLD, False),
        ([0], [], 0.5, DEFAULT_THRESHOLD, False),
        ([0], [right(0, 0.04)], 0.5, DEFAULT_THRESHOLD, False),
        ([0], [right(0, 0.05)], 1.0, 0.05, True),
        ([0], [right(0, 0.6)], 1.0, 0.6, True),
        ([0], [right(0, 0.97)], 1.0, 0.9, True),
        ([0, 0], [right(0, 0.8), right(1, 0.3)], 0.5, 0.8, True),
        ([0, 0], [right(0, 0.8), right(1, 0.3)], 0.51, 0.3, True),
        ([0, 0], [right(0, 0.8), wrong(0.2)], 0.51, 0.8, False),
        ([0, 0], [right(0, 0.8), right(1, 0.02)], 1.0, 0.8, False),
    ],
)
def test_wished_recall(
    labels: list[int], detections: list[Detection], wish: float, threshold: float, reached: bool
) -> None:
    """The highest threshold that is enough; else the highest with the most there is; else the default."""
    point = recall_point([labelled(0, *labels)], found_in(detections), 0, wish)
    assert (point.rule, point.reached) == ("recall", reached)
    assert point.why
    # As high as the score that is named, and above the next lower one: what is kept is the same.
    kept = [d for d in detections if d.score >= point.threshold]
    assert kept == [d for d in detections if d.score >= threshold]
    assert 0.05 <= point.threshold <= max(threshold, 0.05)


HITS = st.lists(st.tuples(st.booleans(), st.floats(0.05, 0.9)), min_size=1, max_size=8)


@given(HITS, st.integers(1, 4), st.floats(0.05, 1))
def test_recall_is_as_wished_and_no_higher_threshold_has_it(
    hits: list[tuple[bool, float]], labels: int, wish: float
) -> None:
    """Recall is as said; without the lowest score that is kept, it is under the wish or the most there is."""
    pictures = [labelled(0, *[0] * labels)]
    found = found_in(
        [right(n % labels, score) if hit else wrong(score) for n, (hit, score) in enumerate(hits)]
    )
    point = recall_point(pictures, found, 0, wish)
    recall, _ = recall_and_precision(pictures, found, 0, point.threshold)
    most, _ = recall_and_precision(pictures, found, 0, 0.05)
    assert point.reached == (0 < most >= wish)
    if most:
        assert recall >= min(wish, most)
        lowest = min(d.score for each in found.values() for d in each if d.score >= point.threshold)
        above, _ = recall_and_precision(pictures, found, 0, math.nextafter(lowest, 2))
        assert above < min(wish, most)


def background(*scores: float) -> tuple[list, dict]:
    """Return a labelled picture and background pictures with one false detection of each score."""
    pictures = [labelled(0, 0), *[labelled(n) for n in range(1, len(scores) + 1)]]
    return pictures, found_in([right(0, 0.9)], *[[wrong(score)] for score in scores])


@pytest.mark.parametrize(
    ("scores", "wish", "threshold", "reached"),
    [
        ((), 100, DEFAULT_THRESHOLD, False),
        ((0.01,), 0, 0.05, True),
        ((0.3,), 0, 0.3001, True),
        ((0.57,), 0, 0.5701, True),
        ((0.30005,), 0, 0.3001, True),
        ((0.3,), 1000, 0.05, True),
        ((0.3, 0.6), 499, 0.6001, True),
        ((0.3, 0.6), 500, 0.3001, True),
        ((0.3, 0.6, 0.6), 400, 0.6001, True),
        ((0.3, 0.95), 0, 0.9, False),
        ((0.9,), 0, 0.9, False),
    ],
)
def test_wished_false_alarms(
    scores: tuple[float, ...], wish: float, threshold: float, reached: bool
) -> None:
    """The lowest threshold, just above the first picture too many; 0.90 where even that alarms too often."""
    point = false_alarm_point(*background(*scores), 0, wish)
    assert (point.threshold, point.rule, point.reached) == (threshold, "false_alarms", reached)
    assert point.why


def test_a_hazard_that_is_not_labelled_gets_the_default() -> None:
    """Background alone does not tell whether the hazard would be found at all."""
    pictures, found = background(0.3)
    assert false_alarm_point(pictures, found, 1, 0).threshold == DEFAULT_THRESHOLD
    assert "labels none" in false_alarm_point(pictures, found, 1, 0).why


@given(st.lists(st.floats(0, 0.89), min_size=1, max_size=12), st.floats(0, 1000))
def test_false_alarms_are_as_wished_and_no_lower_threshold_has_so_few(
    scores: list[float], wish: float
) -> None:
    """At the threshold alarms are as wished; two steps lower they are not, unless it is the lowest there is."""
    point = false_alarm_point(*background(*scores), 0, wish)

    def per_1000(threshold: float) -> float:
        return 1000 * sum(score >= threshold for score in scores) / len(scores)

    assert point.reached
    assert per_1000(point.threshold) <= wish + 1e-6
    assert point.threshold == 0.05 or per_1000(point.threshold - 2e-4) > wish
