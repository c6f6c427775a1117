"""Find and read gate reports.

Rule: a report is proved by the digest of its reference; a run's latest is where every run keeps it.
"""

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import GateRefused
from safety_tasks.gate.history import newest_verdicts
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import GateReport, GateReportRef
from safety_tasks.store.base import ObjectStore, get_artifact


def find_gate_report(store: ObjectStore, run_id: str) -> GateReportRef:
    """Return the reference of a run's latest report.

    Raises:
        ObjectNotFound: the run was not judged.
        GateRefused: the report is malformed.
    """
    key = f"runs/{run_id}/gate/report.json"
    payload = store.get(key).payload
    report = GateReport.from_json_bytes(payload, what=key, error=GateRefused)
    return GateReportRef(
        run_id=run_id,
        verdict=report.verdict,
        report=Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload)),
        reasons=report.reasons,
    )


def read_gate_report(store: ObjectStore, ref: GateReportRef) -> GateReport:
    """Read and prove a gate report.

    Raises:
        ArtifactError: the report was altered.
        GateRefused: it is malformed.
    """
    payload = get_artifact(store, ref.report)
    return GateReport.from_json_bytes(payload, what=ref.report.key, error=GateRefused)


def list_gate_reports(store: ObjectStore, newest: int) -> tuple[tuple[str, GateReportRef], ...]:
    """Return the newest reports as (UTC time, reference), newest first, one a run.

    Raises:
        HistoryBroken: the history was altered.
    """
    found = []
    for entry in newest_verdicts(store, newest):
        if entry.report is not None and entry.verdict is not None:
            ref = GateReportRef(
                run_id=entry.run_id, verdict=entry.verdict, report=entry.report, reasons=()
            )
            found.append((entry.at, ref))
    return tuple(found)
