"""Average precision and recall by COCO's protocol.

Source: COCO detection evaluation (101 recall points, IoU 0.50:0.05:0.95, area "all", 100 detections a picture and
hazard), computed by faster-coco-eval. Rules: a hazard without labels has no AP: None, never 0 or 1; only what is
reported is computed (COCO's three other areas and its shorter lists of detections are left out, which changes nothing
in what stays).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.coco_documents import CocoResults, CocoTruth, coco_documents

_ALL_AREAS = [[0, 1e5**2]]  # COCO's range "all", in square pixels
_DETECTIONS_A_PICTURE = [100]


@dataclass(frozen=True)
class AveragePrecision:
    """AP and AR of each hazard (0-1, None without labels) and their means over the hazards that have one.

    ``ar`` is COCO's AR at 100 detections: the recall that all detections reach, averaged over the ten IoUs; ``ar100``
    is its mean over hazards.
    """

    ap50: dict[str, float | None]
    ap50_95: dict[str, float | None]
    map50: float | None
    map50_95: float | None
    ar: dict[str, float | None]
    ar100: float | None


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
    return score_documents(*coco_documents(pictures, detections, classes))


def score_documents(truth: CocoTruth, results: CocoResults) -> AveragePrecision:
    """Score COCO's documents (``coco_documents``), which stay as they are.

    Args:
        truth: ``images``, ``annotations`` and ``categories``; category ids rise.
        results: detections, with boxes as x, y, width, height in pixels.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    names = [str(category["name"]) for category in truth["categories"]]
    ids = [category["id"] for category in truth["categories"]]
    labelled = {annotation["category_id"] for annotation in truth["annotations"]}
    if not labelled or not results:
        # The scorer reads an empty document as "nothing to do", where the answer is known: nothing found scores 0.
        nothing = {n: 0.0 if i in labelled else None for i, n in zip(ids, names, strict=True)}
        return _result(nothing, dict(nothing), dict(nothing))
    # The scorer writes ids and marks into what it is given, and outlines of boxes where there are none.
    mine = COCO({**truth, "annotations": [dict(a) for a in truth["annotations"]]})
    found = mine.loadRes([{**r, "segmentation": None} for r in results])
    evaluation = COCOeval_faster(mine, found, iouType="bbox")
    evaluation.params.catIds = ids
    evaluation.params.areaRng, evaluation.params.areaRngLbl = _ALL_AREAS, ["all"]
    evaluation.params.maxDets = _DETECTIONS_A_PICTURE
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"]  # (IoU 10, recall 101, class, area 1, detections 1)
    recall = evaluation.eval["recall"]  # (IoU 10, class, area 1, detections 1)
    return _result(
        {name: _mean(precision[0, :, i, 0, 0]) for i, name in enumerate(names)},
        {name: _mean(precision[:, :, i, 0, 0]) for i, name in enumerate(names)},
        {name: _mean(recall[:, i, 0, 0]) for i, name in enumerate(names)},
    )


def _result(
    ap50: dict[str, float | None], ap50_95: dict[str, float | None], ar: dict[str, float | None]
) -> AveragePrecision:
    return AveragePrecision(ap50, ap50_95, _mean_of(ap50), _mean_of(ap50_95), ar, _mean_of(ar))


def _mean(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float | None:
    valid = values[values > -1]
    return min(1.0, float(valid.mean())) if valid.size else None


def _mean_of(values: Mapping[str, float | None]) -> float | None:
    present = [value for value in values.values() if value is not None]
    return sum(present) / len(present) if present else None
