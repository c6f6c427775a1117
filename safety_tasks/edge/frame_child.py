"""The child that reads a video or stream: ``python -m safety_tasks.edge.frame_child``.

Rules: a camera that keeps silent, or a frame that breaks the video library, costs this process and no other; it gets
what to read on standard input, so that no list of processes shows a password, and it ends when its parent does. Of a
live stream the newest frame is kept and older ones are counted; of a recording each one is handed over. What the
library prints lands in a pipe of this process, of which only the kind of the reason goes out.
"""

import ctypes
import json
import math
import os
import signal
import sys
import threading
import time
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.edge.frame_messages import (
    NEXT,
    Alive,
    Ended,
    Failed,
    Message,
    Opened,
    Picture,
    Ready,
    Wanted,
    encode,
)
from safety_tasks.edge.stream_reasons import reason_in

_ALIVE_EVERY_S: Final = 0.2


class Newest:
    """The frame that waits to be taken, between the thread that reads and the one that answers."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._changed = threading.Condition()
        self._waiting: tuple[Picture, npt.NDArray[np.uint8]] | None = None
        self._ended: Ended | None = None
        self.read = 0
        self._skipped = 0

    def put(self, number: int, time_s: float, picture: npt.NDArray[np.uint8]) -> None:
        """Hand a frame over; of a recording, wait until the one before it was taken."""
        with self._changed:
            while not self._live and self._waiting is not None:
                self._changed.wait()
            self._skipped += self._waiting is not None
            height, width = picture.shape[:2]
            head = Picture(number, time_s, height, width, self._skipped, self.read)
            self._waiting = (head, picture)
            self._changed.notify_all()

    def lose(self) -> None:
        """Count a frame that was wanted and did not convert."""
        with self._changed:
            self._skipped += 1

    def end(self, *, waited_s: float, reason: str) -> None:
        """Say that no more come."""
        with self._changed:
            self._ended = Ended(True, self.read, self._skipped, waited_s, reason)
            self._changed.notify_all()

    def take(self) -> tuple[Message, npt.NDArray[np.uint8] | None]:
        """Return a frame, or the end, or after a while how many frames were read."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, _ALIVE_EVERY_S)
            if self._waiting is not None:
                head, picture = self._waiting
                self._waiting = None
                self._changed.notify_all()
                return head, picture
            return self._ended or Alive(self.read), None


class Printed:
    """Standard output and error, turned into a pipe that this process reads itself; a writer never waits."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)  # it keeps what it prints until it is told to let go
        self._read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.dup2(write, 1)
        os.dup2(write, 2)
        os.close(write)

    def take(self) -> str:
        """Return what was printed since the last call."""
        self._library.fflush(None)
        try:
            return os.read(self._read, 1 << 20).decode("utf-8", "replace")
        except BlockingIOError:
            return ""


def main() -> None:
    """Read what is wanted until the parent has enough."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an operator's Ctrl-C is the parent's to answer
    answers, printed = os.dup(1), Printed()
    _send(answers, Ready())
    wanted = Wanted(**json.loads(sys.stdin.buffer.readline()))
    asked = threading.Semaphore(0)
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    try:
        _serve(wanted, answers, printed, asked)
    except Exception as problem:  # its text may hold the address
        _send(answers, Failed(type(problem).__name__))
    os._exit(0)  # a thread may still wait for a camera


def _listen(asked: threading.Semaphore) -> None:
    while sys.stdin.buffer.read(1) == NEXT:
        asked.release()
    os._exit(0)  # the parent is gone


def _serve(wanted: Wanted, answers: int, printed: Printed, asked: threading.Semaphore) -> None:
    began = time.monotonic()
    patience = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(wanted.open_timeout_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(wanted.read_timeout_s * 1000),
    ]
    capture = cv2.VideoCapture(wanted.address, cv2.CAP_FFMPEG, patience if wanted.is_stream else [])
    if not capture.isOpened():
        waited_s = time.monotonic() - began
        _send(answers, Ended(False, 0, 0, waited_s, reason_in(printed.take())))
        return
    frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    known = int(frames) if 0 < frames < math.inf else 0
    fps = capture.get(cv2.CAP_PROP_FPS)
    _send(answers, Opened(fps if math.isfinite(fps) else 0.0, known))
    printed.take()  # what was said on the way is no reason for an end
    live = wanted.is_stream and not known
    newest = Newest(live=live)
    reading = (capture, newest, wanted.every_nth_frame, live, printed)
    threading.Thread(target=_read, args=reading, daemon=True).start()
    while True:
        asked.acquire()
        message, picture = newest.take()
        while isinstance(message, Alive):
            _send(answers, message)
            message, picture = newest.take()
        _send(answers, message, picture)
        if isinstance(message, Ended):
            return


def _read(
    capture: cv2.VideoCapture, newest: Newest, every: int, live: bool, printed: Printed
) -> None:
    first = 0.0
    while True:
        printed.take()
        began = time.monotonic()
        if not capture.grab():
            break
        first = first or time.monotonic()
        number, newest.read = newest.read, newest.read + 1
        if number % every:
            continue
        good, picture = capture.retrieve()
        if not good or picture.shape[2:] != (3,):
            newest.lose()
            continue
        position_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        newest.put(number, time.monotonic() - first if live else position_s, picture)  # type: ignore[arg-type]
    newest.end(waited_s=time.monotonic() - began, reason=reason_in(printed.take()))


def _send(answers: int, message: Message, picture: npt.NDArray[np.uint8] | None = None) -> None:
    parts = [memoryview(encode(message))]
    if picture is not None:
        parts.append(np.ascontiguousarray(picture).data.cast("B"))
    for part in parts:
        while part:
            part = part[os.write(answers, part) :]


if __name__ == "__main__":
    main()
