"""A harmless change is the same each time, is small, and leaves boxes in the picture's own pixels."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_models import strong_model, toy_picture

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.harmless_changes import HARMLESS, detect_changed
from safety_tasks.inference.letterbox import letterbox
from safety_tasks.inference.pictures import decode_picture, encode_jpeg
from safety_tasks.records.release import Detection

IMGSZ_PX = 64
ENCODED, KERNEL = "encoded again as JPEG 90", "scaled with another kernel"
BRIGHTER, DARKER = "brighter by 2 of 255", "darker by 2 of 255"
SIZES = [(1, 1), (1, 400), (400, 1), (8, 8), (64, 64), (24, 40), (37, 100), (100, 37), (301, 199)]


def noise(height_px: int, width_px: int) -> npt.NDArray[np.uint8]:
    """Return a picture where every pixel is another."""
    return np.random.default_rng(5).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)


def test_the_changes_have_names() -> None:
    """Reports name them, in this order, with their amounts."""
    assert list(HARMLESS) == [ENCODED, KERNEL, BRIGHTER, DARKER]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_is_the_same_each_time(change: str, size: tuple[int, int]) -> None:
    """Equal pictures give equal pictures, and the one that was given stays as it was."""
    picture = noise(*size)
    first = HARMLESS[change](picture, IMGSZ_PX)
    assert np.array_equal(picture, noise(*size))
    assert np.array_equal(HARMLESS[change](picture, IMGSZ_PX), first)
    assert (first.dtype, first.ndim, first.shape[2]) == (np.uint8, 3, 3)
    assert (first.shape == picture.shape) or change == KERNEL


@pytest.mark.parametrize(
    ("value", "brighter", "darker"),
    [
        (0, 2, 0),
        (1, 3, 0),
        (2, 4, 0),
        (3, 5, 1),
        (114, 116, 112),
        (252, 254, 250),
        (253, 255, 251),
        (254, 255, 252),
        (255, 255, 253),
    ],
)
def test_brightness_stops_at_black_and_white(value: int, brighter: int, darker: int) -> None:
    """Two steps up or down, never past an end: white does not become black."""
    picture = np.full((2, 3, 3), value, np.uint8)
    assert (HARMLESS[BRIGHTER](picture, IMGSZ_PX) == brighter).all()
    assert (HARMLESS[DARKER](picture, IMGSZ_PX) == darker).all()


def test_encoding_again_changes_little_but_something() -> None:
    """The pixels are those of a JPEG of quality 90: near, and not the same."""
    picture = toy_picture([(0, 3), (1, 6), (2, 9)])
    picture = np.clip(picture.astype(int) + noise(64, 64) // 16, 0, 255).astype(np.uint8)
    encoded = HARMLESS[ENCODED](picture, IMGSZ_PX)
    assert np.array_equal(encoded, decode_picture(encode_jpeg(picture, 90), what="x"))
    assert not np.array_equal(encoded, decode_picture(encode_jpeg(picture, 89), what="x"))
    apart = np.abs(encoded.astype(int) - picture)
    assert 0 < apart.mean() < 8


@pytest.mark.parametrize("size", SIZES)
def test_the_other_kernel_leaves_the_usual_one_nothing_to_do(size: tuple[int, int]) -> None:
    """The picture comes out as the square wants it: the detector copies it, whatever it was before."""
    changed = HARMLESS[KERNEL](noise(*size), IMGSZ_PX)
    assert max(changed.shape[:2]) == IMGSZ_PX
    square, placement = letterbox(changed, IMGSZ_PX)
    assert placement.scale == 1.0
    usual, _ = letterbox(noise(*size), IMGSZ_PX)
    assert square.shape == usual.shape
    padded = [(side == 114).all(axis=2) for side in (square, usual)]
    if size not in ((64, 64), (1, 1)):
        assert not np.array_equal(square, usual)
    assert np.array_equal(*padded)


def test_the_other_kernel_is_an_average_where_it_shrinks() -> None:
    """Four pixels become their mean, where the usual kernel takes two of eight."""
    picture = noise(256, 256)
    wanted = picture.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert HARMLESS[KERNEL](picture, IMGSZ_PX) == pytest.approx(wanted, abs=0.51)


def test_the_other_kernel_overshoots_where_it_enlarges() -> None:
    """An enlarged edge is cubic: it goes a little beyond both sides, which bilinear never does."""
    picture = np.full((16, 16, 3), 50, np.uint8)
    picture[:, 8:] = 200
    changed = HARMLESS[KERNEL](picture, IMGSZ_PX)
    assert changed.min() < 50
    assert changed.max() > 200


@pytest.mark.parametrize("change", HARMLESS)
@pytest.mark.parametrize(
    ("height", "width"),
    [(64, 64), (64, 128), (128, 64), (32, 32), (16, 32), (256, 256), (300, 500), (500, 301)],
)
def test_boxes_are_in_the_pictures_own_pixels(change: str, height: int, width: int) -> None:
    """Whatever the change made of the picture's size, a hazard is where it is in the picture as it was."""
    picture = np.full((height, width, 3), 114, np.uint8)
    _, placement = letterbox(picture, IMGSZ_PX)
    # The cell at 16-32 px of the square, both ways, which lies wholly in each of these pictures.
    x1, x2 = ((edge - placement.left_px) / placement.scale for edge in (16, 32))
    y1, y2 = ((edge - placement.top_px) / placement.scale for edge in (16, 32))
    picture[round(y1) : round(y2), round(x1) : round(x2)] = (0, 0, 255)
    detector = Detector(strong_model(), what="m")
    (found,) = detect_changed(detector, picture, change, 0.5)
    assert found.class_id == 0
    assert found.box_xyxy == pytest.approx((x1, y1, x2, y2), abs=0.02 * max(width, height))
    (usual,) = detector.detect(picture, 0.5)
    assert found.score == pytest.approx(usual.score, abs=0.1)


class WholePicture(Detector):
    """A detector that answers with the whole of what it is given, and one box in it."""

    def __init__(self) -> None:
        super().__init__(strong_model(), what="whole")
        self.asked: list[tuple[tuple[int, ...], float | None]] = []

    def detect(self, picture: npt.NDArray[np.uint8], min_score: float | None = None) -> Found:
        """Return two boxes, of which the second is a quarter wide and half as high."""
        self.asked.append((picture.shape, min_score))
        tall, wide = picture.shape[:2]
        return (
            Detection(class_id=2, score=0.75, box_xyxy=(0.0, 0.0, float(wide), float(tall))),
            Detection(class_id=1, score=0.5, box_xyxy=(wide / 4, tall / 4, wide / 2, tall * 3 / 4)),
        )


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(sorted(HARMLESS)))
def test_each_side_comes_back_by_its_own_ratio(height: int, width: int, change: str) -> None:
    """Rounding to whole pixels changes a picture's aspect a little, and boxes come back all the same."""
    detector = WholePicture()
    whole, part = detect_changed(detector, np.zeros((height, width, 3), np.uint8), change, 0.125)
    assert whole.box_xyxy == pytest.approx((0, 0, width, height))
    assert part.box_xyxy == pytest.approx((width / 4, height / 4, width / 2, height * 3 / 4))
    assert [(d.class_id, d.score) for d in (whole, part)] == [(2, 0.75), (1, 0.5)]
    ((shape, asked),) = detector.asked
    assert asked == 0.125
    assert max(shape[:2]) == (IMGSZ_PX if change == KERNEL else max(height, width))


@pytest.mark.parametrize("change", HARMLESS)
def test_nothing_is_found_in_nothing(change: str) -> None:
    """Plain grey stays plain grey."""
    detector = Detector(strong_model(), what="m")
    assert detect_changed(detector, toy_picture([], side_px=100), change, 0.01) == ()
