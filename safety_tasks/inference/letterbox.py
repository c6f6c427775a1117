"""Fit a picture of any size into the model's square, and map boxes back.

Rules: aspect is kept, the rest is padded evenly with grey 114, as the model was trained; a camera's frames are all of
one size, so the square is kept from frame to frame, and only where the picture lies is written again.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

PAD_GREY: Final = 114


@dataclass(frozen=True)
class Placement:
    """Where a picture lies in the square: ``square = picture * scale + (left_px, top_px)``."""

    scale: float
    left_px: int
    top_px: int
    width_px: int
    height_px: int


class Letterbox:
    """The square that pictures are fitted into, one after another.

    ``square`` is (imgsz_px, imgsz_px, 3) uint8 BGR, and always the same memory.
    """

    def __init__(self, imgsz_px: int) -> None:
        """Make an empty square of ``imgsz_px`` pixels a side."""
        self.square: npt.NDArray[np.uint8] = np.full((imgsz_px, imgsz_px, 3), PAD_GREY, np.uint8)
        self._placement = Placement(1.0, 0, 0, imgsz_px, imgsz_px)
        self._place = self.square

    def fit(self, picture: npt.NDArray[np.uint8]) -> Placement:
        """Scale and pad a picture into the square.

        Args:
            picture: (height, width, 3) uint8, BGR, 0-255.

        Returns:
            where the picture lies.
        """
        height, width = picture.shape[:2]
        if (width, height) != (self._placement.width_px, self._placement.height_px):
            self._lay_out(width, height)
        rows, columns = self._place.shape[:2]
        if (rows, columns) == (height, width):
            self._place[:] = picture
        else:
            cv2.resize(picture, (columns, rows), dst=self._place, interpolation=cv2.INTER_LINEAR)
        return self._placement

    def _lay_out(self, width: int, height: int) -> None:
        imgsz_px = len(self.square)
        scale = min(imgsz_px / height, imgsz_px / width)
        columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (imgsz_px - columns) // 2, (imgsz_px - rows) // 2
        self.square[:] = PAD_GREY
        self._place = self.square[top : top + rows, left : left + columns]
        self._placement = Placement(scale, left, top, width, height)


def letterbox(
    picture: npt.NDArray[np.uint8], imgsz_px: int
) -> tuple[npt.NDArray[np.uint8], Placement]:
    """Scale and pad one picture to a square of its own.

    Args:
        picture: (height, width, 3) uint8, BGR, 0-255.
        imgsz_px: the side of the square, pixels.

    Returns:
        the square, (imgsz_px, imgsz_px, 3) uint8 BGR, and where the picture lies in it.
    """
    place = Letterbox(imgsz_px)
    return place.square, place.fit(picture)


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
