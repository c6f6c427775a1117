"""False alarms and events: above the limit or below the floor is FAIL, too few to count cannot be told."""

from typing import Any

import pytest
from support.judged import FAIL, PASS, THIN, found, only, verdicts
from support.made_evidence import GONE, Changes

from safety_tasks.records.gate import Verdict

LIMIT = 100.0
LAST_BIT = 1e-13


Ends = tuple[float, float] | None


def alarms(rate: float | None, ends: Ends, background: int = 200) -> Changes:
    """Return changes that give false alarms of 1,000, the ends of the interval (None: none) and pictures."""
    interval = ends and {"low": ends[0], "high": ends[1], "scenes": 20}
    return {
        "false_alarms__per_1000": rate,
        "false_alarms__interval": interval,
        "false_alarms__background_pictures": background,
    }


@pytest.mark.parametrize(
    ("rate", "ends", "sure", "estimate"),
    [
        (0.0, None, THIN, PASS),
        (0.0, (0.0, 0.0), PASS, PASS),
        (0.0, (0.0, LIMIT), PASS, PASS),
        (0.0, (0.0, LIMIT + LAST_BIT), PASS, PASS),
        (0.0, (0.0, 100.1), THIN, PASS),
        (LIMIT, (LIMIT, LIMIT), PASS, PASS),
        (LIMIT, None, THIN, PASS),
        (LIMIT, (50.0, 150.0), THIN, PASS),
        (100.1, (50.0, 150.0), THIN, FAIL),
        (100.1, (LIMIT, 150.0), THIN, FAIL),
        (100.1, (100.1, 150.0), FAIL, FAIL),
        (100.1, None, FAIL, FAIL),
        (1000.0, (1000.0, 1000.0), FAIL, FAIL),
        (None, None, FAIL, FAIL),
        (None, (0.0, 10.0), FAIL, FAIL),
    ],
)
def test_false_alarms(rate: float | None, ends: Ends, sure: Verdict, estimate: Verdict) -> None:
    """All of the interval must keep the limit, and none of it fails; by the estimate, the rate alone counts."""
    assert only("false_alarms", alarms(rate, ends)).verdict is sure
    assert only("false_alarms", alarms(rate, ends), {"floors_on": "estimate"}).verdict is estimate


def test_false_alarms_that_were_not_measured() -> None:
    """No count at all is a fault."""
    assert only("false_alarms", {"false_alarms": None}).verdict is FAIL


@pytest.mark.parametrize(
    ("rate", "ends", "background", "sure", "estimate"),
    [
        (None, None, 0, THIN, THIN),
        (0.0, (0.0, 50.0), 99, THIN, THIN),
        (0.0, (0.0, 50.0), 100, PASS, PASS),
        (0.0, None, 99, THIN, THIN),
        (500.0, (400.0, 600.0), 1, FAIL, FAIL),
        (500.0, (50.0, 600.0), 1, THIN, FAIL),
        (None, None, 1, FAIL, FAIL),
    ],
)
def test_few_pictures_without_a_hazard(
    rate: float | None, ends: Ends, background: int, sure: Verdict, estimate: Verdict
) -> None:
    """Too few cannot tell that a model is good, but may tell that it is bad."""
    changes = alarms(rate, ends, background)
    assert only("false_alarms", changes).verdict is sure
    assert only("false_alarms", changes, {"floors_on": "estimate"}).verdict is estimate


@pytest.mark.parametrize("limit", [0.0, 30.0])
def test_a_limit_of_its_own(limit: float) -> None:
    """What the policy allows is what counts, nothing at all included."""
    policy = {"max_false_alarms_per_1000": limit}
    for rate, expected in ((limit, PASS), (limit + 0.01, FAIL)):
        assert only("false_alarms", alarms(rate, (rate, rate)), policy).verdict is expected


@pytest.mark.parametrize("ends", [None, (10.0, 60.0), (10.0, 900.0)])
@pytest.mark.parametrize("mode", ["interval", "estimate"])
def test_the_margin_of_false_alarms(ends: Ends, mode: str) -> None:
    """It is told by the rate, however sure that is."""
    margin = only("false_alarms", alarms(30.0, ends), {"floors_on": mode}).margin
    assert margin == pytest.approx(70.0)


def caught(caught: int, events: int, **changes: Any) -> Changes:
    """Return changes that give fire so many events, and so many of them caught."""
    missed = tuple(f"{n}.jpg" for n in range(events - caught))
    values = {"events": events, "caught": caught, "within_pictures": 3, "missed": missed}
    return {"events__fire": values | changes}


@pytest.mark.parametrize(
    ("hits", "events", "sure", "estimate"),
    [
        (0, 0, THIN, THIN),
        (0, 1, THIN, THIN),
        (1, 1, THIN, THIN),
        (4, 4, THIN, THIN),
        (0, 4, THIN, THIN),
        (5, 5, THIN, PASS),
        (0, 5, FAIL, FAIL),
        (3, 5, THIN, FAIL),
        (9, 9, PASS, PASS),
        (7, 10, THIN, PASS),
        (6, 10, THIN, FAIL),
        (70, 100, THIN, PASS),
        (69, 100, THIN, FAIL),
        (80, 100, PASS, PASS),
        (50, 100, FAIL, FAIL),
    ],
)
def test_events(hits: int, events: int, sure: Verdict, estimate: Verdict) -> None:
    """Few events cannot tell; else the interval of the share, or the share itself, is held against the floor."""
    others = {"smoke": PASS, "person_down": PASS}
    floor = {"event_recall_floor": 0.7}
    assert verdicts("events", caught(hits, events), floor) == others | {"fire": sure}
    by_estimate = {**floor, "floors_on": "estimate"}
    assert verdicts("events", caught(hits, events), by_estimate) == others | {"fire": estimate}


@pytest.mark.parametrize(("scenes", "seen"), [(5, True), (4, False), (1, False), (0, False)])
@pytest.mark.parametrize("hits", [0, 10])
def test_events_of_few_scenes(hits: int, scenes: int, seen: bool) -> None:
    """However many events one scene holds, they look alike, and say neither good nor bad of other scenes."""
    support = {"pictures": 100, "boxes": 100, "scenes": scenes}
    changes = caught(hits, 10) | {"fire__support": support}
    check = found("events", changes)["fire"]
    assert check.verdict is ((PASS if hits else FAIL) if seen else THIN)
    assert check.margin == pytest.approx(hits / 10 - 0.7)
    assert (f"but from {scenes} of the 5 scenes" in check.reason) is not seen
    few = {"min_support_scenes": max(scenes, 1)}
    assert (verdicts("events", changes, few)["fire"] is THIN) is (scenes == 0)


def test_as_many_events_as_are_needed_are_not_too_few() -> None:
    """Where they cannot tell, more of them would."""
    check = found("events", caught(4, 5), {"min_support_scenes": 5})["fire"]
    assert check.verdict is THIN
    assert check.reason.endswith("the floor is 0.700: more events of fire would tell")


@pytest.mark.parametrize("changes", [{"events": {}}, {"events__fire": GONE}])
def test_events_that_were_not_measured(changes: Changes) -> None:
    """A hazard whose events nobody counted fails."""
    assert found("events", changes)["fire"].verdict is FAIL


def test_events_are_allowed_to_reach_a_floor_by_the_last_bit() -> None:
    """A third of three events is a third, whatever binary rounding says."""
    policy = {"event_recall_floor": 1 / 3, "min_support_scenes": 1, "floors_on": "estimate"}
    assert verdicts("events", caught(1, 3), policy)["fire"] is PASS
    assert verdicts("events", caught(1, 3), policy | {"event_recall_floor": 0.3334})["fire"] is FAIL


def test_missed_events_are_named_the_first_of_them() -> None:
    """Who reads the reason knows where to look."""
    reason = found("events", caught(1, 9))["fire"].reason
    assert reason.endswith("missed: 0.jpg, 1.jpg, 2.jpg")
