"""Run a command so that nothing of it outlives its owner, however the owner ends.

Rules: the guardian is the reaper of all that the command starts, also of processes that left its group or session (task
runners do); it ends them all when the command ends, when it is told to stop, or when its owner's pipe closes, which
even ``kill -9`` of the owner does; first asked, then killed, until none is left.

Usage: ``python -m safety_tasks.demo.guardian [--detached] command [argument …]``. Unless detached, standard input is
the owner's pipe.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Final

import psutil

_PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h
_GRACE_S: Final = 8.0


def become_reaper() -> None:
    """Have orphans among the descendants re-parented to this process (Linux; elsewhere a no-op)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants(grace_s: float = _GRACE_S) -> None:
    """Ask every descendant to end, then kill those that did not, until none is left."""
    me = psutil.Process()
    deadline = time.monotonic() + grace_s
    asked: set[int] = set()
    while children := me.children(recursive=True):
        late = time.monotonic() > deadline
        for child in children:
            try:
                if late:
                    child.kill()
                elif child.pid not in asked:
                    asked.add(child.pid)
                    child.terminate()
            except psutil.NoSuchProcess:
                continue
        _reap()
        time.sleep(0.05)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def guard(command: list[str], *, detached: bool) -> int:
    """Run a command under guard and return its exit status, or 0 if it was told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    become_reaper()
    if not detached:

        def watch_owner() -> None:
            while os.read(0, 4096):
                pass
            stop.set()

        threading.Thread(target=watch_owner, daemon=True).start()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while process.poll() is None and not stop.wait(0.1):
        pass
    status = process.returncode
    end_descendants()
    return status if status is not None else 0


def main() -> None:
    """Guard the command on the command line."""
    arguments = sys.argv[1:]
    detached = arguments[:1] == ["--detached"]
    sys.exit(guard(arguments[1:] if detached else arguments, detached=detached))


if __name__ == "__main__":
    main()
