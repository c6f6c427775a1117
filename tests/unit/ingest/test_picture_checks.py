"""Bytes are a picture only when every reader sees the same one; each doubt has its reason."""

import io
import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from safety_tasks.ingest.picture_checks import (
    CheckedPicture,
    PictureProblem,
    check_picture,
    perceptual_hash,
)

MakePicture = Callable[..., bytes]


def check(payload: bytes, name: str = "a.jpg") -> CheckedPicture | PictureProblem:
    """Check under small limits."""
    return check_picture(payload, name, max_bytes=20_000, max_pixels=10_000)


def reason(payload: bytes, name: str = "a.jpg") -> str:
    """Return the reason of a refusal, or ``""``."""
    found = check(payload, name)
    return found.reason if isinstance(found, PictureProblem) else ""


def png_header(width_px: int, height_px: int) -> bytes:
    """Return a small PNG that claims a size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        sealed = kind + content
        return struct.pack(">I", len(content)) + sealed + struct.pack(">I", zlib.crc32(sealed))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a picture."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "name", "extension"),
    [
        ("JPEG", "a.jpg", "jpg"),
        ("JPEG", "camera 1/A.JPEG", "jpg"),
        ("PNG", "a.png", "png"),
        ("PNG", "a.b.PNG", "png"),
    ],
)
def test_sound_pictures(make_picture: MakePicture, kind: str, name: str, extension: str) -> None:
    """A sound JPEG or PNG gives its format and size, whatever the case of its name."""
    found = check(make_picture(1, kind, (64, 48)), name)
    assert isinstance(found, CheckedPicture)
    assert (found.extension, found.width_px, found.height_px) == (extension, 64, 48)


@pytest.mark.parametrize(
    ("payload", "name", "expected"),
    [
        (b"", "a.jpg", "not_a_picture"),
        (b"\xff\xd8\xff", "a.jpg", "not_a_picture"),
        (b"<svg/>", "a.png", "not_a_picture"),
        (b"x" * 20_001, "a.jpg", "too_large"),
        (png_header(15, 64), "a.png", "bad_size"),
        (png_header(0, 64), "a.png", "not_a_picture"),
        (png_header(101, 100), "a.png", "bad_size"),
        (png_header(30_000, 30_000), "a.png", "bad_size"),
        (png_header(2**31 - 1, 2**31 - 1), "a.png", "bad_size"),
        (png_header(64, 64), "a.png", "does_not_decode"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bytes_that_are_no_usable_picture(payload: bytes, name: str, expected: str) -> None:
    """Nothing, noise, too many bytes, a bomb's size and a header without pixels are each told apart."""
    assert reason(payload, name) == expected


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "MPO"])
def test_other_formats_are_refused(make_picture: MakePicture, kind: str) -> None:
    """Other formats are no pictures here, even under a JPEG's name, nor are several JPEGs in one."""
    picture = Image.open(io.BytesIO(make_picture(1)))
    more = {"save_all": True, "append_images": [picture]} if kind == "MPO" else {}
    assert reason(saved(picture, kind, **more)) == "not_a_picture"


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "a.png"), ("PNG", "a.jpg"), ("JPEG", "a"), ("JPEG", "jpg.exe")]
)
def test_the_name_must_fit(make_picture: MakePicture, kind: str, name: str) -> None:
    """A picture under another format's extension, or none, is refused."""
    assert reason(make_picture(1, kind), name) == "wrong_extension"


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png")])
def test_nothing_may_follow_or_lack(make_picture: MakePicture, kind: str, name: str) -> None:
    """One byte less or one more at the end is refused."""
    whole = make_picture(1, kind)
    assert reason(whole, name) == ""
    for payload in (whole[:-1], whole + b"\x00", whole[: len(whole) // 2], whole + b"<?php"):
        assert reason(payload, name) in ("truncated_or_trailing", "not_a_picture")


def test_a_cut_png_with_a_pasted_end(make_picture: MakePicture) -> None:
    """A PNG that lost its last quarter does not pass by an end mark put back on."""
    whole = make_picture(1, "PNG")
    assert reason(whole[: len(whole) * 3 // 4] + whole[-12:], "a.png") == "does_not_decode"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_stored_size_counts(make_picture: MakePicture, orientation: int) -> None:
    """An EXIF orientation changes neither size nor hash: labels belong to the stored pixels."""
    picture = Image.open(io.BytesIO(make_picture(1)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = check(saved(picture, "JPEG", exif=exif))
    plain = check(saved(picture, "JPEG"))
    assert isinstance(found, CheckedPicture)
    assert (found.width_px, found.height_px) == (64, 48)
    assert found == plain


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_colour_modes_of_jpeg(make_picture: MakePicture, mode: str) -> None:
    """Grey and four-colour JPEGs are pictures too."""
    picture = Image.open(io.BytesIO(make_picture(1))).convert(mode)
    assert reason(saved(picture, "JPEG")) == ""


@hypothesis_settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(["JPEG", "PNG"]), at=st.integers(0, 10**6), byte=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_no_altered_byte_raises(make_picture: MakePicture, kind: str, at: int, byte: int) -> None:
    """Whichever byte is altered, the answer is a picture of the right limits or a problem."""
    whole = bytearray(make_picture(1, kind))
    whole[at % len(whole)] = byte
    found = check(bytes(whole), "a.jpg" if kind == "JPEG" else "a.png")
    if isinstance(found, CheckedPicture):
        assert found.width_px * found.height_px <= 10_000
    else:
        assert found.reason


def bits_apart(first: int, second: int) -> int:
    """Count the bits in which two hashes differ."""
    return (first ^ second).bit_count()


def test_the_hash_knows_a_picture_again(make_picture: MakePicture) -> None:
    """A smaller, brighter, coarser copy hashes close by; another picture far away."""
    grey = cv2.imdecode(np.frombuffer(make_picture(1), np.uint8), cv2.IMREAD_GRAYSCALE)
    other = cv2.imdecode(np.frombuffer(make_picture(2), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    assert other is not None
    copy = cv2.convertScaleAbs(cv2.resize(grey, (40, 30)), alpha=0.8, beta=20)
    mine = perceptual_hash(grey.astype(np.uint8))
    assert 0 <= mine < 2**64
    assert bits_apart(mine, perceptual_hash(copy.astype(np.uint8))) <= 10
    assert bits_apart(mine, perceptual_hash(other.astype(np.uint8))) > 10
