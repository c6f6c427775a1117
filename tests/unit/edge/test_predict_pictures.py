"""Odd and broken pictures: each is looked at properly, or named while the rest goes on."""

import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from toy_models import CLASSES, png, strong_model, toy_picture

from safety_tasks.edge import predict as verb
from safety_tasks.edge.predict import predict
from safety_tasks.inference.detector import Detector

THRESHOLDS = dict.fromkeys(CLASSES, 0.5)
FIRE = toy_picture([(1, 5)])


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Give the strong model."""
    return Detector(strong_model(), what="toy")


def saved(image: Image.Image, kind: str) -> bytes:
    """Encode a picture of Pillow's."""
    target = io.BytesIO()
    image.save(target, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return target.getvalue()


def test_what_does_not_open_is_named_and_the_rest_goes_on(
    detector: Detector, tmp_path: Path
) -> None:
    """Empty, cut, missing and wrongly named files are listed; good ones between them are looked at."""
    good = png(toy_picture([(2, 9)]))
    files = {"a.png": b"", "b.png": good[:60], "c.png": good, "d.mp4": b"no video", "e.avi": b""}
    for name, payload in files.items():
        (tmp_path / name).write_bytes(payload)
    sources = [tmp_path / name for name in [*files, "gone.jpg", "gone.mp4"]]
    result = predict(detector, THRESHOLDS, sources, tmp_path / "out")
    assert [frame.source for frame in result.frames] == [str(tmp_path / "c.png")]
    named = [Path(text.partition(":")[0]).name for text in result.unreadable]
    assert named == ["a.png", "b.png", "d.mp4", "e.avi", "gone.jpg", "gone.mp4"]


def test_pictures_of_every_kind_are_looked_at(detector: Detector, tmp_path: Path) -> None:
    """Alpha, 16 bits, CMYK and a wrong suffix change nothing about what is found; grey is looked at, too."""
    image = Image.fromarray(cv2.cvtColor(FIRE, cv2.COLOR_BGR2RGB))
    ok, deep = cv2.imencode(".png", FIRE.astype(np.uint16) * 257)
    assert ok
    for name, payload in (
        ("alpha.png", saved(image.convert("RGBA"), "PNG")),
        ("cmyk.jpg", saved(image.convert("CMYK"), "JPEG")),
        ("deep.png", deep.tobytes()),
        ("palette.png", saved(image.quantize(16), "PNG")),
        ("png.jpg", png(FIRE)),
    ):
        (tmp_path / name).write_bytes(payload)
        (frame,) = predict(detector, THRESHOLDS, [tmp_path / name], tmp_path / "out").frames
        (found,) = frame.detections
        assert found.class_id == 1, name
        assert np.allclose(found.box_xyxy, (16, 16, 32, 32), atol=1), name
    for mode in ("L", "LA", "1", "I;16"):
        (tmp_path / "grey.png").write_bytes(saved(Image.new(mode, (64, 64)), "PNG"))
        (frame,) = predict(detector, THRESHOLDS, [tmp_path / "grey.png"], tmp_path / "out").frames
        assert frame.detections == ()


def test_pictures_of_every_size_are_looked_at_or_named(detector: Detector, tmp_path: Path) -> None:
    """One pixel, a line and a large picture are looked at; what no JPEG can hold is named."""
    sizes = {"dot": (1, 1), "line": (1, 4000), "large": (3000, 4000), "endless": (70_000, 2)}
    for name, (height, width) in sizes.items():
        picture = np.full((height, width, 3), (0, 255, 0), np.uint8)
        (tmp_path / f"{name}.png").write_bytes(png(picture))
    sources = [tmp_path / f"{name}.png" for name in sizes]
    result = predict(detector, THRESHOLDS, sources, tmp_path / "out")
    assert [Path(frame.source).stem for frame in result.frames] == ["dot", "line", "large"]
    for frame in result.frames:
        height, width = sizes[Path(frame.source).stem]
        for found in frame.detections:
            left, top, right, bottom = found.box_xyxy
            assert 0 <= left <= right <= width
            assert 0 <= top <= bottom <= height
    (named,) = result.unreadable
    assert named.startswith(f"{tmp_path / 'endless.png'}: expected a picture")


@pytest.mark.parametrize("failure", [cv2.error("deep inside"), MemoryError("no room")])
def test_a_picture_that_breaks_the_library_is_named(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """What no rule foresaw of one picture stops no other one."""
    for name in "ab":
        (tmp_path / f"{name}.png").write_bytes(png(FIRE))

    def read(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
        if path.stem == "a":
            raise failure
        return FIRE

    monkeypatch.setattr(verb, "read_picture", read)
    result = predict(detector, THRESHOLDS, [tmp_path], tmp_path / "out")
    assert [Path(frame.source).name for frame in result.frames] == ["b.png"]
    assert result.unreadable == (
        f"{tmp_path / 'a.png'}: expected a picture to look at, found: {failure}",
    )


def test_what_is_no_regular_file_is_named(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that nobody writes to is not waited for, and a file beyond all pictures is not read."""
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr(verb, "_MAX_PICTURE_BYTES", 100)
    (tmp_path / "whale.png").write_bytes(bytes(101))
    result = predict(detector, THRESHOLDS, [tmp_path], tmp_path / "out")
    named = {Path(text.partition(":")[0]).name: text for text in result.unreadable}
    assert set(named) == {"dangling.jpg", "pipe.jpg", "pipe.mp4", "whale.png"}
    assert "something else" in named["pipe.jpg"]
    assert "at most 100 bytes, found 101" in named["whale.png"]


def test_names_of_every_kind_stay_in_the_folder(detector: Detector, tmp_path: Path) -> None:
    """Names of odd bytes, of commands, of 250 signs and of only dots give results in the folder, and readable lines."""
    odd = [
        os.fsdecode(b"odd-\xff\x1b[2J.png"),
        "$(rm -rf).png",
        "x" * 250 + ".png",
        "... .png",
        "화재.png",
    ]
    (tmp_path / "in").mkdir()
    for name in odd:
        (tmp_path / "in" / name).write_bytes(png(FIRE))
    for name in (b"broken-\xff.png", b"broken-\xff.mp4"):
        (tmp_path / "in" / os.fsdecode(name)).write_bytes(b"x")
    out = tmp_path / "out"
    result = predict(detector, THRESHOLDS, [tmp_path / "in"], out)
    assert len(result.frames) == len(odd)
    assert len([text.encode("utf-8") for text in result.unreadable if "broken-" in text]) == 2
    assert {frame.annotated.resolve().parent for frame in result.frames} == {out.resolve()}
    assert len(list(out.iterdir())) == len(odd) + 1
    for frame in result.frames:
        frame.source.encode("utf-8")
        assert len(frame.detections) == 1
