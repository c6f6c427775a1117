"""Runs that the real gate judged, with what the commands need of them in the store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from support.toy_measurements import finds_all, toy_measurements, toy_profile
from support.toy_runs import toy_export
from toy_models import CLASSES, strong_model

from safety_tasks.gate import evaluate_gate, read_gate_report
from safety_tasks.gate.keeping import keep_report
from safety_tasks.inference.detector import Found
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROFILE = toy_profile(CLASSES)
# The toy finds every label, so only what asks for speed can refuse it.
STRICT = PROFILE.model_copy(
    update={
        "name": "strict",
        "policy_version": 2,
        "hardware": {
            "default": PROFILE.hardware["default"].model_copy(update={"latency_p95_ms": 1.0})
        },
    }
)


def measured_run(
    store: ObjectStore,
    version: DatasetVersion,
    run_id: str,
    *,
    finds: Callable[[Picture], Found] = finds_all,
) -> None:
    """Leave what export and benchmark would."""
    exported = toy_export(store, version, run_id, strong_model())
    measured = toy_measurements(store, version, exported, finds=finds)
    store.put(f"runs/{run_id}/export.json", exported.to_json_bytes())
    store.put(f"runs/{run_id}/benchmark.json", measured.to_json_bytes())


def judged_run(
    store: ObjectStore,
    version: DatasetVersion,
    run_id: str = "r1",
    profile: GateProfile = PROFILE,
    at: datetime = NOON,
    **choices: Any,
) -> tuple[GateReportRef, GateReport]:
    """Judge a run that finds every label, but for what is chosen otherwise."""
    exported = toy_export(store, version, run_id, strong_model())
    measured = toy_measurements(store, version, exported, **choices)
    ref = evaluate_gate(store, exported, version, measured, profile, at=at)
    return ref, read_gate_report(store, ref)


def keep_changed(store: ObjectStore, document: dict[str, Any]) -> GateReportRef:
    """Keep a report that says something else, as if it had been judged so an hour after noon."""
    report = GateReport.model_validate(document)
    return keep_report(store, report, kind="verdict", at=NOON + timedelta(hours=1))
