"""Find and wait for what a rehearsal starts."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the living processes that name a state folder in their environment or command line."""
    needle = str(folder)
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.environ().values(), *process.cmdline()]
            alive = process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if alive and any(needle in word for word in words):
            found.append(process)
    return found


def wait_for(truth: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not come in time.
    """
    deadline = time.monotonic() + timeout_s
    while not truth():
        assert time.monotonic() < deadline, f"expected {what} within {timeout_s:.0f} s"
        time.sleep(0.2)
