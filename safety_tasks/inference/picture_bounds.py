"""Look at a picture's bytes before a decoder does: its kind, its size in pixels, and whether its end is there.

Rules: nothing is decoded, so a bomb costs nothing; a cut picture is refused, since a decoder would fill what is missing
with grey, and a fire may have been there; what follows a picture's end is ignored, as cameras add it. A cut
picture that somebody gave an end mark is not seen here: ingest finds it, by decoding with two libraries.
Source: ITU-T T.81 annex B (JPEG markers); PNG specification, chunks IHDR and IEND.
"""

import struct
from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.errors import ArtifactError

MAX_PIXELS: Final = 50_000_000  # as ingest takes; decoded they are 150 MB
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"
# Start of frame: baseline, extended, progressive, lossless, and their arithmetic kin; C4, C8 and CC are other markers.
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SCAN: Final = 0xDA
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclass(frozen=True)
class PictureBounds:
    """What a picture says of itself; width and height in pixels."""

    kind: Literal["image/jpeg", "image/png"]
    width_px: int
    height_px: int


def picture_bounds(payload: bytes) -> PictureBounds:
    """Return what a JPEG or PNG says of itself.

    Raises:
        ArtifactError: it is neither, names no size, or is cut.
    """
    if payload.startswith(_PNG):
        return _png(payload)
    if payload.startswith(_JPEG):
        return _jpeg(payload)
    raise ArtifactError(
        f"expected a JPEG or PNG picture, found {len(payload)} bytes of something else."
    )


def require_bounded(payload: bytes) -> PictureBounds:
    """Return what a picture says of itself, having refused one of too many pixels.

    Raises:
        ArtifactError: it is no whole JPEG or PNG, or has more than ``MAX_PIXELS``.
    """
    bounds = picture_bounds(payload)
    pixels = bounds.width_px * bounds.height_px
    if pixels > MAX_PIXELS:
        raise ArtifactError(f"expected at most {MAX_PIXELS} pixels, found {pixels}.")
    return bounds


def _png(payload: bytes) -> PictureBounds:
    if len(payload) < 33 or payload[12:16] != b"IHDR":
        raise ArtifactError("expected a whole PNG picture, found one without its header.")
    width, height = struct.unpack(">II", payload[16:24])
    if _PNG_END not in payload:
        raise ArtifactError("expected a whole PNG picture, found one that is cut.")
    return _bounds("image/png", width, height)


def _jpeg(payload: bytes) -> PictureBounds:
    size: tuple[int, int] | None = None
    at = 2
    while at + 4 <= len(payload):
        if payload[at] != 0xFF:
            raise ArtifactError("expected a JPEG picture, found broken markers.")
        marker = payload[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack(">H", payload[at + 2 : at + 4])
        if marker in _FRAMES and at + 9 <= len(payload):
            height, width = struct.unpack(">HH", payload[at + 5 : at + 9])
            size = (width, height)
        at += 2 + max(2, length)
        if marker == _SCAN:
            # Within a scan FF is always followed by 00 or a restart marker: FF D9 is the end.
            if size is None or payload.find(_JPEG_END, at) < 0:
                break
            return _bounds("image/jpeg", *size)
    raise ArtifactError("expected a whole JPEG picture, found one that is cut.")


def _bounds(kind: Literal["image/jpeg", "image/png"], width: int, height: int) -> PictureBounds:
    if not width or not height:
        raise ArtifactError(f"expected a picture with a size, found {width} x {height} pixels.")
    return PictureBounds(kind, width, height)
