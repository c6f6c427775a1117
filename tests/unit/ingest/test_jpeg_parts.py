"""A JPEG is walked to its end; wherever it is cut, the walk says so."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.drawn_pictures import JPEG_END, JPEG_KINDS, drawn, jpeg_of_kind, saved, with_segment

from safety_tasks.ingest.checked_picture import PictureLimits, PictureProblem
from safety_tasks.ingest.jpeg_parts import walk_jpeg
from safety_tasks.ingest.picture_headers import PictureHeader

LIMITS = PictureLimits()


def rule(payload: bytes) -> str:
    """Return the rule that was broken, or ``""``."""
    found = walk_jpeg(payload, LIMITS)
    return found.rule if isinstance(found, PictureProblem) else ""


@pytest.mark.parametrize("kind", sorted(JPEG_KINDS))
def test_every_truncation(kind: str) -> None:
    """Cut after any byte but the last, every JPEG is truncated, and whole it is not."""
    jpeg = jpeg_of_kind(kind, 48, 32)
    assert walk_jpeg(jpeg, LIMITS) == PictureHeader("jpg", 48, 32)
    assert {rule(jpeg[:at]) for at in range(3, len(jpeg))} == {"truncated"}


def test_every_truncation_with_a_thumbnail() -> None:
    """The thumbnail's own end mark is never taken for the picture's."""
    jpeg = with_segment(
        jpeg_of_kind("baseline 4:2:0", 48, 32), 0xE1, b"Exif\x00\x00" + saved(drawn(16, 16))
    )
    assert rule(jpeg) == ""
    assert {rule(jpeg[:at]) for at in range(3, len(jpeg))} == {"truncated"}


@pytest.mark.parametrize("kind", ["progressive", "grey progressive"])
def test_scans_that_are_missing(kind: str) -> None:
    """A progressive picture that ends between two scans decodes, coarser; it is truncated all the same."""
    jpeg = jpeg_of_kind(kind)
    scans = [at for at in range(len(jpeg)) if jpeg.startswith(b"\xff\xda", at)]
    assert len(scans) > 3
    assert {rule(jpeg[:at] + JPEG_END) for at in scans} == {"truncated"}


def test_any_end_may_have_fill_bytes_before_it() -> None:
    """Fill bytes are the standard's: before any marker, any number."""
    jpeg = saved(drawn())
    assert rule(jpeg[:-2] + b"\xff" * 1000 + JPEG_END) == ""
    assert rule(jpeg[:2] + b"\xff\xff" + jpeg[2:]) == ""


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 5000), st.integers(0, 200))
def test_noise_never_raises(noise: bytes, at: int, lost: int) -> None:
    """Whatever stands in a JPEG, the walk ends with a header or a problem."""
    jpeg = saved(drawn(64, 48))
    at %= len(jpeg)
    walk_jpeg(jpeg[:at] + noise + jpeg[at + lost :], LIMITS)
    walk_jpeg(b"\xff\xd8\xff" + noise, LIMITS)
