"""Judge an old report's evidence by another policy, or by today's checks: what would the gate have said?

Rules: pure: stored evidence only, no model is run and nothing is written; self-test and waivers belong to the moment of
a verdict and are left out on both sides, so that what differs follows from policy and checks alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from safety_tasks.gate.explaining import named_checks
from safety_tasks.gate.judging import judge
from safety_tasks.records.gate import CheckResult, GateReport, Verdict, combine
from safety_tasks.records.gate_policy import GateProfile, Mode

LEFT_OUT: Final = (
    "A replay judges stored evidence alone: the gate's self-test and waivers are not part of it, on either side, and "
    "nothing is published."
)
LEFT_OUT_KO: Final = (
    "재심사는 저장된 근거만 판정합니다. "
    "자체 시험과 면제는 양쪽 모두에서 제외되며 아무것도 게시되지 않습니다."
)


@dataclass(frozen=True)
class Policy:
    """Which policy judged."""

    profile: str
    version: int
    sha256: str


@dataclass(frozen=True)
class ChangedCheck:
    """A check that says something else, or counts otherwise; None where there is none on that side."""

    name: str
    old_verdict: Verdict | None
    new_verdict: Verdict | None
    old_mode: Mode | None
    new_mode: Mode | None
    reason: str
    reason_ko: str


@dataclass(frozen=True)
class Replayed:
    """An old verdict beside a new one.

    ``given`` is what the report says, self-test and waivers counted; ``old`` and ``new`` are without them.
    """

    run_id: str
    at: str
    given: Verdict
    old: Verdict
    new: Verdict
    old_policy: Policy
    new_policy: Policy
    changed: tuple[ChangedCheck, ...]
    left_out: str = LEFT_OUT
    left_out_ko: str = LEFT_OUT_KO

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def replay_gate(report: GateReport, profile: GateProfile) -> Replayed:
    """Judge a report's evidence again.

    Args:
        report: what was judged once.
        profile: what is required now.
    """
    judged = judge(report.evidence, profile)
    before = dict(named_checks(_replayable(report.checks), report.variants))
    after = dict(named_checks(_replayable(judged.checks), judged.variants))
    names = [*after, *(name for name in before if name not in after)]
    changes = (_changed(name, before.get(name), after.get(name)) for name in names)
    return Replayed(
        run_id=report.run_id,
        at=report.at,
        given=report.verdict,
        old=_verdict(report.checks),
        new=_verdict(judged.checks),
        old_policy=_policy(report.profile),
        new_policy=_policy(profile),
        changed=tuple(change for change in changes if change is not None),
    )


def _replayable(checks: Iterable[CheckResult]) -> Iterator[CheckResult]:
    return (check for check in checks if check.kind != "self_test")


def _verdict(checks: Iterable[CheckResult]) -> Verdict:
    """Return what follows from checks as if nothing were waived."""
    return combine(
        check.model_copy(update={"waived_by": ""}).counts for check in _replayable(checks)
    )


def _changed(name: str, old: CheckResult | None, new: CheckResult | None) -> ChangedCheck | None:
    if old and new and (old.verdict, old.mode) == (new.verdict, new.mode):
        return None
    return ChangedCheck(
        name=name,
        old_verdict=old.verdict if old else None,
        new_verdict=new.verdict if new else None,
        old_mode=old.mode if old else None,
        new_mode=new.mode if new else None,
        reason=new.reason if new else "this policy does not judge it",
        reason_ko=new.reason_ko if new else "이 정책은 이것을 판정하지 않습니다",
    )


def _policy(profile: GateProfile) -> Policy:
    return Policy(profile.name, profile.policy_version, profile.digest())
