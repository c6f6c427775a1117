"""The child that decodes pictures: ``python -m safety_tasks.ingest.picture_worker LIMITS``.

Rules: it may do little: map a bounded amount beyond what it starts with, compute for a bounded time a picture, write no
file, open hardly any, leave no core; it reads requests on standard input, answers on standard output, and ends when
the input does, so it never outlives its parent by more than a picture. (It asks no signal for its parent's death: that
would come when the *thread* that started it ends.) What the decoders print lands in a pipe of its own, and is evidence.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from safety_tasks.ingest.checked_picture import CheckedPicture, PictureLimits, PictureProblem
from safety_tasks.ingest.picture_checks import check_picture
from safety_tasks.ingest.picture_frames import READY, REQUEST, encode_answer

_OPEN_FILES: Final = 16
# OpenCV's own log lines begin so; the JPEG library's complaints do not.
_LOG_LINE: Final = "["


class ErrorStream:
    """Standard error, turned into a pipe that this process reads itself; a writer never waits."""

    def __init__(self) -> None:
        self._read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.dup2(write, 2)
        os.close(write)

    def take(self) -> str:
        """Return what was written since the last call, without OpenCV's log.

        Raises:
            MemoryError: OpenCV's log says that it got no memory.
        """
        try:
            text = os.read(self._read, 65_536).decode("utf-8", "replace")
        except BlockingIOError:
            return ""
        if "Insufficient memory" in text or "OutOfMemory" in text:
            raise MemoryError("OpenCV got no memory")
        return " ".join(line for line in text.splitlines() if not line.startswith(_LOG_LINE))


def confine(limits: PictureLimits) -> None:
    """Give up what decoding does not need; call it after everything is imported and warm."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(what, (most, most))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = mapped + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def allow_cpu(cpu_s: float) -> None:
    """Allow so many more seconds of processor time, rounded up; beyond them SIGXCPU ends the process."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + cpu_s) + 1, hard))


def warm_up(limits: PictureLimits) -> None:
    """Decode once what comes often, so that whatever is loaded late is loaded."""
    grey = np.zeros((limits.min_side_px, limits.min_side_px), np.uint8)
    for kind in ("jpg", "png"):
        check_picture(cv2.imencode(f".{kind}", grey)[1].tobytes(), f"warm.{kind}", limits)


def main() -> None:
    """Answer requests until there are no more."""
    limits = PictureLimits(**json.loads(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an operator's Ctrl-C is the parent's to answer
    cv2.setNumThreads(1)
    warm_up(limits)
    requests, answers, errors = os.dup(0), os.dup(1), ErrorStream()
    os.dup2(2, 1)  # whatever prints cannot be taken for an answer
    confine(limits)
    _write(answers, READY)
    while head := _read(requests, REQUEST.size):
        name_bytes, payload_bytes = REQUEST.unpack(head)
        allow_cpu(limits.cpu_s)
        name = _read(requests, name_bytes).decode("utf-8", "replace")
        answer = _check(_read(requests, payload_bytes), name, limits, errors)
        _write(answers, encode_answer(answer))


def _check(
    payload: bytes, name: str, limits: PictureLimits, errors: ErrorStream
) -> CheckedPicture | PictureProblem:
    try:
        return check_picture(payload, name, limits, complaints=errors.take)
    except MemoryError:
        observed = f"needs more than {limits.memory_bytes} bytes of memory"
    except cv2.error as error:
        observed = f"OpenCV says: {error.err}"
        if error.code == cv2.Error.StsNoMem:
            observed = f"needs more than {limits.memory_bytes} bytes of memory"
    except Exception as error:  # what a decoder raises on purpose is caught where it is asked
        observed = f"ended by {type(error).__name__}: {error}"
    return PictureProblem("decoder_failed", observed)


def _read(stream: int, count: int) -> bytes:
    """Return so many bytes; fewer only at the stream's end."""
    first = os.read(stream, count) if count else b""
    if len(first) in (0, count):
        return first
    parts, missing = [first], count - len(first)
    while missing and (part := os.read(stream, missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _write(stream: int, content: bytes) -> None:
    while content:
        content = content[os.write(stream, content) :]


if __name__ == "__main__":
    main()
