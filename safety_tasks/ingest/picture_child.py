"""One child process that checks pictures, seen from its parent: start, ask by frames, end."""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from safety_tasks.errors import WorkerError
from safety_tasks.ingest.checked_picture import CheckedPicture, PictureLimits, PictureProblem
from safety_tasks.ingest.picture_frames import (
    ANSWER,
    MAX_ANSWER_BYTES,
    READY,
    decode_answer,
    encode_request,
)

_START_S: Final = 120.0
_END_S: Final = 5.0
_PIPE_BYTES: Final = 1024 * 1024  # most pictures fit, so that one write hands a picture over
_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_KEPT: Final = ("LD_LIBRARY_PATH", "TZ")


class ChildFailed(Exception):
    """A child died, took too long or answered nonsense; the text says which."""


def child_env() -> dict[str, str]:
    """Return a child's whole environment: where Python finds its modules, one thread, no secret."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    paths = os.pathsep.join(path for path in sys.path if path)
    return kept | dict.fromkeys(_ONE_THREAD, "1") | {"PYTHONPATH": paths, "LC_ALL": "C.UTF-8"}


class PictureChild:
    """A child; of one thread at a time."""

    def __init__(self, command: Sequence[str], limits: PictureLimits) -> None:
        """Start a child and wait until it is confined and ready.

        Raises:
            WorkerError: it does not start.
        """
        self._limits = limits
        theirs_in, self._in = os.pipe2(os.O_CLOEXEC)
        self._out, theirs_out = os.pipe2(os.O_CLOEXEC)
        try:
            self._process = subprocess.Popen(
                [*command, json.dumps(asdict(limits))],
                stdin=theirs_in,
                stdout=theirs_out,
                env=child_env(),
            )
        except OSError as error:
            os.close(self._in)
            os.close(self._out)
            raise WorkerError(f"expected a picture worker to start, found: {error}.") from error
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        with contextlib.suppress(OSError):  # more than this user may have: smaller writes, then
            fcntl.fcntl(self._in, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._received = bytearray()
        try:
            hello = self._receive(len(READY), time.monotonic() + _START_S)
        except ChildFailed as failed:
            hello = str(failed).encode()
        if hello != READY:
            self.kill()
            raise WorkerError(
                f"expected a picture worker to start, found: {hello!r}. Its words are on standard error; "
                f"try {' '.join(command)} by hand."
            )

    def check(self, payload: bytes, name: str) -> CheckedPicture | PictureProblem:
        """Have a picture checked.

        Raises:
            ChildFailed: there is no answer; the child must not be asked again.
        """
        deadline = time.monotonic() + self._limits.wall_s
        self._send(encode_request(payload, name), deadline)
        try:
            (length,) = ANSWER.unpack(self._receive(ANSWER.size, deadline))
            if length > MAX_ANSWER_BYTES:
                raise ValueError(f"expected ≤ {MAX_ANSWER_BYTES} bytes, found {length}")
            answer = decode_answer(self._receive(length, deadline), self._limits)
            if self._received:
                raise ValueError("expected one answer, found more")
        except (ValueError, RecursionError) as error:
            raise ChildFailed(f"the decoder answered nonsense: {error}") from error
        return answer

    def kill(self) -> None:
        """End the child now."""
        self._process.kill()
        self.hang_up()
        self.end()

    def hang_up(self) -> None:
        """Let the child end by itself: it gets no more input."""
        os.close(self._in)

    def end(self) -> None:
        """Wait for the child that was hung up on; kill it if it lingers."""
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._out)

    def _send(self, parts: list[bytes], deadline: float) -> None:
        whole: list[memoryview | bytes] = list(parts)
        while whole:
            try:
                sent = os.writev(self._in, whole)
            except BlockingIOError:
                self._await(self._in, select.POLLOUT, deadline)
                continue
            except BrokenPipeError as error:
                raise ChildFailed(self._death()) from error
            while whole and sent >= len(whole[0]):
                sent -= len(whole.pop(0))
            if sent:
                whole[0] = memoryview(whole[0])[sent:]

    def _receive(self, count: int, deadline: float) -> bytes:
        while len(self._received) < count:
            self._await(self._out, select.POLLIN, deadline)
            part = os.read(self._out, MAX_ANSWER_BYTES)
            if not part:
                raise ChildFailed(self._death())
            self._received += part
        first = bytes(self._received[:count])
        del self._received[:count]
        return first

    def _await(self, stream: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(stream, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise ChildFailed(f"the decoder took over {self._limits.wall_s:g} s by the clock")

    def _death(self) -> str:
        try:
            status = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return "the decoder closed its pipes"
        if status == -signal.SIGXCPU:
            return f"the decoder took over {self._limits.cpu_s:g} s of processor time"
        return (
            f"the decoder was killed by signal {-status}"
            if status < 0
            else f"the decoder ended with {status}"
        )
