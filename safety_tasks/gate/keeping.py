"""Store a gate report: where it is never written again, in the history, and as the run's latest.

Rules: the immutable copy first, the history next, so that a lost race or a clock that lies leaves no latest report
behind; readers prove what they read by digest.
"""

from datetime import datetime

from safety_tasks.digests import sha256_bytes
from safety_tasks.gate.card import keep_cards
from safety_tasks.gate.history import append
from safety_tasks.records.gate import GateReport, GateReportRef
from safety_tasks.records.gate_history import EntryKind
from safety_tasks.store.base import ObjectStore, put_artifact


def keep_report(
    store: ObjectStore, report: GateReport, *, kind: EntryKind, at: datetime, note: str = ""
) -> GateReportRef:
    """Store a report and its cards; return its reference.

    Raises:
        ClockInPast: the clock is behind the history's last entry.
        HistoryBroken: the history was altered.
    """
    payload = report.to_json_bytes()
    kept = put_artifact(
        store, f"runs/{report.run_id}/gate/reports/{sha256_bytes(payload)[:16]}.json", payload
    )
    append(
        store,
        at=at,
        kind=kind,
        run_id=report.run_id,
        model_sha256=report.model_sha256,
        profile=report.profile.name,
        verdict=report.verdict,
        report=kept,
        note=note,
    )
    store.put(report.report_key, payload)
    keep_cards(store, report)
    return GateReportRef(
        run_id=report.run_id, verdict=report.verdict, report=kept, reasons=report.reasons
    )
