"""Changes of a picture that change nothing of what it shows: what another camera setting or another encoder does.

Rule: a change is deterministic, and small enough that nobody would call the pictures different.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.pictures import decode_picture, encode_jpeg
from safety_tasks.records.release import Detection

Image = npt.NDArray[np.uint8]
JPEG_QUALITY: Final = 90
BRIGHTNESS_STEPS: Final = 2


def _encoded_again(picture: Image, imgsz_px: int) -> Image:
    del imgsz_px
    return decode_picture(
        encode_jpeg(picture, JPEG_QUALITY), what="a picture that was just encoded"
    )


def _other_kernel(picture: Image, imgsz_px: int) -> Image:
    """Scale to the square's size by area, so that nothing is left for the usual bilinear scaling to do."""
    tall, wide = picture.shape[:2]
    scale = imgsz_px / max(tall, wide)
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def _brighter(picture: Image, imgsz_px: int) -> Image:
    del imgsz_px
    return _shifted(picture, BRIGHTNESS_STEPS)


def _darker(picture: Image, imgsz_px: int) -> Image:
    del imgsz_px
    return _shifted(picture, -BRIGHTNESS_STEPS)


def _shifted(picture: Image, steps: int) -> Image:
    return np.clip(picture.astype(np.int16) + steps, 0, 255).astype(np.uint8)


HARMLESS: Final[dict[str, Callable[[Image, int], Image]]] = {
    f"encoded again as JPEG {JPEG_QUALITY}": _encoded_again,
    "scaled with another kernel": _other_kernel,
    f"brighter by {BRIGHTNESS_STEPS} of 255": _brighter,
    f"darker by {BRIGHTNESS_STEPS} of 255": _darker,
}


def detect_changed(detector: Detector, picture: Image, change: str, min_score: float) -> Found:
    """Detect in a picture after a harmless change.

    Args:
        detector: the model.
        picture: (height, width, 3) uint8 BGR.
        change: a name of ``HARMLESS``.
        min_score: detections below are dropped (0-1).

    Returns:
        detections in pixels of the picture as it was.
    """
    changed = HARMLESS[change](picture, detector.imgsz_px)
    found = detector.detect(changed, min_score)
    if changed.shape == picture.shape:
        return found
    tall, wide = (picture.shape[axis] / changed.shape[axis] for axis in (0, 1))
    return tuple(
        Detection(
            class_id=d.class_id,
            score=d.score,
            box_xyxy=(
                d.box_xyxy[0] * wide,
                d.box_xyxy[1] * tall,
                d.box_xyxy[2] * wide,
                d.box_xyxy[3] * tall,
            ),
        )
        for d in found
    )
