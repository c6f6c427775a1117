"""Predicting on files: pictures, folders and videos; what does not open is named and the rest goes on."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from toy_models import CLASSES, png, strong_model, toy_picture

from safety_tasks.edge.predict import predict
from safety_tasks.errors import EdgeError
from safety_tasks.inference.detector import Detector

THRESHOLDS = dict.fromkeys(CLASSES, 0.5)


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Give the strong model."""
    return Detector(strong_model(), what="toy")


def write_video(path: Path, frames: list[list[tuple[int, int]]]) -> None:
    """Write a small video: one list of hazards a frame."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 64))
    for hazards in frames:
        writer.write(toy_picture(hazards))
    writer.release()


def test_nothing_to_look_at_is_an_error(detector: Detector, tmp_path: Path) -> None:
    """No source, an empty folder, and a folder of texts are refused."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("x")
    for sources in ([], [tmp_path / "in"]):
        with pytest.raises(EdgeError, match="expected pictures or videos"):
            predict(detector, THRESHOLDS, sources, tmp_path / "out")


def test_pictures_of_a_folder(detector: Detector, tmp_path: Path) -> None:
    """Every picture is annotated in order of name, and its detections are listed."""
    source = tmp_path / "in"
    (source / "deeper").mkdir(parents=True)
    (source / "a.PNG").write_bytes(png(toy_picture([(1, 5)])))
    (source / "deeper" / "a.png").write_bytes(png(toy_picture([])))
    calls: list[int] = []
    result = predict(detector, THRESHOLDS, [source], tmp_path / "out", progress=calls.append)
    assert [f.source for f in result.frames] == ["a", "a"]
    assert (result.unreadable, calls) == ((), [1, 2])
    document = json.loads((tmp_path / "out" / "detections.json").read_text("utf-8"))
    (seen,) = document[0]["detections"]
    assert (seen["hazard"], seen["score"]) == ("fire", pytest.approx(1, abs=1e-3))
    assert seen["box_xyxy"] == [16, 16, 32, 32]
    assert document[1]["detections"] == []
    for frame, entry in zip(result.frames, document, strict=True):
        assert entry["annotated"] == frame.annotated.name
        assert cv2.imread(str(frame.annotated)).shape == (480, 480, 3)
    assert len({frame.annotated for frame in result.frames}) == 2


def test_each_hazard_keeps_its_own_threshold(detector: Detector, tmp_path: Path) -> None:
    """A hazard whose threshold is out of reach is not reported; the others are."""
    (tmp_path / "a.png").write_bytes(png(toy_picture([(0, 0), (1, 5)])))
    picky = THRESHOLDS | {"smoke": 1.0}
    faint = toy_picture([(0, 0), (1, 5)])
    faint[0:16, 0:16] = (0, 0, 200)
    (tmp_path / "a.png").write_bytes(png(faint))
    (frame,) = predict(detector, picky, [tmp_path / "a.png"], tmp_path / "out").frames
    assert [d.class_id for d in frame.detections] == [1]


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
    assert [frame.source for frame in result.frames] == ["c"]
    named = [text.partition(":")[0] for text in result.unreadable]
    assert named == ["a.png", "b.png", "d.mp4", "e.avi", "gone.jpg", "gone.mp4"]


@pytest.mark.parametrize(("every", "numbers"), [(1, range(7)), (3, (0, 3, 6)), (50, (0,))])
def test_frames_of_a_video(
    detector: Detector, tmp_path: Path, every: int, numbers: tuple[int, ...]
) -> None:
    """Frames so many apart are looked at, and each detection belongs to its own frame."""
    write_video(tmp_path / "clip.avi", [[(1, number)] for number in range(7)])
    result = predict(
        detector, THRESHOLDS, [tmp_path / "clip.avi"], tmp_path / "out", every_nth_frame=every
    )
    assert result.unreadable == ()
    assert [f.source for f in result.frames] == [f"clip-{number:06d}" for number in numbers]
    for frame, number in zip(result.frames, numbers, strict=True):
        (found,) = frame.detections
        left, top = number % 4 * 16, number // 4 * 16
        assert np.allclose(found.box_xyxy, (left, top, left + 16, top + 16), atol=1)
