"""Pictures of odd forms, or with odd things around them, are sound: they decode to their own pixels."""

import time
import zlib

import numpy as np
import pytest
from PIL import Image
from support.archives import zip_of
from support.drawn_pictures import JPEG_END, chunk, drawn, png_with, saved, with_segment
from toy_models import strong_model

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import decode_picture

PICTURE = drawn(160, 120)
JPEG, PNG = saved(PICTURE), saved(PICTURE, "PNG")
PLAIN = np.asarray(PICTURE)[:, :, ::-1]
AROUND_A_PNG = {
    "a byte after": PNG + b"\x00",
    "an archive after": PNG + zip_of([("data.pkl", b"x" * 100)]),
    "half a picture after": PNG + PNG[:500],
    "a bomb of text": png_with(
        PNG, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))
    ),
    "EXIF of zeros": png_with(PNG, chunk(b"eXIf", b"MM\0*" + bytes(2_000_000))),
    "empty parts": png_with(PNG, chunk(b"teSt", b"") * 20_000),
    "an end within text": png_with(PNG, chunk(b"tEXt", b"a\0" + PNG[-12:])),
}
AROUND_A_JPEG = {
    "a byte after": JPEG + b"\x00",
    "an archive after": JPEG + zip_of([("data.pkl", b"x" * 100)]),
    "half a picture after": JPEG + JPEG[:500],
    "the end twice": JPEG + JPEG_END,
    "a thumbnail": with_segment(JPEG, 0xE1, b"Exif\x00\x00" + saved(drawn(32, 24))),
    "EXIF of noise": with_segment(JPEG, 0xE1, b"Exif\x00\x00MM" + bytes(range(99))),
    "an archive within": with_segment(JPEG, 0xFE, zip_of([("data.pkl", b"x" * 100)])),
    "fill bytes": JPEG[:-2] + b"\xff" * 10_000 + JPEG_END,
}


@pytest.mark.parametrize("name", AROUND_A_PNG)
def test_what_lies_around_a_png_changes_nothing(name: str) -> None:
    """Bytes behind the end, bombs in texts and parts that mean nothing: the pixels are the picture's."""
    started = time.monotonic()
    assert np.array_equal(decode_picture(AROUND_A_PNG[name], what="x"), PLAIN)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("name", AROUND_A_JPEG)
def test_what_lies_around_a_jpeg_changes_nothing(name: str) -> None:
    """Thumbnails, comments, fill bytes and what cameras add behind the end: the pixels are the picture's."""
    found = decode_picture(AROUND_A_JPEG[name], what="x")
    assert np.array_equal(found, decode_picture(JPEG, what="x"))


def formed(mode: str, size_px: tuple[int, int]) -> Image.Image:
    """Return a drawn picture in another form."""
    picture = drawn(*size_px)
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    return picture.convert(mode)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "L", "LA", "RGBA", "P", "1", "I;16")),
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK", "1")),
    ],
)
@pytest.mark.parametrize("size_px", [(1, 1), (1, 300), (300, 1), (17, 31)])
def test_every_form_goes_through_a_detector(kind: str, mode: str, size_px: tuple[int, int]) -> None:
    """Whatever a camera's form and size, decoding gives what the detector takes."""
    picture = formed(mode, size_px)
    frame = decode_picture(saved(picture, kind), what="x")
    assert (frame.shape, frame.dtype) == ((size_px[1], size_px[0], 3), np.uint8)
    if kind == "PNG":
        shown = formed("L", size_px) if mode in ("LA", "I;16") else picture
        assert np.array_equal(frame, np.asarray(shown.convert("RGB"))[:, :, ::-1])
    Detector(strong_model(), what="m").detect(frame)
