"""Gate: from measurements to a verdict with reasons."""

from safety_tasks.gate.verb import (
    enforce_gate,
    evaluate_gate,
    find_gate_report,
    list_gate_reports,
    read_gate_report,
)

__all__ = [
    "enforce_gate",
    "evaluate_gate",
    "find_gate_report",
    "list_gate_reports",
    "read_gate_report",
]
