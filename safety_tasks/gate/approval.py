"""Record what a person decided before ``stable``.

Rules: a decision belongs to one report, by its digest, and becomes part of a new one; only a report that the gate lets
through can be approved; a rejection and a timeout are recorded as well, and nothing is published after them.
"""

from datetime import datetime

from safety_tasks.errors import GateRefused
from safety_tasks.gate.keeping import keep_report
from safety_tasks.gate.reading import read_gate_report
from safety_tasks.records.gate import Approval, GateReportRef
from safety_tasks.store.base import ObjectStore


def record_approval(store: ObjectStore, ref: GateReportRef, approval: Approval) -> GateReportRef:
    """Store the report with a decision; return the new report's reference.

    The same decision again changes nothing.

    Raises:
        GateRefused: the report lets nothing through, so there is nothing to approve, or it was decided otherwise.
        ArtifactError: the report was altered.
    """
    report = read_gate_report(store, ref)
    if report.approval is not None:
        if (report.approval.decision, report.approval.who) == (approval.decision, approval.who):
            return ref
        raise GateRefused(
            f"run {report.run_id}: expected no decision yet, found {report.approval.decision} by "
            f"{report.approval.who} at {report.approval.at}. Judge the run again to decide anew."
        )
    at = datetime.fromisoformat(approval.at)
    refusal = report.refusal("stable", at)
    if approval.decision == "approved" and refusal:
        raise GateRefused(
            f"run {report.run_id}: expected a verdict that can be approved, found: {refusal}. A person cannot approve "
            "what the gate refuses; a waiver can take out a check."
        )
    decided = report.model_copy(update={"approval": approval})
    note = f"{approval.decision} by {approval.who}" + (
        f": {approval.note}" if approval.note else ""
    )
    return keep_report(store, decided, kind="approval", at=at, note=note)
