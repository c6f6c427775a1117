"""The exported file: parity within its tolerance, thresholds that fit the holdout, a size within the limit."""

import pytest
from support.judged import FAIL, PASS, THIN, found, only, verdicts
from support.made_evidence import ADOPTED, GONE, Changes

from safety_tasks.records.gate import Verdict

MIB = 2**20


@pytest.mark.parametrize(
    ("box_px", "score", "expected"),
    [
        (0.0, 0.0, PASS),
        (0.5, 0.25, PASS),
        (0.5 + 1e-13, 0.25, PASS),
        (0.5001, 0.0, FAIL),
        (0.0, 0.2501, FAIL),
        (0.5, 0.2501, FAIL),
        (0.5001, 0.25, FAIL),
        (500.0, 1.0, FAIL),
    ],
)
def test_parity(box_px: float, score: float, expected: Verdict) -> None:
    """Boxes and scores must each keep the tolerance that was recorded beside them."""
    changes = {
        "exported__parity__box_tolerance_px": 0.5,
        "exported__parity__score_tolerance": 0.25,
        "exported__parity__max_box_difference_px": box_px,
        "exported__parity__max_score_difference": score,
    }
    assert only("parity", changes).verdict is expected


@pytest.mark.parametrize(
    ("box_px", "score", "room"), [(0.01, 0.0003, 0.7), (0.01, 0.0009, 0.1), (0.06, 0.0, -0.2)]
)
def test_the_margin_of_parity_is_the_smaller_share(
    box_px: float, score: float, room: float
) -> None:
    """It is what is left of the tolerance that is used up more."""
    changes = {
        "exported__parity__max_box_difference_px": box_px,
        "exported__parity__max_score_difference": score,
    }
    assert only("parity", changes).margin == pytest.approx(room)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exported__parity": None}, FAIL),
        ({"exported__parity": None, "training": None}, FAIL),
        ({"exported__parity": None, "exported__adopted_file": "team.onnx"}, FAIL),
        (ADOPTED, PASS),
        (ADOPTED | {"exported__adopted_file": ""}, FAIL),
    ],
)
def test_parity_that_was_not_measured(changes: Changes, expected: Verdict) -> None:
    """Only a model that came as ONNX, and was not trained here, has no weights to agree with."""
    assert only("parity", changes).verdict is expected


@pytest.mark.parametrize(
    ("f1", "best", "expected"),
    [
        (0.8, 0.8, PASS),
        (0.8, 0.9, PASS),
        (0.7, 0.8 + 1e-13, PASS),
        (0.7, 0.8001, FAIL),
        (0.0, 1.0, FAIL),
        (0.0, 0.0, PASS),
        (0.9, 0.8, PASS),
        (None, 0.8, FAIL),
        (0.8, None, FAIL),
        (None, None, FAIL),
    ],
)
def test_thresholds(f1: float | None, best: float | None, expected: Verdict) -> None:
    """The loss itself is allowed and no more; a value that is missing fails."""
    got = verdicts("thresholds", {"fire__f1": f1, "fire__best_f1": best})
    assert got == {"smoke": PASS, "fire": expected, "person_down": PASS}


@pytest.mark.parametrize(("scenes", "expected"), [(0, THIN), (1, THIN), (4, THIN), (5, FAIL)])
@pytest.mark.parametrize("field", ["f1", "best_f1"])
def test_an_f1_that_is_missing_where_few_scenes_hold_the_hazard(
    field: str, scenes: int, expected: Verdict
) -> None:
    """Where the scenes are too few, no threshold can be told good or bad."""
    support = {"pictures": scenes, "boxes": scenes, "scenes": scenes}
    changes = {f"fire__{field}": None, "fire__support": support}
    assert verdicts("thresholds", changes)["fire"] is expected


def test_a_hazard_without_labels_that_a_profile_accepts_in_no_scene() -> None:
    """Where nothing is labelled, F1 has no value, and that is no fault."""
    nothing = {"fire__f1": None, "fire__support": {"pictures": 0, "boxes": 0, "scenes": 5}}
    assert verdicts("thresholds", nothing)["fire"] is THIN


@pytest.mark.parametrize("f1", [0.2, 0.8])
@pytest.mark.parametrize("scenes", [0, 1, 4, 5])
def test_a_threshold_in_few_scenes(scenes: int, f1: float) -> None:
    """One scene says neither that a threshold fits others nor that it does not."""
    support = {"pictures": 100, "boxes": 100, "scenes": scenes}
    changes = {"fire__f1": f1, "fire__best_f1": 0.8, "fire__support": support}
    check = found("thresholds", changes)["fire"]
    judged = FAIL if f1 < 0.8 else PASS
    assert check.verdict is (judged if scenes == 5 else THIN)
    assert check.margin == pytest.approx(0.1 - (0.8 - f1))
    assert (f"but from {scenes} of the 5 scenes" in check.reason) is (scenes < 5)


@pytest.mark.parametrize("changes", [{"fire": GONE}, {"candidate__hazards": {}}])
def test_a_threshold_that_was_not_scored(changes: Changes) -> None:
    """A hazard that the report does not name fails."""
    check = found("thresholds", changes)["fire"]
    assert (check.verdict, check.margin) == (FAIL, None)


def test_the_margin_of_a_threshold() -> None:
    """It is what is left of the loss that is allowed."""
    margin = found("thresholds", {"fire__f1": 0.8, "fire__best_f1": 0.86})["fire"].margin
    assert margin == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [(0, PASS), (16 * MIB, PASS), (16 * MIB + 1, FAIL), (99 * MIB, FAIL)],
)
def test_size(size_bytes: int, expected: Verdict) -> None:
    """The limit itself is allowed, and not a byte more."""
    check = only("size", {"exported__model__size_bytes": size_bytes})
    assert check.verdict is expected
    assert check.margin == pytest.approx(16 - size_bytes / MIB)
