"""Decode a picture's grey pixels twice: by Pillow, which refuses what is cut, and by OpenCV, which training uses.

Rules: a JPEG is decoded at an eighth of its size: that reads every coded byte, at a third of the cost (a small one at a
quarter, a half or in full, so that 64 px a side are left); a PNG in full. What readers show differently is refused with
the way out: turned by EXIF, transparent. JPEG's library mends what it can and says so only on the error stream.
"""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from safety_tasks.ingest.checked_picture import Extension, PictureProblem
from safety_tasks.ingest.picture_headers import PictureHeader

Grey = npt.NDArray[np.uint8]
_LEAST_SIDE_PX: Final = 64
_READ_AT: Final = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: cv2.IMREAD_GRAYSCALE,
}
_READERS: Final[dict[Extension, str]] = {"jpg": "JPEG", "png": "PNG"}
_ORIENTATION: Final = 0x0112
# 1 is upright; anything else is no orientation, and ignored by every reader.
_TURNED: Final = frozenset(range(2, 9))
# What Pillow raises on spoilt bytes.
_SPOILT: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def reduction_of(header: PictureHeader) -> int:
    """Return by how much both sides are divided: 8, 4, 2 or 1."""
    side = min(header.width_px, header.height_px)
    return next((part for part in _READ_AT if side >= part * _LEAST_SIDE_PX), 1)


def grey_by_pillow(payload: bytes, header: PictureHeader) -> Grey | PictureProblem:
    """Return the grey pixels: a JPEG's reduced, a PNG's all."""
    try:
        with Image.open(io.BytesIO(payload), formats=(_READERS[header.extension],)) as picture:
            if picture.size != (header.width_px, header.height_px) or picture.format == "MPO":
                observed = f"Pillow finds {picture.format} of {picture.size}, not the header's size"
                return PictureProblem("decoders_disagree", observed)
            part = reduction_of(header)
            picture.draft("L", (header.width_px // part, header.height_px // part))
            picture.load()
            if problem := _turned(picture) or _transparent(picture):
                return problem
            return np.asarray(picture if picture.mode == "L" else picture.convert("L"))
    except _SPOILT as error:
        return PictureProblem("does_not_decode", f"Pillow says: {error}"[:200])


def _turned(picture: Image.Image) -> PictureProblem | None:
    if not picture.info.keys() & {"exif", "xmp", "Raw profile type exif", "XML:com.adobe.xmp"}:
        return None
    orientation = picture.getexif().get(_ORIENTATION, 1)
    if orientation not in _TURNED:
        return None
    observed = (
        f"EXIF orientation {orientation}: nobody can know which way up the boxes were drawn; "
        "save the picture upright and label that"
    )
    return PictureProblem("turned_by_exif", observed)


def _transparent(picture: Image.Image) -> PictureProblem | None:
    if not picture.has_transparency_data:
        return None
    if picture.mode not in ("LA", "RGBA"):
        picture = picture.convert("RGBA")
    if picture.getchannel("A").getextrema() == (255, 255):
        return None
    observed = "readers show what is transparent differently; save it without transparency"
    return PictureProblem("transparent", observed)


def grey_by_opencv(
    payload: bytes, header: PictureHeader, complaints: Callable[[], str]
) -> Grey | PictureProblem:
    """Return the grey pixels as ``grey_by_pillow`` does, unless the decoder complained."""
    part = reduction_of(header) if header.extension == "jpg" else 1
    complaints()
    way = _READ_AT[part] | cv2.IMREAD_IGNORE_ORIENTATION
    grey = cv2.imdecode(np.frombuffer(payload, np.uint8), way)
    said = complaints()
    if grey is None:
        return PictureProblem("does_not_decode", f"OpenCV finds no picture; {said}"[:200])
    if said and header.extension == "jpg":
        return PictureProblem("does_not_decode", f"OpenCV's reader mended it: {said}"[:200])
    expected = (-(-header.height_px // part), -(-header.width_px // part))
    if grey.shape != expected:
        observed = f"expected {expected[1]}x{expected[0]} at 1/{part}, OpenCV gives {grey.shape[1]}x{grey.shape[0]}"
        return PictureProblem("decoders_disagree", observed)
    return grey.astype(np.uint8, copy=False)


def reduced(grey: Grey, part: int) -> Grey:
    """Return a PNG's pixels at the scale of a JPEG's."""
    height, width = grey.shape
    size = (-(-width // part), -(-height // part))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
