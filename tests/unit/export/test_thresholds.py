"""Each rule of the settings reaches its function with its wish, for every hazard."""

from collections.abc import Callable

import pytest
from support.scored import CLASSES, found_in, labelled, right, wrong

from safety_tasks.export.thresholds import choose_points
from safety_tasks.scoring.operating_point import (
    DEFAULT_THRESHOLD,
    OperatingPoint,
    best_f1_point,
    false_alarm_point,
    recall_point,
)
from safety_tasks.settings import OperatingPointSettings

# Smoke is found at 0.9, 0.6, 0.2 with false alarms between; fire at 0.7; nobody labels person_down.
PICTURES = [labelled(0, 0, 0, 0), labelled(1, 1), labelled(2), labelled(3)]
FOUND = found_in(
    [right(0, 0.9), right(1, 0.6), right(2, 0.2)],
    [right(0, 0.7, 1), wrong(0.8, 1), wrong(0.5, 2)],
    [wrong(0.75), wrong(0.4, 1)],
    [wrong(0.3), wrong(0.28), wrong(0.25)],
)


@pytest.mark.parametrize(
    ("settings", "point"),
    [
        ({}, best_f1_point),
        ({"rule": "f1", "recall": 0.3}, best_f1_point),
        ({"rule": "recall"}, lambda *of: recall_point(*of, 0.90)),
        ({"rule": "recall", "recall": 0.3}, lambda *of: recall_point(*of, 0.3)),
        ({"rule": "false_alarms"}, lambda *of: false_alarm_point(*of, 50.0)),
        (
            {"rule": "false_alarms", "false_alarms_per_1000": 500.0},
            lambda *of: false_alarm_point(*of, 500.0),
        ),
    ],
)
def test_a_rule_gets_its_wish(
    settings: dict[str, object], point: Callable[..., OperatingPoint]
) -> None:
    """The points are those of the rule's own function with the wish that was set, one a hazard, in order."""
    chosen = choose_points(PICTURES, FOUND, CLASSES, OperatingPointSettings(**settings))
    assert list(chosen) == list(CLASSES)
    assert list(chosen.values()) == [point(PICTURES, FOUND, number) for number in range(3)]


def test_the_rules_differ_here() -> None:
    """The table above is sharp: no two of its rows give smoke the same threshold."""
    rows = (
        {},
        {"rule": "recall"},
        {"rule": "recall", "recall": 0.3},
        {"rule": "false_alarms"},
        {"rule": "false_alarms", "false_alarms_per_1000": 500.0},
    )
    found = [
        choose_points(PICTURES, FOUND, CLASSES, OperatingPointSettings(**row))["smoke"].threshold
        for row in rows
    ]
    assert len(set(found)) == len(rows)


def test_without_evidence_the_default_is_said() -> None:
    """No classes, no points; a hazard that val does not label has the default, and the reason on record."""
    assert choose_points(PICTURES, FOUND, (), OperatingPointSettings()) == {}
    chosen = choose_points([], {}, CLASSES, OperatingPointSettings())
    assert {point.threshold for point in chosen.values()} == {DEFAULT_THRESHOLD}
    unlabelled = choose_points(PICTURES, FOUND, CLASSES, OperatingPointSettings())["person_down"]
    assert (unlabelled.threshold, unlabelled.reached) == (DEFAULT_THRESHOLD, False)
    assert "val labels none of it" in unlabelled.why


def test_other_names_are_other_numbers() -> None:
    """The index is the class id: with names in another order each number keeps its threshold."""
    names = ("fire", "smoke", "person_down")
    chosen = choose_points(PICTURES, FOUND, names, OperatingPointSettings())
    usual = choose_points(PICTURES, FOUND, CLASSES, OperatingPointSettings())
    assert list(chosen) == list(names)
    assert list(chosen.values()) == list(usual.values())
