"""Predicting on cameras: what was seen before one fails is kept, and the others go on."""

import json
from pathlib import Path

import cv2
import pytest
from support.camera_server import Camera
from support.moving_pictures import frames_in, readers
from support.rtsp_camera import RtspCamera
from toy_models import CLASSES, png, strong_model, toy_picture

from safety_tasks.edge.predict import predict
from safety_tasks.edge.streams import WatchLimits
from safety_tasks.edge.tally import Tally
from safety_tasks.inference.detector import Detector

THRESHOLDS = dict.fromkeys(CLASSES, 0.5)
SHORT = WatchLimits(open_timeout_s=5.0, read_timeout_s=0.6, max_frames=6)


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Give the strong model."""
    return Detector(strong_model(), what="toy")


def test_two_cameras_and_a_picture(detector: Detector, tmp_path: Path) -> None:
    """Pictures come first, then each camera for as many frames as asked, into a video and lines of its own."""
    (tmp_path / "a.png").write_bytes(png(toy_picture([(1, 5)])))
    out, tally = tmp_path / "out", Tally(CLASSES)
    calls: list[tuple[int, int]] = []
    with Camera("fine") as http, RtspCamera() as rtsp:
        addresses = [http.url, rtsp.url]
        predict(
            detector,
            THRESHOLDS,
            [*addresses, tmp_path / "a.png"],
            out,
            every_nth_frame=2,
            limits=SHORT,
            tally=tally,
            progress=lambda done, total: calls.append((done, total)),
        )
    assert readers() == []
    assert tally.unreadable == ()
    assert [one.looked_at for one in tally.sources] == [1, 6, 6]
    lines = [json.loads(line) for line in (out / "detections.jsonl").read_text().splitlines()]
    assert [line["source"] for line in lines] == [str(tmp_path / "a.png")] + [
        address for address in addresses for _ in range(6)
    ]
    for line in lines[1:]:
        (found,) = line["detections"]
        cell = line["frame"] % 16
        corner = (cell % 4 * 16, cell // 4 * 16)
        assert found["box_xyxy"][:2] == [pytest.approx(value, abs=1) for value in corner]
    for one in tally.sources[1:]:
        (video,) = one.videos
        assert len(frames_in(video)) == 6
        capture = cv2.VideoCapture(str(video))
        assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(12.5, rel=0.01)
        capture.release()
    assert [total for _, total in calls[1:]] == [0] * 12


def test_what_a_failing_camera_showed_is_kept(detector: Detector, tmp_path: Path) -> None:
    """Frames before a stall are in the lines and in a video that plays; the next camera is looked at."""
    out, tally = tmp_path / "out", Tally(CLASSES)
    with Camera("stalls", after=4) as failing, Camera("fine") as fine:
        hidden = failing.url.replace("://", "://operator:open-sesame@")
        result = predict(
            detector,
            THRESHOLDS,
            [hidden, fine.url],
            out,
            every_nth_frame=1,
            limits=SHORT,
            tally=tally,
        )
    first, second = result.sources
    assert 1 <= first.looked_at <= 4
    assert second.looked_at == 6
    assert len(frames_in(first.videos[0])) == first.looked_at
    (problem,) = result.unreadable
    assert "no picture for 0.6 s" in problem
    assert tally.broken_streams == [problem]
    written = (out / "detections.jsonl").read_text()
    assert "sesame" not in written + "".join(path.name for path in out.iterdir()) + problem
    assert (
        written.count("…@127.0.0.1".encode("ascii", "backslashreplace").decode()) == first.looked_at
    )


def test_a_camera_that_gives_single_pictures(detector: Detector, tmp_path: Path) -> None:
    """An address of a JPEG is looked at once, as a picture."""
    with Camera("picture") as camera:
        address = camera.url.replace("/stream", "/snapshot.jpg?user=operator&pwd=sesame")
        result = predict(detector, THRESHOLDS, [address], tmp_path / "out")
    (frame,) = result.frames
    assert result.unreadable == ()
    assert [found.class_id for found in frame.detections] == [1]
    assert frame.annotated.suffix == ".jpg"
    assert cv2.imread(str(frame.annotated)) is not None
    assert "sesame" not in frame.source + frame.annotated.name


def test_lines_are_there_as_soon_as_they_are_seen(detector: Detector, tmp_path: Path) -> None:
    """Each line can be read by others while the camera still runs."""
    seen: list[int] = []

    def look(line: str) -> None:
        text = (tmp_path / "out" / "detections.jsonl").read_text()
        assert text.endswith(line + "\n")
        seen.append(text.count("\n"))

    with Camera("fine") as camera:
        predict(detector, THRESHOLDS, [camera.url], tmp_path / "out", limits=SHORT, on_line=look)
    assert seen == list(range(1, 7))
