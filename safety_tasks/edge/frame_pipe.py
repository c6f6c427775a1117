"""The process that reads a video, seen from the one that looks at it: start, ask, end.

Rules: each answer has a deadline, and a process that misses it is ended at once, whatever it waits for; it gets no
secret from the environment but what leads to the camera, and the address by its input alone.
"""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.edge.frame_messages import (
    LENGTHS,
    MAX_PICTURE_BYTES,
    MAX_WORDS_BYTES,
    NEXT,
    Message,
    Picture,
    Ready,
    Wanted,
    decode,
)
from safety_tasks.errors import WorkerError

_COMMAND: Final = (sys.executable, "-P", "-W", "ignore", "-m", "safety_tasks.edge.frame_child")
_START_S: Final = 60.0
_PICTURE_S: Final = 10.0  # for a frame's bytes, once its head is there
_PIPE_BYTES: Final = 1024 * 1024
_KEPT: Final = ("LD_LIBRARY_PATH", "TZ", "http_proxy", "no_proxy")
_LIBRARY_WARNINGS: Final = "24"  # errors alone do not name a refused password
_STREAM_OPTIONS: Final = "rtsp_transport;tcp"


class PipeSilent(Exception):
    """No answer came in time."""


class PipeBroken(Exception):
    """The reading process died or said nonsense; the text says which."""


class FramePipe:
    """A process that reads one video; of one thread."""

    def __init__(self, wanted: Wanted) -> None:
        """Start it, and have it open the video.

        Raises:
            WorkerError: it does not start.
        """
        try:
            self._process = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(wanted.is_stream),
                start_new_session=True,
                bufsize=0,
            )
        except OSError as problem:
            raise WorkerError(f"expected a process for videos, found: {problem}.") from problem
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("expected pipes of the process that was just started")
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        with contextlib.suppress(OSError):  # more than this user may have: smaller reads, then
            fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(self._out, False)
        try:
            hello, _ = self.receive(time.monotonic() + _START_S)
            if hello != Ready():
                raise PipeBroken(f"it said {hello}")
            self._say(json.dumps(asdict(wanted)).encode("ascii") + b"\n")
        except (PipeSilent, PipeBroken) as problem:
            self.kill()
            raise WorkerError(
                f"expected a process for videos to start, found: {problem or 'silence'}. Its words are "
                f"on standard error; try {' '.join(_COMMAND)} by hand."
            ) from problem
        except BaseException:
            self.kill()
            raise

    def ask(self) -> None:
        """Ask for a picture.

        Raises:
            PipeBroken: the process is gone.
        """
        self._say(NEXT)

    def receive(self, deadline: float) -> tuple[Message, npt.NDArray[np.uint8] | None]:
        """Return the next message, and a frame's (height, width, 3) uint8 BGR.

        Args:
            deadline: the clock's ``time.monotonic()`` at which a message must have begun.

        Raises:
            PipeSilent: it has not.
            PipeBroken: the process is gone, or said nonsense.
        """
        head = self._receive(LENGTHS.size, deadline)
        words, payload = LENGTHS.unpack(bytes(head))
        if words > MAX_WORDS_BYTES or payload > MAX_PICTURE_BYTES:
            raise PipeBroken(f"it announced {words} and {payload} bytes")
        deadline = time.monotonic() + _PICTURE_S
        try:
            message = decode(bytes(self._receive(words, deadline)), payload)
        except ValueError as problem:
            raise PipeBroken(str(problem)) from problem
        if not isinstance(message, Picture):
            return message, None
        shape = (message.height_px, message.width_px, 3)
        return message, self._receive(payload, deadline).reshape(shape)

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _say(self, words: bytes) -> None:
        try:
            os.write(self._in, words)
        except BrokenPipeError as problem:
            raise PipeBroken(self._death()) from problem

    def _receive(self, count: int, deadline: float) -> npt.NDArray[np.uint8]:
        whole = np.empty(count, np.uint8)
        missing = whole.data
        while missing:
            poll = select.poll()
            poll.register(self._out, select.POLLIN)
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise PipeSilent
            received = os.readv(self._out, [missing])
            if not received:
                raise PipeBroken(self._death())
            missing = missing[received:]
        return whole

    def _death(self) -> str:
        try:
            status = self._process.wait(_PICTURE_S)
        except subprocess.TimeoutExpired:
            return "it closed its pipes"
        return f"signal {-status} killed it" if status < 0 else f"it ended with {status}"


def _environment(is_stream: bool) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    options = {"OPENCV_FFMPEG_CAPTURE_OPTIONS": _STREAM_OPTIONS} if is_stream else {}
    return (
        kept
        | options
        | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LC_ALL": "C.UTF-8",
            "OPENCV_LOG_LEVEL": "SILENT",
            "OPENCV_FFMPEG_LOGLEVEL": _LIBRARY_WARNINGS,
        }
    )
