"""Boxes survive the way into the square and back; the picture lies where the placement says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.inference.letterbox import (
    PAD_GREY,
    Letterbox,
    Placement,
    letterbox,
    to_blob,
    to_picture_xyxy,
)

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


def test_scaling_is_bilinear() -> None:
    """Half as large, each pixel is the mean of four, as the model was trained; twice as large, steps lie between."""
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    wanted = picture.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert letterbox(picture, 64)[0] == pytest.approx(wanted, abs=0.51)
    edge = np.repeat(np.array([[[0]], [[200]]], np.uint8), 2, axis=1).repeat(3, axis=2)
    assert letterbox(edge, 4)[0][:, 0, 0].tolist() == [0, 50, 150, 200]


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


def noise(height: int, width: int, seed: int = 0) -> "np.ndarray":  # type: ignore[type-arg]
    """Return a picture where every pixel is another."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_new_square_is_empty() -> None:
    """Nothing was fitted yet: grey all over, of the wished side."""
    square = Letterbox(64).square
    assert (square.shape, square.dtype) == ((64, 64, 3), np.uint8)
    assert (square == PAD_GREY).all()


@given(st.lists(SIZES, min_size=1, max_size=5), st.sampled_from([64, 128]))
def test_pictures_one_after_another_lie_as_each_alone(
    sizes: list[tuple[int, int]], imgsz_px: int
) -> None:
    """Whatever was in the square before, a picture and its margins are those of a square of its own."""
    kept = Letterbox(imgsz_px)
    for seed, (height, width) in enumerate(sizes):
        picture = noise(height, width, seed)
        alone, placement = letterbox(picture, imgsz_px)
        assert kept.fit(picture) == placement
        assert np.array_equal(kept.square, alone)


def test_the_square_is_always_the_same_memory() -> None:
    """Who holds the square sees each picture, of any size: nothing is handed out anew."""
    kept = Letterbox(64)
    held, address = kept.square, kept.square.ctypes.data
    for height, width in ((48, 64), (64, 64), (500, 30), (64, 64), (1, 1), (33, 77)):
        kept.fit(noise(height, width))
        assert kept.square is held
        assert kept.square.ctypes.data == address
        assert np.array_equal(held, letterbox(noise(height, width), 64)[0])


def test_only_where_the_picture_lies_is_written_again() -> None:
    """A camera's frames are all of one size: their margins are laid once, and again only for another size."""
    kept = Letterbox(64)
    kept.fit(noise(32, 64))
    kept.square[:16] = 7
    kept.square[48:] = 8
    assert kept.fit(noise(32, 64, 1)) == Placement(1.0, 0, 16, 64, 32)
    assert (kept.square[:16] == 7).all()
    assert (kept.square[48:] == 8).all()
    assert np.array_equal(kept.square[16:48], noise(32, 64, 1))
    kept.fit(noise(16, 64))
    assert (kept.square[:24] == PAD_GREY).all()
    assert (kept.square[40:] == PAD_GREY).all()


@pytest.mark.parametrize(
    ("height", "width", "placement"),
    [
        (64, 64, Placement(1.0, 0, 0, 64, 64)),
        (1, 1, Placement(64.0, 0, 0, 1, 1)),
        (32, 32, Placement(2.0, 0, 0, 32, 32)),
        (128, 64, Placement(0.5, 16, 0, 64, 128)),
        (64, 128, Placement(0.5, 0, 16, 128, 64)),
        (1, 4000, Placement(0.016, 0, 31, 4000, 1)),
        (4000, 1, Placement(0.016, 31, 0, 1, 4000)),
        (6000, 8000, Placement(0.008, 0, 8, 8000, 6000)),
    ],
)
def test_where_a_picture_lies(height: int, width: int, placement: Placement) -> None:
    """The longer side fills the square, the other lies in the middle, and never vanishes."""
    kept = Letterbox(64)
    assert kept.fit(np.zeros((height, width, 3), np.uint8)) == placement
    there = (kept.square == 0).all(axis=2)
    assert there.sum() == max(1, round(height * placement.scale)) * max(
        1, round(width * placement.scale)
    )
    assert there[placement.top_px, placement.left_px]


def test_the_picture_stays_as_it_was() -> None:
    """Fitting reads a picture, also one that may not be written or that lies in another's memory."""
    whole = noise(200, 300)
    part = whole[20:120:2, 10:250:3]
    part.setflags(write=False)
    before = part.copy()
    kept = Letterbox(64)
    kept.fit(part)
    assert np.array_equal(part, before)
    assert np.array_equal(kept.square, letterbox(before, 64)[0])
