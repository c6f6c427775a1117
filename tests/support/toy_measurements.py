"""Measurements of a made-up model that finds what it is told to, scored by the real code, and a policy to judge it by.

Rule: detections are kept as a benchmark keeps them, so that the gate can test itself with them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from support.made_benchmarks import FINGERPRINT

from safety_tasks.bundle.reading import read_pointer
from safety_tasks.class_map import class_map_digest
from safety_tasks.inference.detector import Found
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate_policy import (
    ALWAYS_REQUIRED,
    KINDS,
    GateProfile,
    HardwareBudget,
)
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    Measurements,
)
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.timing import Latency
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.scoring.detection_table import pack_detections
from safety_tasks.scoring.incident_pack import incident_result
from safety_tasks.scoring.matching import box_xyxy
from safety_tasks.scoring.measuring import report_scores
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.manifests import read_manifest

# What one scene in the holdout cannot show is only reported; the rest counts.
REPORTED = {
    **dict.fromkeys(("slices", "thresholds", "reproducibility", "events"), "reported"),
    "non_inferiority": "reported_dangerously",
}


def toy_profile(classes: Sequence[str], **changes: Any) -> GateProfile:
    """Return a policy that one scene of pictures can fulfil."""
    checks = {kind: REPORTED.get(kind, "required") for kind in KINDS if kind not in ALWAYS_REQUIRED}
    values: dict[str, Any] = {
        "name": "toy",
        "policy_version": 1,
        "checks": checks,
        "ap50_floors": dict.fromkeys(classes, 0.5),
        "ap50_95_floors": dict.fromkeys(classes, 0.5),
        "recall_floors": dict.fromkeys(classes, 0.5),
        "floors_on": "estimate",
        "event_recall_floor": 0.5,
        "max_false_alarms_per_1000": 100.0,
        "non_inferiority_margins": dict.fromkeys(classes, 0.1),
        "slice_margin": 0.1,
        "min_slice_boxes": 1,
        "min_slice_scenes": 2,
        "min_support_pictures": 1,
        "min_support_boxes": 1,
        "min_support_scenes": 1,
        "min_comparison_scenes": 2,
        "min_holdout_pictures": 1,
        "min_background_pictures": 1,
        "max_missed_incidents": 0,
        "max_threshold_f1_loss": 0.5,
        "max_model_mib": 64.0,
        "hardware": {
            "default": HardwareBudget(
                latency_p95_ms=1000.0, sustained_fps=1.0, load_ms=10000.0, peak_rss_mib=2048.0
            )
        },
        "approval_before_stable": False,
    }
    return GateProfile.model_validate(values | changes)


def finds_all(picture: Picture) -> Found:
    """Return a detection of every label, all alike sure."""
    return tuple(
        Detection(class_id=box.class_id, score=0.9, box_xyxy=box_xyxy(box, picture))
        for box in picture.boxes
    )


def toy_measurements(
    store: ObjectStore,
    version: DatasetVersion,
    exported: ExportedModel,
    *,
    finds: Callable[[Picture], Found] = finds_all,
    champion_finds: Callable[[Picture], Found] = finds_all,
    threshold: float = 0.5,
    p95_ms: float = 20.0,
) -> Measurements:
    """Measure a model that finds what ``finds`` says, beside the champion that ``stable`` serves now."""
    pictures = read_manifest(store, version)
    seen = [p for p in pictures if p.split == "holdout" or p.kind is BatchKind.INCIDENT]

    def look(finds: Callable[[Picture], Found]) -> tuple[Accuracy, dict[str, Found]]:
        known = range(len(version.classes))
        found = {p.sha256: tuple(d for d in finds(p) if d.class_id in known) for p in seen}
        holdout = tuple(p for p in pictures if p.split == "holdout")
        return score(
            version.classes, holdout, found, dict.fromkeys(version.classes, threshold)
        ), found

    def report(
        model_sha256: str, who: str, accuracy: Accuracy, found: dict[str, Found]
    ) -> BenchmarkReport:
        incidents = [p for p in pictures if p.kind is BatchKind.INCIDENT]
        key = f"runs/{exported.run_id}/benchmark/{who}.npz"
        return BenchmarkReport(
            model_sha256=model_sha256,
            classes_sha256=class_map_digest(version.classes),
            dataset_version=version.version_id,
            manifest_sha256=version.manifest.sha256,
            split="holdout",
            imgsz_px=exported.imgsz_px,
            latency=toy_latency(p95_ms),
            noise=NoiseFloor(changes={}, ap50=dict.fromkeys(version.classes, 0.0), map50_95=0.0),
            incidents=incident_result(incidents, found, version.classes, accuracy.thresholds),
            detections=_kept(store, key, pack_detections(seen, found)),
            **report_scores(accuracy, 5),
        )

    ours, found = look(finds)
    served = read_pointer(store, "stable")
    changes: dict[str, Any] = {
        "champion": ChampionBenchmark(release_seq=None, report=None),
    }
    if served is not None:
        theirs, their_found = look(champion_finds)
        changes = {
            "champion": ChampionBenchmark(
                release_seq=served[0].release_seq,
                report=report("c" * 64, "champion", theirs, their_found),
            ),
            "differences": compare(ours, theirs),
            "slice_differences": compare_slices(ours, theirs),
        }
    candidate = report(exported.model.sha256, "candidate", ours, found)
    return Measurements(run_id=exported.run_id, candidate=candidate, **changes)


def toy_latency(p95_ms: float = 20.0) -> Latency:
    """Return times with every part that the gate asks for."""
    return Latency(
        p50_ms=p95_ms / 2,
        p95_ms=p95_ms,
        p99_ms=p95_ms * 2,
        frames=1,
        threads=1,
        machine="toy",
        sustained_fps=50.0,
        load_ms=100.0,
        peak_rss_bytes=200 * 2**20,
        fingerprint=FINGERPRINT,
    )


def _kept(store: ObjectStore, key: str, payload: bytes) -> Artifact:
    return put_artifact(store, key, payload)
