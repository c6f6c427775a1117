"""``safety-tasks evaluate`` ÷ ``yolo val``: the wall of whole commands on one core, same ONNX, same holdout pictures.

Rules: both score down to 0.001 with suppression at IoU 0.7, pictures padded to the model's square (``rect=False``), on
one thread; start and imports count, since a person waits for them. What both say of AP50-95 is told beside it.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.edge_timing import Ways, ways
from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from benchmarks.unseen_detections import unseen_pictures
from safety_tasks.inference.decode import suppress
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.letterbox import letterbox, to_blob, to_picture_xyxy
from safety_tasks.records.release import Detection
from safety_tasks.scoring.average_precision import AveragePrecision, average_precision
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.yolo_folder import write_yolo_folder

NAME: Final = "evaluate_vs_val"
BAR: Final = 0.85
_WHAT: Final = "safety-tasks evaluate / yolo val, wall of the command, holdout, one core"
_TIMEOUT_S: Final = 600
_POINTS: Final = 100.0
_LOWEST: Final = 0.001


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or a side failed.
    """
    where = ways(folder)
    model = where.model
    data = (folder / "holdout").resolve()
    document = write_yolo_folder(
        model.store,
        read_manifest(model.store, model.version),
        model.version.classes,
        data,
        splits=("val", "holdout"),
        link_from=None,
    ).document
    path = (folder / "reference.onnx").resolve()
    path.write_bytes(where.reference)
    ours = [_script("safety-tasks"), "evaluate", path, document, "--split", "test", "--json"]
    theirs = [
        _script("yolo"),
        "val",
        f"model={path}",
        f"data={document}",
        "split=test",
        f"imgsz={model.exported.imgsz_px}",
        *("batch=1", "device=cpu", "rect=False", "conf=0.001", "iou=0.7", "plots=False"),
        f"project={folder.resolve()}",
    ]
    pairs = []
    for number in range(LEAST_RUNS + 1):
        mine_s, mine = _timed(ours, folder)
        other_s, other = _timed(theirs, folder)
        if number:  # the first pair warms the page cache for both
            pairs.append(Pair(mine_s, other_s))
            print(f"  pair {number}: {mine_s:.1f} s / {other_s:.1f} s", file=sys.stderr, flush=True)
    found = json.loads(mine)
    map50, map50_95 = _framework_scores(other)
    every_class = _every_class_of_a_place(where, folder)
    extra: dict[str, float | str] = {
        "pictures": found["pictures"],
        "map50": round(found["map50"], 4),
        "map50_95": round(found["map50_95"], 4),
        "ultralytics_map50": map50,
        "ultralytics_map50_95": map50_95,
        "map50_difference_points": round((found["map50"] - map50) * _POINTS, 2),
        "map50_95_difference_points": round((found["map50_95"] - map50_95) * _POINTS, 2),
        "map50_with_every_class_of_a_place": round(every_class.map50 or 0.0, 4),
        "map50_95_with_every_class_of_a_place": round(every_class.map50_95 or 0.0, 4),
    }
    return judge(NAME, _WHAT, pairs, BAR, extra)


def _every_class_of_a_place(where: Ways, folder: Path) -> AveragePrecision:
    """Score the holdout as ``yolo val`` reads it: a place that scores for two hazards is a box of each."""
    unseen = unseen_pictures(where.model, folder / "unseen")
    detector = Detector(where.reference, what="reference")
    found, pictures = {}, []
    for picture in (p for p in unseen.pictures if p.split == "holdout"):
        pixels = unseen.reader.read(picture.sha256)
        square, placement = letterbox(pixels, detector.imgsz_px)
        output = detector.run_raw(to_blob(square))[0]
        classes, places = np.nonzero(output[4:] > _LOWEST)
        centre, half = output[0:2, places], output[2:4, places] / 2
        corners = np.concatenate([centre - half, centre + half]).T.astype(np.float32)
        kept = suppress(corners, output[4:][classes, places], classes)
        boxes = to_picture_xyxy(kept.xyxy, placement).tolist()
        found[picture.sha256] = tuple(
            Detection(class_id=class_id, score=min(1.0, score), box_xyxy=tuple(box))
            for box, score, class_id in zip(
                boxes, kept.scores.tolist(), kept.classes.tolist(), strict=True
            )
        )
        size = {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
        pictures.append(picture.model_copy(update=size))
    return average_precision(pictures, found, detector.classes)


def _script(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _timed(words: Sequence[str | Path], folder: Path) -> tuple[float, str]:
    """Run a command on one core; return its wall in seconds and its output."""
    core = max(os.sched_getaffinity(0))
    env = os.environ | {
        "OMP_NUM_THREADS": "1",
        "YOLO_CONFIG_DIR": str(folder.resolve()),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_VERBOSE": "true",  # else it prints no scores
    }
    start = time.perf_counter()
    done = subprocess.run(
        ["taskset", "-c", str(core), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        env=env,
    )
    spent = time.perf_counter() - start
    if done.returncode:
        raise NoResult(f"{NAME}: {words[0]} ended with {done.returncode}: {done.stderr[-400:]}")
    return spent, done.stdout


def _framework_scores(output: str) -> tuple[float, float]:
    """Return mAP50 and mAP50-95 that ``yolo val`` printed: the last two numbers of the line ``all``.

    Raises:
        NoResult: there is no such line.
    """
    line = re.search(
        r"^\s*all\s+\d+\s+\d+\s+([\d.e-]+)\s+([\d.e-]+)\s+([\d.e-]+)\s+([\d.e-]+)",
        output,
        re.MULTILINE,
    )
    if line is None:
        raise NoResult(f"{NAME}: expected yolo val to print its scores, found {output[-300:]!r}.")
    return float(line[3]), float(line[4])
