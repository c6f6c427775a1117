"""Average precision by COCO's protocol.

Source: COCO detection evaluation (101 recall points, IoU 0.50:0.05:0.95, area "all", 100 detections
a picture), computed by faster-coco-eval. Rule: a hazard without labels has no AP: None, never 0 or 1.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import box_xyxy


@dataclass(frozen=True)
class AveragePrecision:
    """AP of each hazard (0-1, None without labels) and their means over the hazards that have one."""

    ap50: dict[str, float | None]
    ap50_95: dict[str, float | None]
    map50: float | None
    map50_95: float | None


def average_precision(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
) -> AveragePrecision:
    """Score detections against labels.

    Args:
        pictures: pictures with their labels.
        detections: detections of each picture, by sha256, down to a very low score.
        classes: hazard names; the index is the class id.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    if not any(picture.boxes for picture in pictures):
        nothing: dict[str, float | None] = dict.fromkeys(classes)
        return AveragePrecision(nothing, dict(nothing), None, None)
    truth, found = _as_coco(pictures, detections, classes)
    if not found:
        zero = {
            name: 0.0 if any(b.class_id == i for p in pictures for b in p.boxes) else None
            for i, name in enumerate(classes)
        }
        return AveragePrecision(zero, dict(zero), 0.0, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        labelled = COCO(truth)
        evaluation = COCOeval_faster(labelled, labelled.loadRes(found), iouType="bbox")
        evaluation.params.catIds = list(range(1, len(classes) + 1))
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"]  # (IoU 10, recall 101, class, area, max detections)
    ap50 = {n: _mean(precision[0, :, i, 0, -1]) for i, n in enumerate(classes)}
    ap50_95 = {n: _mean(precision[:, :, i, 0, -1]) for i, n in enumerate(classes)}
    return AveragePrecision(ap50, ap50_95, _mean_of(ap50), _mean_of(ap50_95))


def _as_coco(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Lay labels and detections out as COCO does; ids start at 1, since the scorer reads 0 as 'unmatched'."""
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    results: list[dict[str, object]] = []
    for image_id, picture in enumerate(pictures, start=1):
        images.append({"id": image_id, "width": picture.width_px, "height": picture.height_px})
        for box in picture.boxes:
            x1, y1, x2, y2 = box_xyxy(box, picture)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": box.class_id + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                }
            )
        for detection in detections[picture.sha256]:
            x1, y1, x2, y2 = detection.box_xyxy
            results.append(
                {
                    "image_id": image_id,
                    "category_id": detection.class_id + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": detection.score,
                }
            )
    categories = [{"id": i, "name": name} for i, name in enumerate(classes, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}, results


def _mean(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float | None:
    valid = values[values > -1]
    return min(1.0, float(valid.mean())) if valid.size else None


def _mean_of(values: Mapping[str, float | None]) -> float | None:
    present = [value for value in values.values() if value is not None]
    return sum(present) / len(present) if present else None
