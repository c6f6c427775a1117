"""Floors of each hazard: below is FAIL, missing is never a PASS, and the floor itself is enough."""

import pytest
from support.judged import FAIL, PASS, THIN, found, verdicts
from support.made_evidence import GONE, Changes

from safety_tasks.records.gate import Verdict
from safety_tasks.records.gate_policy import CheckKind

KINDS: tuple[CheckKind, ...] = ("ap50", "ap50_95", "recall")
LAST_BIT = 1e-13
UNLABELLED = {"pictures": 0, "boxes": 0, "scenes": 0}
ONE_BOX = {"pictures": 1, "boxes": 1, "scenes": 1}


def scored(
    kind: str, value: float | None, low: float | None, floor: float
) -> tuple[Changes, Changes]:
    """Return changes that give fire a value, the lower end of its interval (None: no interval) and a floor."""
    interval = None if low is None else {"low": low, "high": 1.0, "scenes": 26}
    evidence = {f"fire__{kind}": value, f"fire__{kind}_interval": interval}
    return evidence, {f"{kind}_floors__fire": floor}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("value", "low", "sure", "estimate"),
    [
        (None, None, FAIL, FAIL),
        (None, 0.9, FAIL, FAIL),
        (0.0, None, FAIL, FAIL),
        (0.0, 0.0, FAIL, FAIL),
        (0.6999, 0.9, FAIL, FAIL),
        (0.6999, 0.1, FAIL, FAIL),
        (0.7 - LAST_BIT, 0.7 - LAST_BIT, PASS, PASS),
        (0.7, None, THIN, PASS),
        (0.7, 0.0, THIN, PASS),
        (0.7, 0.6999, THIN, PASS),
        (0.7, 0.7, PASS, PASS),
        (0.71, 0.7, PASS, PASS),
        (1.0, None, THIN, PASS),
        (1.0, 1.0, PASS, PASS),
    ],
)
def test_floor(
    kind: CheckKind, value: float | None, low: float | None, sure: Verdict, estimate: Verdict
) -> None:
    """The value must reach the floor, and where the policy wants to be sure, the lower end of its interval too."""
    evidence, policy = scored(kind, value, low, 0.7)
    others = {"smoke": PASS, "person_down": PASS}
    assert verdicts(kind, evidence, policy) == others | {"fire": sure}
    by_estimate = {**policy, "floors_on": "estimate"}
    assert verdicts(kind, evidence, by_estimate) == others | {"fire": estimate}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("support", "expected"), [(UNLABELLED, THIN), (ONE_BOX, FAIL)], ids=["unlabelled", "labelled"]
)
def test_a_missing_value_fails_where_anything_is_labelled(
    kind: CheckKind, support: dict[str, int], expected: Verdict
) -> None:
    """Without a label there is nothing to score; with one, a missing score is a fault."""
    evidence = {f"fire__{kind}": None, "fire__support": support}
    assert verdicts(kind, evidence)["fire"] is expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_hazard_that_was_not_scored_is_no_pass(kind: CheckKind) -> None:
    """Neither one missing hazard passes, nor all of them."""
    assert verdicts(kind, {"fire": GONE})["fire"] is THIN
    assert set(verdicts(kind, {"candidate__hazards": {}}).values()) == {THIN}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, 0.0, 1.0])
def test_a_hazard_without_a_floor_fails(kind: CheckKind, value: float | None) -> None:
    """However good it is, a hazard that the policy forgot is a fault of the policy."""
    check = found(kind, {f"fire__{kind}": value}, {f"{kind}_floors__fire": GONE})["fire"]
    assert (check.verdict, check.margin) == (FAIL, None)
    assert "gate.toml" in check.reason
    assert "gate.toml" in check.reason_ko


@pytest.mark.parametrize("kind", KINDS)
def test_each_hazard_has_its_own_floor(kind: CheckKind) -> None:
    """A floor that only fire misses fails only fire."""
    floors = {f"{kind}_floors": {"smoke": 0.1, "fire": 1.0, "person_down": 0.1}}
    assert verdicts(kind, {}, floors) == {"smoke": PASS, "fire": FAIL, "person_down": PASS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_margin_is_of_what_is_held_against_the_floor(kind: CheckKind) -> None:
    """The lower end counts where the policy wants to be sure and there is one, else the value."""
    for low, mode, expected in (
        (0.75, "interval", 0.05),
        (0.75, "estimate", 0.2),
        (None, "interval", 0.2),
    ):
        evidence, policy = scored(kind, 0.9, low, 0.7)
        margin = found(kind, evidence, {**policy, "floors_on": mode})["fire"].margin
        assert margin == pytest.approx(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_hazard_is_judged_once(kind: CheckKind) -> None:
    """What the dataset names is judged, in its order, and nothing else."""
    assert list(found(kind)) == ["smoke", "fire", "person_down"]


@pytest.mark.parametrize(
    ("pictures", "boxes", "scenes", "expected"),
    [
        (0, 0, 0, THIN),
        (99, 110, 5, THIN),
        (100, 109, 5, THIN),
        (100, 110, 4, THIN),
        (100, 110, 5, PASS),
        (101, 111, 6, PASS),
        (5000, 5000, 4, THIN),
        (99, 5000, 50, THIN),
        (5000, 109, 50, THIN),
    ],
)
def test_support(pictures: int, boxes: int, scenes: int, expected: Verdict) -> None:
    """Pictures, boxes and scenes must each reach their minimum; too few says nothing against the model."""
    support = {"pictures": pictures, "boxes": boxes, "scenes": scenes}
    found_verdicts = verdicts("support", {"fire__support": support})
    assert found_verdicts == {"smoke": PASS, "fire": expected, "person_down": PASS}


def test_support_of_a_hazard_that_was_not_scored() -> None:
    """What no report names has no support at all."""
    check = found("support", {"fire": GONE})["fire"]
    assert check.verdict is THIN
    assert check.observed == "0 pictures, 0 boxes, 0 scenes"


def test_what_to_deliver_is_said() -> None:
    """Where scenes lack it says how many; where only pictures or boxes lack it asks for those."""
    few = found("support", {"fire__support": {"pictures": 9, "boxes": 9, "scenes": 3}})["fire"]
    assert "deliver 2 more scenes that hold fire" in few.reason
    assert "장면 2개" in few.reason_ko
    boxes = found("support", {"fire__support": {"pictures": 100, "boxes": 109, "scenes": 5}})[
        "fire"
    ]
    assert "deliver more labelled pictures that hold fire" in boxes.reason
    assert "라벨 사진" in boxes.reason_ko
