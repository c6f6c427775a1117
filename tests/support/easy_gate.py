"""Gate profiles of tests as tables of ``gate.toml``: nearly every model passes, or none can.

Rule: what a gate must never let through, it must refuse here too, else it tests itself as broken: a model that finds
nothing, finds everything, or finds the wrong thing.
"""

from typing import Any, Final

from safety_tasks.records.gate_policy import ALWAYS_REQUIRED, KINDS, SAFETY

CLASSES: Final = ("smoke", "fire", "person_down")
_COUNTS: Final = ("ap50", "false_alarms", "int8", "parity")


def easy_profile(name: str, *, possible: bool = True, **changes: Any) -> str:
    """Return a profile that asks for next to nothing, as TOML; not ``possible``: and for a file of no size."""

    def mode(kind: str) -> str:
        if kind in _COUNTS or (kind == "size" and not possible):
            return "required"
        return "reported_dangerously" if kind in SAFETY else "reported"

    floors = dict.fromkeys(CLASSES, 0.001)  # above what mistaken hazards give
    profile: dict[str, Any] = {
        "floors_on": "estimate",
        "ap50_floors": floors,
        "ap50_95_floors": floors,
        "recall_floors": floors,
        "event_recall_floor": 1e-9,
        "max_false_alarms_per_1000": 999.0,
        "non_inferiority_margins": dict.fromkeys(CLASSES, 0.99),
        "slice_margin": 0.99,
        "min_slice_boxes": 1,
        "min_slice_scenes": 2,
        "min_support_pictures": 1,
        "min_support_boxes": 1,
        "min_support_scenes": 1,
        "min_comparison_scenes": 2,
        "min_holdout_pictures": 1,
        "min_background_pictures": 1,
        "max_missed_incidents": 1000,
        "max_threshold_f1_loss": 0.99,
        "max_model_mib": 256.0 if possible else 1e-6,
        "approval_before_stable": False,
        "warning": "made for tests",
        "checks": {kind: mode(kind) for kind in KINDS if kind not in ALWAYS_REQUIRED},
        "hardware": {
            "default": {
                "latency_p95_ms": 60000.0,
                "sustained_fps": 0.001,
                "load_ms": 60000.0,
                "peak_rss_mib": 65536.0,
            }
        },
    }
    lines = [f"{key} = {_toml(value)}" for key, value in (profile | changes).items()]
    return "\n".join([f"\n[{name}]", *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)
