"""The verbs ``evaluate_gate`` and ``enforce_gate``.

Rules: evaluation always leaves a report, whatever the verdict; enforcement raises unless the stored, proved
report says PASS; the two are apart so that the report outlives the red task.
"""

from datetime import UTC, datetime
from typing import Final

from safety_tasks.class_map import require_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import GateRefused
from safety_tasks.gate.checks import combine, run_checks
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateProfile, GateReport, GateReportRef, Verdict
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark, ExportedModel
from safety_tasks.store.base import ObjectStore, get_artifact

REPORTS: Final = "gate/reports/"


def evaluate_gate(
    store: ObjectStore,
    exported: ExportedModel,
    version: DatasetVersion,
    candidate: BenchmarkReport,
    champion: ChampionBenchmark,
    profile: GateProfile,
    *,
    at: datetime | None = None,
) -> GateReportRef:
    """Judge a candidate and store the report.

    Args:
        store: where the report goes: ``runs/<run>/gate/report.json``, and ``gate/reports/`` for the list.
        exported: the candidate.
        version: the dataset version it was measured on.
        candidate: its measurements.
        champion: the champion's on the same holdout, or why there are none.
        profile: what is required.
        at: the time the report is listed under; now by default.

    Raises:
        GateRefused: the measurements are of another model or dataset, so there is nothing to judge.
        ClassMapError: model or measurements have other classes than the version.
    """
    for part, sha256 in (
        ("exported model", exported.classes_sha256),
        ("measurements", candidate.classes_sha256),
    ):
        require_digest(version.classes, sha256, where=f"{part} of run {exported.run_id}")
    if (candidate.model_sha256, candidate.manifest_sha256) != (
        exported.model.sha256,
        version.manifest.sha256,
    ):
        raise GateRefused(
            f"run {exported.run_id}: expected measurements of model {exported.model.sha256[:12]} on "
            f"{version.manifest.sha256[:12]}, found {candidate.model_sha256[:12]} on "
            f"{candidate.manifest_sha256[:12]}. Benchmark this run's model again."
        )
    at = at or datetime.now(UTC)
    checks = run_checks(candidate, champion, profile, version.classes)
    key = f"runs/{exported.run_id}/gate/report.json"
    report = GateReport(
        run_id=exported.run_id,
        verdict=combine(check.verdict for check in checks),
        profile=profile,
        checks=checks,
        model_sha256=exported.model.sha256,
        dataset_version=version.version_id,
        synthetic=version.synthetic,
        candidate=candidate,
        champion=champion,
        report_key=key,
    )
    payload = report.to_json_bytes()
    store.put(key, payload)
    ref = GateReportRef(
        run_id=exported.run_id,
        verdict=report.verdict,
        report=Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload)),
        reasons=report.reasons,
    )
    store.put(f"{REPORTS}{at:%Y%m%dT%H%M%S}-{exported.run_id}.json", ref.to_json_bytes())
    return ref


def list_gate_reports(store: ObjectStore, newest: int) -> tuple[tuple[str, GateReportRef], ...]:
    """Return the newest reports as (UTC time ``yyyymmddThhmmss``, reference), newest first, one a run."""
    found: dict[str, tuple[str, GateReportRef]] = {}
    for key in reversed(list(store.keys(REPORTS))):
        if len(found) == newest:
            break
        ref = GateReportRef.from_json_bytes(store.get(key).payload, what=key, error=GateRefused)
        found.setdefault(ref.run_id, (key.removeprefix(REPORTS).partition("-")[0], ref))
    return tuple(found.values())


def find_gate_report(store: ObjectStore, run_id: str) -> GateReportRef:
    """Return the reference of a run's stored report.

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
    """
    payload = get_artifact(store, ref.report)
    return GateReport.from_json_bytes(payload, what=ref.report.key, error=GateRefused)


def enforce_gate(store: ObjectStore, ref: GateReportRef) -> None:
    """Raise unless the stored report says PASS.

    Raises:
        GateRefused: the verdict is FAIL or INCONCLUSIVE; the message holds every reason.
    """
    report = read_gate_report(store, ref)
    if report.verdict is not Verdict.PASS or combine(c.verdict for c in report.checks) is not (
        Verdict.PASS
    ):
        reasons = "; ".join(report.reasons) or "the report contradicts its own checks"
        raise GateRefused(
            f"run {report.run_id}: verdict {report.verdict.value} by profile {report.profile.name}: "
            f"{reasons}. Nothing was published. The report is at {store.uri}/{report.report_key}."
        )
