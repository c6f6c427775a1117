"""What a gate's verdict follows from, made by hand: a good candidate, one that misses people, one with too few scenes.

Rule: every name from data is the caller's, so that a test can make all of them hostile.
"""

from typing import Any

from support.made_benchmarks import (
    HAZARDS,
    SCENES,
    Names,
    made_latency,
    made_measurements,
    made_report,
    made_score,
)
from support.made_variants import ARM, FP32, X86, made_variant

from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import (
    GateEvidence,
)
from safety_tasks.records.model import Measurements
from safety_tasks.records.scores import Difference, Interval

RUN = "20261124T081500-a1b2"


def made_evidence(classes: Names = HAZARDS, scenes: Names = SCENES, **changes: Any) -> GateEvidence:
    """Return what a verdict follows from, beside release 7."""
    measured = made_measurements(classes, scenes, run_id=RUN)
    digest = measured.candidate.model_sha256
    values: dict[str, Any] = {
        "classes": classes,
        "dataset_version": measured.candidate.dataset_version,
        "manifest_sha256": measured.candidate.manifest_sha256,
        "synthetic": False,
        "exported": {
            "run_id": RUN,
            "dataset_version": measured.candidate.dataset_version,
            "classes": classes,
            "classes_sha256": "1" * 64,
            "imgsz_px": 640,
            "model": {"key": f"runs/{RUN}/model.onnx", "sha256": digest, "size_bytes": 12 << 20},
            "parity": None,
            "code_sha256": "4" * 64,
            "variants": [made_variant(FP32), made_variant(X86)],
            "not_made": {ARM: "no Arm machine made one"},
        },
        "measured": measured,
        "serving_release_seq": 7,
    }
    return GateEvidence.model_validate(values | changes)


def weak_measurements() -> Measurements:
    """Return measurements of a candidate that misses people, and is slow."""
    hazards = {name: made_score(0.88 - 0.09 * h) for h, name in enumerate(HAZARDS)}
    interval = Interval(low=0.352, high=0.474, scenes=7)
    few = Support(pictures=41, boxes=62, scenes=7)
    hazards["person_down"] = made_score(0.527, recall=0.413, recall_interval=interval, support=few)
    candidate = made_report(hazards=hazards, latency=made_latency(p95_ms=63.1))
    measured = made_measurements(run_id=RUN, candidate=candidate)
    fell = Difference(
        difference=-0.081, interval=Interval(low=-0.112, high=-0.058, scenes=7), support=few
    )
    return measured.model_copy(
        update={"differences": {**measured.differences, "ap50.person_down": fell}}
    )


def thin_measurements() -> Measurements:
    """Return measurements with too few scenes of one hazard."""
    hazards = {name: made_score(0.88 - 0.09 * h) for h, name in enumerate(HAZARDS)}
    wide = Interval(low=0.56, high=0.84, scenes=7)
    hazards["person_down"] = made_score(
        0.7, ap50_interval=wide, support=Support(pictures=41, boxes=62, scenes=7)
    )
    return made_measurements(run_id=RUN, candidate=made_report(hazards=hazards))
