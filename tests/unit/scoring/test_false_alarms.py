"""False alarms: counted by picture, in pictures that label nothing."""

import pytest
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.scoring.false_alarms import false_alarms

AT = dict.fromkeys(CLASSES, 0.5)


def test_no_background_has_no_rate() -> None:
    """Without pictures, or with labelled ones only, there is nothing to alarm in: None, not 0."""
    for pictures in ([], [labelled(0, 0)]):
        alarms = false_alarms(pictures, found_in([wrong(0.9)]), CLASSES, AT)
        assert (alarms.background_pictures, alarms.alarmed) == (0, 0)
        assert alarms.per_1000 is alarms.interval is None
        assert alarms.hazards == dict.fromkeys(CLASSES, 0)


def test_by_hand() -> None:
    """A picture alarms once, whatever it holds; hazards count detections; a label's own picture is passed over."""
    pictures = [labelled(0), labelled(1), labelled(2), labelled(3, 0)]
    found = found_in(
        [wrong(0.9), wrong(0.5), wrong(0.8, 1)], [wrong(0.49)], [], [wrong(0.9), right(0, 0.9)]
    )
    alarms = false_alarms(pictures, found, CLASSES, AT)
    assert (alarms.background_pictures, alarms.alarmed) == (3, 1)
    assert alarms.per_1000 == pytest.approx(1000 / 3)
    assert alarms.hazards == {"smoke": 2, "fire": 1, "person_down": 0}
    assert alarms.interval is None


def test_each_hazard_has_its_threshold() -> None:
    """What is under its own hazard's threshold does not alarm."""
    at = {"smoke": 0.95, "fire": 0.2, "person_down": 0.5}
    alarms = false_alarms(
        [labelled(0), labelled(1)], found_in([wrong(0.9)], [wrong(0.3, 1)]), CLASSES, at
    )
    assert alarms.hazards == {"smoke": 0, "fire": 1, "person_down": 0}


def test_the_interval_is_over_scenes_that_hold_background() -> None:
    """Its bounds are per 1,000 pictures; a scene of labelled pictures only does not carry it."""
    pictures = [labelled(n, scene="ab"[n % 2]) for n in range(8)] + [labelled(8, 0, scene="c")]
    found = found_in(*[[wrong(0.9)] if n < 3 else [] for n in range(9)])
    alarms = false_alarms(pictures, found, CLASSES, AT)
    assert alarms.interval is not None
    assert alarms.interval.scenes == 2
    assert 0 <= alarms.interval.low < alarms.per_1000 == 375 < alarms.interval.high <= 1000
    assert alarms.interval.high > 400
