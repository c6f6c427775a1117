"""Decide whether bytes are a picture that every reader sees alike.

Rules: the content, not the name, decides the format; two independent decoders must agree on the size, since a
picture that one of them mends and the other refuses is not the same picture everywhere; sizes are read from the
header before anything is decoded; nothing may follow the picture's end.
"""

import io
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

_JPEG_END: Final = b"\xff\xd9"
_PNG_END: Final = b"IEND\xaeB`\x82"
_FORMATS: Final[dict[str, tuple[Literal["jpg", "png"], frozenset[str], bytes]]] = {
    "JPEG": ("jpg", frozenset({"jpg", "jpeg"}), _JPEG_END),
    "PNG": ("png", frozenset({"png"}), _PNG_END),
}


@dataclass(frozen=True)
class PictureProblem:
    """Why bytes are not a usable picture."""

    reason: str
    detail: str


@dataclass(frozen=True)
class CheckedPicture:
    """A sound picture: format, size, and the 64-bit perceptual hash."""

    extension: Literal["jpg", "png"]
    width_px: int
    height_px: int
    phash: int


def check_picture(
    payload: bytes, name: str, *, max_bytes: int, max_pixels: int, min_side_px: int = 16
) -> CheckedPicture | PictureProblem:
    """Judge a delivered picture.

    Args:
        payload: the file's bytes.
        name: its delivered name; the extension must fit the content.
        max_bytes: the largest allowed file.
        max_pixels: the most pixels that are decoded (a guard against decompression bombs).
        min_side_px: the shortest allowed side.
    """
    if len(payload) > max_bytes:
        return PictureProblem("too_large", f"expected ≤ {max_bytes} bytes, found {len(payload)}")
    try:
        with Image.open(io.BytesIO(payload), formats=tuple(_FORMATS)) as header:
            kind, (width, height) = header.format or "", header.size
    except Image.DecompressionBombError as problem:
        return PictureProblem("bad_size", f"expected ≤ {max_pixels} pixels, found: {problem}"[:200])
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as problem:
        return PictureProblem("not_a_picture", f"expected JPEG or PNG, found: {problem}"[:200])
    if kind not in _FORMATS:  # a JPEG with more pictures inside opens as MPO
        return PictureProblem("not_a_picture", f"expected JPEG or PNG, found {kind}")
    extension, names, end = _FORMATS[kind]
    if name.rpartition(".")[2].lower() not in names:
        return PictureProblem("wrong_extension", f"the content is {kind}, the name says {name!r}")
    if width * height > max_pixels or min(width, height) < min_side_px:
        return PictureProblem(
            "bad_size",
            f"expected ≥ {min_side_px} px a side and ≤ {max_pixels} pixels, found {width}x{height}",
        )
    if not payload.endswith(end):
        return PictureProblem(
            "truncated_or_trailing", "expected the picture's end mark as the last bytes"
        )
    try:
        with Image.open(io.BytesIO(payload), formats=(kind,)) as picture:
            # draft reads every byte and raises on truncation, at an eighth of the cost.
            picture.draft("L", (max(1, width // 8), max(1, height // 8)))
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        return PictureProblem("does_not_decode", f"the first decoder says: {problem}"[:200])
    decoded = cv2.imdecode(
        np.frombuffer(payload, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
    )
    if decoded is None or decoded.shape != (height, width):
        found = "nothing" if decoded is None else f"{decoded.shape[1]}x{decoded.shape[0]}"
        return PictureProblem(
            "decoders_disagree", f"expected {width}x{height} from both decoders, found {found}"
        )
    return CheckedPicture(extension, width, height, perceptual_hash(decoded))  # type: ignore[arg-type]


def perceptual_hash(grey: npt.NDArray[np.uint8]) -> int:
    """Return the 64-bit DCT hash of a (height, width) uint8 picture.

    Source: the pHash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010).
    """
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
