"""Walk a PNG's parts to its end, and inflate its pixels to count them.

Rules: size bounds are kept as soon as the header is read; every part's checksum is right; the pixels' stream holds
exactly what the header promises, neither less nor more (decoders stop when they have enough, and what is hidden behind
would pass); an animation and more than 8 bits a colour, which readers show differently, are refused. Inflating stops
at the first byte too many and keeps nothing.

Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
"""

import struct
import zlib
from typing import Final

from safety_tasks.ingest.checked_picture import PictureLimits, PictureProblem
from safety_tasks.ingest.picture_headers import (
    MAX_PARTS,
    PNG_START,
    PictureHeader,
    beyond,
    ended,
    too_many_parts,
    truncated,
)

_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # a pixel's, by kind of colour
# Adam7: start and step of each pass, (column, row, columns, rows).
_PASSES: Final = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_AT_ONCE: Final = 1024 * 1024
_PACKED_AT_ONCE: Final = 64 * 1024


def walk_png(payload: bytes, limits: PictureLimits) -> PictureHeader | PictureProblem:
    """Return the header of a PNG that is whole and ends where its file does.

    Args:
        payload: the file's bytes, which begin as a PNG's.
        limits: ``max_pixels`` and ``min_side_px`` count here.
    """
    at, whole = len(PNG_START), memoryview(payload)
    content = whole[at + 8 : at + 21]
    if len(content) < 13:
        return truncated(payload)
    if payload[at : at + 8] != b"\x00\x00\x00\rIHDR":
        return PictureProblem(
            "does_not_decode", f"expected IHDR first, found {payload[at : at + 8]!r}"
        )
    header = PictureHeader("png", *struct.unpack_from(">II", content))
    if problem := beyond(header, limits) or _unusual(content):
        return problem
    pixels = _Pixels(_promised(content))
    for number in range(MAX_PARTS):
        if at + 12 > len(payload):
            return truncated(payload)
        length, kind = struct.unpack_from(">I4s", payload, at)
        content, end = whole[at + 8 : at + 8 + length], at + 12 + length
        if end > len(payload):
            return truncated(payload)
        if zlib.crc32(whole[at + 4 : end - 4]) != int.from_bytes(whole[end - 4 : end], "big"):
            return PictureProblem("does_not_decode", f"the checksum of part {kind!r} is wrong")
        if kind == b"IHDR" and number:
            return PictureProblem("does_not_decode", "expected one IHDR, found more")
        if kind == b"acTL":
            return PictureProblem("several_pictures", "the file is an animation (APNG)")
        if kind == b"IDAT" and (problem := pixels.add(content)):
            return problem
        if kind == b"IEND":
            return ended(payload, end) or pixels.missing() or header
        at = end
    return too_many_parts()


class _Pixels:
    """The pixels' stream, counted."""

    def __init__(self, promised: int) -> None:
        self._left = promised
        self._stream = zlib.decompressobj()

    def add(self, packed: memoryview) -> PictureProblem | None:
        """Take one part's bytes."""
        for start in range(0, len(packed), _PACKED_AT_ONCE):
            rest: memoryview | bytes = packed[start : start + _PACKED_AT_ONCE]
            while rest:
                if self._stream.eof:
                    return PictureProblem("trailing_bytes", "bytes follow the pixels' stream")
                try:
                    some = self._stream.decompress(rest, min(self._left + 1, _AT_ONCE))
                except zlib.error as error:
                    observed = f"the pixels' stream is broken: {error}"
                    return PictureProblem("does_not_decode", observed)
                self._left -= len(some)
                if self._left < 0:
                    return PictureProblem("trailing_bytes", "more pixels than the header says")
                rest = self._stream.unconsumed_tail or self._stream.unused_data
        return None

    def missing(self) -> PictureProblem | None:
        """Return the problem of a stream that stopped early."""
        if self._stream.eof and not self._left:
            return None
        return PictureProblem(
            "truncated", f"the pixels' stream lacks its end or {self._left} bytes"
        )


def _unusual(header: memoryview) -> PictureProblem | None:
    bits, colour, *rest = struct.unpack_from(">BBBBB", header, 8)
    if bits == 16:
        observed = (
            "expected ≤ 8 bits a colour, found 16: readers show it differently; save it with 8"
        )
        return PictureProblem("unusual_pixels", observed)
    if bits not in (1, 2, 4, 8) or colour not in _SAMPLES or rest not in ([0, 0, 0], [0, 0, 1]):
        return PictureProblem("does_not_decode", f"no PNG has the header {header.hex()}")
    return None


def _promised(header: memoryview) -> int:
    """Return how many bytes the header's pixels fill, filter bytes included."""
    width, height, bits, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", header)
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    total = 0
    for column, row, columns, rows in passes:
        wide, tall = -(-(width - column) // columns), -(-(height - row) // rows)
        if wide > 0 and tall > 0:
            total += tall * (1 + -(-wide * _SAMPLES[colour] * bits // 8))
    return total
