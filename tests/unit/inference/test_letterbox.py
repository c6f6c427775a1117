"""Boxes survive the way into the square and back; the picture lies where the placement says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.inference.letterbox import PAD_GREY, letterbox, to_blob, to_picture_xyxy

SIZES = st.tuples(st.integers(1, 700), st.integers(1, 700))


@given(SIZES, st.sampled_from([64, 128, 640]), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_boxes_come_back(size: tuple[int, int], imgsz_px: int, corners: list[float]) -> None:
    """A box of the picture, put into the square and mapped back, is the same box."""
    height, width = size
    _, placement = letterbox(np.zeros((height, width, 3), np.uint8), imgsz_px)
    x1, x2 = sorted(corner * width for corner in corners[:2])
    y1, y2 = sorted(corner * height for corner in corners[2:])
    box = np.array([[x1, y1, x2, y2]], np.float32)
    offset = np.array([placement.left_px, placement.top_px] * 2, np.float32)
    square = box * np.float32(placement.scale) + offset
    assert (square >= -0.001).all()
    assert (square <= imgsz_px + 0.001).all()
    tolerance = 0.002 + 0.0005 / placement.scale
    assert to_picture_xyxy(square, placement) == pytest.approx(box, abs=tolerance)


@given(SIZES, st.sampled_from([64, 128]))
def test_the_square_holds_the_whole_picture_in_the_middle(
    size: tuple[int, int], imgsz_px: int
) -> None:
    """The square has the wished side; margins are grey and differ by at most one pixel."""
    height, width = size
    square, placement = letterbox(np.full((height, width, 3), 255, np.uint8), imgsz_px)
    assert square.shape == (imgsz_px, imgsz_px, 3)
    rows = np.flatnonzero((square == 255).all(axis=2).any(axis=1))
    columns = np.flatnonzero((square == 255).all(axis=2).any(axis=0))
    assert (rows[0], columns[0]) == (placement.top_px, placement.left_px)
    assert 0 <= (imgsz_px - 1 - rows[-1]) - rows[0] <= 1
    assert 0 <= (imgsz_px - 1 - columns[-1]) - columns[0] <= 1
    assert imgsz_px in (len(rows), len(columns))
    assert (square[(square != 255).any(axis=2)] == PAD_GREY).all()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (32, 64), (64, 32)])
def test_a_picture_that_fits_is_copied_not_resampled(height: int, width: int) -> None:
    """At scale one every pixel is the delivered one."""
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    square, at = letterbox(picture, 64)
    inside = square[at.top_px : at.top_px + height, at.left_px : at.left_px + width]
    assert np.array_equal(inside, picture)


def test_boxes_outside_are_clipped_to_the_picture() -> None:
    """A box over the grey margin ends at the picture's edge."""
    _, placement = letterbox(np.zeros((100, 200, 3), np.uint8), 64)
    square = np.array([[-10, -10, 80, 80]], np.float32)
    assert to_picture_xyxy(square, placement).tolist() == [[0, 0, 200, 100]]


def test_the_blob_is_rgb_planes_from_zero_to_one() -> None:
    """Blue, green, red bytes become red, green, blue planes, 255 becomes 1."""
    square = np.zeros((64, 64, 3), np.uint8)
    square[3, 5] = (51, 102, 255)
    blob = to_blob(square)
    assert (blob.shape, blob.dtype) == ((1, 3, 64, 64), np.float32)
    assert blob[0, :, 3, 5] == pytest.approx([1.0, 0.4, 0.2])
    assert blob.sum() == pytest.approx(1.6)
