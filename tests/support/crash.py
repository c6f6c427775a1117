"""Crashes at the k-th step that reaches the disk: each fsync and each rename is one step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class CrashError(BaseException):
    """The machine stops here."""


class Steps:
    """Counts fsyncs and renames; at the k-th raises before doing it."""

    def __init__(self, crash_at: int | None, error: BaseException | None = None) -> None:
        self.done: list[str] = []
        self._crash_at = crash_at
        self._error = error or CrashError()

    def take(self, name: str) -> None:
        """Count one step, or crash instead of it."""
        if len(self.done) == self._crash_at:
            raise self._error
        self.done.append(name)


@contextmanager
def crashing(crash_at: int | None, error: BaseException | None = None) -> Iterator[Steps]:
    """Watch every fsync and rename of this process; crash at step ``crash_at`` (from 0), or never."""
    steps = Steps(crash_at, error)
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(handle: int) -> None:
        steps.take("fsync")
        fsync(handle)

    def watched_replace(self: Path, target: Any) -> Path:
        steps.take("rename")
        return replace(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", watched_fsync)
        patch.setattr(Path, "replace", watched_replace)
        yield steps
