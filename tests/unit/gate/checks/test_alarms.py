"""False alarms and events: above the limit or below the floor is FAIL, too few to count cannot be told."""

from typing import Any

import pytest
from support.judged import FAIL, PASS, THIN, found, only, verdicts
from support.made_evidence import GONE, Changes

from safety_tasks.records.gate import Verdict

LIMIT = 100.0
LAST_BIT = 1e-13


def alarms(rate: float | None, high: float | None, background: int = 200) -> Changes:
    """Return changes that give false alarms of 1,000, the upper end of the interval (None: none) and pictures."""
    interval = None if high is None else {"low": 0.0, "high": high, "scenes": 20}
    return {
        "false_alarms__per_1000": rate,
        "false_alarms__interval": interval,
        "false_alarms__background_pictures": background,
    }


@pytest.mark.parametrize(
    ("rate", "high", "sure", "estimate"),
    [
        (0.0, None, THIN, PASS),
        (0.0, 0.0, PASS, PASS),
        (0.0, LIMIT, PASS, PASS),
        (0.0, LIMIT + LAST_BIT, PASS, PASS),
        (0.0, 100.1, THIN, PASS),
        (LIMIT, LIMIT, PASS, PASS),
        (LIMIT, None, THIN, PASS),
        (LIMIT, 150.0, THIN, PASS),
        (100.1, 150.0, FAIL, FAIL),
        (100.1, None, FAIL, FAIL),
        (1000.0, 1000.0, FAIL, FAIL),
        (None, None, FAIL, FAIL),
        (None, 10.0, FAIL, FAIL),
    ],
)
def test_false_alarms(
    rate: float | None, high: float | None, sure: Verdict, estimate: Verdict
) -> None:
    """The rate must keep the limit, and where the policy wants to be sure, the upper end of its interval too."""
    assert only("false_alarms", alarms(rate, high)).verdict is sure
    assert only("false_alarms", alarms(rate, high), {"floors_on": "estimate"}).verdict is estimate


def test_false_alarms_that_were_not_measured() -> None:
    """No count at all is a fault."""
    assert only("false_alarms", {"false_alarms": None}).verdict is FAIL


@pytest.mark.parametrize(
    ("rate", "high", "background", "expected"),
    [
        (None, None, 0, THIN),
        (0.0, 50.0, 99, THIN),
        (0.0, 50.0, 100, PASS),
        (0.0, None, 99, THIN),
        (500.0, 600.0, 1, FAIL),
        (None, None, 1, FAIL),
    ],
)
def test_few_pictures_without_a_hazard(
    rate: float | None, high: float | None, background: int, expected: Verdict
) -> None:
    """Too few cannot tell that a model is good, but may tell that it is bad."""
    changes = alarms(rate, high, background)
    assert only("false_alarms", changes).verdict is expected
    by_estimate = only("false_alarms", changes, {"floors_on": "estimate"})
    assert by_estimate.verdict is expected


@pytest.mark.parametrize("limit", [0.0, 30.0])
def test_a_limit_of_its_own(limit: float) -> None:
    """What the policy allows is what counts, nothing at all included."""
    policy = {"max_false_alarms_per_1000": limit}
    for rate, expected in ((limit, PASS), (limit + 0.01, FAIL)):
        assert only("false_alarms", alarms(rate, rate), policy).verdict is expected


@pytest.mark.parametrize(
    ("high", "mode", "expected"),
    [(60.0, "interval", 40.0), (60.0, "estimate", 70.0), (None, "interval", 70.0)],
)
def test_the_margin_of_false_alarms(high: float | None, mode: str, expected: float) -> None:
    """It is told by the upper end where the policy wants to be sure and there is one, else by the rate."""
    margin = only("false_alarms", alarms(30.0, high), {"floors_on": mode}).margin
    assert margin == pytest.approx(expected)


def caught(caught: int, events: int, **changes: Any) -> Changes:
    """Return changes that give fire so many events, and so many of them caught."""
    missed = tuple(f"{n}.jpg" for n in range(events - caught))
    values = {"events": events, "caught": caught, "within_pictures": 3, "missed": missed}
    return {"events__fire": values | changes}


@pytest.mark.parametrize(
    ("hits", "events", "expected"),
    [
        (0, 0, THIN),
        (0, 1, FAIL),
        (1, 1, THIN),
        (4, 4, THIN),
        (3, 4, THIN),
        (2, 4, FAIL),
        (5, 5, PASS),
        (3, 5, FAIL),
        (7, 10, PASS),
        (6, 10, FAIL),
        (69, 100, FAIL),
        (70, 100, PASS),
    ],
)
def test_events(hits: int, events: int, expected: Verdict) -> None:
    """The floor itself is enough; few events cannot tell, unless too many of them were missed already."""
    found_verdicts = verdicts("events", caught(hits, events))
    assert found_verdicts == {"smoke": PASS, "fire": expected, "person_down": PASS}


@pytest.mark.parametrize("changes", [{"events": {}}, {"events__fire": GONE}])
def test_events_that_were_not_measured(changes: Changes) -> None:
    """A hazard whose events nobody counted fails."""
    assert found("events", changes)["fire"].verdict is FAIL


def test_events_are_allowed_to_reach_a_floor_by_the_last_bit() -> None:
    """A third of three events is a third, whatever binary rounding says."""
    policy = {"event_recall_floor": 1 / 3, "min_support_scenes": 1}
    assert verdicts("events", caught(1, 3), policy)["fire"] is PASS
    assert verdicts("events", caught(1, 3), policy | {"event_recall_floor": 0.3334})["fire"] is FAIL


def test_missed_events_are_named_the_first_of_them() -> None:
    """Who reads the reason knows where to look."""
    reason = found("events", caught(1, 9))["fire"].reason
    assert reason.endswith("missed: 0.jpg, 1.jpg, 2.jpg")
