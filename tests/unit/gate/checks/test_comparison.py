"""Non-inferiority: PASS above -margin, FAIL below, INCONCLUSIVE across it, and nothing without a comparison."""

import pytest
from support.judged import FAIL, PASS, THIN, found, verdicts
from support.made_evidence import FIRST, GONE, Changes, made_evidence

from safety_tasks.class_map import class_map_digest
from safety_tasks.gate.checks.comparison import is_newer, span
from safety_tasks.records.gate import Verdict
from safety_tasks.records.scores import Interval

FOUR = ("smoke", "fire", "person_down", "leak")
MARGIN = 0.05


def differs(
    difference: float | None, low: float | None = None, high: float | None = None, scenes: int = 26
) -> Changes:
    """Return changes that give fire a difference and its interval; no interval without a lower end."""
    interval = None if low is None else {"low": low, "high": high, "scenes": scenes}
    return {
        "differences__ap50.fire": {
            "difference": difference,
            "interval": interval,
            "support": {"pictures": 60, "boxes": 90, "scenes": scenes},
        }
    }


@pytest.mark.parametrize(
    ("difference", "low", "high", "expected"),
    [
        (0.0, None, None, THIN),
        (0.5, None, None, THIN),
        (-0.0499, None, None, THIN),
        (-0.05, None, None, FAIL),
        (-0.5, None, None, FAIL),
        (0.0, -0.0499, 0.0499, PASS),
        (0.0, -0.05, 0.05, THIN),
        (0.0, -0.0501, 0.0501, THIN),
        (-0.05, -0.06, -0.04, THIN),
        (-0.07, -0.09, -0.05, THIN),
        (-0.07, -0.09, -0.0501, FAIL),
        (-0.5, -0.6, -0.4, FAIL),
        (0.5, 0.4, 0.6, PASS),
        (-0.04, -0.0401, -0.0399, PASS),
    ],
)
def test_span(difference: float, low: float | None, high: float | None, expected: Verdict) -> None:
    """An end that lies on -margin tells nothing; without an interval only a fall by the margin is told."""
    interval = None
    if low is not None and high is not None:
        interval = Interval(low=low, high=high, scenes=26)
    assert span(difference, interval, MARGIN) is expected
    check = found("non_inferiority", differs(difference, low, high))
    assert check["fire"].verdict is expected
    assert {check["smoke"].verdict, check["person_down"].verdict} == {PASS}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (FIRST, PASS),
        ({"champion__report": None}, FAIL),
        ({"champion__report": None, "champion__problem": "altered"}, FAIL),
        ({"champion__report": None, "champion__release_seq": None, "champion__problem": "?"}, FAIL),
        ({"champion__report": None, "champion__release_seq": None}, PASS),
        ({"differences": {}}, FAIL),
        ({"differences__ap50.fire": GONE}, FAIL),
        (differs(None), FAIL),
        (differs(None, 0.0, 0.1), FAIL),
        (differs(0.0, -0.01, 0.01), PASS),
    ],
)
def test_a_comparison_that_cannot_be_made(changes: Changes, expected: Verdict) -> None:
    """Only where nothing was ever released is there nothing to fall behind; any other gap fails."""
    assert verdicts("non_inferiority", changes)["fire"] is expected


@pytest.mark.parametrize(
    ("boxes", "expected"), [(0, THIN), (1, FAIL), (200, FAIL)], ids=["none", "one", "many"]
)
def test_no_difference_of_a_hazard(boxes: int, expected: Verdict) -> None:
    """A hazard that nothing labels has no difference to tell; one that is labelled must have one."""
    support = {"pictures": boxes, "boxes": boxes, "scenes": boxes}
    assert (
        verdicts("non_inferiority", differs(None) | {"fire__support": support})["fire"] is expected
    )
    gone: Changes = {"differences__ap50.fire": GONE, "fire__support": support}
    assert verdicts("non_inferiority", gone)["fire"] is FAIL


@pytest.mark.parametrize(
    ("floor", "fell", "expected"),
    [
        (None, False, THIN),
        (0.0, False, PASS),
        (0.05, False, PASS),
        (0.05 + 1e-13, False, PASS),
        (0.0501, False, THIN),
        (1.0, False, THIN),
        (None, True, FAIL),
        (1.0, True, FAIL),
    ],
)
def test_a_margin_below_the_noise_says_nothing(
    floor: float | None, fell: bool, expected: Verdict
) -> None:
    """Without a noise floor, or with one above the margin, nothing passes; what surely fell fails all the same."""
    changes = differs(-0.5, -0.6, -0.4) if fell else differs(0.0, -0.01, 0.01)
    assert verdicts("non_inferiority", changes | {"noise__ap50__fire": floor})["fire"] is expected


def test_noise_that_was_not_measured() -> None:
    """No hazard passes where no noise was measured, nor one that the noise says nothing of."""
    assert set(verdicts("non_inferiority", {"noise": None}).values()) == {THIN}
    assert verdicts("non_inferiority", {"noise__ap50": {}})["fire"] is THIN


@pytest.mark.parametrize(("scenes", "expected"), [(2, THIN), (19, THIN), (20, PASS), (26, PASS)])
def test_few_scenes(scenes: int, expected: Verdict) -> None:
    """A comparison needs as many scenes as the operating characteristic asks for; a sure fall needs none."""
    assert verdicts("non_inferiority", differs(0.0, -0.01, 0.01, scenes))["fire"] is expected
    assert verdicts("non_inferiority", differs(-0.5, -0.6, -0.4, scenes))["fire"] is FAIL


def test_the_scenes_that_lack_are_said() -> None:
    """The reason says how many scenes to deliver, counted by the interval, else by the support."""
    few = found("non_inferiority", differs(0.0, -0.01, 0.01, 17))["fire"]
    assert "deliver 3 more scenes that hold fire" in few.reason
    assert "장면 3개를 더 전달하세요" in few.reason_ko
    assert (
        "deliver 9 more scenes" in found("non_inferiority", differs(0.0, scenes=11))["fire"].reason
    )


@pytest.mark.parametrize("margin", [GONE, 0.05])
def test_a_hazard_without_a_margin_fails(margin: object) -> None:
    """A policy that forgot a hazard is a fault, also where nothing was ever released."""
    policy = {"non_inferiority_margins__fire": margin}
    expected = FAIL if margin is GONE else PASS
    assert verdicts("non_inferiority", {}, policy)["fire"] is expected
    assert verdicts("non_inferiority", FIRST, policy)["fire"] is expected


@pytest.mark.parametrize(
    ("known", "digest_of", "expected"),
    [
        (FOUR[:3], FOUR[:3], True),
        (FOUR[:2], FOUR[:2], True),
        (FOUR, FOUR, False),
        (FOUR[:3], FOUR, False),
        (FOUR[:3], ("fire", "smoke", "person_down"), False),
        ((), FOUR[:3], False),
    ],
)
def test_a_hazard_that_is_newer_than_the_champion(
    known: tuple[str, ...], digest_of: tuple[str, ...], expected: bool
) -> None:
    """Only a name added after the champion's own class map, as its digest proves, has nothing to fall behind."""
    score = {"ap50": 0.8, "ap50_95": 0.5, "recall": 0.8, "precision": 0.8, "threshold": 0.3}
    support = {"pictures": 9, "boxes": 9, "scenes": 9}
    changes: Changes = {
        "champion__report__hazards": {name: score | {"support": support} for name in known},
        "champion__report__classes_sha256": class_map_digest(digest_of),
        "differences__ap50.leak": GONE,
    }
    check = found("non_inferiority", changes, classes=FOUR)
    assert check["leak"].verdict is (PASS if expected else FAIL)
    assert ("does not know it" in check["leak"].reason) is expected
    seen = (check["leak"].observed, check["leak"].observed_ko)
    assert seen == (("new hazard", "새 위험 요소") if expected else ("missing", "없음"))
    assert check["smoke"].verdict is PASS


def test_nothing_is_newer_than_no_champion() -> None:
    """Without the champion's report no hazard is new."""
    assert not is_newer("fire", made_evidence(**FIRST))
    assert not is_newer("fire", made_evidence())
    assert not is_newer("flood", made_evidence())


def test_the_room_is_of_the_lower_end() -> None:
    """How far inside it is, is told by the interval's lower end, or by the difference where there is none."""
    margins = {
        found("non_inferiority", changes)["fire"].margin: expected
        for changes, expected in ((differs(0.0, -0.02, 0.02), 0.03), (differs(0.0), 0.05))
    }
    assert list(margins) == pytest.approx(list(margins.values()))
