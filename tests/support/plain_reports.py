"""Gate reports of a few plain checks, by their verdicts."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from support.made_evidence import made_evidence, made_profile

from safety_tasks.gate.results import result
from safety_tasks.records.gate import (
    CheckResult,
    GateReport,
    KnownBad,
    ShownWaiver,
    Verdict,
    combine,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REFUSED = KnownBad(name="all-silent", must_be_refused_by="ap50", refused=True, refused_by=("ap50",))
THROUGH = KnownBad(name="slow", must_be_refused_by="latency", refused=False)
SKIPPED = KnownBad(
    name="slow", must_be_refused_by="latency", refused=False, skipped="only reported"
)
Channel = Literal["canary", "stable"]
CHANNELS: tuple[Channel, ...] = ("canary", "stable")


def check(name: str, verdict: Verdict, **changes: Any) -> CheckResult:
    """Return a check of latency by the name of what it is about."""
    words = {"observed": "seen", "required": "needed", "reason": f"why {name}", "reason_ko": "왜"}
    return result("latency", verdict, of=name, **words).model_copy(update=changes)


def report(*verdicts: Verdict, **changes: Any) -> GateReport:
    """Return a report with a check for each verdict."""
    checks = tuple(check(f"m{n}", verdict) for n, verdict in enumerate(verdicts))
    values: dict[str, Any] = {
        "run_id": "r1",
        "checks": checks,
        "at": NOON.isoformat(),
        "profile": made_profile(approval_before_stable=False),
        "policy_sha256": "0" * 64,
        "self_test": (REFUSED,),
        "evidence": made_evidence(),
        "report_key": "runs/r1/gate/report.json",
    }
    values |= changes
    values.setdefault("verdict", combine(each.counts for each in values["checks"]))
    return GateReport.model_validate(values)


def waiver(until: datetime, *applied: str) -> ShownWaiver:
    """Return a waiver that ends at a time."""
    return ShownWaiver(
        waiver_id="w1",
        who="kim",
        approver="park",
        why="the gateway arrives on Monday",
        checks=("latency.*",),
        run_id="r1",
        until=until.isoformat(),
        applied=applied,
    )
