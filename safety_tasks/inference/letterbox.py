"""Fit a picture of any size into the model's square, and map boxes back.

Rule: aspect is kept, the rest is padded evenly with grey 114, as the model was trained.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

PAD_GREY = 114


@dataclass(frozen=True)
class Placement:
    """Where a picture lies in the square: ``square = picture * scale + (left_px, top_px)``."""

    scale: float
    left_px: int
    top_px: int
    width_px: int
    height_px: int


def letterbox(
    picture: npt.NDArray[np.uint8], imgsz_px: int
) -> tuple[npt.NDArray[np.uint8], Placement]:
    """Scale and pad a picture to a square.

    Args:
        picture: (height, width, 3) uint8, BGR, 0-255.
        imgsz_px: the side of the square, pixels.

    Returns:
        the square, (imgsz_px, imgsz_px, 3) uint8 BGR, and where the picture lies in it.
    """
    height, width = picture.shape[:2]
    scale = min(imgsz_px / height, imgsz_px / width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (imgsz_px - new_width) // 2, (imgsz_px - new_height) // 2
    square = np.full((imgsz_px, imgsz_px, 3), PAD_GREY, dtype=np.uint8)
    resized = picture
    if (new_width, new_height) != (width, height):
        resized = cv2.resize(  # type: ignore[assignment]
            picture, (new_width, new_height), interpolation=cv2.INTER_LINEAR
        )
    square[top : top + new_height, left : left + new_width] = resized
    return square, Placement(scale, left, top, width, height)


def to_blob(square: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Turn a BGR square (imgsz, imgsz, 3) uint8 into the model's input (1, 3, imgsz, imgsz) float32 RGB 0-1."""
    return cv2.dnn.blobFromImage(  # type: ignore[return-value]
        square, scalefactor=1 / 255.0, swapRB=True, ddepth=cv2.CV_32F
    )


def to_picture_xyxy(
    boxes_xyxy: npt.NDArray[np.float32], placement: Placement
) -> npt.NDArray[np.float32]:
    """Map boxes from the square back to the picture and clip them to it.

    Args:
        boxes_xyxy: (n, 4) float32, x1 y1 x2 y2 in pixels of the square.
        placement: where the picture lies in the square.

    Returns:
        (n, 4) float32, x1 y1 x2 y2 in pixels of the picture.
    """
    offset = np.array([placement.left_px, placement.top_px] * 2, dtype=np.float32)
    boxes = (boxes_xyxy - offset) / np.float32(placement.scale)
    limit = np.array([placement.width_px, placement.height_px] * 2, dtype=np.float32)
    clipped: npt.NDArray[np.float32] = np.clip(boxes, 0, limit).astype(np.float32)
    return clipped
