"""Matching: each label once, the best-scored detection first, by overlap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import found_in, labelled, right, wrong

from safety_tasks.digests import sha256_bytes
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Box, Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import (
    assign_labels,
    box_xyxy,
    corners,
    iou_matrix,
    match_hazard,
    match_picture,
)

Corners = tuple[float, float, float, float]
A: Corners = (0, 0, 10, 10)
HALF_A: Corners = (0, 0, 10, 5)
THIRD_A: Corners = (0, 0, 10, 10 / 3)
FAR: Corners = (50, 50, 60, 60)


def seen(box: Corners, score: float) -> Detection:
    """Return a detection of hazard 0."""
    return Detection(class_id=0, score=score, box_xyxy=box)


@pytest.mark.parametrize(
    ("labels", "detections", "outcome"),
    [
        ([], [], []),
        ([A], [], []),
        ([], [seen(A, 0.9)], [(0.9, False)]),
        ([A], [seen(A, 0.9)], [(0.9, True)]),
        ([A], [seen(FAR, 0.9)], [(0.9, False)]),
        ([A], [seen(HALF_A, 0.9)], [(0.9, True)]),
        ([A], [seen(THIRD_A, 0.9)], [(0.9, False)]),
        ([A], [seen(A, 0.5), seen(A, 0.9)], [(0.9, True), (0.5, False)]),
        ([A], [seen(A, 0.5), seen(FAR, 0.9)], [(0.9, False), (0.5, True)]),
        ([A], [seen(A, 0.5), seen(HALF_A, 0.9)], [(0.9, True), (0.5, False)]),
        ([A, FAR], [seen(A, 0.5), seen(FAR, 0.9)], [(0.9, True), (0.5, True)]),
        ([A, A], [seen(A, 0.5), seen(A, 0.9)], [(0.9, True), (0.5, True)]),
        ([HALF_A, A], [seen(A, 0.9), seen(HALF_A, 0.5)], [(0.9, True), (0.5, True)]),
    ],
)
def test_matching(
    labels: list[Corners], detections: list[Detection], outcome: list[tuple[float, bool]]
) -> None:
    """The truth table, from nothing at all to labels that overlap."""
    assert match_picture(labels, detections) == outcome


BOXES = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2).map(
    lambda v: (float(v[0]), float(v[1]), float(v[0] + v[2]), float(v[1] + v[3]))
)
DETECTIONS = st.lists(st.builds(seen, BOXES, st.floats(0, 1)), max_size=8)


@given(st.lists(BOXES, max_size=6), DETECTIONS)
def test_no_label_is_found_twice(labels: list[Corners], detections: list[Detection]) -> None:
    """Every detection gets an outcome, best first, and never more hits than labels."""
    outcome = match_picture(labels, detections)
    scores = [score for score, _ in outcome]
    assert scores == sorted((d.score for d in detections), reverse=True)
    assert sum(found for _, found in outcome) <= len(labels)


@given(st.lists(BOXES, max_size=6), DETECTIONS, st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_a_cut_at_a_score_does_not_change_what_is_above(
    labels: list[Corners], detections: list[Detection], iou: float, cut: float
) -> None:
    """Dropping low scores before matching equals dropping them afterwards."""
    above = [d for d in detections if d.score >= cut]
    afterwards = [pair for pair in match_picture(labels, detections, iou) if pair[0] >= cut]
    assert match_picture(labels, above, iou) == afterwards


@given(st.lists(BOXES, min_size=1, max_size=5), st.lists(BOXES, min_size=1, max_size=5))
def test_overlap_is_a_share_and_symmetric(first: list[Corners], second: list[Corners]) -> None:
    """Overlap lies in 0-1, does not depend on the order, and is 1 only with itself."""
    one, two = np.array(first), np.array(second)
    overlaps = iou_matrix(one, two)
    assert overlaps.shape == (len(first), len(second))
    assert ((overlaps >= 0) & (overlaps <= 1)).all()
    assert np.allclose(overlaps, iou_matrix(two, one).T)
    assert np.allclose(np.diag(iou_matrix(one, one)), 1)


def test_overlap_by_hand() -> None:
    """A third, nothing, and boxes without area, which overlap nothing."""
    point = (5.0, 5.0, 5.0, 5.0)
    assert iou_matrix(np.array([A]), np.array([(5.0, 0.0, 15.0, 10.0)]))[0, 0] == pytest.approx(
        1 / 3
    )
    assert iou_matrix(np.array([A, point]), np.array([FAR, point])).tolist() == [[0, 0], [0, 0]]


def test_a_label_in_pixels() -> None:
    """Centre and size as shares become corners in pixels of that picture."""
    picture = Picture(
        sha256="0" * 64,
        extension="png",
        width_px=200,
        height_px=100,
        brightness=114.0,
        sharpness=50.0,
        label_sha256=sha256_bytes(b""),
        file="x",
        batch_id="b",
        kind=BatchKind.LABELLED,
        site="unknown",
        camera=None,
        scene="s",
        split="val",
        boxes=(),
    )
    box = Box(class_id=0, x_center=0.5, y_center=0.25, width=0.5, height=0.5)
    assert box_xyxy(box, picture) == (50, 0, 150, 50)


@pytest.mark.parametrize(
    ("labels", "found", "chosen"),
    [
        ([], [], []),
        ([], [A], [None]),
        ([A], [], []),
        ([FAR, A], [A, A], [1, None]),
        ([A, A], [A, A, A], [1, 0, None]),
        ([HALF_A, A], [HALF_A, HALF_A], [0, 1]),
    ],
)
def test_which_label_each_detection_takes(
    labels: list[Corners], found: list[Corners], chosen: list[int | None]
) -> None:
    """The free label that it overlaps most, of equal ones the last, else none."""
    assert assign_labels(corners(labels), corners(found)) == chosen


def test_one_hazard_over_pictures() -> None:
    """Pairs of all pictures and the number of labels, of that hazard alone."""
    pictures = [labelled(0, 0, 1), labelled(1, 0, 0), labelled(2)]
    found = found_in([right(0, 0.9), right(1, 0.8, 1)], [wrong(0.7)], [wrong(0.6)])
    assert match_hazard(pictures, found, 0) == ([(0.9, True), (0.7, False), (0.6, False)], 3)
    assert match_hazard([], {}, 0) == ([], 0)
