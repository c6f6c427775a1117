"""Cameras and readers that fail: each way ends in time, with its reason and what to do, and shows no password."""

import re
import sys
import time
from pathlib import Path

import pytest
from support.camera_server import Camera, Mode
from support.moving_pictures import readers, write_clip
from support.rtsp_camera import RtspCamera

from safety_tasks.edge import frame_pipe
from safety_tasks.edge.streams import Frame, Frames, WatchLimits
from safety_tasks.errors import ArtifactError, SafetyTasksError, StreamError, WorkerError

SHORT = WatchLimits(open_timeout_s=1.0, read_timeout_s=0.6)
LOGIN = "://operator:open-sesame@"
MUCH_S = 15.0  # a busy machine may be slow; no more than that


def watch(
    address: str, seen: list[Frame], *, limits: WatchLimits = SHORT, is_stream: bool = True
) -> tuple[SafetyTasksError, float]:
    """Read until it fails; return the error and how many seconds it took."""
    began = time.monotonic()
    with (
        pytest.raises(SafetyTasksError) as caught,
        Frames(address, is_stream=is_stream, every=1, limits=limits) as frames,
    ):
        seen.extend(frames)
    took_s = time.monotonic() - began
    assert readers() == []
    return caught.value, took_s


@pytest.mark.parametrize(
    ("mode", "frames", "at_least_s", "said"),
    [
        ("silent", 0, 1.0, "no picture within 1 s.*raise --open-timeout-s"),
        ("stalls", 5, 0.6, "no picture for 0.6 s, after 5 frames.*raise --read-timeout-s"),
        ("drips", 5, 0.6, "no picture for 0.6 s, after 5 frames.*raise --read-timeout-s"),
        ("closes", 5, 0, "its end after 5 frames.*See whether the camera is on"),
        ("rubbish", 0, 0, "data that are no video.*Play it elsewhere"),
        ("refuses", 0, 0, "wants another name or password.*rtsp://NAME:PASSWORD@HOST"),
        ("missing", 0, 0, "without this path.*Check host, port and path"),
        ("leads_away", 0, 0, "expected a stream that opens"),
    ],
)
def test_a_camera_that_fails(mode: Mode, frames: int, at_least_s: float, said: str) -> None:
    """What was delivered before is given; the error comes neither early nor late, and names what to do."""
    seen: list[Frame] = []
    with Camera(mode) as camera:
        problem, took_s = watch(camera.url.replace("://", LOGIN), seen)
    assert isinstance(problem, StreamError)
    assert str(problem).startswith(f"http://…@127.0.0.1:{camera.port}/stream: expected a stream")
    assert re.search(said, str(problem)), problem
    assert not re.search("sesame|operator", str(problem))
    assert (len(seen) > 0) == (frames > 0)
    assert len(seen) <= frames
    assert at_least_s <= took_s < MUCH_S


def test_a_camera_that_is_off() -> None:
    """Where nobody listens, the error comes at once and says so, over each protocol."""
    for scheme in ("rtsp", "http", "https"):
        problem, took_s = watch(f"{scheme}{LOGIN}127.0.0.1:9/live", [])
        assert isinstance(problem, StreamError)
        assert f"{scheme}://…@127.0.0.1:9/live: " in str(problem)
        assert "nobody that listens there" in str(problem)
        assert took_s < MUCH_S


def test_an_rtsp_camera_that_stalls() -> None:
    """An RTSP camera that stops in the middle ends like any other."""
    seen: list[Frame] = []
    with RtspCamera(after=30, period_s=0.01) as camera:
        limits = WatchLimits(open_timeout_s=10, read_timeout_s=0.6)
        problem, took_s = watch(camera.url, seen, limits=limits)
    assert isinstance(problem, StreamError)
    assert "no picture for 0.6 s, after 30 frames" in str(problem)
    assert seen
    assert took_s < MUCH_S


def test_frames_far_apart_are_no_stall() -> None:
    """A camera that delivers is not taken for silent only because few of its frames are wanted."""
    limits = WatchLimits(read_timeout_s=0.6, max_frames=3)
    with (
        Camera("fine", period_s=0.05) as camera,
        Frames(camera.url, is_stream=True, every=30, limits=limits) as frames,
    ):
        assert [frame.number for frame in frames] == [0, 30, 60]


@pytest.mark.parametrize(
    ("program", "error", "said"),
    [
        ("raise SystemExit(3)", WorkerError, "it ended with 3"),
        (
            "import time; print(end='nonsense', flush=True); time.sleep(60)",
            WorkerError,
            "announced",
        ),
        ("{ready}; time.sleep(60)", StreamError, "no picture within 1 s"),
        ("{ready}; os.kill(os.getpid(), 11)", StreamError, "signal 11 killed it"),
        ("{ready}; say(Failed('MemoryError'))", StreamError, "MemoryError"),
        ("{ready}; say(Opened(5.0, 0)); time.sleep(60)", StreamError, "no picture for 0.6 s"),
        (
            "{ready}; say(Opened(5.0, 0)); os.write(1, b'x' * 50); time.sleep(60)",
            StreamError,
            "bytes",
        ),
    ],
)
def test_a_reader_that_fails(
    program: str, error: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading process that hangs, dies or talks nonsense is ended in time, whatever the library promises."""
    ready = (
        "import os, time; from safety_tasks.edge.frame_messages import *\n"
        "say = lambda message: os.write(1, encode(message))\n"
        "say(Ready()); os.read(0, 9999)"
    )
    command = (sys.executable, "-c", program.format(ready=ready))
    monkeypatch.setattr(frame_pipe, "_COMMAND", command)
    problem, took_s = watch("rtsp://127.0.0.1:9/live", [])
    assert isinstance(problem, error)
    assert said in str(problem)
    assert took_s < MUCH_S


def test_a_recording_that_is_cut_or_none(tmp_path: Path) -> None:
    """A file that is no video, one without its index, and one whose end is missing are each named."""
    whole = write_clip(tmp_path / "whole.avi", 40, codec="MJPG").read_bytes()
    recorded = write_clip(tmp_path / "whole.mp4", 9).read_bytes()
    for name, payload, given, said in (
        ("text.mp4", b"no video at all", 0, "found data that are no video"),
        ("empty.mp4", b"", 0, "found data that are no video"),
        ("index.mp4", recorded[: len(recorded) // 2], 0, "found data that are no video"),
        ("cut.avi", whole[: len(whole) // 2], 5, "of 40 frames, found"),
    ):
        clip, seen = tmp_path / name, list[Frame]()
        clip.write_bytes(payload)
        problem, _ = watch(str(clip), seen, is_stream=False)
        assert isinstance(problem, ArtifactError), name
        assert str(problem).startswith(f"{clip}: expected a video"), name
        assert said in str(problem), name
        assert len(seen) >= given, name


def test_a_recording_leads_nowhere_else(tmp_path: Path) -> None:
    """A playlist that is called a video makes nobody call the address in it."""
    with Camera("fine") as camera:
        playlist = (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{camera.url}.ts\n#EXT-X-ENDLIST\n"
        )
        for name in ("list.mp4", "list.m3u8"):
            (tmp_path / name).write_text(playlist)
            problem, _ = watch(str(tmp_path / name), [], is_stream=False)
            assert isinstance(problem, ArtifactError)
        assert camera.asked == []
