"""Incidents on record: one missed more than allowed fails, none measured fails, none labelled tells nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.judged import FAIL, PASS, THIN, only
from support.made_evidence import FIRST, Changes

from safety_tasks.records.gate import Verdict
from safety_tasks.records.model import IncidentResult


def incidents(total: int, missed: int, without_hazard: int = 0) -> IncidentResult:
    """Return a result whose missed pictures are numbered."""
    names = tuple(f"{n:012x} {n}.jpg: fire" for n in range(missed))
    return IncidentResult(total=total, missed=names, trained_on=0, without_hazard=without_hazard)


@pytest.mark.parametrize(
    ("found", "allowed", "expected"),
    [
        (None, 0, FAIL),
        (None, 9, FAIL),
        (incidents(0, 0), 0, PASS),
        (incidents(0, 0, without_hazard=2), 0, THIN),
        (incidents(0, 0, without_hazard=2), 9, THIN),
        (incidents(1, 0), 0, PASS),
        (incidents(1, 0, without_hazard=1), 0, PASS),
        (incidents(1, 1), 0, FAIL),
        (incidents(9, 1), 0, FAIL),
        (incidents(9, 1), 1, PASS),
        (incidents(9, 2), 1, FAIL),
        (incidents(9, 9), 9, PASS),
    ],
)
def test_incidents(found: IncidentResult | None, allowed: int, expected: Verdict) -> None:
    """What is not measured is no pass; one missed more than the policy allows fails."""
    check = only("incidents", {"incidents": found}, {"max_missed_incidents": allowed})
    assert check.verdict is expected
    assert check.required == f"at most {allowed} missed"
    counted = found is not None and found.total > 0
    assert check.margin == (allowed - len(found.missed) if found and counted else None)


@pytest.mark.parametrize(
    ("missed", "ending"),
    [(5, "000000000004 4.jpg: fire"), (6, "; and 1 more"), (7, "; and 2 more")],
)
def test_the_missed_pictures_are_named_the_first_of_them(missed: int, ending: str) -> None:
    """Who reads the reason knows which picture of which hazard, and how many more there are."""
    check = only("incidents", {"incidents": incidents(9, missed)})
    for text in (check.reason, check.reason_ko):
        assert "000000000000 0.jpg: fire; 000000000001 1.jpg: fire" in text
    assert check.reason.endswith(ending)
    assert f"{missed} of 9" in check.reason


@pytest.mark.parametrize(
    ("changes", "observed"),
    [
        ({}, "8 of 9 found, 5 of 6 by release 7"),
        ({"champion__report__incidents": None}, "8 of 9 found"),
        (FIRST, "8 of 9 found"),
    ],
)
def test_the_champion_is_shown_beside(changes: Changes, observed: str) -> None:
    """The observed value says what the champion finds of the same pictures, where it was measured."""
    check = only("incidents", {**changes, "incidents": incidents(9, 1)})
    assert check.observed == observed


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_missing_more_never_helps(total: int, missed: int, allowed: int) -> None:
    """With one incident more missed, a candidate that failed still fails."""
    worse, better = (
        only(
            "incidents",
            {"incidents": incidents(total + 1, min(count, total + 1))},
            {"max_missed_incidents": allowed},
        ).verdict
        for count in (missed + 1, missed)
    )
    assert better is PASS or worse is FAIL
