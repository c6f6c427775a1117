"""A detector takes any colour picture, whatever its size and however it lies in memory, and nothing else."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from toy_models import strong_model, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0,), np.uint8),
        np.zeros((12,), np.uint8),
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 64, 1), np.uint8),
        np.zeros((64, 64, 2), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((3, 64, 64), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((64, 64, 3, 1), np.uint8),
        np.zeros((64, 64, 3), np.uint16),
        np.zeros((64, 64, 3), np.int8),
        np.zeros((64, 64, 3), np.float32),
        np.zeros((64, 64, 3), bool),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros((64, 0, 3), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((64, 64, 0), np.uint8),
        np.array(7, np.uint8),
    ],
    ids=lambda wrong: f"{wrong.shape} {wrong.dtype}",
)
def test_what_is_no_picture_is_refused_with_its_shape(wrong: npt.NDArray[Any]) -> None:
    """Grey, alpha, planes, 16 bits, floats and nothing at all name their shape and type, and do no harm."""
    detector = Detector(strong_model(), what="run 7")
    with pytest.raises(
        ArtifactError, match=r"run 7: expected a picture \(height, width, 3\)"
    ) as caught:
        detector.detect(wrong)
    assert f"found {wrong.shape} of {wrong.dtype}." in str(caught.value)
    assert len(detector.detect(toy_picture([(0, 3)]))) == 1


@pytest.mark.parametrize("hazard", [0, 1, 2])
@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 4000), (4000, 1), (3, 5), (6000, 8000), (8000, 6000)]
)
def test_the_smallest_and_the_largest_pictures_work(height: int, width: int, hazard: int) -> None:
    """From one pixel to 48 million, and one pixel high: boxes lie in the picture, and what fills it is found."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 2 - hazard] = 255
    found = Detector(strong_model(), what="m").detect(picture, 0.02)
    assert {d.class_id for d in found} == {hazard}
    for detection in found:
        x1, y1, x2, y2 = detection.box_xyxy
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


def as_strided(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay a picture on every second pixel of a larger one."""
    larger = np.zeros((2 * picture.shape[0], 2 * picture.shape[1], 3), np.uint8)
    larger[::2, ::2] = picture
    return larger[::2, ::2]


def as_three_of_four(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay a picture in the first three channels of four."""
    four = np.full((*picture.shape[:2], 4), 255, np.uint8)
    four[..., :3] = picture
    return four[..., :3]


def as_read_only(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a picture that may not be written."""
    copy = picture.copy()
    copy.setflags(write=False)
    return copy


@pytest.mark.parametrize("side_px", [64, 128, 50])
@pytest.mark.parametrize(
    "laid",
    [
        np.asfortranarray,
        as_strided,
        as_three_of_four,
        as_read_only,
        lambda p: np.ascontiguousarray(p[:, :, ::-1])[:, :, ::-1],
        lambda p: np.ascontiguousarray(p[:, ::-1])[:, ::-1],
        lambda p: np.ascontiguousarray(p[::-1])[::-1],
        lambda p: np.ascontiguousarray(p.transpose(1, 0, 2)).transpose(1, 0, 2),
        lambda p: np.frombuffer(p.tobytes(), np.uint8).reshape(p.shape),
    ],
)
def test_how_a_picture_lies_in_memory_does_not_matter(
    laid: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]], side_px: int
) -> None:
    """Slices, mirrored and turned views, channels exchanged and memory of others are read as plain copies are."""
    picture = np.random.default_rng(3).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    picture[: side_px // 4, : side_px // 4] = (0, 0, 255)
    seen = laid(picture)
    assert np.array_equal(seen, picture)
    detector = Detector(strong_model(), what="m")
    found = detector.detect(seen, 0.001)
    assert found
    assert found == Detector(strong_model(), what="m").detect(picture, 0.001)
    assert np.array_equal(seen, picture)


def mixed() -> list[npt.NDArray[np.uint8]]:
    """Return pictures of several sizes, each with other hazards."""
    wide = np.full((48, 128, 3), 114, np.uint8)
    wide[0:32, 32:64] = (0, 255, 0)
    return [
        toy_picture([(0, 3), (1, 9)]),
        wide,
        toy_picture([(2, 0)], side_px=200),
        np.ascontiguousarray(wide[::-1].transpose(1, 0, 2)),
        toy_picture([], side_px=32),
        toy_picture([(1, 15), (2, 7)]),
    ]


def test_pictures_of_several_sizes_in_turn() -> None:
    """What was seen before leaves no trace: each answer is that of a detector of its own."""
    pictures = mixed()
    alone = [Detector(strong_model(), what="m").detect(picture) for picture in pictures]
    assert sum(map(len, alone)) == 7
    detector = Detector(strong_model(), what="m")
    for order in itertools.islice(itertools.permutations(range(len(pictures))), 0, 720, 37):
        assert [detector.detect(pictures[n]) for n in order] == [alone[n] for n in order]
