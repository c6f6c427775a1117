"""Make results of checks, and hold a number against its limit.

Rules: a number that is missing is never a pass; one that misses its limit fails; one that reaches it, while the 95 %
interval does not, cannot be told. Equal to the limit is inside it, whatever binary rounding says.
"""

from typing import Final

from safety_tasks.records.gate import CheckResult, Verdict
from safety_tasks.records.gate_policy import CheckKind

ROUNDING: Final = 1e-12


def result(
    kind: CheckKind,
    verdict: Verdict,
    *,
    of: str = "",
    observed: str,
    required: str,
    reason: str,
    reason_ko: str,
    margin: float | None = None,
    uncovered: tuple[str, ...] = (),
) -> CheckResult:
    """Return a result; ``of`` is what the check is about, such as a hazard, and becomes part of its name."""
    return CheckResult(
        name=f"{kind}.{of}" if of else kind,
        kind=kind,
        verdict=verdict,
        observed=observed,
        required=required,
        margin=margin,
        reason=reason,
        reason_ko=reason_ko,
        uncovered=uncovered,
    )


def hold(margin: float, sure_margin: float | None) -> Verdict:
    """Return what follows from how far inside a limit a value lies, and the end of its interval.

    Args:
        margin: of the value, positive inside the limit.
        sure_margin: of the end of its interval that lies nearer to the limit, or beyond; None where there is none.
    """
    if margin < -ROUNDING:
        return Verdict.FAIL
    if sure_margin is None or sure_margin < -ROUNDING:
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as it is shown; ``missing`` where there is none."""
    return "missing" if value is None else f"{value:.{digits}f}"
