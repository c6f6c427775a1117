"""Frames of a video or of a camera's stream, in order, each with its time.

Rules: no camera makes this wait longer than its timeouts, whatever it does; a recording is read in full, of a live
stream the newest frame is given and those that were overtaken are counted; an end that was not asked for is an error
with its reason and with what to do; no message holds a name or password of an address.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from safety_tasks.edge.addresses import shown
from safety_tasks.edge.frame_messages import Alive, Ended, Failed, Opened, Picture, Wanted
from safety_tasks.edge.frame_pipe import FramePipe, PipeBroken, PipeSilent
from safety_tasks.edge.stream_reasons import REASONS
from safety_tasks.errors import ArtifactError, SafetyTasksError, StreamError

_GRACE_S: Final = 0.25  # the library's own timeout comes first, as it may know the reason
_RECORDING_S: Final = 60.0  # for one frame of a file
# What a container says of its length is an estimate in some formats.
_MISSING_SHARE: Final = 0.02
_MISSING_FRAMES: Final = 2


@dataclass(frozen=True)
class WatchLimits:
    """How long to wait for a camera, and how much of each video or stream to look at; None is all of it."""

    open_timeout_s: float = 10.0
    read_timeout_s: float = 10.0
    max_frames: int | None = None
    max_seconds: float | None = None


@dataclass(frozen=True)
class Frame:
    """One frame: its number from 0, its second in the recording or since a live stream's first, uint8 BGR."""

    number: int
    time_s: float
    picture: npt.NDArray[np.uint8]


class Frames:
    """The frames of one video or stream; a context manager, to be gone through once.

    ``fps`` is the source's own, 0 where it does not say; ``total`` how many frames it says it has, 0 for a live
    stream; ``read`` and ``skipped`` count what came, and what was wanted but overtaken.
    """

    def __init__(self, address: str, *, is_stream: bool, every: int, limits: WatchLimits) -> None:
        """Open a video or stream.

        Args:
            address: a stream's address, or a video file's absolute path.
            is_stream: whether it is an address.
            every: frames so many apart are given.
            limits: how long to wait, and how much to look at.

        Raises:
            StreamError: the stream does not open in time.
            ArtifactError: the file is no video.
            WorkerError: the process that reads it does not start.
        """
        self.read = self.skipped = 0
        self._address, self._is_stream, self._limits = address, is_stream, limits
        self._open_s = limits.open_timeout_s if is_stream else _RECORDING_S
        self._read_s = limits.read_timeout_s if is_stream else _RECORDING_S
        self._pipe = FramePipe(Wanted(address, is_stream, every, self._open_s, self._read_s))
        try:
            opened = self._opened()
        except BaseException:
            self._pipe.kill()
            raise
        self.fps = opened.fps if 0 < opened.fps < math.inf else 0.0
        self.total = opened.frames
        self.live = is_stream and not self.total

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the camera at once."""
        self._pipe.kill()

    def __iter__(self) -> Iterator[Frame]:
        """Give the frames.

        Raises:
            StreamError: the stream stalls or ends, though it has no length.
            ArtifactError: the file ends before its length, or breaks the library.
        """
        given, limits, began = 0, self._limits, time.monotonic()
        until = math.inf if limits.max_seconds is None else limits.max_seconds
        while limits.max_frames is None or given < limits.max_frames:
            frame = self._next(began + until if self.live else math.inf)
            if frame is None or frame.time_s >= until:
                return
            given += 1
            yield frame

    def _opened(self) -> Opened:
        try:
            message, _ = self._pipe.receive(time.monotonic() + self._open_s + _GRACE_S)
        except PipeSilent:
            raise self._silent_at_opening() from None
        except PipeBroken as problem:
            raise self._broken(str(problem)) from problem
        if isinstance(message, Opened):
            return message
        if isinstance(message, Ended):
            if self._is_stream and not message.reason and message.waited_s >= self._open_s * 0.9:
                raise self._silent_at_opening()
            raise self._problem("that opens", message.reason or "no_video")
        raise self._broken(str(message))

    def _next(self, until: float) -> Frame | None:
        """Return the next frame; None at the end of a recording, or when the time is up."""
        try:
            self._pipe.ask()
            deadline = time.monotonic() + self._read_s + _GRACE_S
            while True:
                message, picture = self._pipe.receive(min(deadline, until))
                if not isinstance(message, Alive):
                    break
                if message.read > self.read:
                    self.read = message.read
                    deadline = time.monotonic() + self._read_s + _GRACE_S
        except PipeSilent:
            if time.monotonic() >= until:
                return None
            raise self._stalled() from None
        except PipeBroken as problem:
            raise self._broken(str(problem)) from problem
        if isinstance(message, Picture) and picture is not None:
            self.read, self.skipped = message.read, message.skipped
            return Frame(message.number, message.time_s, picture)
        if isinstance(message, Ended):
            self.read, self.skipped = message.read, message.skipped
            self._require_whole(message)
            return None
        raise self._broken(message.kind if isinstance(message, Failed) else str(message))

    def _require_whole(self, end: Ended) -> None:
        if self._is_stream and end.waited_s >= self._read_s * 0.9:
            raise self._stalled()
        if self.live:
            raise self._problem("that goes on", end.reason, f"its end after {self.read} frames")
        missing = self.total - self.read
        if self.read == 0 or missing > max(_MISSING_FRAMES, self.total * _MISSING_SHARE):
            raise self._problem(f"of {self.total} frames", "", f"{self.read} that can be read")

    def _stalled(self) -> SafetyTasksError:
        found = f"no picture for {self._read_s:g} s, after {self.read} frames"
        return self._problem("that goes on", "", found, "--read-timeout-s")

    def _silent_at_opening(self) -> SafetyTasksError:
        found = f"no picture within {self._open_s:g} s"
        return self._problem("that opens", "", found, "--open-timeout-s")

    def _broken(self, found: str) -> SafetyTasksError:
        return self._problem("that the video library can read", "", f"that it failed: {found}")

    def _problem(
        self, expected: str, reason: str, found: str = "", option: str = ""
    ) -> SafetyTasksError:
        known = REASONS.get(reason)
        found = ": ".join(part for part in (found, known.found if known else "") if part)
        if not self._is_stream:
            return ArtifactError(
                f"{self._address}: expected a video {expected}, found {found}. Copy or record it again."
            )
        do = known.do if known else "See whether the camera is on and the network holds."
        more = f" For a slow one, raise {option}." if option else ""
        return StreamError(
            f"{shown(self._address)}: expected a stream {expected}, found {found}. {do}{more}"
        )
