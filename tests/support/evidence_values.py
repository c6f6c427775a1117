"""The plain values that evidence made by hand consists of: numbers of each hazard, a report, files, a training."""

from typing import Any, Final

from support.made_benchmarks import FINGERPRINT, Names
from support.made_variants import FP32, X86

from safety_tasks.class_map import class_map_digest

RUN: Final = "20261124T081500-a1b2"
VERSION: Final = "8c1f0a6d2b3e4f57"
# By hazard: AP50, AP50-95, recall, F1, the best F1, threshold; pictures, boxes, scenes; noise; difference of AP50.
NUMBERS: Final = (
    ((0.85, 0.50, 0.80, 0.82, 0.84, 0.31), (140, 180, 24), 0.012, 0.010),
    ((0.88, 0.52, 0.83, 0.85, 0.86, 0.28), (150, 200, 26), 0.010, 0.020),
    ((0.82, 0.47, 0.77, 0.80, 0.83, 0.35), (130, 170, 22), 0.015, -0.005),
    ((0.79, 0.45, 0.75, 0.78, 0.81, 0.33), (120, 160, 21), 0.014, 0.004),
)
PARTS: Final = (
    *(("source", value) for value in ("plant-a/yard", "plant-b/hall")),
    *(("brightness", value) for value in ("night", "dusk", "day")),
)


def interval(low: float, high: float, scenes: int) -> dict[str, Any]:
    """Return an interval."""
    return {"low": low, "high": high, "scenes": scenes}


def support(pictures: int, boxes: int, scenes: int) -> dict[str, int]:
    """Return how much evidence there is."""
    return {"pictures": pictures, "boxes": boxes, "scenes": scenes}


def _score(number: int) -> dict[str, Any]:
    (ap50, ap50_95, recall, f1, best_f1, threshold), held, _, _ = NUMBERS[number]
    return {
        "ap50": ap50,
        "ap50_95": ap50_95,
        "recall": recall,
        "precision": 0.9,
        "f1": f1,
        "best_f1": best_f1,
        "threshold": threshold,
        "support": support(*held),
        "ap50_interval": interval(ap50 - 0.06, ap50 + 0.05, held[2]),
        "ap50_95_interval": interval(ap50_95 - 0.05, ap50_95 + 0.04, held[2]),
        "recall_interval": interval(recall - 0.07, recall + 0.06, held[2]),
    }


def report(model_sha256: str, classes: Names) -> dict[str, Any]:
    """Return a benchmark's report of a model."""
    floors = {name: noise for name, (_, _, noise, _) in zip(classes, NUMBERS, strict=False)}
    events = {
        name: {
            "events": 24 + n,
            "caught": 22 + n,
            "within_pictures": 5,
            "missed": [f"yard: {name}_{k}.jpg" for k in range(2)],
        }
        for n, name in enumerate(classes)
    }
    part = {"pictures": 80, "scenes": 8, "support": {}, "ap50": {}, "recall": {}}
    return {
        "model_sha256": model_sha256,
        "classes_sha256": class_map_digest(classes),
        "dataset_version": VERSION,
        "manifest_sha256": "2" * 64,
        "split": "holdout",
        "imgsz_px": 640,
        "pictures": 620,
        "scenes": 30,
        "hazards": {name: _score(n) for n, name in enumerate(classes)},
        "map50": 0.85,
        "map50_95": 0.497,
        "latency": _latency(),
        "incidents": {"total": 6, "missed": [], "trained_on": 2, "without_hazard": 1},
        "slices": [part | {"kind": kind, "value": value} for kind, value in PARTS],
        "events": events,
        "false_alarms": {
            "background_pictures": 200,
            "alarmed": 6,
            "per_1000": 30.0,
            "hazards": dict.fromkeys(classes, 2),
            "interval": interval(12.5, 65.4, 28),
        },
        "noise": {"changes": {}, "ap50": floors, "map50_95": 0.004},
    }


def _latency(p95_ms: float = 46.1) -> dict[str, Any]:
    return {
        "p50_ms": 41.2,
        "p95_ms": p95_ms,
        "p99_ms": 54.0,
        "frames": 300,
        "threads": 1,
        "machine": "Example Processor 7 @ 2.50GHz, 4 cores, Linux",
        "sustained_fps": 23.8,
        "sustained_s": 30.0,
        "load_ms": 312.5,
        "peak_rss_bytes": 187 * 2**20,
        "fingerprint": FINGERPRINT.to_dict(),
    }


def exported(classes: Names) -> dict[str, Any]:
    """Return the exported model with an FP32 and an INT8 variant."""
    variants = [
        {
            "name": name,
            "precision": precision,
            "model": _artifact(name, digit, size),
            "parity": _agreement(1.0 if precision == "fp32" else 0.985),
            "budget": None if precision == "fp32" else _budget("val", 0.986, classes),
            "offered": True,
            "why": "within its budget",
        }
        for name, precision, digit, size in ((FP32, "fp32", "e", 12), (X86, "int8", "f", 3))
    ]
    return {
        "run_id": RUN,
        "dataset_version": VERSION,
        "classes": classes,
        "classes_sha256": class_map_digest(classes),
        "imgsz_px": 640,
        "model": _artifact("reference", "a", 12),
        "parity": {
            "pictures": 32,
            "max_box_difference_px": 0.01,
            "max_score_difference": 0.0003,
            "box_tolerance_px": 0.05,
            "score_tolerance": 0.001,
            "worst_picture": "img-7.jpg",
        },
        "code_sha256": "4" * 64,
        "settings_sha256": "5" * 64,
        "variants": variants,
    }


def _artifact(name: str, digit: str, mib: int) -> dict[str, Any]:
    return {
        "key": f"runs/{RUN}/models/{name}.onnx",
        "sha256": digit * 64,
        "size_bytes": mib * 2**20,
    }


def _agreement(f1: float) -> dict[str, Any]:
    return {
        "pictures": 620,
        "reference_detections": 800,
        "variant_detections": 800,
        "matched": round(800 * f1),
        "agreement_f1": f1,
        "max_box_difference_px": 0.2,
        "max_score_difference": 0.02,
        "worst_picture": "img-9.jpg",
    }


def _budget(split: str, f1: float, classes: Names) -> dict[str, Any]:
    return {
        "split": split,
        "budget": {},
        "agreement_f1": f1,
        "map50_95_drop": 0.002,
        "ap50_drops": {name: 0.003 + 0.001 * n for n, name in enumerate(classes)},
        "noise_ap50": {name: 0.012 - 0.002 * n for n, name in enumerate(classes)},
        "within": True,
        "reasons": [],
    }


def timed(name: str, digit: str, classes: Names = ()) -> dict[str, Any]:
    """Return a variant measured on the holdout; with classes it is INT8, with its budget."""
    return {
        "name": name,
        "model_sha256": digit * 64,
        "parity": _agreement(0.985 if classes else 1.0),
        "budget": _budget("holdout", 0.985, classes) if classes else None,
        "latency": _latency(22.4 if classes else 44.0),
        "frame_ratio": 0.5,
        "offered": True,
        "why": "the fastest",
    }


def training(classes: Names) -> dict[str, Any]:
    """Return the record of a training."""
    return {
        "run_id": RUN,
        "dataset_version": VERSION,
        "recipe": {"name": "plant"},
        "classes_sha256": class_map_digest(classes),
        "base_weights": {"kind": "champion", "source": "release 7", "sha256": "6" * 64, "note": ""},
        "weights": {"key": f"runs/{RUN}/best.pt", "sha256": "7" * 64, "size_bytes": 6 << 20},
        "fit": {
            "device": "cpu",
            "precision": "float32",
            "hardware": {"machine": "m", "cores": 4, "memory_bytes": 1 << 34, "devices": ["cpu"]},
            "packages": {"torch": "2.13.0"},
            "epochs_done": 50,
            "best_epoch": 44,
            "batch": 16,
            "seconds": 5400.0,
            "code_sha256": "4" * 64,
        },
        "started_at": "2026-11-24T06:00:00+00:00",
        "seconds": 5500.0,
        "code_sha256": "4" * 64,
    }
