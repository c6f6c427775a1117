"""How a number is held against its limit, and what a result is called."""

import pytest
from support.judged import FAIL, PASS, THIN

from safety_tasks.gate.results import ROUNDING, hold, result
from safety_tasks.records.gate import CheckResult, Verdict

INSIDE, OUTSIDE = -ROUNDING, -2 * ROUNDING


@pytest.mark.parametrize(
    ("margin", "ends", "interval", "estimate"),
    [
        (0.0, None, THIN, PASS),
        (0.1, None, THIN, PASS),
        (INSIDE, None, THIN, PASS),
        (OUTSIDE, None, FAIL, FAIL),
        (-0.1, None, FAIL, FAIL),
        (0.0, (0.0, 0.0), PASS, PASS),
        (0.1, (0.0, 0.2), PASS, PASS),
        (0.1, (INSIDE, 0.2), PASS, PASS),
        (0.1, (OUTSIDE, 0.2), THIN, PASS),
        (0.1, (-0.1, 0.2), THIN, PASS),
        (0.0, (-0.1, 0.1), THIN, PASS),
        (-0.1, (-0.2, 0.1), THIN, FAIL),
        (-0.1, (-0.2, 0.0), THIN, FAIL),
        (-0.1, (-0.2, INSIDE), THIN, FAIL),
        (-0.1, (-0.2, OUTSIDE), FAIL, FAIL),
        (-0.2, (-0.3, -0.1), FAIL, FAIL),
    ],
)
def test_hold(
    margin: float, ends: tuple[float, float] | None, interval: Verdict, estimate: Verdict
) -> None:
    """All of the interval inside passes, all of it outside fails, across the limit cannot be told; a value is told."""
    assert hold(margin, ends, "interval") is interval
    assert hold(margin, ends, "estimate") is estimate


def test_rounding_forgives_no_more_than_the_last_bits() -> None:
    """What is forgiven is of the size of binary rounding: 0.3 reaches 0.1 + 0.2, and 0.2999999 does not."""
    assert hold(0.3 - (0.1 + 0.2), None, "estimate") is PASS
    assert hold(0.2999999 - 0.3, None, "estimate") is FAIL
    assert 0.0 < ROUNDING < 1e-9


@pytest.mark.parametrize(("of", "name"), [("", "ap50"), ("fire", "ap50.fire")])
def test_a_result_is_named_by_its_kind_and_what_it_is_about(of: str, name: str) -> None:
    """All that is given is kept, and what is not given is empty."""
    words = {"observed": "o", "required": "r", "reason": "why", "reason_ko": "왜"}
    assert result("ap50", FAIL, of=of, **words) == CheckResult(
        name=name, kind="ap50", verdict=FAIL, **words
    )
    full = result("ap50", THIN, of=of, margin=-0.5, uncovered=("a", "b"), **words)
    assert (full.margin, full.uncovered, full.mode, full.waived_by) == (
        -0.5,
        ("a", "b"),
        "required",
        "",
    )
