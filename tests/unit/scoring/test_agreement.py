"""How far two models agree: matches of one hazard, at the thresholds, each detection once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import right, wrong

from safety_tasks.records.release import Detection
from safety_tasks.scoring.agreement import Agreement, agreement, matches

HALF = [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("ours", "theirs", "counts"),
    [
        ([], [], (0, 0, 0)),
        ([right(0, 0.9)], [], (1, 0, 0)),
        ([], [right(0, 0.9)], (0, 1, 0)),
        ([right(0, 0.9)], [right(0, 0.6)], (1, 1, 1)),
        ([right(0, 0.9)], [right(0, 0.4)], (1, 0, 0)),
        ([right(0, 0.9)], [right(1, 0.9)], (1, 1, 0)),
        ([right(0, 0.9)], [right(0, 0.9, 1)], (1, 1, 0)),
        ([right(0, 0.9), right(0, 0.8)], [right(0, 0.9)], (2, 1, 1)),
        ([right(0, 0.9), right(1, 0.8)], [right(1, 0.9), right(0, 0.6)], (2, 2, 2)),
    ],
)
def test_counts(
    ours: list[Detection], theirs: list[Detection], counts: tuple[int, int, int]
) -> None:
    """A match needs the same hazard, the same place and both above the threshold; nobody is matched twice."""
    found = agreement({"a": ours}, {"a": theirs}, HALF)
    assert (found.ours, found.theirs, found.matched) == counts
    assert len(matches(ours, theirs, HALF)) == counts[2]


@pytest.mark.parametrize(
    ("counts", "f1"),
    [((0, 0, 0), 1.0), ((2, 2, 2), 1.0), ((2, 2, 1), 0.5), ((1, 0, 0), 0.0), ((3, 1, 1), 0.5)],
)
def test_f1(counts: tuple[int, int, int], f1: float) -> None:
    """Twice the matches over all detections; two that both see nothing agree wholly."""
    assert Agreement(*counts).f1 == pytest.approx(f1)


def test_the_worst_pictures_are_named() -> None:
    """Those that differ most come first; those that agree are not named."""
    ours = {"same": [right(0, 0.9)], "one": [right(0, 0.9)], "three": [right(0, 0.9), wrong(0.8)]}
    theirs = {"same": [right(0, 0.9)], "one": [], "three": [right(3, 0.9)]}
    assert agreement(ours, theirs, HALF, worst=5).worst == ("three", "one")
    assert agreement(ours, theirs, HALF, worst=1).worst == ("three",)


def test_a_stricter_overlap_matches_less() -> None:
    """At IoU 0.99 a box that is a tenth wider is another one."""
    wide = Detection(class_id=0, score=0.9, box_xyxy=(0.0, 0.0, 11.0, 10.0))
    assert agreement({"a": [wide]}, {"a": [right(0, 0.9)]}, HALF).matched == 1
    assert agreement({"a": [wide]}, {"a": [right(0, 0.9)]}, HALF, iou=0.99).matched == 0


DETECTIONS = st.lists(
    st.builds(
        right, st.integers(0, 4), st.integers(0, 100).map(lambda n: n / 100), st.integers(0, 2)
    ),
    max_size=6,
)


@given(DETECTIONS, DETECTIONS)
def test_agreement_is_mutual(ours: list[Detection], theirs: list[Detection]) -> None:
    """Who is asked does not matter, and a model agrees with itself."""
    one, other = (
        agreement({"a": ours}, {"a": theirs}, HALF),
        agreement({"a": theirs}, {"a": ours}, HALF),
    )
    assert one.f1 == pytest.approx(other.f1)
    assert agreement({"a": ours}, {"a": ours}, HALF).f1 == 1


def test_boxes_that_are_equal_are_matched_by_their_score() -> None:
    """Of two equal boxes the better of one model is the better of the other, not the worse."""
    twice = [right(0, 0.9), right(0, 0.6)]
    pairs = matches(twice, list(reversed(twice)), HALF)
    assert [(one.score, other.score) for one, other in pairs] == [(0.9, 0.9), (0.6, 0.6)]
