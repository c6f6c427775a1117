"""The gate's checks: each a pure function from evidence and policy to results, all behind one protocol.

Rules: a check reads nothing but its arguments and raises nothing; what it cannot judge it says, never as a pass. Two
kinds are not listed here: ``int8``, which judges variants alone, and ``self_test``, which runs all the others.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from safety_tasks.gate.checks.alarms import check_events, check_false_alarms
from safety_tasks.gate.checks.comparison import check_non_inferiority
from safety_tasks.gate.checks.files import check_parity, check_size, check_thresholds
from safety_tasks.gate.checks.floors import (
    check_ap50,
    check_ap50_95,
    check_recall,
    check_support,
)
from safety_tasks.gate.checks.identity import (
    check_champion,
    check_class_map,
    check_duplicate,
    check_holdout,
    check_reproducibility,
)
from safety_tasks.gate.checks.incidents import check_incidents
from safety_tasks.gate.checks.slices import check_slices
from safety_tasks.gate.checks.speed import (
    check_latency,
    check_load_time,
    check_memory,
    check_throughput,
)
from safety_tasks.records.gate import CheckResult, GateEvidence
from safety_tasks.records.gate_policy import CheckKind, GateProfile


class Check(Protocol):
    """One kind of check."""

    def __call__(self, evidence: GateEvidence, profile: GateProfile) -> tuple[CheckResult, ...]:
        """Return a result for each thing that is judged, at least one."""
        ...


CHECKS: Final[Mapping[CheckKind, Check]] = {
    "class_map": check_class_map,
    "champion": check_champion,
    "duplicate": check_duplicate,
    "holdout": check_holdout,
    "support": check_support,
    "ap50": check_ap50,
    "ap50_95": check_ap50_95,
    "recall": check_recall,
    "false_alarms": check_false_alarms,
    "events": check_events,
    "non_inferiority": check_non_inferiority,
    "slices": check_slices,
    "incidents": check_incidents,
    "thresholds": check_thresholds,
    "parity": check_parity,
    "latency": check_latency,
    "throughput": check_throughput,
    "load_time": check_load_time,
    "memory": check_memory,
    "size": check_size,
    "reproducibility": check_reproducibility,
}
