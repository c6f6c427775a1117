"""What follows from made evidence: what one kind of check says, by what it is about, and the whole judgement."""

from typing import Any

from support.made_evidence import Changes, made_evidence, made_profile

from safety_tasks.gate.checks import CHECKS
from safety_tasks.gate.judging import Judgement, judge
from safety_tasks.records.gate import CheckResult, Verdict, combine
from safety_tasks.records.gate_policy import SAFETY, CheckKind, Mode

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


def judged(evidence: Changes, policy: Changes | None = None) -> Judgement:
    """Return all that follows from made evidence."""
    return judge(made_evidence(**evidence), made_profile(**(policy or {})))


def by_kind(judgement: Judgement) -> dict[CheckKind, Verdict]:
    """Return the verdict of each kind of check by itself."""
    return {
        kind: combine(check.verdict for check in judgement.checks if check.kind == kind)
        for kind in CHECKS
    }


def mode_of(kind: CheckKind) -> Mode:
    """Return the word that takes a check out of the verdict."""
    return "reported_dangerously" if kind in SAFETY else "reported"
