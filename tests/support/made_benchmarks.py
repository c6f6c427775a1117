"""Full records of a benchmark made by hand, for tests of what shows them: a champion, and every part.

Rule: every name from data is the caller's, so that a test can make all of them hostile.
"""

from typing import Any

import cv2
import numpy as np

from safety_tasks.inference.harmless_changes import HARMLESS
from safety_tasks.inference.pictures import draw_detections, encode_jpeg
from safety_tasks.records.dataset import Support
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.model import BenchmarkReport, ChampionBenchmark, Measurements
from safety_tasks.records.release import Detection
from safety_tasks.records.scores import Curve, FalseAlarms, HazardScore, Interval, NoiseFloor
from safety_tasks.records.timing import Fingerprint, Latency

Names = tuple[str, ...]
HAZARDS: Names = ("smoke", "fire", "person_down")
SCENES: Names = ("yard-cam1", "hall-2", "gate")
FINGERPRINT = Fingerprint(
    processor="Example Processor 7 @ 2.50GHz",
    architecture="x86_64",
    cores=4,
    features=("avx2", "avx512_vnni"),
    system="Linux 6.1 Debian GNU/Linux 12",
    python="3.11.2",
    onnxruntime="1.32.0",
    opencv="5.0.0",
    provider="CPUExecutionProvider",
)


def made_latency(p50_ms: float = 41.2, threads: int = 1, **changes: Any) -> Latency:
    """Return times with every part."""
    values: dict[str, Any] = {
        "p50_ms": p50_ms,
        "p95_ms": p50_ms * 1.12,
        "p99_ms": p50_ms * 1.31,
        "mean_ms": p50_ms * 1.02,
        "pre_ms": 0.84,
        "run_ms": p50_ms - 1.4,
        "post_ms": 0.42,
        "frames": 300,
        "warmup_frames": 10,
        "threads": threads,
        "machine": "Example Processor 7 @ 2.50GHz, 4 cores, Linux",
        "sustained_fps": 980 / p50_ms,
        "sustained_s": 30.0,
        "load_ms": 312.5,
        "peak_rss_bytes": 187 * 2**20,
        "spinning": False,
        "fingerprint": FINGERPRINT,
    }
    return Latency.model_validate(values | changes)


def made_curve(quality: float, points: int = 60) -> Curve:
    """Return a curve that is the better the higher its quality (0-1)."""
    threshold = np.linspace(0.97, 0.02, points)
    recall = np.clip((1 - threshold) ** (1.4 - quality), 0, 1)
    precision = np.clip(1 - (1 - quality) * recall**3, 0, 1)
    f1 = 2 * precision * recall / (precision + recall)
    columns = {"threshold": threshold, "precision": precision, "recall": recall, "f1": f1}
    return Curve.model_validate({name: column.tolist() for name, column in columns.items()})


def made_score(ap50: float, **changes: Any) -> HazardScore:
    """Return a hazard's score with every part."""
    values: dict[str, Any] = {
        "ap50": ap50,
        "ap50_95": ap50 * 0.62,
        "recall": ap50 * 0.96,
        "precision": min(1.0, ap50 * 1.07),
        "threshold": 0.3127,
        "support": Support(pictures=48, boxes=73, scenes=12),
        "ar": ap50 * 0.7,
        "f1": ap50 * 1.01,
        "ap50_interval": Interval(low=ap50 - 0.06, high=min(1.0, ap50 + 0.05), scenes=12),
        "ap50_95_interval": Interval(low=ap50 * 0.55, high=ap50 * 0.68, scenes=12),
        "recall_interval": Interval(low=ap50 * 0.89, high=min(1.0, ap50), scenes=12),
    }
    return HazardScore.model_validate(values | changes)


def made_alarms(classes: Names = HAZARDS, background: int = 240) -> FalseAlarms:
    """Return false alarms in one of twenty background pictures."""
    return FalseAlarms(
        background_pictures=background,
        alarmed=background // 20,
        per_1000=50.0 if background else None,
        hazards={name: max(0, 9 - 4 * n) for n, name in enumerate(classes)},
        interval=Interval(low=24.1, high=93.0, scenes=9) if background else None,
    )


def made_slices(classes: Names, scenes: Names) -> list[dict[str, Any]]:
    """Return parts of every kind; the third hazard is labelled in every third part only."""
    nothing = dict.fromkeys(classes)
    kinds: list[tuple[str, Names, dict[str, Any]]] = [
        ("scene", scenes, {}),
        ("source", tuple(f"plant-a/{scene}" for scene in scenes[:3]), {}),
        ("box_size", ("small", "medium", "large"), {"ap50": nothing}),
        ("brightness", ("night", "dusk", "day"), {}),
        ("hard_negatives", ("false_alarm",), {"ap50": nothing, "recall": nothing}),
    ]
    parts = []
    for kind, names, changes in kinds:
        for n, value in enumerate(names):
            held = {name: h < 2 or n % 3 == 0 for h, name in enumerate(classes)}
            part = {
                **{"kind": kind, "value": value, "pictures": 12 + n, "scenes": 1},
                "support": {
                    name: {"pictures": 4 * has, "boxes": 7 * has, "scenes": int(has)}
                    for name, has in held.items()
                },
                "ap50": {name: 0.9 - 0.013 * n if has else None for name, has in held.items()},
                "recall": {name: 0.85 - 0.011 * n if has else None for name, has in held.items()},
                "false_alarms": made_alarms(classes, 20) if n % 2 else None,
            }
            parts.append(part | changes)
    return parts


def made_noise(classes: Names = HAZARDS) -> NoiseFloor:
    """Return a floor of 0.021 for the first hazard, 0.015 for the second and so on."""
    changes = {
        change: {
            "ap50": {name: (0.021 - 0.006 * h) * (1 - n / 3) for h, name in enumerate(classes)},
            "map50_95": 0.004 - 0.002 * n,
        }
        for n, change in enumerate(HARMLESS)
    }
    floors = {name: abs(0.021 - 0.006 * h) for h, name in enumerate(classes)}
    return NoiseFloor.model_validate({"changes": changes, "ap50": floors, "map50_95": 0.004})


def made_report(
    classes: Names = HAZARDS, scenes: Names = SCENES, **changes: Any
) -> BenchmarkReport:
    """Return a report with every part."""
    events = {
        name: {
            "events": 9,
            "caught": 9 - h,
            "within_pictures": 3,
            "missed": [f"{scenes[0]}: frame_{k:04d}.jpg" for k in range(h)],
        }
        for h, name in enumerate(classes)
    }
    incidents = {"total": 6, "missed": [scenes[0]], "trained_on": 2, "without_hazard": 0}
    counts = np.full((len(classes) + 1,) * 2, 2)
    np.fill_diagonal(counts, 61)
    counts[-1] = 6
    counts[-1, -1] = 0
    values: dict[str, Any] = {
        "model_sha256": "c0ffee" * 10 + "cafe",
        "classes_sha256": "1" * 64,
        "dataset_version": "8c1f0a6d2b3e4f57",
        "manifest_sha256": "2" * 64,
        "split": "holdout",
        "imgsz_px": 640,
        "pictures": 1412,
        "scenes": len(scenes),
        "hazards": {name: made_score(0.88 - 0.09 * h) for h, name in enumerate(classes)},
        "map50": 0.79,
        "map50_95": 0.49,
        "ar": 0.553,
        "map50_interval": {"low": 0.731, "high": 0.838, "scenes": 12},
        "map50_95_interval": {"low": 0.442, "high": 0.541, "scenes": 12},
        "latency": made_latency(),
        "device_latency": made_latency(18.4, threads=4, spinning=True),
        "incidents": incidents,
        "slices": made_slices(classes, scenes),
        "events": events,
        "confusion": {"names": [*classes, "background"], "counts": counts.tolist()},
        "false_alarms": made_alarms(classes),
        "noise": made_noise(classes),
    }
    return BenchmarkReport.model_validate(values | changes)


def made_measurements(
    classes: Names = HAZARDS, scenes: Names = SCENES, **changes: Any
) -> Measurements:
    """Return a candidate beside release 7: the first hazard's AP50 and the mean AP50-95 moved less than noise."""
    scores = {name: made_score(0.868 - 0.13 * h) for h, name in enumerate(classes)}
    theirs = made_report(
        classes, scenes, hazards=scores, latency=made_latency(44.9), model_sha256="d" * 64
    )
    moved = {"map50": 0.026, "map50_95": 0.003}
    for h, name in enumerate(classes):
        moved |= {f"ap50.{name}": 0.012 + 0.04 * h, f"ap50_95.{name}": 0.007 - 0.02 * h}
    differences = {
        key: {
            "difference": by,
            "interval": {"low": by - 0.03, "high": by + 0.031, "scenes": 12},
            "support": None,
        }
        for key, by in moved.items()
    }
    values: dict[str, Any] = {
        "run_id": "20261124T081500-a1b2",
        "candidate": made_report(classes, scenes),
        "champion": ChampionBenchmark(release_seq=7, report=theirs),
        "differences": differences,
        "frame_ratio": 0.918,
    }
    return Measurements.model_validate(values | changes)


def made_picture(seed: int, class_id: int = 1) -> bytes:
    """Return a JPEG of 480 x 360: a lit shape in the dark, with a box."""
    x, y = (int(at) for at in np.random.default_rng(seed).integers(90, 270, 2))
    picture = np.full((360, 480, 3), (60, 52, 44), np.uint8)
    cv2.ellipse(picture, (x, y), (46, 64), 0, 0, 360, (40, 130, 240), cv2.FILLED, cv2.LINE_AA)
    found = Detection(class_id=class_id, score=0.83, box_xyxy=(x - 50, y - 68, x + 50, y + 68))
    return encode_jpeg(draw_detections(picture, [found], HAZARDS))


def made_details(
    classes: Names = HAZARDS, scenes: Names = SCENES, each: int = 4, **changes: Any
) -> tuple[BenchmarkDetails, dict[str, bytes]]:
    """Return curves, frames and ``each`` gallery pictures of each kind, and the pictures' bytes by key."""
    random = np.random.default_rng(3)
    gallery, pictures = [], {}
    for kind in ("best", "missed", "false_alarm"):
        for n in range(each):
            key, scene = f"runs/r/gallery/{kind}-{n}.jpg", scenes[n % len(scenes)]
            pictures[key] = made_picture(len(pictures), n % 3)
            gallery.append(
                {
                    "kind": kind,
                    "hazard": classes[n % len(classes)],
                    "file": f"{scene}_{n:05d}.jpg",
                    "scene": scene,
                    "score": None if kind == "missed" and n % 2 else 0.93 - 0.1 * n,
                    "picture": {"key": key, "sha256": "0" * 64, "size_bytes": len(pictures[key])},
                }
            )
    values: dict[str, Any] = {
        "curves": {name: made_curve(0.85 - 0.12 * h) for h, name in enumerate(classes)},
        "frames_ms": (41.0 + random.gamma(2.0, 1.1, 300)).tolist(),
        "champion_frames_ms": (44.0 + random.gamma(2.0, 1.3, 300)).tolist(),
        "gallery": gallery,
    }
    return BenchmarkDetails.model_validate(values | changes), pictures
