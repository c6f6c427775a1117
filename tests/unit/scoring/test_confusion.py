"""Confusion: what was taken for what, by hand and as sums that must agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.scoring.confusion import confusion
from safety_tasks.scoring.operating_point import recall_and_precision

AT = dict.fromkeys(CLASSES, 0.5)
SMOKE, FIRE, PERSON, NOTHING = range(4)


@pytest.mark.parametrize(
    ("labels", "detections", "expected"),
    [
        ([], [], {}),
        ([], [wrong(0.4)], {}),
        ([], [wrong(0.5)], {(NOTHING, SMOKE): 1}),
        ([0], [], {(SMOKE, NOTHING): 1}),
        ([0], [right(0, 0.4)], {(SMOKE, NOTHING): 1}),
        ([0], [right(0, 0.5)], {(SMOKE, SMOKE): 1}),
        ([0], [right(0, 0.9), right(0, 0.8)], {(SMOKE, SMOKE): 1, (NOTHING, SMOKE): 1}),
        ([1], [right(0, 0.9)], {(FIRE, SMOKE): 1}),
        ([0], [right(0, 0.9, 2), right(0, 0.6)], {(SMOKE, SMOKE): 1, (NOTHING, PERSON): 1}),
        ([0, 1], [right(1, 0.9), right(0, 0.8, 1)], {(FIRE, SMOKE): 1, (SMOKE, FIRE): 1}),
        ([0], [right(0, 0.6, 1), right(0, 0.9, 2)], {(SMOKE, PERSON): 1, (NOTHING, FIRE): 1}),
    ],
)
def test_by_hand(
    labels: list[int], detections: list[Detection], expected: dict[tuple[int, int], int]
) -> None:
    """From nothing at all to labels that another hazard's detection took, best score first."""
    result = confusion([labelled(0, *labels)], found_in(detections), CLASSES, AT)
    counted = {
        (row, column): count
        for row, counts in enumerate(result.counts)
        for column, count in enumerate(counts)
        if count
    }
    assert counted == expected
    assert result.names == (*CLASSES, "background")


def test_every_hazard_has_its_own_threshold() -> None:
    """A score that is enough for one hazard is not for another."""
    found = found_in([right(0, 0.5), right(1, 0.5, 1)])
    at = {"smoke": 0.6, "fire": 0.4, "person_down": 0.5}
    counts = confusion([labelled(0, 0, 1)], found, CLASSES, at).counts
    assert (counts[SMOKE][NOTHING], counts[FIRE][FIRE]) == (1, 1)


SEEN = st.builds(
    right, st.integers(0, 3), st.integers(0, 10).map(lambda n: n / 10), st.integers(0, 2)
)


@given(st.lists(st.lists(st.integers(0, 2), max_size=4), max_size=3), st.data())
def test_sums_agree_with_everything_else(each: list[list[int]], data: st.DataObject) -> None:
    """Rows sum to labels, columns to detections, and the diagonal is what recall counts."""
    pictures = [labelled(index, *labels) for index, labels in enumerate(each)]
    found = found_in(*[data.draw(st.lists(SEEN, max_size=6)) for _ in each])
    counts = confusion(pictures, found, CLASSES, AT).counts
    kept = [d.class_id for seen in found.values() for d in seen if d.score >= 0.5]
    assert counts[NOTHING][NOTHING] == 0
    for class_id in (SMOKE, FIRE, PERSON):
        labels = sum(labels.count(class_id) for labels in each)
        assert sum(counts[class_id]) == labels
        assert sum(row[class_id] for row in counts) == kept.count(class_id)
        recall, _ = recall_and_precision(pictures, found, class_id, 0.5)
        assert recall == (counts[class_id][class_id] / labels if labels else None)


def test_labels_of_newer_classes_are_passed_over() -> None:
    """A model from before the classes grew is not asked for what it does not know, however far they grew."""
    pictures = [labelled(0, 0, len(CLASSES), len(CLASSES) + 1)]
    thresholds = dict.fromkeys(CLASSES, 0.5)
    known = confusion([labelled(0, 0)], found_in([right(0, 0.9)]), CLASSES, thresholds)
    assert confusion(pictures, found_in([right(0, 0.9)]), CLASSES, thresholds) == known
