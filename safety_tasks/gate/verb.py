"""The verbs ``evaluate_gate`` and ``enforce_gate``.

Rules: the gate tests itself before every verdict; evaluation always leaves a report, whatever the verdict, at a place
that is never written again, and an entry in the history; enforcement raises unless the stored, proved report lets the
candidate through; the two are apart so that the report outlives the red task.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from safety_tasks.errors import GateBroken, GateRefused
from safety_tasks.gate.card import card_text
from safety_tasks.gate.evidence import collect_evidence
from safety_tasks.gate.judging import judge, weighed
from safety_tasks.gate.keeping import keep_report
from safety_tasks.gate.material import read_material
from safety_tasks.gate.reading import read_gate_report
from safety_tasks.gate.self_test import run_self_test, self_test_result
from safety_tasks.gate.waiving import apply_waivers
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef, combine
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.model import ExportedModel, Measurements
from safety_tasks.records.release import Channel
from safety_tasks.records.waiver import Approver
from safety_tasks.store.base import ObjectStore

Progress = Callable[[int, int], None]


def evaluate_gate(
    store: ObjectStore,
    exported: ExportedModel,
    version: DatasetVersion,
    measured: Measurements,
    profile: GateProfile,
    approvers: Sequence[Approver] = (),
    *,
    at: datetime | None = None,
    progress: Progress = lambda done, total: None,
) -> GateReportRef:
    """Judge a candidate and store the report.

    Args:
        store: where all is: the report goes to ``runs/<run>/gate/``, and an entry to ``gate/history/``.
        exported: the candidate.
        version: the dataset version it was measured on.
        measured: its measurements, and the champion's on the same holdout.
        profile: what is required.
        approvers: whose waivers count.
        at: the time of the verdict, with its zone; now by default.
        progress: called with bad candidates pushed through, and their total.

    Raises:
        GateRefused: the measurements are of another model or dataset, so there is nothing to judge.
        ClassMapError: model or measurements have other classes than the version.
        ArtifactError: what the measurements come from was altered.
        ClockInPast: the clock is behind the history's last entry.
    """
    at = at or datetime.now(UTC)
    evidence = collect_evidence(store, exported, version, measured)
    judged = judge(evidence, profile)
    material = read_material(store, version, evidence)
    tested = run_self_test(evidence, material, profile, progress)
    checks = (*weighed([self_test_result(tested)], profile), *judged.checks)
    checks, waivers = apply_waivers(store, checks, evidence, profile, approvers, at)
    report = GateReport(
        run_id=exported.run_id,
        verdict=combine(check.counts for check in checks),
        at=at.isoformat(timespec="seconds"),
        profile=profile,
        policy_sha256=profile.digest(),
        checks=checks,
        variants=judged.variants,
        self_test=tested,
        waivers=waivers,
        evidence=evidence,
        report_key=f"runs/{exported.run_id}/gate/report.json",
    )
    return keep_report(store, report, kind="verdict", at=at)


def enforce_gate(
    store: ObjectStore,
    ref: GateReportRef,
    channel: Channel = "stable",
    *,
    at: datetime | None = None,
) -> GateReport:
    """Raise unless the stored report lets the candidate go on to a channel; return it where it does.

    Raises:
        GateBroken: the gate let through what it must refuse.
        GateRefused: the verdict is FAIL or INCONCLUSIVE; the message holds every reason, then the card.
    """
    report = read_gate_report(store, ref)
    refusal = report.refusal(channel, at or datetime.now(UTC))
    if refusal:
        error = GateBroken if report.broken else GateRefused
        raise error(
            f"run {report.run_id}: {refusal}. Nothing was published. The report is at "
            f"{store.uri}/{ref.report.key}.\n{card_text(report)}"
        )
    return report
