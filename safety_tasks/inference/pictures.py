"""Read and draw pictures.

Rule: a picture that does not decode is an error with its name, never a black frame.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.picture_bounds import require_bounded
from safety_tasks.records.release import Detection

COLOURS_BGR = ((190, 190, 60), (40, 90, 245), (210, 60, 190))


def decode_picture(payload: bytes, *, what: str) -> npt.NDArray[np.uint8]:
    """Decode a JPEG or PNG to (height, width, 3) uint8 BGR.

    Grey, palette, alpha, 16 bits and CMYK become 8 bits BGR, and EXIF's turn is done; alpha is dropped.

    Raises:
        ArtifactError: the bytes are no whole picture, or one of too many pixels.
    """
    try:
        require_bounded(payload)
    except ArtifactError as problem:
        raise ArtifactError(
            f"{what}: expected a JPEG or PNG, found bytes that do not decode: {problem}"
        ) from problem
    try:
        picture = cv2.imdecode(np.frombuffer(payload, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # no bytes at all, or more pixels than the library allows
        picture = None
    if picture is None:
        raise ArtifactError(f"{what}: expected a JPEG or PNG, found bytes that do not decode.")
    return picture  # type: ignore[return-value]


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Read a picture file to (height, width, 3) uint8 BGR.

    Raises:
        ArtifactError: the file is missing or no picture.
    """
    try:
        payload = path.read_bytes()
    except OSError as problem:
        raise ArtifactError(f"{path}: expected a picture, found: {problem}.") from problem
    return decode_picture(payload, what=str(path))


def draw_detections(
    picture: npt.NDArray[np.uint8], detections: Sequence[Detection], classes: Sequence[str]
) -> npt.NDArray[np.uint8]:
    """Return a copy of a BGR picture with boxes, class names and scores; small pictures are enlarged."""
    factor = max(1.0, 480 / max(picture.shape[:2]))
    canvas = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    for detection in detections:
        colour = COLOURS_BGR[detection.class_id % len(COLOURS_BGR)]
        x1, y1, x2, y2 = (round(value * factor) for value in detection.box_xyxy)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, 2, cv2.LINE_AA)
        text = f"{classes[detection.class_id]} {detection.score:.2f}"
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
        top = max(0, y1 - height - 6)
        cv2.rectangle(canvas, (x1, top), (x1 + width + 6, top + height + 6), colour, cv2.FILLED)
        cv2.putText(
            canvas,
            text,
            (x1 + 3, top + height + 2),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.5,
            (0, 0, 0),
            1,
            cv2.LINE_AA,
        )
    return canvas  # type: ignore[return-value]


def encode_jpeg(picture: npt.NDArray[np.uint8], quality: int = 88) -> bytes:
    """Encode a BGR picture as JPEG."""
    ok, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ArtifactError("expected a picture that encodes as JPEG, found one that does not.")
    return encoded.tobytes()


class PictureReader:
    """Reads pictures by digest again and again, and keeps as many decoded as fit into a bound."""

    def __init__(self, paths: Mapping[str, Path], most_bytes: int = 1 << 30) -> None:
        """Read from ``paths``, by SHA-256; keep at most ``most_bytes`` of decoded pictures."""
        self._paths, self._left = paths, most_bytes
        self._kept: dict[str, npt.NDArray[np.uint8]] = {}

    def read(self, sha256: str) -> npt.NDArray[np.uint8]:
        """Return a picture as (height, width, 3) uint8 BGR.

        Raises:
            ArtifactError: the file is missing or no picture.
        """
        found = self._kept.get(sha256)
        if found is None:
            found = read_picture(self._paths[sha256])
            if found.nbytes <= self._left:
                self._left -= found.nbytes
                self._kept[sha256] = found
        return found
