"""The best F1 that any threshold reaches: by hand, and against trying every threshold there is."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.accuracy import score
from safety_tasks.scoring.match_table import match_table
from safety_tasks.scoring.operating_point import choose_threshold, f1, recall_and_precision
from safety_tasks.scoring.table_scores import table_best_f1

Each = Sequence[Sequence[Detection]]


def best_f1(pictures: Sequence[Picture], *each: Sequence[Detection]) -> float | None:
    """Return the best F1 of smoke."""
    return table_best_f1(match_table(pictures, found_in(*each), 0))


def tried(pictures: Sequence[Picture], each: Each) -> float | None:
    """Return the best F1 of smoke by trying every score as the threshold, and one over them all."""
    found = found_in(*each)
    thresholds = [2.0, *(d.score for some in each for d in some)]
    reached = [f1(*recall_and_precision(pictures, found, 0, at)) for at in thresholds]
    return None if reached[0] is None else max(value for value in reached if value is not None)


def test_a_table_of_nothing() -> None:
    """No pictures have no F1, and labels in many pictures that nothing is found in have 0."""
    assert best_f1([]) is None
    assert best_f1([labelled(n, 0) for n in range(3)], [], [], []) == 0


@pytest.mark.parametrize(
    ("labels", "detections", "expected"),
    [
        ([], [], None),
        ([], [wrong(0.9)], None),
        ([1], [right(0, 0.9, 1)], None),
        ([0], [], 0),
        ([0], [wrong(0.9)], 0),
        ([0], [right(0, 0.9, 1)], 0),
        ([0], [right(0, 0.9)], 1),
        ([0], [right(0, 0.001)], 1),
        ([0], [right(0, 0.9), wrong(0.8)], 1),
        ([0], [wrong(0.9), right(0, 0.8)], 2 / 3),
        ([0], [right(0, 0.9), right(0, 0.8)], 1),
        ([0, 0], [right(0, 0.9)], 2 / 3),
        ([0, 0], [right(0, 0.9), wrong(0.5), right(1, 0.3)], 4 / 5),
        ([0, 0], [right(0, 0.9), *[wrong(0.5)] * 5, right(1, 0.3)], 2 / 3),
        ([0, 1], [right(0, 0.9), wrong(0.95, 1)], 1),
    ],
)
def test_one_picture(
    labels: list[int], detections: list[Detection], expected: float | None
) -> None:
    """Nothing labelled has no F1; otherwise the best of all thresholds, however low."""
    found = best_f1([labelled(0, *labels)], detections)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("labels", "each", "expected"),
    [
        ([[0]], [[right(0, 0.6), wrong(0.5)]], 1),
        ([[0]], [[right(0, 0.5), wrong(0.5)]], 2 / 3),
        ([[0]], [[wrong(0.5), right(0, 0.5)]], 2 / 3),
        ([[0]], [[right(0, 0.5), *[wrong(0.5)] * 7]], 2 / 9),
        ([[0]], [[right(0, 0.6), *[wrong(0.5)] * 7]], 1),
        ([[0], []], [[right(0, 0.5)], [wrong(0.5)]], 2 / 3),
        ([[], [0]], [[wrong(0.5)], [right(0, 0.5)]], 2 / 3),
        ([[0], [0]], [[right(0, 0.5)], [wrong(0.5)]], 1 / 2),
    ],
)
def test_equal_scores_are_kept_or_dropped_together(
    labels: list[list[int]], each: Each, expected: float
) -> None:
    """No threshold keeps one of two equal scores, in whichever order and picture they were listed."""
    pictures = [labelled(n, *some) for n, some in enumerate(labels)]
    assert best_f1(pictures, *each) == pytest.approx(expected)


def test_over_pictures() -> None:
    """One threshold for all: 0.4 finds all three and one wrong one; with three more wrong ones 0.7 is better."""
    pictures = [labelled(0, 0), labelled(1, 0), labelled(2, 0), labelled(3)]
    each = ([right(0, 0.9)], [right(0, 0.7)], [right(0, 0.4)])
    assert best_f1(pictures, *each, [wrong(0.6), wrong(0.3)]) == pytest.approx(6 / 7)
    assert best_f1(pictures, *each, [wrong(0.6 - n / 20) for n in range(4)]) == pytest.approx(4 / 5)


def test_boxes_are_right_at_half_an_overlap() -> None:
    """A box of 0.6 of the label is right here, one of 0.4 is not."""
    for share, expected in ((0.6, 1), (0.5, 1), (0.4, 0)):
        loose = Detection(class_id=0, score=0.9, box_xyxy=(0, 0, 10, 10 * share))
        assert best_f1([labelled(0, 0)], [loose]) == expected


# Few scores, so that many are equal; up to two labels of smoke in each of three pictures.
SCORES = st.sampled_from([0.1, 0.5, 0.50000001, 0.9])
SOME = st.lists(
    st.one_of(
        st.builds(right, st.integers(0, 2), SCORES, st.integers(0, 1)),
        st.builds(wrong, SCORES, st.integers(0, 1)),
    ),
    max_size=5,
)
LABELS = st.lists(st.lists(st.integers(0, 1), max_size=2), min_size=3, max_size=3)


@settings(deadline=None)
@given(LABELS, st.tuples(SOME, SOME, SOME))
@example([[0], [], []], ([right(0, 0.5)], [wrong(0.5)], []))
@example([[], [], []], ([wrong(0.5)], [], []))
def test_no_other_threshold_reaches_more(labels: list[list[int]], each: Each) -> None:
    """It is exactly what the best of all thresholds gives, also where scores are equal."""
    pictures = [labelled(n, *some) for n, some in enumerate(labels)]
    expected = tried(pictures, each)
    assert best_f1(pictures, *each) == (None if expected is None else pytest.approx(expected))


@settings(deadline=None)
@given(LABELS, st.tuples(SOME, SOME, SOME), st.floats(0, 1))
def test_the_operating_threshold_is_held_against_it(
    labels: list[list[int]], each: Each, threshold: float
) -> None:
    """Each hazard's score holds it beside F1, which it is never below; the threshold does not move it."""
    pictures = tuple(labelled(n, *some) for n, some in enumerate(labels))
    found = found_in(*each)
    scored = score(CLASSES, pictures, found, dict.fromkeys(CLASSES, threshold)).hazards
    for class_id, name in enumerate(CLASSES):
        best = table_best_f1(match_table(pictures, found, class_id))
        assert scored[name].best_f1 == best
        assert (scored[name].f1 is None) == (best is None)
        if best is not None:
            assert (scored[name].f1 or 0) <= best + 1e-12


@settings(deadline=None)
@given(LABELS, st.tuples(SOME, SOME, SOME))
def test_a_threshold_chosen_on_the_same_pictures_loses_little(
    labels: list[list[int]], each: Each
) -> None:
    """At most the hundredth of F1 that the choice gives for a wider gap: both mean the same by the best."""
    pictures = [labelled(n, *some) for n, some in enumerate(labels)]
    best = best_f1(pictures, *each)
    chosen = choose_threshold(pictures, found_in(*each), 0)
    reached = f1(*recall_and_precision(pictures, found_in(*each), 0, chosen))
    if best:
        assert reached is not None
        assert reached >= best - 0.01 - 1e-9
