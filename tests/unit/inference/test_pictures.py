"""Pictures are decoded alike whatever their form; what is no picture is an error with its name."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_models import png, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.pictures import (
    decode_picture,
    draw_detections,
    encode_jpeg,
    read_picture,
)
from safety_tasks.records.release import Detection

RED_LEFT = np.zeros((20, 40, 3), np.uint8)
RED_LEFT[:, :20] = (255, 0, 0)  # RGB


def encoded(mode: str, kind: str = "PNG", orientation: int = 1) -> bytes:
    """Encode the picture whose left half is red."""
    picture = Image.fromarray(RED_LEFT).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    picture.save(stream, kind, exif=exif, quality=95)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b"", "do not decode"),
        (b"\x89PNG\r\n\x1a\n", "do not decode"),
        (b"no picture at all", "do not decode"),
        (b"\x00" * 4096, "do not decode"),
        (encoded("RGB", "JPEG")[:40], "do not decode"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(payload: bytes, found: str) -> None:
    """No bytes, a bare header, text, zeros and a cut head raise, naming the picture."""
    with pytest.raises(ArtifactError, match=f"camera-7: expected a JPEG or PNG.*{found}"):
        decode_picture(payload, what="camera-7")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA"])
def test_every_colour_mode_becomes_three_channels(mode: str) -> None:
    """Grey, palette and alpha pictures decode to (height, width, 3) with their content."""
    picture = decode_picture(encoded(mode), what="x")
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
    picture = decode_picture(encoded("RGB", "JPEG", orientation), what="x")
    assert picture.shape[:2] == shape
    assert picture[red_at][2] > 200
    assert picture[shape[0] - 1 - red_at[0], shape[1] - 1 - red_at[1]][2] < 50


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Reading names the path that is no picture."""
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(ArtifactError, match="expected a picture"):
            read_picture(path)


def test_a_file_is_read_as_its_bytes_decode(tmp_path: Path) -> None:
    """Reading a file gives the pixels that were written."""
    picture = toy_picture([(0, 3), (2, 9)])
    (tmp_path / "a.png").write_bytes(png(picture))
    assert np.array_equal(read_picture(tmp_path / "a.png"), picture)


def test_drawing_changes_a_copy_only() -> None:
    """Boxes are drawn on an enlarged copy; the picture that was detected in stays as it was."""
    picture = toy_picture([])
    before = picture.copy()
    box = Detection(class_id=1, score=0.5, box_xyxy=(10, 10, 50, 50))
    drawn = draw_detections(picture, [box], ("smoke", "fire", "person_down"))
    assert np.array_equal(picture, before)
    assert drawn.shape == (480, 480, 3)
    assert not np.array_equal(drawn, draw_detections(picture, [], ("smoke",)))
    assert drawn[225, 75].tolist() != [114, 114, 114]


def test_jpeg_encoding_reads_back() -> None:
    """An encoded picture decodes to nearly the same pixels."""
    picture = toy_picture([(1, 5)])
    again = decode_picture(encode_jpeg(picture, quality=100), what="x")
    assert np.abs(again.astype(int) - picture).mean() < 4
