"""Doubts name what is wrong with a label: planted errors come first, sound labels raise none."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_tasks.records.review import DoubtKind
from safety_tasks.validate.suspicion import Compared, Doubt, doubts_of

SMOKE, FIRE, PERSON = range(3)
Corners = tuple[float, float, float, float]
A: Corners = (0.1, 0.1, 0.3, 0.3)
B: Corners = (0.6, 0.6, 0.9, 0.9)
# Half of A and as much beside it: IoU 1/3.
A_SHIFTED: Corners = (0.2, 0.1, 0.4, 0.3)
# Three quarters of A and a quarter as much beside it: IoU 3/5, which counts as found.
A_FOUND: Corners = (0.15, 0.1, 0.35, 0.3)
A_NEAR: Corners = (0.11, 0.11, 0.31, 0.31)
Labelled = tuple[int, Corners]
Said = tuple[int, Corners, float]


def compared(labels: Sequence[Labelled], said: Sequence[Said]) -> Compared:
    """Return a picture of labels (class, corners) and detections (class, corners, score)."""
    return Compared(
        size_px=(640, 480),
        label_class=np.array([each[0] for each in labels], np.int64),
        label_xyxy=np.array([each[1] for each in labels], np.float64).reshape(-1, 4),
        said_class=np.array([each[0] for each in said], np.int64),
        said_xyxy=np.array([each[1] for each in said], np.float64).reshape(-1, 4),
        said_score=np.array([each[2] for each in said], np.float64),
    )


def doubts(labels: Sequence[Labelled], said: Sequence[Said]) -> tuple[Doubt, ...]:
    """Return the doubts about one picture."""
    (found,) = doubts_of([compared(labels, said)], 3)
    return found


def test_no_picture_gives_no_doubt() -> None:
    """Nothing in, nothing out."""
    assert doubts_of([], 3) == []


@pytest.mark.parametrize(
    ("labels", "said", "kinds"),
    [
        ([], [], []),
        ([(SMOKE, A)], [], []),
        ([], [(FIRE, A, 0.9)], [DoubtKind.OVERLOOKED]),
        ([(FIRE, A)], [(FIRE, A, 0.9)], []),
        ([(FIRE, A)], [(FIRE, A_NEAR, 0.9)], []),
        ([(FIRE, A)], [(FIRE, A_FOUND, 0.9)], []),
        ([(FIRE, A)], [(FIRE, A_SHIFTED, 0.9)], [DoubtKind.BADLY_LOCATED]),
        ([(SMOKE, A)], [(FIRE, A, 0.9)], [DoubtKind.SWAPPED]),
        ([(FIRE, A)], [(FIRE, B, 0.9)], [DoubtKind.OVERLOOKED]),
        # Fire in smoke: both may be right.
        ([(SMOKE, A), (FIRE, A)], [(SMOKE, A, 0.9), (FIRE, A, 0.9)], []),
        ([(SMOKE, A), (FIRE, A)], [(FIRE, A, 0.9)], []),
        ([(SMOKE, A)], [(SMOKE, A, 0.9), (FIRE, A, 0.8)], [DoubtKind.OVERLOOKED]),
        # One object seen twice is one doubt.
        ([], [(FIRE, A, 0.9), (FIRE, A_SHIFTED, 0.8)], [DoubtKind.OVERLOOKED]),
        ([], [(FIRE, A, 0.9), (FIRE, B, 0.8)], [DoubtKind.OVERLOOKED] * 2),
        ([], [(FIRE, A, 0.9), (PERSON, A, 0.8)], [DoubtKind.OVERLOOKED] * 2),
        # A model that is hardly sure itself doubts nobody.
        ([], [(FIRE, A, 0.1)], []),
    ],
)  # fmt: skip
def test_each_kind_of_error(
    labels: list[Labelled], said: list[Said], kinds: list[DoubtKind]
) -> None:
    """What label and detection say together decides whether there is a doubt, and which."""
    assert [doubt.kind for doubt in doubts(labels, said)] == kinds


def test_a_doubt_names_its_label_and_its_detection() -> None:
    """The reviewer is shown the boxes that the doubt is about."""
    labels = [(PERSON, B), (SMOKE, A)]
    (doubt,) = doubts(labels, [(PERSON, B, 0.9), (FIRE, A, 0.7)])
    assert (doubt.label, doubt.said) == (1, 1)
    assert doubt.score == pytest.approx(0.7, abs=0.05)


def test_the_surer_the_model_the_stronger_the_doubt() -> None:
    """Doubts of all kinds are ranked by one measure."""
    found = doubts([(FIRE, A)], [(FIRE, A_SHIFTED, 0.9), (SMOKE, B, 0.8)])
    assert [doubt.kind for doubt in found] == [DoubtKind.OVERLOOKED, DoubtKind.BADLY_LOCATED]
    assert found[0].score > found[1].score


boxes = st.tuples(*[st.floats(0, 1)] * 4).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]) + 0.01, max(v[1], v[3]) + 0.01)
)
classes = st.integers(0, 2)


@settings(deadline=None)
@given(
    st.lists(st.tuples(classes, boxes), max_size=6),
    st.lists(st.tuples(classes, boxes, st.floats(0, 1)), max_size=6),
)
def test_doubts_are_few_and_in_order(labels: list[Labelled], said: list[Said]) -> None:
    """A label has one doubt at most, so has a detection that no label is near; scores are 0-1, the worst first."""
    found = doubts(labels, said)
    doubted = [doubt.label for doubt in found if doubt.label is not None]
    missed = [doubt.said for doubt in found if doubt.label is None]
    assert len(set(doubted)) == len(doubted)
    assert len(set(missed)) == len(missed)
    assert all(0 <= doubt.score <= 1 for doubt in found)
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)


@settings(deadline=None)
@given(st.lists(st.tuples(classes, boxes), max_size=6, unique_by=lambda each: each[1]))
def test_a_model_that_agrees_raises_no_doubt(labels: list[Labelled]) -> None:
    """Labels that the model repeats exactly are never queued, however they overlap."""
    assert doubts(labels, [(*each, 0.9) for each in labels]) == ()


def test_a_picture_is_judged_alone() -> None:
    """Its doubts are the same whatever other pictures are judged in the same run."""
    mine = compared([(SMOKE, A)], [(FIRE, A, 0.9), (SMOKE, B, 0.8)])
    other = compared([(FIRE, A)], [(FIRE, A_SHIFTED, 0.9)])
    assert doubts_of([other, mine, other], 3)[1] == doubts_of([mine], 3)[0]
