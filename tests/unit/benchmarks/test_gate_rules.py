"""Truth tables of the two rules that releases are decided by elsewhere."""

from collections.abc import Mapping

import pytest

from benchmarks.gate_rules import mean_rule, thresholds_rule
from safety_tasks.records.gate import Verdict

NAMES = ("smoke", "fire")
FLOORS = dict.fromkeys(NAMES, 0.6)


def scores(*values: float) -> Mapping[str, float]:
    """Return AP50 by hazard."""
    return dict(zip(NAMES, values, strict=False))


@pytest.mark.parametrize(
    ("ours", "theirs", "passes"),
    [
        ((), (), False),
        ((0.7, 0.7), (0.7, 0.7), True),
        ((0.8, 0.8), (0.7, 0.7), True),
        ((0.6, 0.6), (0.5, 0.5), True),  # at the floor
        ((0.59, 0.9), (0.5, 0.5), False),  # one below the floor
        ((0.9, 0.69), (0.7, 0.7), False),  # one below the champion, the mean far above
        ((0.7, 0.6999), (0.7, 0.7), False),  # however little
        ((0.5, 0.5), (0.4, 0.4), False),
    ],
)
def test_thresholds_and_changes(
    ours: tuple[float, ...], theirs: tuple[float, ...], passes: bool
) -> None:
    """Each hazard at or above its floor and at or above the champion's; nothing measured is no pass."""
    verdict = thresholds_rule(scores(*ours), scores(*theirs), FLOORS)
    assert verdict is (Verdict.PASS if passes else Verdict.FAIL)


def test_each_hazard_has_its_own_floor() -> None:
    """A floor of one hazard is not held against another."""
    floors = {"smoke": 0.5, "fire": 0.8}
    same = scores(0.6, 0.9)
    assert thresholds_rule(same, same, floors) is Verdict.PASS
    other = scores(0.9, 0.6)
    assert thresholds_rule(other, other, floors) is Verdict.FAIL


@pytest.mark.parametrize(
    ("ours", "theirs", "passes"),
    [
        ((), (), False),
        ((0.7, 0.7), (0.7, 0.7), True),
        ((0.1, 0.1), (0.1, 0.1), True),  # no floor
        ((0.9, 0.5), (0.7, 0.7), True),  # one hazard far below is made up for
        ((0.9, 0.4), (0.7, 0.7), False),
        ((0.7, 0.6999), (0.7, 0.7), False),
    ],
)
def test_one_number(ours: tuple[float, ...], theirs: tuple[float, ...], passes: bool) -> None:
    """The mean at or above the champion's; nothing measured is no pass."""
    verdict = mean_rule(scores(*ours), scores(*theirs))
    assert verdict is (Verdict.PASS if passes else Verdict.FAIL)
