"""Gate: from measurements to a verdict with reasons."""

from safety_tasks.gate.approval import record_approval
from safety_tasks.gate.reading import find_gate_report, list_gate_reports, read_gate_report
from safety_tasks.gate.verb import enforce_gate, evaluate_gate

__all__ = [
    "enforce_gate",
    "evaluate_gate",
    "find_gate_report",
    "list_gate_reports",
    "read_gate_report",
    "record_approval",
]
