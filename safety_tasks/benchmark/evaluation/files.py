"""An evaluation as documents: the numbers, and COCO's files of labels and detections.

Rules: what cannot be measured is null, never 0 or 1; scenes that are not known are not counted; COCO's files hold what
was scored, in full precision, so that any scorer of COCO's gives the same numbers.
"""

import json
from pathlib import Path
from typing import Any

from safety_tasks.benchmark.evaluation.verb import Evaluation
from safety_tasks.records.timing import Latency
from safety_tasks.scoring.coco_documents import coco_documents
from safety_tasks.store.base import keep_file


def numbers_of(evaluation: Evaluation) -> dict[str, Any]:
    """Return the numbers as plain JSON types; scores are shares (0-1), times milliseconds."""
    accuracy = evaluation.accuracy
    hazards = {name: score.to_dict() for name, score in accuracy.hazards.items()}
    scenes: int | None = len({picture.scene for picture in accuracy.pictures})
    if not evaluation.scenes_known:
        scenes = None
        for score in hazards.values():
            score["support"]["scenes"] = None
    intervals = {
        "map50_interval": accuracy.map50_interval,
        "map50_95_interval": accuracy.map50_95_interval,
    }
    return {
        "pictures": len(accuracy.pictures),
        "scenes": scenes,
        "hazards": hazards,
        "map50": accuracy.precision.map50,
        "map50_95": accuracy.precision.map50_95,
        "ar": accuracy.precision.ar100,
        **{name: each and each.to_dict() for name, each in intervals.items()},
        "latency_ms": evaluation.latency and _times_of(evaluation.latency),
        "false_alarms": evaluation.false_alarms.to_dict(),
        "unreadable": list(evaluation.unreadable),
        "thresholds_from": evaluation.thresholds_from,
        "notes": list(evaluation.notes),
    }


def write_detections(evaluation: Evaluation, path: Path) -> Path:
    """Write detections as COCO's list of results, and beside it the labels that they were scored against.

    Args:
        evaluation: what was found.
        path: the file of results; the labels' has the suffix ``.images.json`` instead.

    Returns:
        the labels' file.
    """
    accuracy = evaluation.accuracy
    truth, results = coco_documents(accuracy.pictures, accuracy.found, accuracy.classes)
    beside = truth_path(path)
    keep_file(beside, json.dumps(truth).encode())
    keep_file(path, json.dumps(results).encode())
    return beside


def truth_path(path: Path) -> Path:
    """Return where the labels of a file of detections are written."""
    return path.with_suffix(".images.json")


def _times_of(latency: Latency) -> dict[str, Any]:
    return {
        "p50": latency.p50_ms,
        "p95": latency.p95_ms,
        "p99": latency.p99_ms,
        "mean": latency.mean_ms,
        "pre": latency.pre_ms,
        "run": latency.run_ms,
        "post": latency.post_ms,
        "threads": latency.threads,
        "frames": latency.frames,
        "machine": latency.machine,
    }
