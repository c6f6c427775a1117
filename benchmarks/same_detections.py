"""Whether three ways to run the same weights find the same: reference, FP32 variant, ultralytics' own predict.

Rule: detections above 0.25 on unseen real pictures; the same means the same hazard at IoU 0.99 or more.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.edge_frame_vs_ultralytics import ultralytics_predict
from benchmarks.edge_timing import ways
from benchmarks.result import Result, judge_share
from benchmarks.unseen_detections import require_detections, unseen_pictures
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.records.release import Detection
from safety_tasks.scoring.agreement import agreement

NAME: Final = "same_detections"
BAR: Final = 0.001
_WHAT: Final = (
    "detections above 0.25 that differ between reference, FP32 variant and ultralytics predict"
)
_SCORE: Final = 0.25
_IOU: Final = 0.99


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or there are too few detections.
    """
    where = ways(folder)
    unseen = unseen_pictures(where.model, folder / "unseen")
    path = folder / "reference.onnx"
    path.write_bytes(where.reference)
    predict = ultralytics_predict(path, where.model.exported.imgsz_px, _SCORE)
    reference = Detector(where.reference, what="reference")
    edge = Detector(where.variant("edge-fp32"), what="edge-fp32")
    found = {
        "reference": unseen.look(lambda picture: reference.detect(picture, _SCORE)),
        "edge_fp32": unseen.look(lambda picture: edge.detect(picture, _SCORE)),
        "ultralytics": unseen.look(lambda picture: _detections(predict(picture))),
    }
    floor = [_SCORE] * len(reference.classes)
    require_detections(NAME, found["reference"], reference.classes, floor)
    extra: dict[str, float | str] = {"pictures": len(unseen.pictures)}
    worst = 0.0
    for one, other in (
        ("edge_fp32", "reference"),
        ("reference", "ultralytics"),
        ("edge_fp32", "ultralytics"),
    ):
        same = agreement(found[one], found[other], floor, iou=_IOU)
        extra[f"{one}_and_{other}_f1"] = round(same.f1, 5)
        extra[f"{other}_detections"] = same.theirs
        worst = max(worst, 1 - same.f1)
    return judge_share(NAME, _WHAT, worst, BAR, extra)


def _detections(results: Any) -> Found:
    """Return the framework's answer for one picture as ours."""
    boxes = results[0].boxes
    rows: npt.NDArray[np.float64] = boxes.data.numpy().astype(np.float64)
    return tuple(
        Detection(
            class_id=int(row[5]),
            score=min(1.0, float(row[4])),
            box_xyxy=(float(row[0]), float(row[1]), float(row[2]), float(row[3])),
        )
        for row in rows
    )
