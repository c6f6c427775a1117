"""A PNG is walked to its end, and its pixels are counted."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.drawn_pictures import PNG_START, chunk, drawn, png_of, saved

from safety_tasks.ingest.checked_picture import PictureLimits, PictureProblem
from safety_tasks.ingest.picture_headers import PictureHeader
from safety_tasks.ingest.png_parts import walk_png

LIMITS = PictureLimits()


def rule(payload: bytes) -> str:
    """Return the rule that was broken, or ``""``."""
    found = walk_png(payload, LIMITS)
    return found.rule if isinstance(found, PictureProblem) else ""


def test_every_truncation() -> None:
    """Cut after any byte but the last, a PNG is truncated, with its end put back too."""
    png = saved(drawn(32, 24), "PNG")
    assert walk_png(png, LIMITS) == PictureHeader("png", 32, 24)
    assert {rule(png[:at]) for at in range(8, len(png))} == {"truncated"}
    glued = {rule(png[:at] + png[-12:]) for at in range(8, len(png) - 12)}
    assert "" not in glued


@hypothesis_settings(max_examples=200, deadline=None)
@given(
    st.integers(16, 40),
    st.integers(16, 40),
    st.sampled_from([(0, 1), (0, 2), (0, 4), (0, 8), (2, 8), (3, 1), (3, 4), (4, 8), (6, 8)]),
)
def test_the_pixels_are_counted(width_px: int, height_px: int, pixel: tuple[int, int]) -> None:
    """The stream must hold a filter byte and whole bytes of samples a row: one byte less or more is told."""
    colour, bits = pixel
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = bytes((1 + (width_px * samples * bits + 7) // 8) * height_px)
    for content, expected in (
        (rows, ""),
        (rows[1:], "truncated"),
        (rows + b"\0", "trailing_bytes"),
    ):
        assert rule(png_of(width_px, height_px, content, bits=bits, colour=colour)) == expected


def test_interlaced_pixels_are_counted() -> None:
    """Adam7's seven passes of a 20x17 grey picture hold 374 bytes, counted by hand."""
    sizes = [(3, 3), (2, 3), (5, 2), (5, 5), (10, 4), (10, 9), (20, 8)]
    total = sum((1 + wide) * tall for wide, tall in sizes)
    assert total == 374
    for count, expected in ((total, ""), (total - 1, "truncated"), (total + 1, "trailing_bytes")):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 17, 8, 0, 0, 0, 1))
        pixels = chunk(b"IDAT", zlib.compress(bytes(count)))
        assert rule(PNG_START + header + pixels + chunk(b"IEND", b"")) == expected


def test_pixels_in_many_parts() -> None:
    """How the stream is cut into parts, empty ones among them, does not matter."""
    rows = bytes(range(193)) * 64
    packed = zlib.compress(rows)
    parts = b"".join(chunk(b"IDAT", packed[at : at + 7]) for at in range(0, len(packed) + 7, 7))
    whole = png_of(64, 64, b"")
    assert rule(whole[:33] + parts + whole[-12:]) == ""


@pytest.mark.parametrize(
    "fields", [(8, 1, 0, 0, 0), (3, 0, 0, 0, 0), (8, 2, 1, 0, 0), (8, 2, 0, 0, 2)]
)
def test_headers_that_no_png_has(fields: tuple[int, ...]) -> None:
    """An unknown colour, depth, compression or interlacing is refused before anything is inflated."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, *fields))
    assert rule(PNG_START + header) == "does_not_decode"


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 5000), st.integers(0, 200))
def test_noise_never_raises(noise: bytes, at: int, lost: int) -> None:
    """Whatever stands in a PNG, the walk ends with a header or a problem."""
    png = saved(drawn(32, 24), "PNG")
    at %= len(png)
    walk_png(png[:at] + noise + png[at + lost :], LIMITS)
    walk_png(PNG_START + noise, LIMITS)
