"""The check over incidents as a truth table: none on record passes, none measured does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.toy_runs import NO_INCIDENTS, PROFILE, toy_report

from safety_tasks.gate.incidents import check_incidents
from safety_tasks.records.gate import Verdict
from safety_tasks.records.model import ChampionBenchmark, IncidentResult

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
FIRST = ChampionBenchmark(release_seq=None, report=None)


def incidents(total: int, missed: int, without_hazard: int = 0) -> IncidentResult:
    """Return a result whose missed pictures are numbered."""
    names = tuple(f"{n:012x} {n}.jpg: fire" for n in range(missed))
    return IncidentResult(total=total, missed=names, trained_on=0, without_hazard=without_hazard)


@pytest.mark.parametrize(
    ("found", "allowed", "expected"),
    [
        (None, 0, THIN),
        (None, 9, THIN),
        (NO_INCIDENTS, 0, PASS),
        (incidents(0, 0, without_hazard=2), 0, THIN),
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
    """What is not measured is no pass; one missed more than the profile allows fails."""
    profile = PROFILE.model_copy(update={"max_missed_incidents": allowed})
    result = check_incidents(toy_report(incidents=found), FIRST, profile)
    assert (result.name, result.verdict) == ("incidents", expected)
    assert result.required == f"at most {allowed} missed"
    assert any("가" <= letter <= "힣" for letter in result.reason_ko)


def test_the_missed_pictures_are_named_the_first_of_them() -> None:
    """Who reads the reason knows which picture of which hazard, and how many more there are."""
    result = check_incidents(toy_report(incidents=incidents(9, 7)), FIRST, PROFILE)
    for text in (result.reason, result.reason_ko):
        assert "000000000000 0.jpg: fire; 000000000001 1.jpg: fire" in text
        assert text.endswith("and 2 more")
    assert "7 of 9" in result.reason


def test_the_champion_is_shown_beside() -> None:
    """The observed value says what the champion finds of the same pictures, where it was measured."""
    ours = toy_report(incidents=incidents(9, 1))
    beside = ChampionBenchmark(release_seq=4, report=toy_report(incidents=incidents(9, 3)))
    unmeasured = ChampionBenchmark(release_seq=4, report=toy_report(incidents=None))
    assert check_incidents(ours, beside, PROFILE).observed == ("8 of 9 found, 6 of 9 by release 4")
    for champion in (FIRST, unmeasured):
        assert check_incidents(ours, champion, PROFILE).observed == "8 of 9 found"


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_missing_more_never_helps(total: int, missed: int, allowed: int) -> None:
    """With one incident more missed, a candidate that failed still fails."""
    profile = PROFILE.model_copy(update={"max_missed_incidents": allowed})
    worse, better = (
        check_incidents(toy_report(incidents=incidents(total + 1, m)), FIRST, profile).verdict
        for m in (min(missed + 1, total + 1), min(missed, total + 1))
    )
    assert better is PASS or worse is FAIL
