"""Evidence and a policy made by hand, by which every check of the gate passes beside a champion, and changes of them.

Rules: what is changed is named by its path, its parts joined by ``__`` (``fire__ap50=0.4``); what comes out is
validated, so that no test judges what no benchmark could write; no two hazards have a number in common; the policy's
numbers are this file's, so that an operator may change ``gate.toml`` without changing a test.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

from support.evidence_values import (
    NUMBERS,
    PARTS,
    RUN,
    VERSION,
    exported,
    interval,
    report,
    support,
    timed,
    training,
)
from support.made_benchmarks import FINGERPRINT, HAZARDS, Names
from support.made_variants import FP32, X86

from safety_tasks.profiles import load_profile
from safety_tasks.records.base import Record
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import KINDS, GateProfile
from safety_tasks.records.model import ChampionBenchmark

Changes = Mapping[str, Any]
Changed = TypeVar("Changed", bound=Record)
CHAMPION: Final = 7
GONE: Final = object()  # as a value: the entry of a dict is not there
FIRST: Final[Changes] = {  # nothing was ever released
    "champion": ChampionBenchmark(release_seq=None, report=None),
    "serving_release_seq": None,
    "differences": {},
    "slice_differences": (),
}
ADOPTED: Final[Changes] = {  # a model that came as an ONNX file
    "training": None,
    "exported__adopted_file": "team.onnx",
    "exported__parity": None,
    "exported__settings_sha256": None,
}
SHORT: Final[Mapping[str, str]] = {
    "candidate": "measured__candidate",
    "champion": "measured__champion",
    "differences": "measured__differences",
    "slice_differences": "measured__slice_differences",
    "fp32": "exported__variants__0",
    "int8": "exported__variants__1",
    "fp32_timed": "measured__variants__0",
    "int8_timed": "measured__variants__1",
    **{
        name: f"measured__candidate__{name}"
        for name in ("events", "false_alarms", "incidents", "latency", "noise", "slices")
    },
    **{name: f"measured__candidate__hazards__{name}" for name in (*HAZARDS, "leak")},
}


@cache
def _plain(classes: Names) -> GateEvidence:
    candidate = report("a" * 64, classes)
    numbers = dict(zip(classes, NUMBERS, strict=False))
    release = report("d" * 64, classes) | {
        "incidents": {"total": 6, "missed": ["gate.jpg"], "trained_on": 2, "without_hazard": 0}
    }
    differences = {
        f"ap50.{name}": {
            "difference": moved,
            "interval": interval(moved - 0.03, moved + 0.03, held[2]),
            "support": support(*held),
        }
        for name, (_, held, _, moved) in numbers.items()
    }
    slice_differences = [
        {
            "kind": kind,
            "value": value,
            "hazard": name,
            "difference": 0.01 - 0.002 * n,
            "interval": interval(-0.05, 0.07, 6),
            "support": support(32, 40, 6),
        }
        for n, name in enumerate(classes)
        for kind, value in PARTS
    ]
    measured = {
        "run_id": RUN,
        "candidate": candidate,
        "champion": {"release_seq": CHAMPION, "report": release},
        "differences": differences,
        "slice_differences": slice_differences,
        "variants": [timed(FP32, "e"), timed(X86, "f", classes)],
    }
    return GateEvidence.model_validate(
        {
            "classes": classes,
            "dataset_version": VERSION,
            "manifest_sha256": "2" * 64,
            "synthetic": False,
            "exported": exported(classes),
            "measured": measured,
            "training": training(classes),
            "serving_release_seq": CHAMPION,
        }
    )


def made_evidence(*, classes: Names = HAZARDS, **changes: Any) -> GateEvidence:
    """Return evidence of a good candidate beside release 7, but for what is changed.

    Args:
        classes: the hazards, at most four.
        changes: by path, which may begin with a name of ``SHORT``.
    """
    return changed(_plain(classes), **changes)


def made_profile(*, classes: Names = HAZARDS, **changes: Any) -> GateProfile:
    """Return the plant's policy with this file's numbers, but for what is changed."""
    plant = load_profile("plant").to_dict()
    numbers: dict[str, Any] = {
        "policy_version": 3,
        "checks": {kind: "required" for kind in KINDS if kind in plant["checks"]},
        "floors_on": "interval",
        "ap50_floors": dict.fromkeys(classes, 0.6),
        "ap50_95_floors": dict.fromkeys(classes, 0.25),
        "recall_floors": dict.fromkeys(classes, 0.5),
        "event_recall_floor": 0.7,
        "max_false_alarms_per_1000": 100.0,
        "non_inferiority_margins": dict.fromkeys(classes, 0.05),
        "slice_margin": 0.15,
        "slices_needed": (),
        "min_slice_boxes": 30,
        "min_slice_scenes": 5,
        "min_support_pictures": 100,
        "min_support_boxes": 110,
        "min_support_scenes": 5,
        "min_comparison_scenes": 20,
        "min_holdout_pictures": 300,
        "min_background_pictures": 100,
        "max_missed_incidents": 0,
        "max_threshold_f1_loss": 0.1,
        "max_model_mib": 16.0,
        "int8_budget": {
            "max_map50_95_drop": 0.005,
            "min_agreement_f1": 0.97,
            "ap50_drop_beyond_noise": 0.01,
        },
        "hardware": {
            "default": {
                "latency_p95_ms": 150.0,
                "sustained_fps": 5.0,
                "load_ms": 5000.0,
                "peak_rss_mib": 1024.0,
            }
        },
    }
    return changed(GateProfile.model_validate(plant | numbers), **changes)


def changed(record: Changed, **changes: Any) -> Changed:
    """Return a record with other values at some paths, validated anew."""
    if not changes:
        return record
    values: Any = record.model_dump()
    for path, new in changes.items():
        first, _, rest = path.partition("__")
        whole = SHORT.get(first, first) if isinstance(record, GateEvidence) else first
        values = _with(values, f"{whole}__{rest}" if rest else whole, new)
    return type(record).model_validate(values)


def made_choice(hardware: str = "arm-dot", **changes: Any) -> dict[str, Any]:
    """Return what a benchmark on another class of hardware chose, where FP32 was measured alone."""
    choice = {
        "run_id": RUN,
        "hardware": hardware,
        "fingerprint": FINGERPRINT.to_dict(),
        "chosen": FP32,
        "model_sha256": "e" * 64,
        "reasons": {FP32: "the fastest"},
        "timed": [timed(FP32, "e")],
        "at": "2026-11-24T08:40:00+00:00",
    }
    return choice | changes


def _with(values: Any, path: str, new: Any) -> Any:
    """Return plain values with another one at a path."""
    head, _, rest = path.partition("__")
    if isinstance(values, Record):
        values = values.model_dump()
    if isinstance(values, tuple | list):
        index = int(head)
        inner = _with(values[index], rest, new) if rest else new
        return [*values[:index], inner, *values[index + 1 :]]
    if rest:
        return values | {head: _with(values[head], rest, new)}
    if new is GONE:
        return {key: value for key, value in values.items() if key != head}
    return values | {head: new}
