"""Frames of live streams and recordings: order, time, the newest of a live one, all of a recording."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from support.camera_server import Camera
from support.moving_pictures import cell_of, readers, write_clip
from support.processes import wait_for
from support.rtsp_camera import RtspCamera

from safety_tasks.edge.streams import Frames, WatchLimits

CLIPS = Path(__file__).resolve().parents[4] / "shared" / "videos"


@pytest.mark.parametrize("every", [1, 3])
def test_a_camera_over_http(every: int) -> None:
    """Frames of an MJPEG stream come in order, so many apart, each the camera's own picture, and the reader ends."""
    limits = WatchLimits(max_frames=6)
    with Camera("fine", period_s=0.03) as camera:
        with Frames(camera.url, is_stream=True, every=every, limits=limits) as frames:
            assert (frames.live, frames.total) == (True, 0)
            seen = list(frames)
            assert len(readers()) == 1
        assert readers() == []
    numbers = [frame.number for frame in seen]
    assert len(numbers) == 6
    assert numbers == sorted(set(numbers))
    assert all(number % every == 0 for number in numbers)
    assert [cell_of(frame.picture) for frame in seen] == [number % 16 for number in numbers]
    times = [frame.time_s for frame in seen]
    assert times == sorted(times)


def test_a_camera_over_rtsp() -> None:
    """Frames of an RTSP stream are the camera's pictures, and they are asked for over one TCP connection."""
    with (
        RtspCamera() as camera,
        Frames(camera.url, is_stream=True, every=1, limits=WatchLimits(max_frames=8)) as frames,
    ):
        assert frames.live
        seen = list(frames)
    assert [cell_of(frame.picture) for frame in seen] == [frame.number % 16 for frame in seen]
    assert "PLAY" in camera.asked
    assert "TCP" in camera.transport


def test_a_slow_look_at_a_live_stream_stays_with_the_newest_frame() -> None:
    """Of a camera faster than the one who looks, frames are overtaken, and each of them is counted."""
    with (
        Camera("fine", period_s=0.01) as camera,
        Frames(camera.url, is_stream=True, every=1, limits=WatchLimits(max_frames=5)) as frames,
    ):
        for index, frame in enumerate(frames):
            assert frame.number == index + frames.skipped
            assert cell_of(frame.picture) == frame.number % 16
            time.sleep(0.2)
        assert frames.skipped >= 8


@pytest.mark.parametrize("over_http", [False, True])
def test_a_slow_look_at_a_recording_misses_nothing(tmp_path: Path, over_http: bool) -> None:
    """Each frame of a recording is given with its own time, from a disk or from a camera's store, however slowly."""
    clip = write_clip(tmp_path / "clip.mp4", 20)
    with Camera("recording", recording=clip) as camera:
        address = camera.url if over_http else str(clip)
        with Frames(address, is_stream=over_http, every=2, limits=WatchLimits()) as frames:
            assert (frames.live, frames.total, frames.fps) == (False, 20, 10)
            seen = []
            for frame in frames:
                seen.append(frame)
                time.sleep(0.01)
            assert (frames.read, frames.skipped) == (20, 0)
    assert [frame.number for frame in seen] == list(range(0, 20, 2))
    assert [cell_of(frame.picture) for frame in seen] == [n % 16 for n in range(0, 20, 2)]
    assert np.allclose([frame.time_s for frame in seen], np.arange(0, 2, 0.2))


def test_the_limits_end_a_stream_in_peace(tmp_path: Path) -> None:
    """So many frames or seconds are looked at, of a recording by its own clock, of a silent camera by the wall's."""
    clip = write_clip(tmp_path / "clip.mp4", 20)
    for limits, expected in (
        (WatchLimits(max_frames=3), [0, 1, 2]),
        (WatchLimits(max_seconds=0.45), [0, 1, 2, 3, 4]),
        (WatchLimits(max_frames=50, max_seconds=50), list(range(20))),
    ):
        with Frames(str(clip), is_stream=False, every=1, limits=limits) as frames:
            assert [frame.number for frame in frames] == expected
    limits = WatchLimits(max_seconds=0.5)
    with (
        Camera("stalls", after=4) as camera,
        Frames(camera.url, is_stream=True, every=1, limits=limits) as frames,
    ):
        assert len(list(frames)) <= 4


def test_a_password_is_in_no_list_of_processes() -> None:
    """Neither command line nor environment of the process that reads holds the address."""
    with Camera("fine") as camera:
        address = camera.url.replace("://", "://name:open-sesame@")
        with Frames(address, is_stream=True, every=1, limits=WatchLimits()):
            (reader,) = readers()
            assert "sesame" not in " ".join([*reader.cmdline(), *reader.environ().values()])


def test_the_reader_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """A parent that is killed leaves no process at the camera."""
    program = (
        "import sys, time; from safety_tasks.edge.streams import Frames, WatchLimits\n"
        "frames = Frames(sys.argv[1], is_stream=True, every=1, limits=WatchLimits())\n"
        "next(iter(frames)); print('reads', flush=True); time.sleep(60)"
    )
    with Camera("fine") as camera:
        parent = subprocess.Popen(
            [sys.executable, "-c", program, camera.url], stdout=subprocess.PIPE, cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )  # fmt: skip
        assert parent.stdout is not None
        with parent.stdout:
            assert parent.stdout.readline() == b"reads\n"
        (reader,) = psutil.Process(parent.pid).children()
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
        wait_for(lambda: not reader.is_running(), 10, "the end of the reader")


@pytest.mark.real_pictures
@pytest.mark.parametrize(
    ("name", "frames", "fps"),
    [
        ("fall_gmdcsa24_s2_13.mp4", 133, 14.95),
        ("nofall_gmdcsa24_s3_adl18.mp4", 167, 15.02),
        ("slideshow_smoke_shop_abonia_5fps.mp4", 41, 5),
    ],
)
def test_a_real_clip_is_read_to_its_end(name: str, frames: int, fps: float) -> None:
    """A clip of a real camera is read in full, and its clock is that of its frames."""
    clip = CLIPS / name
    if not clip.is_file():
        pytest.skip("real clips are missing: expected ../shared/videos next to the checkout")
    with Frames(str(clip), is_stream=False, every=10, limits=WatchLimits()) as found:
        assert (found.total, found.fps) == (frames, pytest.approx(fps, abs=0.02))
        seen = list(found)
    assert [frame.number for frame in seen] == list(range(0, frames, 10))
    assert seen[-1].time_s == pytest.approx(seen[-1].number / fps, abs=0.1)
    assert min(seen[0].picture.shape[:2]) >= 480
