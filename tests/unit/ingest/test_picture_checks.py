"""Bytes are a picture only when every reader sees the same one; each doubt has its rule."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from support.drawn_pictures import drawn, saved
from support.hostile_pictures import SOUND, hostile_pictures

from safety_tasks.ingest import picture_checks
from safety_tasks.ingest.picture_checks import (
    CheckedPicture,
    PictureLimits,
    PictureProblem,
    check_picture,
    sharpness_of,
)
from safety_tasks.ingest.picture_decoders import reduction_of
from safety_tasks.ingest.picture_headers import PictureHeader

MakePicture = Callable[..., bytes]
LIMITS = PictureLimits()


def check(payload: bytes, name: str = "a.jpg") -> CheckedPicture:
    """Check a sound picture."""
    found = check_picture(payload, name, LIMITS)
    assert isinstance(found, CheckedPicture), found
    return found


def rule(payload: bytes, name: str = "a.jpg", limits: PictureLimits = LIMITS) -> str:
    """Return the rule that was broken, or ``SOUND``."""
    found = check_picture(payload, name, limits)
    return found.rule if isinstance(found, PictureProblem) else SOUND


def test_the_hostile_corpus() -> None:
    """Each hostile file breaks its expected rule, without a child too, but what only complaints tell."""
    wrong = [
        (case.what, case.rule, found)
        for case in hostile_pictures(LIMITS)
        if (found := rule(case.payload, case.name)) != (SOUND if case.by_complaint else case.rule)
    ]
    assert wrong == []


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
    assert (found.extension, found.width_px, found.height_px) == (extension, 64, 48)


@pytest.mark.parametrize(
    ("width_px", "height_px", "expected"),
    [(15, 16, "bad_size"), (16, 16, ""), (100, 100, ""), (101, 100, "bad_size")],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_bounds(kind: str, width_px: int, height_px: int, expected: str) -> None:
    """A size at its bound passes, one pixel beyond does not."""
    payload = saved(drawn(width_px, height_px), kind)
    limits = PictureLimits(max_pixels=10_000, max_bytes=len(payload))
    name = "a.jpg" if kind == "JPEG" else "a.png"
    assert rule(payload, name, limits) == expected
    assert rule(payload + b"x", name, limits) == "too_large"


@pytest.mark.parametrize(
    ("side_px", "part"),
    [(16, 1), (127, 1), (128, 2), (255, 2), (256, 4), (511, 4), (512, 8), (9000, 8)],
)
def test_reduction(side_px: int, part: int) -> None:
    """The shorter side keeps 64 pixels where it can, and is never below an eighth."""
    assert reduction_of(PictureHeader("jpg", side_px, 9000)) == part
    assert reduction_of(PictureHeader("jpg", 9000, side_px)) == part


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.integers(16, 700), st.integers(16, 700), st.booleans())
def test_both_decoders_agree_at_any_size(width_px: int, height_px: int, progressive: bool) -> None:
    """No sound picture of whatever size is refused for how its reduced size is rounded."""
    picture = Image.fromarray(
        np.add.outer(np.arange(height_px), np.arange(width_px)).astype(np.uint8)
    ).convert("RGB")
    assert rule(saved(picture, progressive=progressive)) == SOUND
    assert rule(saved(picture, "PNG"), "a.png") == SOUND


def test_a_decoder_that_sees_another_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other pixels from the second decoder are a disagreement, though the size is the same."""
    jpeg = saved(drawn())
    honest = picture_checks.grey_by_opencv

    def other(*args: object) -> object:
        return 255 - honest(*args)  # type: ignore[arg-type,operator]

    monkeypatch.setattr(picture_checks, "grey_by_opencv", other)
    assert rule(jpeg) == "decoders_disagree"


def test_complaints_count_for_jpeg_only() -> None:
    """What is on the error stream before decoding is no complaint; after it, it is, of a JPEG."""
    jpeg, png = saved(drawn()), saved(drawn(), "PNG")
    words = iter(["old news", "Corrupt JPEG data: bad", "", "libpng warning: odd", "", ""])
    found = check_picture(jpeg, "a.jpg", LIMITS, complaints=lambda: next(words))
    assert isinstance(found, PictureProblem)
    assert "Corrupt JPEG data" in found.observed
    for name, payload in (("a.png", png), ("a.jpg", jpeg)):
        found = check_picture(payload, name, LIMITS, complaints=lambda: next(words))
        assert isinstance(found, CheckedPicture)


def test_a_jpeg_and_a_png_of_a_picture_are_alike() -> None:
    """Format and scale hardly change brightness, sharpness and signature."""
    picture = drawn(640, 512)
    jpeg, png = check(saved(picture, quality=95)), check(saved(picture, "PNG"), "a.png")
    assert abs(jpeg.brightness - png.brightness) < 1
    assert jpeg.sharpness == pytest.approx(png.sharpness, rel=0.05)
    apart = [a ^ b for a, b in zip(jpeg.signature.hashes, png.signature.hashes, strict=True)]
    assert sum(bits.bit_count() for bits in apart) <= len(apart)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_brightness_and_sharpness_of_nothing(grey: int) -> None:
    """An even picture is as bright as its grey and has no sharpness."""
    found = check(saved(Image.new("L", (640, 512), grey), "PNG"), "a.png")
    assert (found.brightness, found.sharpness) == (float(grey), 0.0)


def test_sharpness_falls_with_blur() -> None:
    """The more a picture is blurred, the less sharp it is."""
    picture = drawn(640, 512)
    sharp = [
        check(saved(picture.filter(ImageFilter.GaussianBlur(px)))).sharpness
        for px in (0, 8, 16, 32)
    ]
    assert sharp == sorted(sharp, reverse=True)
    assert sharp[0] > 2 * sharp[-1]


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    """One white pixel on black, by hand: 4 neighbours of 255, the pixel itself of -1020."""
    grey = np.zeros((10, 10), np.uint8)
    grey[5, 5] = 255
    laplacian = np.zeros(100)
    laplacian[:5] = [-1020, 255, 255, 255, 255]
    assert sharpness_of(grey) == round(float(laplacian.var()), 1)


@hypothesis_settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(["JPEG", "PNG"]), at=st.integers(0, 10**6), byte=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore")
def test_no_altered_byte_raises(make_picture: MakePicture, kind: str, at: int, byte: int) -> None:
    """Whichever byte is altered, the answer is a picture within the limits or a problem with words."""
    whole = bytearray(make_picture(1, kind))
    whole[at % len(whole)] = byte
    limits = PictureLimits(max_pixels=10_000)
    found = check_picture(bytes(whole), "a.jpg" if kind == "JPEG" else "a.png", limits)
    if isinstance(found, CheckedPicture):
        assert found.width_px * found.height_px <= 10_000
    else:
        assert found.rule
        assert found.observed


def test_the_picture_that_training_reads_is_the_picture_checked() -> None:
    """OpenCV in colour and in full, as training decodes, gives the size that was recorded."""
    for orientation in (0, 1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        jpeg = saved(drawn(), exif=exif)
        found = check(jpeg)
        colour = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert colour is not None
        assert colour.shape == (found.height_px, found.width_px, 3)
