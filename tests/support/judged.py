"""What one kind of check says of made evidence, by what it is about."""

from typing import Any

from support.made_evidence import Changes, made_evidence, made_profile

from safety_tasks.gate.checks import CHECKS
from safety_tasks.records.gate import CheckResult, Verdict
from safety_tasks.records.gate_policy import CheckKind

PASS, FAIL, THIN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
WORST_FIRST = (FAIL, THIN, PASS)


def found(
    kind: CheckKind, evidence: Changes | None = None, policy: Changes | None = None, **choices: Any
) -> dict[str, CheckResult]:
    """Return results by what they are about, such as a hazard; ``choices`` are of evidence and policy alike."""
    results = CHECKS[kind](
        made_evidence(**(evidence or {}), **choices), made_profile(**(policy or {}), **choices)
    )
    by_name = {check.name.partition(".")[2]: check for check in results}
    assert len(by_name) == len(results) > 0
    assert {check.kind for check in results} == {kind}
    assert all(check.name.startswith(kind) for check in results)
    return by_name


def verdicts(
    kind: CheckKind, evidence: Changes | None = None, policy: Changes | None = None, **choices: Any
) -> dict[str, Verdict]:
    """Return verdicts by what they are about."""
    return {of: c.verdict for of, c in found(kind, evidence, policy, **choices).items()}


def only(
    kind: CheckKind, evidence: Changes | None = None, policy: Changes | None = None
) -> CheckResult:
    """Return the one result of a check that gives one."""
    (check,) = found(kind, evidence, policy).values()
    return check


def is_worse_or_equal(one: Verdict, other: Verdict) -> bool:
    """Tell whether a verdict is at most as good as another."""
    return WORST_FIRST.index(one) <= WORST_FIRST.index(other)
