"""Make results of checks, and hold a number against its limit.

Rules: a number that is missing is never a pass. Where the 95 % interval counts: it passes if the whole interval lies
inside the limit, fails if all of it lies outside, and nothing can be told where it spans the limit; a number that has
no interval fails if it misses the limit and cannot be told if it reaches it. Where the value counts: it passes or
fails. Equal to the limit is inside it, whatever binary rounding says.
"""

from typing import Final

from safety_tasks.records.gate import CheckResult, Verdict
from safety_tasks.records.gate_policy import CheckKind, FloorsOn
from safety_tasks.said import Said, alike

ROUNDING: Final = 1e-12


def result(
    kind: CheckKind,
    verdict: Verdict,
    *,
    of: str = "",
    observed: str | Said,
    required: str | Said,
    reason: str,
    reason_ko: str,
    margin: float | None = None,
    uncovered: tuple[str, ...] = (),
) -> CheckResult:
    """Return a result.

    Args:
        kind: which check.
        verdict: what follows.
        of: what the check is about, such as a hazard; becomes part of its name.
        observed: what was seen; one text where both languages read alike.
        required: what was required, likewise.
        reason: why the verdict is what it is.
        reason_ko: the same in Korean.
        margin: how far inside the limit the value lies; None where there is no number.
        uncovered: what there was too little evidence of to judge.
    """
    seen, limit = alike(observed), alike(required)
    return CheckResult(
        name=f"{kind}.{of}" if of else kind,
        kind=kind,
        verdict=verdict,
        observed=seen.en,
        observed_ko=_other(seen),
        required=limit.en,
        required_ko=_other(limit),
        margin=margin,
        reason=reason,
        reason_ko=reason_ko,
        uncovered=uncovered,
    )


def _other(text: Said) -> str:
    """Return the Korean of a text where it reads otherwise."""
    return "" if text.ko == text.en else text.ko


def hold(margin: float, ends: tuple[float, float] | None, floors_on: FloorsOn) -> Verdict:
    """Return what follows from how far inside a limit a value and its interval lie.

    Args:
        margin: of the value, positive inside the limit.
        ends: of both ends of its interval, the worse one first; None where there is none.
        floors_on: what counts, the interval or the value.
    """
    inside = margin >= -ROUNDING
    if floors_on == "estimate":
        return Verdict.PASS if inside else Verdict.FAIL
    if ends is None:
        return Verdict.INCONCLUSIVE if inside else Verdict.FAIL
    worse, better = ends
    if worse >= -ROUNDING:
        return Verdict.PASS
    return Verdict.FAIL if better < -ROUNDING else Verdict.INCONCLUSIVE
