"""Gate: from measurements to a verdict with reasons."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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
_MODULES: Final = {
    "record_approval": "safety_tasks.gate.approval",
    "find_gate_report": "safety_tasks.gate.reading",
    "list_gate_reports": "safety_tasks.gate.reading",
    "read_gate_report": "safety_tasks.gate.reading",
    "enforce_gate": "safety_tasks.gate.verb",
    "evaluate_gate": "safety_tasks.gate.verb",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no more: a page shows reports where no model can run."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
