"""Walk a JPEG's segments to its end mark, without decoding anything.

Rules: size bounds are kept as soon as the frame's header is read; the end mark must be the last bytes, found by
walking, since a thumbnail has one too; what readers show differently (more pictures in the file, four inks, more than
8 bits, rare codings) is refused; the scans must bring every colour in full, since a progressive picture cut between two
scans still decodes, only coarser. Costs some 20 µs: the pixels' bytes are searched, not parsed.

Source: ITU-T T.81, annex B.
"""

import re
import struct
from typing import Final

from safety_tasks.ingest.checked_picture import PictureLimits, PictureProblem
from safety_tasks.ingest.picture_headers import (
    MAX_PARTS,
    PictureHeader,
    beyond,
    ended,
    too_many_parts,
    truncated,
)

# A marker may have fill bytes before it. In pixels, FF 00 is a pixel's byte and FF D0..D7 a restart: neither ends them.
_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])")
_PIXELS_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_SOI, _EOI, _SOS, _APP2 = 0xD8, 0xD9, 0xDA, 0xE2
_USUAL_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended sequential, progressive
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8), _SOI})
_HEAD_BYTES: Final = 64  # of a segment: as much as is looked at
_MAX_SCANS: Final = 64  # each is a pass over the whole picture; encoders write up to ten or so


def walk_jpeg(payload: bytes, limits: PictureLimits) -> PictureHeader | PictureProblem:
    """Return the header of a JPEG that ends where its file does.

    Args:
        payload: the file's bytes, which begin as a JPEG's.
        limits: ``max_pixels`` and ``min_side_px`` count here.
    """
    at, scans, header = 2, _Scans(), None
    for _ in range(MAX_PARTS):
        marker = _MARKER.match(payload, at)
        if marker is None:
            return _no_marker(payload, at)
        at, code = marker.end(), payload[marker.end() - 1]
        if code == _EOI:
            return ended(payload, at) or scans.missing() or header or _frame_problem()
        length = int.from_bytes(payload[at : at + 2], "big")
        if code in _ALONE or (length < 2 and at + 2 <= len(payload)):
            return PictureProblem("does_not_decode", f"marker {code:#x} is out of place")
        if at + max(length, 2) > len(payload):
            return truncated(payload)
        content = payload[at + 2 : at + min(length, _HEAD_BYTES)]
        if code == _APP2 and content.startswith(b"MPF\x00"):
            return PictureProblem("several_pictures", "the file lists more pictures (MPF)")
        if code in _FRAMES:
            if header is not None or length < 8:
                return _frame_problem()
            bits, height, width, colours = struct.unpack_from(">BHHB", content)
            scans.expect(content[6 : 6 + 3 * colours : 3])
            header = PictureHeader("jpg", width, height)
            problem = beyond(header, limits) or _unusual(code, bits, colours)
            if problem is not None:
                return problem
        at += length
        if code == _SOS:
            if problem := scans.add(content):
                return problem
            pixels = _PIXELS_END.search(payload, at)
            if pixels is None:
                return truncated(payload)
            at = pixels.start()
    return too_many_parts()


class _Scans:
    """Which frequencies of which colours have come in full; every colour has 64."""

    def __init__(self) -> None:
        self._count = 0
        self._missing: dict[int, bytearray] = {}

    def expect(self, colours: bytes) -> None:
        """Take the frame's names of its colours."""
        self._missing = {colour: bytearray(b"\x01" * 64) for colour in colours}

    def add(self, header: bytes) -> PictureProblem | None:
        """Take a scan's header: its colours, its band of frequencies and the bits that it leaves out."""
        self._count += 1
        if self._count > _MAX_SCANS:
            return PictureProblem("too_many_parts", f"expected ≤ {_MAX_SCANS} scans")
        colours = header[0] if header else 0
        if not 1 <= colours <= 4 or len(header) != 4 + 2 * colours or header[-2] > 63:
            return PictureProblem("does_not_decode", "expected a scan's whole header")
        first, last, left_out = header[-3], header[-2] + 1, header[-1] & 15
        for colour in header[1:-3:2]:
            if colour in self._missing and first < last:
                flags = (b"\x01" if left_out else b"\x00") * (last - first)
                self._missing[colour][first:last] = flags
        return None

    def missing(self) -> PictureProblem | None:
        """Return the problem of a picture that ends before its last scan."""
        if self._missing and not any(map(any, self._missing.values())):
            return None
        return PictureProblem("truncated", "the picture ends before its last scan")


def _frame_problem() -> PictureProblem:
    return PictureProblem("does_not_decode", "expected one whole header of a frame")


def _unusual(code: int, bits: int, colours: int) -> PictureProblem | None:
    if code in _USUAL_FRAMES and bits == 8 and colours in (1, 3):
        return None
    return PictureProblem(
        "unusual_pixels",
        f"expected a baseline or progressive JPEG of 8 bits and 1 or 3 colours, found frame {code:#x} of {bits} bits "
        f"and {colours} colours: readers show it differently; save it as usual",
    )


def _no_marker(payload: bytes, at: int) -> PictureProblem:
    rest = payload[at : at + 2]
    if len(rest) < 2 or payload.count(b"\xff", at) == len(payload) - at:
        return truncated(payload)
    return PictureProblem("does_not_decode", f"expected a marker at byte {at}, found {rest!r}")
