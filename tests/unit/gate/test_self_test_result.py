"""What the gate's test of itself contributes to the verdict, and how it is said."""

import pytest
from support.judged import FAIL, PASS, THIN
from support.made_gate_checks import made_check

from safety_tasks.gate.self_test import _misses, self_test_result
from safety_tasks.records.gate import KnownBad, Verdict

REPORTED = "the policy only wants this reported"
REFUSED = KnownBad(name="slow", must_be_refused_by="latency", refused=True, refused_by=("latency",))
THROUGH = KnownBad(name="all-silent", must_be_refused_by="ap50", refused=False)
SKIPPED = KnownBad(name="slow", must_be_refused_by="latency", refused=False, skipped=REPORTED)
UNKNOWN = KnownBad(name="all-silent", must_be_refused_by="ap50", refused=False, skipped="no label")


@pytest.mark.parametrize(
    ("found", "expected", "margin", "observed"),
    [
        ((), FAIL, 0.0, "0 of 0 bad candidates refused"),
        ((REFUSED,), PASS, 0.0, "1 of 1 bad candidates refused"),
        ((THROUGH,), FAIL, -1.0, "0 of 1 bad candidates refused"),
        ((REFUSED, THROUGH), FAIL, -1.0, "1 of 2 bad candidates refused"),
        ((THROUGH, THROUGH, REFUSED), FAIL, -2.0, "1 of 3 bad candidates refused"),
        ((REFUSED, SKIPPED), PASS, 0.0, "1 of 1 bad candidates refused"),
        ((REFUSED, UNKNOWN), THIN, 0.0, "1 of 1 bad candidates refused"),
        ((THROUGH, UNKNOWN), FAIL, -1.0, "0 of 1 bad candidates refused"),
        ((SKIPPED,), PASS, 0.0, "0 of 0 bad candidates refused"),
    ],
)
def test_what_the_test_contributes(
    found: tuple[KnownBad, ...], expected: Verdict, margin: float, observed: str
) -> None:
    """One that came through fails, and so does no test at all; an unlabelled holdout cannot be told."""
    check = self_test_result(found)
    assert (check.kind, check.verdict, check.margin) == ("self_test", expected, margin)
    assert check.observed == observed
    assert check.required == "every bad candidate refused, for the right reason"


@pytest.mark.parametrize(
    ("found", "reason", "reason_ko"),
    [
        ((), "it must refuse: none. Nothing may be published", "후보를 통과시켰습니다: none"),
        (
            (THROUGH, REFUSED),
            "THE GATE IS BROKEN: it let through what it must refuse: all-silent (by ap50). Nothing may be published; "
            "correct the policy or the checks",
            "게이트가 고장났습니다: 거부해야 할 후보를 통과시켰습니다: all-silent (by ap50). 아무것도 게시하지 말고",
        ),
        (
            (THROUGH, THROUGH),
            "all-silent (by ap50), all-silent (by ap50)",
            "정책이나 검사를 고치세요",
        ),
        (
            (REFUSED, UNKNOWN),
            "the holdout labels no hazard, so the gate cannot show that it would refuse a blind model",
            "홀드아웃에 위험 라벨이 없어 게이트가 눈먼 모델을 거부함을 보일 수 없습니다",
        ),
        (
            (REFUSED, SKIPPED),
            "the gate refused all 1 candidates made bad on purpose, each for the right reason",
            "일부러 망가뜨린 후보 1개를 모두 올바른 이유로 거부했습니다",
        ),
    ],
)
def test_what_is_said(found: tuple[KnownBad, ...], reason: str, reason_ko: str) -> None:
    """In both languages it is said what came through, and that nothing may be published then."""
    check = self_test_result(found)
    assert reason in check.reason
    assert reason_ko in check.reason_ko


@pytest.mark.parametrize(
    ("verdict", "margin", "expected"),
    [
        (FAIL, None, True),
        (FAIL, 0.5, True),
        (THIN, -0.001, True),
        (THIN, 0.0, False),
        (THIN, 0.5, False),
        (THIN, None, False),
    ],
)
def test_too_little_evidence_is_no_refusal(
    verdict: Verdict, margin: float | None, expected: bool
) -> None:
    """What must surely be refused is refused by a number beyond its limit, not for want of scenes."""
    assert _misses(made_check("ap50.fire", verdict, margin)) is expected
