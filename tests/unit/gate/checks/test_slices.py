"""Parts of the holdout: one that surely fell too far fails; one with too little evidence is said, and may block."""

from typing import Any

import pytest
from support.judged import FAIL, PASS, THIN, only
from support.made_evidence import FIRST, Changes

from safety_tasks.records.gate import Verdict

MARGIN = 0.15
ENOUGH = {"pictures": 20, "boxes": 30, "scenes": 5}


def part(
    difference: float | None = 0.0,
    high: float | None = 0.1,
    value: str = "night",
    hazard: str = "fire",
    **support: int,
) -> dict[str, Any]:
    """Return a part with a difference and the upper end of its interval; None: no interval."""
    interval = None if high is None else {"low": -0.9, "high": high, "scenes": 5}
    return {
        "kind": "brightness",
        "value": value,
        "hazard": hazard,
        "difference": difference,
        "interval": interval,
        "support": ENOUGH | support,
    }


def judged(*parts: dict[str, Any], needed: tuple[str, ...] = ()) -> Verdict:
    """Return the verdict on parts, where the policy needs some."""
    return only("slices", {"slice_differences": parts}, {"slices_needed": needed}).verdict


@pytest.mark.parametrize(
    ("difference", "high", "expected"),
    [
        (0.3, 0.5, PASS),
        (0.0, 0.1, PASS),
        (-0.149, -0.1, PASS),
        (-MARGIN, -0.1, PASS),
        (-MARGIN - 1e-13, -0.1, PASS),
        (-0.2, -0.1501, FAIL),
        (-0.2, -MARGIN, THIN),
        (-0.2, -0.1, THIN),
        (-0.1501, 0.1, THIN),
        (-0.9, -0.8, FAIL),
        (-0.9, 0.1, THIN),
    ],
)
def test_one_part(difference: float, high: float, expected: Verdict) -> None:
    """By the margin is allowed; by more fails where that is sure, and cannot be told where it is not."""
    assert judged(part(difference, high)) is expected


@pytest.mark.parametrize(
    ("support", "covered"),
    [
        ({}, True),
        ({"boxes": 29}, False),
        ({"scenes": 4}, False),
        ({"boxes": 0, "scenes": 0}, False),
        ({"boxes": 999, "scenes": 4}, False),
        ({"boxes": 29, "scenes": 99}, False),
    ],
)
def test_enough_evidence(support: dict[str, int], covered: bool) -> None:
    """A part is judged where it holds enough boxes and scenes; else it is named as not covered."""
    fell = part(-0.9, -0.8, **support)
    check = only("slices", {"slice_differences": (part(value="day"), fell)})
    assert check.verdict is (FAIL if covered else PASS)
    assert check.uncovered == (() if covered else ("fire in night",))
    assert check.observed.startswith(f"{1 + covered} parts compared, {1 - covered} with too little")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((part(-0.9, -0.8), part(value="day")), FAIL),
        ((part(value="day"), part(-0.9, -0.8)), FAIL),
        ((part(-0.9, 0.1), part(-0.3, -0.2, value="day")), FAIL),
        ((part(-0.9, 0.1), part(value="day")), THIN),
        ((part(hazard="smoke"), part(-0.9, -0.8, hazard="person_down")), FAIL),
        ((part(), part(value="day"), part(value="dusk")), PASS),
    ],
)
def test_several_parts(parts: tuple[dict[str, Any], ...], expected: Verdict) -> None:
    """The worst part decides, wherever it stands."""
    assert judged(*parts) is expected


@pytest.mark.parametrize(
    ("needed", "support", "expected"),
    [
        ((), {"boxes": 1}, PASS),
        (("night",), {}, PASS),
        (("night",), {"boxes": 29}, THIN),
        (("day",), {"boxes": 29}, PASS),
        (("dawn",), {}, THIN),
        (("day", "dawn"), {}, THIN),
    ],
)
def test_a_part_that_the_policy_needs(
    needed: tuple[str, ...], support: dict[str, int], expected: Verdict
) -> None:
    """What is needed must hold enough evidence; what is not may hold too little."""
    assert judged(part(**support), part(value="day"), needed=needed) is expected


def test_a_fall_beats_a_needed_part() -> None:
    """A part that surely fell fails, whatever else lacks."""
    assert judged(part(-0.9, -0.8), needed=("dawn",)) is FAIL


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (FIRST, PASS),
        ({"slice_differences": ()}, FAIL),
        (FIRST | {"champion__release_seq": 7}, FAIL),
    ],
)
def test_nothing_compared(changes: Changes, expected: Verdict) -> None:
    """Only where nothing was ever released may nothing have been compared."""
    assert only("slices", changes).verdict is expected


@pytest.mark.parametrize(
    ("needed", "expected"), [((), PASS), (("night",), PASS), (("dawn",), THIN)]
)
def test_a_first_release(needed: tuple[str, ...], expected: Verdict) -> None:
    """Without a champion a needed part must be there all the same."""
    assert only("slices", FIRST, {"slices_needed": needed}).verdict is expected


def test_the_worst_part_gives_the_margin() -> None:
    """It is named with its difference, and the margin is what is left of it."""
    check = only("slices", {"slice_differences": (part(-0.02), part(-0.1, value="day"), part(0.3))})
    assert check.margin == pytest.approx(0.05)
    assert check.observed.endswith("worst fire in day -0.100")


def test_what_is_not_covered_is_listed_in_order() -> None:
    """Parts with too little evidence and parts without any picture stand in one list."""
    parts = (part(boxes=1), part(value="day", boxes=1), part(value="dusk"))
    check = only("slices", {"slice_differences": parts}, {"slices_needed": ("dusk", "dawn")})
    assert check.uncovered == ("dawn: no picture", "fire in day", "fire in night")


@pytest.mark.parametrize(
    ("kind", "boxes", "scenes", "uncovered"),
    [
        ("source", 29, 9, ("fire in night",)),
        ("brightness", 29, 9, ("fire in night",)),
        ("brightness", 90, 4, ("fire in night",)),
        ("brightness", 1, 1, ("fire in night",)),
        ("brightness", 30, 5, ()),
        ("brightness", 0, 0, ()),
        ("box_size", 1, 1, ()),
    ],
)
def test_a_first_release_says_what_it_could_not_compare(
    kind: str, boxes: int, scenes: int, uncovered: tuple[str, ...]
) -> None:
    """Sources and times of day that label a hazard too rarely are listed, as they will be beside a champion."""
    held = {"pictures": 99, "boxes": boxes, "scenes": scenes}
    night = {"kind": kind, "value": "night", "pictures": 99, "scenes": 9, "support": {"fire": held}}
    check = only("slices", FIRST | {"slices": (night | {"ap50": {}, "recall": {}},)})
    assert check.uncovered == uncovered
    assert check.verdict is PASS


def test_all_needed_parts_are_named() -> None:
    """One delivery can bring them all."""
    parts = (part(boxes=1), part(value="day", boxes=1))
    check = only("slices", {"slice_differences": parts}, {"slices_needed": ("night", "day")})
    assert "too little evidence in night, day, which the profile needs" in check.reason
    assert "night, day의 근거가 부족합니다" in check.reason_ko
