"""Predicting on files: pictures, folders and videos; each result stands in a line and is drawn in a file."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.moving_pictures import frames_in, write_clip
from toy_models import CLASSES, png, strong_model, toy_picture

from safety_tasks.edge.predict import predict
from safety_tasks.edge.streams import WatchLimits
from safety_tasks.edge.tally import Tally
from safety_tasks.errors import EdgeError
from safety_tasks.inference.detector import Detector

THRESHOLDS = dict.fromkeys(CLASSES, 0.5)


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Give the strong model."""
    return Detector(strong_model(), what="toy")


def lines_of(out: Path) -> list[dict[str, Any]]:
    """Return what ``detections.jsonl`` holds."""
    text = (out / "detections.jsonl").read_text("utf-8")
    assert text.endswith("\n") or not text
    return [json.loads(line) for line in text.splitlines()]


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
    calls: list[tuple[int, int]] = []
    told: list[str] = []
    result = predict(
        detector,
        THRESHOLDS,
        [source],
        tmp_path / "out",
        on_line=told.append,
        progress=lambda done, total: calls.append((done, total)),
    )
    names = [str(source / "a.PNG"), str(source / "deeper" / "a.png")]
    assert [f.source for f in result.frames] == names
    assert (result.unreadable, calls) == ((), [(1, 2), (2, 2)])
    lines = lines_of(tmp_path / "out")
    assert [json.loads(line) for line in told] == lines
    assert lines[0] == {
        "source": names[0],
        "frame": 0,
        "time_s": 0.0,
        "detections": [{"hazard": "fire", "score": 1.0, "box_xyxy": [16, 16, 32, 32]}],
        "annotated": "0000_a.jpg",
    }
    assert lines[1]["detections"] == []
    for frame, line in zip(result.frames, lines, strict=True):
        assert line["annotated"] == frame.annotated.name
        assert cv2.imread(str(frame.annotated)).shape == (480, 480, 3)
    assert len({frame.annotated for frame in result.frames}) == 2


def test_each_hazard_keeps_its_own_threshold(detector: Detector, tmp_path: Path) -> None:
    """A hazard whose threshold is out of reach is not reported; the others are."""
    picky = THRESHOLDS | {"smoke": 1.0}
    faint = toy_picture([(0, 0), (1, 5)])
    faint[0:16, 0:16] = (0, 0, 200)
    (tmp_path / "a.png").write_bytes(png(faint))
    (frame,) = predict(detector, picky, [tmp_path / "a.png"], tmp_path / "out").frames
    assert [d.class_id for d in frame.detections] == [1]


@pytest.mark.parametrize(("every", "numbers"), [(1, range(7)), (3, (0, 3, 6)), (50, (0,))])
def test_frames_of_a_video(
    detector: Detector, tmp_path: Path, every: int, numbers: tuple[int, ...]
) -> None:
    """Frames so many apart are looked at, each detection belongs to its own frame, and all are in one video."""
    clip = write_clip(tmp_path / "clip.avi", 7, codec="MJPG", fps=10)
    out, tally = tmp_path / "out", Tally(CLASSES)
    result = predict(detector, THRESHOLDS, [clip], out, every_nth_frame=every, tally=tally)
    assert (result.unreadable, result.frames) == ((), ())
    lines = lines_of(out)
    assert [line["frame"] for line in lines] == list(numbers)
    assert [line["time_s"] for line in lines] == [pytest.approx(n / 10) for n in numbers]
    for line, number in zip(lines, numbers, strict=True):
        (found,) = line["detections"]
        left, top = number % 4 * 16, number // 4 * 16
        assert np.allclose(found["box_xyxy"], (left, top, left + 16, top + 16), atol=1)
        assert (line["source"], line["annotated"]) == (str(clip), "0000_clip.mp4")
    (numbers_of,) = tally.sources
    assert numbers_of.videos == [out / "0000_clip.mp4"]
    assert (numbers_of.looked_at, numbers_of.detections["fire"]) == (len(numbers), len(numbers))
    annotated = cv2.VideoCapture(str(out / "0000_clip.mp4"))
    assert annotated.get(cv2.CAP_PROP_FPS) == pytest.approx(10 / every, rel=0.01)
    annotated.release()
    assert len(frames_in(out / "0000_clip.mp4")) == len(numbers)


def test_the_limits_hold_for_each_video(detector: Detector, tmp_path: Path) -> None:
    """So many frames of each video are looked at, and the progress counts on what will be."""
    clips = [write_clip(tmp_path / f"{name}.mp4", 20) for name in "ab"]
    calls: list[tuple[int, int]] = []
    predict(
        detector,
        THRESHOLDS,
        clips,
        tmp_path / "out",
        every_nth_frame=2,
        limits=WatchLimits(max_frames=3),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert [line["frame"] for line in lines_of(tmp_path / "out")] == [0, 2, 4] * 2
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 6), (5, 6), (6, 6)]


def test_sources_of_one_name_do_not_meet(detector: Detector, tmp_path: Path) -> None:
    """Pictures and videos of the same name each keep their own result."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.png").write_bytes(png(toy_picture([(1, 5)])))
        write_clip(tmp_path / folder / "x.mp4", 2)
    predict(detector, THRESHOLDS, [tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    written = {line["annotated"] for line in lines_of(tmp_path / "out")}
    assert len(written) == 4
    assert {path.name for path in (tmp_path / "out").iterdir()} == written | {"detections.jsonl"}


def test_a_source_is_never_written_over(detector: Detector, tmp_path: Path) -> None:
    """Where results lie among the pictures, no result takes the name of a picture that is still to be seen."""
    (tmp_path / "a.png").write_bytes(png(toy_picture([(1, 5)])))
    ok, jpeg = cv2.imencode(".jpg", toy_picture([(2, 9)]))
    assert ok
    (tmp_path / "0000_a.jpg").write_bytes(jpeg.tobytes())
    write_clip(tmp_path / "clip.mp4", 2)
    sources = [tmp_path / "a.png", tmp_path / "0000_a.jpg", tmp_path / "clip.mp4"]
    before = [path.read_bytes() for path in sources]
    predict(detector, THRESHOLDS, sources, tmp_path)
    assert [path.read_bytes() for path in sources] == before
    assert [line["annotated"] for line in lines_of(tmp_path)] == [
        "0001_a.jpg",
        "0002_0000_a.jpg",
        "0003_clip.mp4",
    ]


def test_a_result_replaces_a_former_one_and_follows_no_link(
    detector: Detector, tmp_path: Path
) -> None:
    """A second run starts its lines anew, and a link that lies in the folder leads no result out of it."""
    (tmp_path / "a.png").write_bytes(png(toy_picture([(1, 5)])))
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.write_text("mine")
    for name in ("0000_a.jpg", "detections.jsonl", "0001_clip.mp4"):
        (out / name).symlink_to(outside)
    for _ in range(2):
        clip = write_clip(tmp_path / "clip.mp4", 2)
        predict(detector, THRESHOLDS, [tmp_path / "a.png", clip], out, every_nth_frame=1)
    assert outside.read_text() == "mine"
    assert len(lines_of(out)) == 3
    assert not any(path.is_symlink() for path in out.iterdir())


@pytest.mark.parametrize("blocked", ["out", "out/detections.jsonl", "out/0000_a.jpg"])
def test_a_folder_that_cannot_be_written_to_is_an_error(
    detector: Detector, tmp_path: Path, blocked: str
) -> None:
    """What stands in the way of a result ends the run with the folder's name, not with silence."""
    (tmp_path / "a.png").write_bytes(png(toy_picture([(1, 5)])))
    if blocked == "out":
        (tmp_path / "out").write_text("a file")
    else:
        (tmp_path / blocked).mkdir(parents=True)
        (tmp_path / blocked / "x").touch()
    with pytest.raises(EdgeError, match="out: expected a folder that can be written to"):
        predict(detector, THRESHOLDS, [tmp_path / "a.png"], tmp_path / "out")
