"""The annotated video: every frame is in it, whatever its size, the codec or the clock."""

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.moving_pictures import frames_in

from safety_tasks.edge import annotated_video
from safety_tasks.edge.annotated_video import AnnotatedVideo
from safety_tasks.errors import EdgeError

GREY = np.full((48, 64, 3), 90, np.uint8)


class Full(Exception):
    """What went wrong before."""


def write(folder: Path, frames: int, *, lose: bool = False, fail: bool = False) -> AnnotatedVideo:
    """Write a video; lose its file before it is closed; fail before it is closed."""
    video = AnnotatedVideo(folder / "v", 5)
    with contextlib.suppress(Full), video:
        for _ in range(frames):
            path = video.write(GREY)
        if lose:
            path.unlink()
        if fail:
            raise Full
    return video


def test_no_frame_is_no_file(tmp_path: Path) -> None:
    """A source that gave nothing leaves no empty video."""
    with AnnotatedVideo(tmp_path / "v", 5) as video:
        assert video.path is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [0.02, 1, 12.5, 30000 / 1001, 120])
def test_the_clock_is_kept(tmp_path: Path, fps: float) -> None:
    """The video plays at the rate it was given, however slow or odd."""
    with AnnotatedVideo(tmp_path / "v", fps) as video:
        for _ in range(3):
            video.write(GREY)
    assert (video.path, video.note) == (tmp_path / "v.mp4", "")
    capture = cv2.VideoCapture(str(video.path))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(fps, rel=0.01)
    capture.release()
    assert len(frames_in(tmp_path / "v.mp4")) == 3


@pytest.mark.parametrize("fps", [0, -1, float("nan"), 90_000])
def test_a_clock_that_cannot_be_is_told(tmp_path: Path, fps: float) -> None:
    """Where the source says no rate or an impossible one, another is taken, and that is said."""
    with AnnotatedVideo(tmp_path / "v", fps) as video:
        video.write(GREY)
    assert "it plays at" in video.note
    assert len(frames_in(tmp_path / "v.mp4")) == 1


def test_frames_of_another_size_are_fitted(tmp_path: Path) -> None:
    """A camera that changes its size in the middle loses no frame, and it is said."""
    with AnnotatedVideo(tmp_path / "v", 5) as video:
        for size in ((48, 64), (96, 128), (30, 31), (48, 64)):
            video.write(np.full((*size, 3), 90, np.uint8))
    assert [frame.shape for frame in frames_in(tmp_path / "v.mp4")] == [(48, 64, 3)] * 4
    assert "several sizes" in video.note


def test_another_codec_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the first codec the video is written with the second, and it is said; without both it is an error."""
    monkeypatch.setattr(annotated_video, "_CODECS", ((".mp4", "none"), (".avi", "MJPG")))
    video = write(tmp_path, 2)
    assert video.note == "MJPG in .avi, as none cannot be written here"
    assert [path.name for path in tmp_path.iterdir()] == ["v.avi"]
    assert len(frames_in(tmp_path / "v.avi")) == 2
    monkeypatch.setattr(annotated_video, "_CODECS", ((".mp4", "none"), (".avi", "NONE")))
    with pytest.raises(EdgeError, match="found no codec"):
        write(tmp_path, 1)


def test_a_picture_too_wide_for_the_codec(tmp_path: Path) -> None:
    """Where the codec does not take a size, the other one does."""
    with AnnotatedVideo(tmp_path / "v", 5) as video:
        video.write(np.full((16, 8200, 3), 90, np.uint8))
    assert video.path == tmp_path / "v.avi"
    assert frames_in(tmp_path / "v.avi")[0].shape == (16, 8200, 3)


def test_a_video_that_does_not_open_again_is_an_error(tmp_path: Path) -> None:
    """A video that was spoiled while it was written is told, beside an error of its own as a note."""
    with pytest.raises(EdgeError, match="expected a video of 1 frames"):
        write(tmp_path, 1, lose=True)
    assert "does not open" in write(tmp_path, 1, lose=True, fail=True).note


def test_a_video_that_something_ended_plays(tmp_path: Path) -> None:
    """Whatever ends the writing, the frames so far are there."""
    assert write(tmp_path, 2, fail=True).note == ""
    assert len(frames_in(tmp_path / "v.mp4")) == 2
