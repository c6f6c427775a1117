"""Prove on the device itself that a model detects what it should.

Rules: every golden picture must give the published detections, no more and no fewer, within small tolerances
(processors round differently); a release without golden pictures does not pass.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from safety_tasks.class_map import require_digest, require_same
from safety_tasks.errors import BundleRejected
from safety_tasks.inference.detector import Detector, above_thresholds
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.release import Detection, ReleaseDocument
from safety_tasks.scoring.matching import iou_matrix

MIN_IOU: Final = 0.90
SCORE_TOLERANCE: Final = 0.02


def self_test(model: bytes, golden: Sequence[bytes], document: ReleaseDocument) -> None:
    """Run a release on its golden pictures.

    Args:
        model: the ONNX file.
        golden: the golden pictures' bytes, in the document's order.
        document: what they must give.

    Raises:
        BundleRejected: a golden picture gives other detections, or there is none.
        ArtifactError: the model may not be loaded.
        ClassMapError: model, document and digest do not name the same classes.
    """
    what = f"release {document.release_seq}"
    detector = Detector(model, what=what)
    require_digest(document.classes, document.classes_sha256, where=what)
    require_same(document.classes, detector.classes, where=f"{what}, model")
    if detector.imgsz_px != document.imgsz_px:
        raise BundleRejected(
            f"{what}: expected a model for {document.imgsz_px} px as its document says, found one for "
            f"{detector.imgsz_px}. Do not install: publish again."
        )
    if not document.classes or set(document.thresholds) != set(document.classes):
        raise BundleRejected(
            f"{what}: expected a threshold for each of {document.classes}, found some for "
            f"{sorted(document.thresholds)}."
        )
    if not document.golden:
        raise BundleRejected(f"{what}: expected golden pictures to test with, found none.")
    for index, (payload, expected) in enumerate(zip(golden, document.golden, strict=True)):
        picture = decode_picture(payload, what=f"{what}, golden picture {index}")
        # A margin below the threshold, so that a score that lies on it may round either way.
        floors = {n: max(0.0, t - SCORE_TOLERANCE) for n, t in document.thresholds.items()}
        found = above_thresholds(
            detector.detect(picture, min(floors.values())), document.classes, floors
        )
        problem = _difference(found, expected.detections, document)
        if problem:
            raise BundleRejected(
                f"{what}, golden picture {index}: {problem}. The model is not activated: this device computes "
                "otherwise than the benchmark machine, or the release is broken."
            )


def _difference(
    found: Sequence[Detection], expected: Sequence[Detection], document: ReleaseDocument
) -> str:
    free = list(found)
    for wanted in expected:
        match = next((d for d in free if _same(d, wanted)), None)
        if match is None:
            return f"expected {wanted.class_id} at {wanted.box_xyxy}, found no such detection"
        free.remove(match)
    surplus = [
        d
        for d in free
        if d.score >= document.thresholds[document.classes[d.class_id]] + SCORE_TOLERANCE
    ]
    return f"found {len(surplus)} detections that should not be there" if surplus else ""


def _same(first: Detection, second: Detection) -> bool:
    if first.class_id != second.class_id:
        return False
    if abs(first.score - second.score) > SCORE_TOLERANCE:
        return False
    overlap = iou_matrix(np.array([first.box_xyxy]), np.array([second.box_xyxy]))
    return bool(overlap[0, 0] >= MIN_IOU)
