"""Find and read gate reports.

Rule: a report is proved by the digest that its reference, or the history, has of it; a run's latest is what the
history says, not what lies where the run keeps it.
"""

from safety_tasks.errors import GateRefused, ObjectNotFound
from safety_tasks.gate.history import newest_reports
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import GateReport, GateReportRef
from safety_tasks.store.base import ObjectStore, get_artifact


def find_gate_report(store: ObjectStore, run_id: str) -> GateReportRef:
    """Return the reference of a run's latest report, as the history names it.

    Raises:
        ObjectNotFound: the run was not judged.
        HistoryBroken: the history was altered.
        ArtifactError: the report was altered.
        GateRefused: it is malformed.
    """
    for entry in newest_reports(store):
        if entry.run_id == run_id and entry.report is not None:
            report = _read(store, entry.report)
            return GateReportRef(
                run_id=run_id, verdict=report.verdict, report=entry.report, reasons=report.reasons
            )
    raise ObjectNotFound(
        f"run {run_id}: expected a gate report in the history, found none. Run safety-tasks gate judge {run_id}."
    )


def read_gate_report(store: ObjectStore, ref: GateReportRef) -> GateReport:
    """Read and prove a gate report.

    Raises:
        ArtifactError: the report was altered.
        GateRefused: it is malformed.
    """
    return _read(store, ref.report)


def list_gate_reports(store: ObjectStore, newest: int) -> tuple[tuple[str, GateReportRef], ...]:
    """Return the newest reports as (UTC time, reference), newest first, one a run.

    Raises:
        HistoryBroken: the history was altered.
    """
    found = []
    for entry in newest_reports(store, newest):
        if entry.report is not None and entry.verdict is not None:
            ref = GateReportRef(
                run_id=entry.run_id, verdict=entry.verdict, report=entry.report, reasons=()
            )
            found.append((entry.at, ref))
    return tuple(found)


def _read(store: ObjectStore, report: Artifact) -> GateReport:
    payload = get_artifact(store, report)
    return GateReport.from_json_bytes(payload, what=report.key, error=GateRefused)
