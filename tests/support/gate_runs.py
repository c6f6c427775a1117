"""Toy runs that the gate judges by policies that let them through, or not."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from support.judged_runs import NOON, PROFILE
from support.made_evidence import changed
from support.toy_measurements import toy_measurements
from support.toy_runs import toy_export
from toy_models import strong_model

from safety_tasks.gate import evaluate_gate
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReportRef
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.model import Measurements
from safety_tasks.store.local import LocalStore

STRICT = changed(PROFILE, hardware__default__latency_p95_ms=1.0)  # FAIL
MANY = changed(PROFILE, min_holdout_pictures=4)  # INCONCLUSIVE: the drawn holdout has three
BOTH = changed(MANY, hardware__default__latency_p95_ms=1.0)


def judged(
    store: LocalStore,
    version: DatasetVersion,
    run_id: str = "r1",
    profile: GateProfile = PROFILE,
    at: datetime | None = NOON,
    *,
    model: bytes | None = None,
    spoil: Callable[[Measurements], Measurements] = lambda measured: measured,
    **choices: Any,
) -> GateReportRef:
    """Judge a run that finds every label, but for what is chosen otherwise, or spoilt before the verdict."""
    exported = toy_export(store, version, run_id, model or strong_model())
    measured = spoil(toy_measurements(store, version, exported, **choices))
    return evaluate_gate(store, exported, version, measured, profile, at=at)
