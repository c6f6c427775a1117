"""Pictures are decoded alike whatever their form, upright, and by their content, not their name."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps
from support.drawn_pictures import (
    JPEG_KINDS,
    PNG_START,
    chunk,
    drawn,
    jpeg_of_kind,
    png_of,
    png_with,
    saved,
)
from support.red_left import red_left
from toy_models import png, toy_picture

from safety_tasks.inference.pictures import decode_picture, read_picture


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA"])
def test_every_colour_mode_becomes_three_channels(mode: str) -> None:
    """Grey, palette and alpha pictures decode to (height, width, 3) with their content."""
    picture = decode_picture(red_left(mode), what="x")
    assert (picture.shape, picture.dtype) == ((20, 40, 3), np.uint8)
    left = [76, 76, 76] if mode in ("L", "LA") else [0, 0, 255]
    assert picture[10, 5].tolist() == left
    assert picture[10, 35].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("orientation", "shape", "red_at"),
    [
        (1, (20, 40), (10, 5)),
        (3, (20, 40), (10, 35)),
        (6, (40, 20), (5, 10)),
        (8, (40, 20), (35, 10)),
    ],
)
def test_a_turned_camera_gives_an_upright_picture(
    orientation: int, shape: tuple[int, int], red_at: tuple[int, int]
) -> None:
    """The EXIF orientation is applied, as annotation tools and the training framework do."""
    picture = decode_picture(red_left("RGB", "JPEG", orientation), what="x")
    assert picture.shape[:2] == shape
    assert picture[red_at][2] > 200
    assert picture[shape[0] - 1 - red_at[0], shape[1] - 1 - red_at[1]][2] < 50


def test_a_file_is_read_as_its_bytes_decode(tmp_path: Path) -> None:
    """Reading a file gives the pixels that were written."""
    picture = toy_picture([(0, 3), (2, 9)])
    (tmp_path / "a.png").write_bytes(png(picture))
    assert np.array_equal(read_picture(tmp_path / "a.png"), picture)


def bgr(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the pixels of a picture as (height, width, 3) BGR."""
    return np.asarray(picture.convert("RGB"))[:, :, ::-1]


def interlaced_png(picture: npt.NDArray[np.uint8]) -> bytes:
    """Encode an RGB picture in the seven passes of Adam7 (PNG specification, section 8.2)."""
    rows = b""
    for top, left, down, right in (
        (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)
    ):  # fmt: skip
        part = picture[top::down, left::right]
        rows += b"".join(b"\x00" + row.tobytes() for row in part) if part.size else b""
    plain = png_of(picture.shape[1], picture.shape[0], rows)
    header = plain[len(PNG_START) + 8 : len(PNG_START) + 20] + b"\x01"
    return PNG_START + chunk(b"IHDR", header) + plain[len(PNG_START) + 25 :]


DRAWN = drawn(64, 48)
PIXELS = np.asarray(DRAWN)
PALETTE = DRAWN.quantize(16)
ONE_BIT = DRAWN.convert("1")
SIXTEEN_GREY = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 21
SIXTEEN_RGB = PIXELS.astype(np.uint16) * 257
HALF_CLEAR = Image.fromarray(np.dstack([PIXELS, np.full((48, 64), 7, np.uint8)]))


def rows_of(pixels: npt.NDArray[np.uint16]) -> bytes:
    """Return the rows of a PNG of 16 bits, each after its filter's byte."""
    return b"".join(b"\x00" + row.astype(">u2").tobytes() for row in pixels)


WITH_ALPHA = np.dstack([SIXTEEN_GREY, np.full_like(SIXTEEN_GREY, 9)])


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (saved(DRAWN, "PNG"), bgr(DRAWN)),
        (interlaced_png(PIXELS), bgr(DRAWN)),
        (saved(DRAWN.convert("L"), "PNG"), bgr(DRAWN.convert("L"))),
        (saved(DRAWN.convert("LA"), "PNG"), bgr(DRAWN.convert("L"))),
        (saved(HALF_CLEAR, "PNG"), bgr(DRAWN)),
        (saved(PALETTE, "PNG"), bgr(PALETTE)),
        (saved(PALETTE, "PNG", transparency=bytes(16)), bgr(PALETTE)),
        (saved(ONE_BIT, "PNG"), bgr(ONE_BIT)),
        (png_of(64, 48, rows_of(SIXTEEN_GREY), bits=16, colour=0), np.dstack([SIXTEEN_GREY >> 8] * 3)),
        (png_of(64, 48, rows_of(WITH_ALPHA), bits=16, colour=4), np.dstack([SIXTEEN_GREY >> 8] * 3)),
        (png_of(64, 48, rows_of(SIXTEEN_RGB), bits=16, colour=2), bgr(DRAWN)),
        (png_of(1, 1, b"\x00\x01\x02\x03"), np.array([[[3, 2, 1]]])),
        (png_with(saved(DRAWN, "PNG"), chunk(b"tEXt", b"a\0b")), bgr(DRAWN)),
        (saved(DRAWN, "PNG") + b"the camera's own", bgr(DRAWN)),
    ],
    ids=[
        "colour", "interlaced", "grey", "grey and alpha", "alpha", "palette", "palette and alpha", "one bit",
        "16 bits grey", "16 bits grey and alpha", "16 bits", "one pixel", "text inside", "bytes after its end",
    ],
)  # fmt: skip
def test_every_form_of_png(payload: bytes, wanted: npt.NDArray[np.uint8]) -> None:
    """Whatever the form, the pixels are those that were stored: alpha is dropped, of 16 bits the upper 8 stay."""
    found = decode_picture(payload, what="x")
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize("kind", JPEG_KINDS)
def test_every_kind_of_jpeg(kind: str) -> None:
    """Baseline, progressive, with restarts, grey: the pixels are those that another decoder reads."""
    payload = jpeg_of_kind(kind)
    wanted = bgr(Image.open(io.BytesIO(payload)))
    for found in (decode_picture(payload, what="x"), decode_picture(payload + b"\0more", what="x")):
        assert (found.shape, found.dtype) == ((120, 160, 3), np.uint8)
        assert np.abs(found.astype(int) - wanted).mean() < 1.5


def test_a_jpeg_of_four_inks() -> None:
    """Printers' colours become those that a screen shows."""
    red = Image.new("RGB", (64, 48), (200, 30, 60))
    payload = saved(red.convert("CMYK"), quality=95)
    found = decode_picture(payload, what="x")
    assert (found.shape, found.dtype) == ((48, 64, 3), np.uint8)
    assert np.abs(found.astype(int) - [60, 30, 200]).max() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_turn_is_done(kind: str, orientation: int) -> None:
    """Each of the eight orientations comes out upright, as another reader of EXIF has it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    payload = saved(DRAWN, kind, exif=exif)
    found = decode_picture(payload, what="x")
    wanted = bgr(ImageOps.exif_transpose(Image.open(io.BytesIO(payload))))
    assert found.shape == wanted.shape == ((64, 48, 3) if orientation >= 5 else (48, 64, 3))
    assert np.abs(found.astype(int) - wanted).mean() < 2


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_a_turn_that_there_is_none_of_is_not_done(orientation: int) -> None:
    """EXIF that says nonsense leaves the picture as it was stored."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode_picture(saved(DRAWN, "PNG", exif=exif), what="x")
    assert np.array_equal(found, bgr(DRAWN))


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "a.png"), ("PNG", "a.jpg"), ("PNG", "a"), ("JPEG", "a.txt")]
)
def test_the_content_decides_not_the_name(kind: str, name: str, tmp_path: Path) -> None:
    """A file under another format's name is read as what it is."""
    payload = saved(DRAWN, kind)
    (tmp_path / name).write_bytes(payload)
    found = read_picture(tmp_path / name)
    assert np.array_equal(found, decode_picture(payload, what="x"))
