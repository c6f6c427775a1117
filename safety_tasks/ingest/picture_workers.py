"""Decode pictures in children, so that no picture can hurt the process that holds the store's keys.

Rules: a child that dies, hangs or answers nonsense is ended and replaced, and the picture breaks ``decoder_failed``;
but it is blamed only if a fresh child fails with it too, so that what an earlier picture left behind costs no later
one. Children get no secret from the environment, and nothing that they send is run.
"""

import sys
from collections.abc import Sequence
from queue import LifoQueue
from types import TracebackType
from typing import Final, Self

from safety_tasks.ingest.checked_picture import CheckedPicture, PictureLimits, PictureProblem
from safety_tasks.ingest.picture_checks import too_large
from safety_tasks.ingest.picture_child import ChildFailed, PictureChild

WORKER: Final = (sys.executable, "-P", "-W", "ignore", "-m", "safety_tasks.ingest.picture_worker")


class PictureWorkers:
    """A few children that check pictures, started when they are needed; of any number of threads."""

    def __init__(
        self, limits: PictureLimits, *, count: int, command: Sequence[str] = WORKER
    ) -> None:
        """Start nothing yet.

        Args:
            limits: what a picture may be, and what decoding it may cost.
            count: how many children work side by side.
            command: what starts a child; the limits follow it as JSON.
        """
        self._limits = limits
        self._count = count
        self._command = command
        self._closed = False
        # The child that worked last works next: its memory is warm, and others start only under load.
        self._free: LifoQueue[PictureChild | None] = LifoQueue()
        for _ in range(count):
            self._free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the checks that run, then end the children."""
        self._closed = True
        children = [child for _ in range(self._count) if (child := self._free.get()) is not None]
        for child in children:
            child.hang_up()
        for child in children:
            child.end()

    def check(self, payload: bytes, name: str) -> CheckedPicture | PictureProblem:
        """Judge a delivered picture in a child, waiting for a free one.

        Args:
            payload: the file's bytes.
            name: its delivered name.

        Raises:
            WorkerError: no child can be started.
        """
        if self._closed:
            raise RuntimeError("expected open picture workers, found closed ones.")
        if len(payload) > self._limits.max_bytes:
            return too_large(payload, self._limits)
        child = self._free.get()
        try:
            while True:
                fresh = child is None
                child = child or PictureChild(self._command, self._limits)
                answer = _ask(child, payload, name)
                if not isinstance(answer, ChildFailed):
                    return answer
                child.kill()
                child = None
                if fresh:
                    return PictureProblem("decoder_failed", str(answer))
        except BaseException:
            # Interrupted between question and answer: the next answer would be this picture's.
            if child is not None:
                child.kill()
                child = None
            raise
        finally:
            self._free.put(child)


def _ask(
    child: PictureChild, payload: bytes, name: str
) -> CheckedPicture | PictureProblem | ChildFailed:
    try:
        answer = child.check(payload, name)
    except ChildFailed as failed:
        return failed
    if isinstance(answer, PictureProblem) and answer.rule == "decoder_failed":
        return ChildFailed(answer.observed)
    return answer
