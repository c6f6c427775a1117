"""Gate reports that some checks keep from PASS."""

from typing import Any

from support.made_benchmarks import (
    HAZARDS,
    made_measurements,
    made_report,
    made_score,
)
from support.made_gate_checks import (
    made_checks,
    with_changed,
)
from support.made_gate_reports import (
    made_evidence,
    made_gate_report,
)

from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import CheckResult, GateEvidence, GateReport
from safety_tasks.records.model import BenchmarkReport


def refused(*checks: CheckResult, **changes: Any) -> GateReport:
    """Return a report that these checks keep from PASS."""
    return made_gate_report(checks=with_changed(made_checks(), *checks), **changes)


def support_of(scenes: int) -> dict[str, Any]:
    """Return changes of a report whose hazards have so many scenes."""
    held = Support(pictures=400, boxes=400, scenes=scenes)
    hazards = {name: made_score(0.8, support=held) for name in HAZARDS}
    return {"evidence": evidence_of(made_report(hazards=hazards))}


def evidence_of(candidate: BenchmarkReport) -> GateEvidence:
    """Return the evidence of a candidate that was measured so, beside release 7."""
    return made_evidence(measured=made_measurements(candidate=candidate))
