"""Scores of a match table by hand, with and without weights."""

import numpy as np
import pytest
from support.scored import found_in, labelled, right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.scoring.match_table import match_table
from safety_tasks.scoring.table_scores import table_recall, table_scores


@pytest.mark.parametrize(
    ("labels", "detections", "ap50", "ar"),
    [
        ([], [], None, None),
        ([], [wrong(0.9)], None, None),
        ([0], [], 0, 0),
        ([0], [wrong(0.9)], 0, 0),
        ([0], [right(0, 0.9)], 1, 1),
        ([0], [wrong(0.9), right(0, 0.5)], 1 / 2, 1),
        ([0, 0], [right(0, 0.9)], 51 / 101, 1 / 2),
    ],
)
def test_one_picture(
    labels: list[int], detections: list[Detection], ap50: float | None, ar: float | None
) -> None:
    """Nothing labelled has no score; otherwise COCO's."""
    scores = table_scores(match_table([labelled(0, *labels)], found_in(detections), 0))
    assert (scores is None) == (ap50 is None)
    if scores is not None:
        assert (scores.ap50, scores.ar) == (pytest.approx(ap50), pytest.approx(ar))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((0, 0, 0), None),
        ((0, 0, 1), None),
        ((1, 1, 1), 1 / 2),
        ((1, 0, 1), 1),
        ((0, 5, 0), 0),
        ((3, 1, 0), 3 / 4),
    ],
)
def test_recall_under_weights(weights: tuple[int, ...], expected: float | None) -> None:
    """Found in the first picture, missed in the second, nothing in the third."""
    pictures = [labelled(0, 0), labelled(1, 0), labelled(2)]
    table = match_table(pictures, found_in([right(0, 0.5)], [right(0, 0.4)], [wrong(0.9)]), 0)
    assert table_recall(table, 0.5, np.array(weights)) == expected


def test_recall_counts_from_the_threshold_on() -> None:
    """A score equal to the threshold counts; no weights mean all once."""
    table = match_table([labelled(0, 0)], found_in([right(0, 0.5)]), 0)
    assert [table_recall(table, at) for at in (0.5, 0.51)] == [1, 0]


def test_a_table_of_nothing() -> None:
    """No pictures have no score."""
    table = match_table([], {}, 0)
    assert table_scores(table) is table_recall(table, 0.5) is None
