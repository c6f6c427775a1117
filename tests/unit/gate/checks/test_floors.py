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


Ends = tuple[float, float] | None


def scored(kind: str, value: float | None, ends: Ends, floor: float) -> tuple[Changes, Changes]:
    """Return changes that give fire a value, the ends of its interval (None: no interval) and a floor."""
    interval = ends and {"low": ends[0], "high": ends[1], "scenes": 26}
    evidence = {f"fire__{kind}": value, f"fire__{kind}_interval": interval}
    return evidence, {f"{kind}_floors__fire": floor}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("value", "ends", "sure", "estimate"),
    [
        (None, None, FAIL, FAIL),
        (None, (0.9, 1.0), FAIL, FAIL),
        (0.0, None, FAIL, FAIL),
        (0.0, (0.0, 0.0), FAIL, FAIL),
        (0.0, (0.0, 0.7), THIN, FAIL),
        (0.0, (0.0, 0.6999), FAIL, FAIL),
        (0.6999, None, FAIL, FAIL),
        (0.6999, (0.6, 0.8), THIN, FAIL),
        (0.6999, (0.5, 0.6999), FAIL, FAIL),
        (0.7 - LAST_BIT, (0.7 - LAST_BIT, 0.8), PASS, PASS),
        (0.7, None, THIN, PASS),
        (0.7, (0.0, 1.0), THIN, PASS),
        (0.7, (0.6999, 0.8), THIN, PASS),
        (0.7, (0.7, 0.7), PASS, PASS),
        (0.71, (0.7, 0.8), PASS, PASS),
        (1.0, None, THIN, PASS),
        (1.0, (1.0, 1.0), PASS, PASS),
    ],
)
def test_floor(
    kind: CheckKind, value: float | None, ends: Ends, sure: Verdict, estimate: Verdict
) -> None:
    """All of the interval must reach the floor, and none of it fails; by the estimate, the value alone counts."""
    evidence, policy = scored(kind, value, ends, 0.7)
    others = {"smoke": PASS, "person_down": PASS}
    assert verdicts(kind, evidence, policy) == others | {"fire": sure}
    by_estimate = {**policy, "floors_on": "estimate"}
    assert verdicts(kind, evidence, by_estimate) == others | {"fire": estimate}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("scenes", "value", "sure", "estimate"),
    [(0, 0.1, THIN, FAIL), (1, 0.1, THIN, FAIL), (2, 0.1, FAIL, FAIL), (1, 0.9, THIN, PASS)],
)
def test_one_scene_has_no_spread(
    kind: CheckKind, scenes: int, value: float, sure: Verdict, estimate: Verdict
) -> None:
    """A number of one scene says nothing of others, good or bad; two scenes without an interval are a fault."""
    evidence, policy = scored(kind, value, None, 0.7)
    evidence = {**evidence, "fire__support": {"pictures": 9, "boxes": 9, "scenes": scenes}}
    assert verdicts(kind, evidence, policy)["fire"] is sure
    assert verdicts(kind, evidence, {**policy, "floors_on": "estimate"})["fire"] is estimate


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
@pytest.mark.parametrize("mode", ["interval", "estimate"])
@pytest.mark.parametrize("ends", [None, (0.75, 0.95), (0.1, 0.95)])
def test_the_margin_is_of_the_value(kind: CheckKind, mode: str, ends: Ends) -> None:
    """How far it lies above the floor does not depend on how sure it is."""
    evidence, policy = scored(kind, 0.9, ends, 0.7)
    margin = found(kind, evidence, {**policy, "floors_on": mode})["fire"].margin
    assert margin == pytest.approx(0.2)


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
