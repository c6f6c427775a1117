"""Numbers on a card lie where such numbers can lie, however wide their interval was computed."""

import pytest

from safety_tasks.gate.card.shown import change, score, signed
from safety_tasks.gate.card.words import Said
from safety_tasks.records.scores import Interval

WHY = Said("why", "왜")


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (-2.84, 1.35, "[−1.00, +1.00]"),
        (-1.0, 1.0, "[−1.00, +1.00]"),
        (-0.02, 0.04, "[−0.02, +0.04]"),
    ],
)
def test_a_difference_of_scores_ends_at_one(low: float, high: float, shown: str) -> None:
    """Two scores are never further apart than 1, whatever Student's interval says; machines get what was computed."""
    number = change(-0.01, Interval(low=low, high=high, scenes=2), WHY, WHY)
    assert number.interval == shown
    assert (number.low, number.high) == (low, high)


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(-0.4, 1.7, "0.00-1.00"), (0.1, 0.2, "0.10-0.20")]
)
def test_a_score_lies_between_none_and_all(low: float, high: float, shown: str) -> None:
    """No score is below 0 or above 1."""
    assert score(0.15, Interval(low=low, high=high, scenes=2), WHY, WHY).interval == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.004, "+0.00"), (0.0, "+0.00"), (-0.006, "−0.01"), (0.006, "+0.01")]
)
def test_what_rounds_to_nothing_is_not_below_it(value: float, shown: str) -> None:
    """Nobody asks where a minus nothing comes from."""
    assert signed(value, 2) == shown
