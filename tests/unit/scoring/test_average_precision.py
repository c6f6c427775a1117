"""Average precision in cases worked by hand from COCO's protocol (101 recall points)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.scoring.average_precision import average_precision


@pytest.mark.parametrize(
    ("labels", "detections", "expected"),
    [
        ([], [], None),
        ([], [wrong(0.9)], None),
        ([0], [], 0.0),
        ([0], [wrong(0.9)], 0.0),
        ([0], [right(0, 0.9)], 1.0),
        ([0], [right(0, 0.0)], 1.0),
        ([0], [right(0, 0.9, class_id=1)], 0.0),
        ([0], [wrong(0.9), right(0, 0.5)], 1 / 2),
        ([0], [right(0, 0.9), wrong(0.5)], 1.0),
        ([0], [wrong(0.9), wrong(0.8), right(0, 0.5)], 1 / 3),
        ([0, 0], [right(0, 0.9)], 51 / 101),
        ([0, 0], [right(0, 0.9), right(0, 0.8)], 51 / 101),
        ([0, 0], [right(0, 0.9), right(1, 0.8)], 1.0),
        ([0, 0], [right(0, 0.9), wrong(0.8), right(1, 0.7)], (51 + 50 * 2 / 3) / 101),
        ([0, 0, 0, 0], [right(0, 0.9)], 26 / 101),
    ],
)
def test_one_hazard_by_hand(
    labels: list[int], detections: list[Detection], expected: float | None
) -> None:
    """Nothing labelled has no AP; otherwise precision is averaged over 101 recalls."""
    result = average_precision([labelled(0, *labels)], found_in(detections), CLASSES)
    assert result.ap50["smoke"] == (None if expected is None else pytest.approx(expected))
    assert result.map50 == result.ap50["smoke"]
    assert result.ap50["fire"] is None


def test_no_pictures_no_score() -> None:
    """An empty set has no score at all, which is not the same as zero."""
    result = average_precision([], {}, CLASSES)
    assert set(result.ap50.values()) == set(result.ap50_95.values()) == {None}
    assert (result.map50, result.map50_95) == (None, None)


def test_the_mean_is_over_the_hazards_that_have_labels() -> None:
    """A hazard without labels neither raises nor lowers the mean."""
    found = found_in([right(0, 0.9), wrong(0.9, class_id=2)])
    result = average_precision([labelled(0, 0, 1)], found, CLASSES)
    assert result.ap50 == {"smoke": pytest.approx(1), "fire": 0, "person_down": None}
    assert result.map50 == pytest.approx(0.5)


def test_average_recall_is_what_all_detections_reach() -> None:
    """AR takes the recall of all detections, false alarms or not; its mean passes over hazards without labels."""
    found = found_in([wrong(0.95), right(0, 0.9), right(1, 0.3), right(3, 0.5, class_id=1)])
    result = average_precision([labelled(0, 0, 0, 0, 1)], found, CLASSES)
    assert result.ar == {"smoke": pytest.approx(2 / 3), "fire": 1, "person_down": None}
    assert result.ar100 == pytest.approx(5 / 6)
    nothing = average_precision([], {}, CLASSES)
    assert (set(nothing.ar.values()), nothing.ar100) == ({None}, None)
    assert average_precision([labelled(0, 0)], found_in([]), CLASSES).ar100 == 0


def test_tighter_overlaps_count_in_ap50_95() -> None:
    """A box of overlap 0.8 counts at seven of the ten limits (0.50 to 0.80)."""
    loose = Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, 8.01))
    result = average_precision([labelled(0, 0)], found_in([loose]), CLASSES)
    assert result.ap50["smoke"] == pytest.approx(1)
    assert result.ap50_95["smoke"] == pytest.approx(0.7)


@pytest.mark.parametrize(("height", "expected"), [(4.9, 0), (5.2, 1)])
def test_ap50_counts_from_half_an_overlap_on(height: float, expected: float) -> None:
    """An overlap of 0.52 is enough for AP50, one of 0.49 is not."""
    loose = Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, height))
    result = average_precision([labelled(0, 0)], found_in([loose]), CLASSES)
    assert result.ap50["smoke"] == pytest.approx(expected)


def test_a_detection_counts_in_its_own_picture_only() -> None:
    """The same box in another picture is a false alarm."""
    pictures = [labelled(0, 0), labelled(1)]
    assert average_precision(pictures, found_in([], [right(0, 0.9)]), CLASSES).ap50["smoke"] == 0
    right_one = average_precision(pictures, found_in([right(0, 0.9)], []), CLASSES)
    assert right_one.ap50["smoke"] == pytest.approx(1)


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 4))
def test_a_further_false_alarm_never_helps(hits: list[bool], labels: int) -> None:
    """AP with a confident false alarm more is at most what it was; with all labels found too it is 1 or less."""
    detections = [
        right(n % labels, 0.9 - n / 10) if hit else wrong(0.9 - n / 10)
        for n, hit in enumerate(hits)
    ]
    picture = labelled(0, *[0] * labels)
    before = average_precision([picture], found_in(detections), CLASSES).ap50["smoke"]
    worse = [wrong(0.99), *detections]
    after = average_precision([picture], found_in(worse), CLASSES).ap50["smoke"]
    assert before is not None
    assert after is not None
    assert 0 <= after <= before <= 1
    assert (after == before) == (before == 0)
