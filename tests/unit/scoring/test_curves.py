"""Curves of precision, recall and F1: by hand, and thinned without losing what matters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.records.scores import Curve
from safety_tasks.scoring.curves import POINTS, precision_recall_curve


def rows(curve: Curve) -> list[tuple[float, float, float, float]]:
    """Return the curve's points: threshold, precision, recall, F1."""
    columns = (curve.threshold, curve.precision, curve.recall, curve.f1)
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize(
    ("outcome", "labels", "expected"),
    [
        ([], 0, None),
        ([(0.9, False)], 0, None),
        ([], 2, []),
        ([(0.9, False)], 2, [(0.9, 0, 0, 0)]),
        ([(0.9, True)], 2, [(0.9, 1, 0.5, 2 / 3)]),
        ([(0.4, True), (0.9, True)], 2, [(0.9, 1, 0.5, 2 / 3), (0.4, 1, 1, 1)]),
        ([(0.9, True), (0.4, False)], 1, [(0.9, 1, 1, 1), (0.4, 0.5, 1, 2 / 3)]),
        ([(0.5, True), (0.5, False)], 1, [(0.5, 0.5, 1, 2 / 3)]),
    ],
)
def test_by_hand(
    outcome: list[tuple[float, bool]], labels: int, expected: list[tuple[float, ...]] | None
) -> None:
    """No labels, no curve; equal scores are one point; thresholds fall."""
    curve = precision_recall_curve(outcome, labels)
    found = None if curve is None else [pytest.approx(row) for row in rows(curve)]
    assert found == expected


OUTCOMES = st.lists(
    st.tuples(st.integers(0, 400).map(lambda n: n / 400), st.booleans()), min_size=1
)


@given(OUTCOMES, st.integers(0, 5), st.integers(3, 12))
def test_thinning_keeps_the_ends_and_the_best(
    outcome: list[tuple[float, bool]], more: int, points: int
) -> None:
    """A thinned curve is part of the whole one, with its ends and its best F1, at no more points than wished."""
    labels = 1 + sum(found for _, found in outcome) + more
    whole = rows(precision_recall_curve(outcome, labels, 10_000))
    thin = rows(precision_recall_curve(outcome, labels, points))
    assert len(thin) <= points
    assert [row for row in whole if row in thin] == thin
    assert (thin[0], thin[-1]) == (whole[0], whole[-1])
    assert max(row[3] for row in thin) == max(row[3] for row in whole)
    assert [row[0] for row in thin] == sorted({row[0] for row in thin}, reverse=True)


def test_a_long_curve_keeps_its_shape() -> None:
    """Of 20,000 scores 200 stay, and no step of recall among them is much over a hundredth."""
    random = np.random.default_rng(3)
    score = random.random(20_000)
    found = random.random(20_000) < score**8
    outcome = list(zip(score.tolist(), found.tolist(), strict=True))
    curve = precision_recall_curve(outcome, int(found.sum()))
    assert POINTS - 20 <= len(curve.threshold) <= POINTS
    assert max(np.diff(curve.recall)) < 0.02
    assert max(-np.diff(curve.threshold)) < 0.02
