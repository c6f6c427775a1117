"""Numbers on a card lie where such numbers can lie, however wide their interval was computed."""

import time

import pytest

from safety_tasks.gate.card.shown import (
    DASH,
    ELLIPSIS,
    Number,
    amount,
    change,
    clipped,
    counted,
    moment,
    plain,
    rate,
    score,
    signed,
)
from safety_tasks.records.scores import Interval
from safety_tasks.said import Said

WHY, FEW = Said("why", "왜"), Said("few", "부족")
SOME = Said("a, b", "a, b")


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


def test_a_difference_without_an_interval_says_why() -> None:
    """The number stands there, and a dash with its reason in the interval's place; no number is a dash."""
    assert change(-0.0124, None, WHY, FEW) == Number(-0.0124, "−0.012", interval=DASH, why=FEW)
    assert change(None, None, WHY, FEW) == Number(None, DASH, why=WHY)


def test_a_score_without_an_interval_says_why() -> None:
    """As a difference does."""
    assert score(0.8734, None, WHY, FEW) == Number(0.8734, "0.873", interval=DASH, why=FEW)
    assert score(None, None, WHY, FEW) == Number(None, DASH, why=WHY)


def test_a_score_is_kept_whole_beside_what_is_shown() -> None:
    """Machines get what was measured, with the ends of its interval."""
    found = score(0.8734, Interval(low=0.8123, high=0.9, scenes=9), WHY, FEW)
    assert found == Number(0.8734, "0.873", 0.8123, 0.9, "0.81-0.90")


def test_a_time_is_shown_in_utc_wherever_the_plant_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader in Seoul and one in Berlin read the same time."""
    try:
        monkeypatch.setenv("TZ", "Asia/Seoul")
        time.tzset()
        assert moment("2026-11-24T17:55:00+09:00") == "2026-11-24 08:55 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_difference_is_shown_to_the_thousandth() -> None:
    """Machines get it whole."""
    found = change(0.0126, Interval(low=0.0, high=0.02, scenes=9), WHY, FEW)
    assert (found.value, found.shown, found.why) == (0.0126, "+0.013", None)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(-2.0, 3.0, "0.0-3.0"), (0.5, 1000.5, "0.5-1000.0"), (24.1, 93.0, "24.1-93.0")],
)
def test_a_count_of_a_thousand_lies_between_none_and_all(
    low: float, high: float, shown: str
) -> None:
    """Of 1,000 pictures neither fewer than none nor more than all are false alarms."""
    found = rate(50.0, Interval(low=low, high=high, scenes=2), FEW)
    assert found.interval == shown
    assert f"{found.low:.1f}-{found.high:.1f}" == shown


@pytest.mark.parametrize(("more", "english"), [(-1, "a, b"), (0, "a, b"), (1, "a, b and 1 more")])
def test_what_is_left_out_is_counted(more: int, english: str) -> None:
    """One left out is one more; none is not told."""
    assert counted(SOME, more).en == english


def test_a_letter_keeps_two_marks() -> None:
    """A tower of marks over one letter would hide the lines above; the next letter has its own again."""
    mark = "\u0301"
    assert plain(f"a{mark * 9}b{mark * 2}c") == f"a{mark * 2}b{mark * 2}c"


def test_what_fits_is_not_cut() -> None:
    """A text of just as many letters as are allowed stays whole; one more ends in an ellipsis."""
    assert clipped("abcd", 4) == "abcd"
    assert clipped("abcde", 4) == f"abc{ELLIPSIS}"


def test_an_amount_without_a_unit_is_a_number() -> None:
    """Nothing stands behind it."""
    assert amount(1234.56, "", WHY).shown == "1,234.6"
    assert amount(46.14, "ms", WHY).shown == "46.1 ms"
