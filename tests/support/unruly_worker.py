"""A picture worker that misbehaves on demand: what the picture's name says, it does instead of looking at it."""

import os
import signal
import sys
import time
from pathlib import Path

from safety_tasks.ingest import picture_worker
from safety_tasks.ingest.picture_checks import check_picture as honest_check

COMMAND = (sys.executable, __file__)
_asked = 0
_words: bytes | None = None


def misbehave(payload, name, limits, *, complaints=str):  # type: ignore[no-untyped-def]
    """Stand in for ``check_picture``."""
    global _asked, _words
    _asked += not name.startswith("warm")
    if name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "exit":
        os._exit(3)
    elif name == "hang":
        time.sleep(600)
    elif name == "spin":
        while True:
            pass
    elif name == "swell":
        bytearray(limits.memory_bytes + 100_000_000)
    elif name == "swell in small":
        hoard = []
        while True:
            hoard.append(bytes(100_000))
    elif name == "raise":
        raise RecursionError("deep")
    elif name == "die unless fresh" and _asked > 1:
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "print":
        print("not an answer", flush=True)
        os.write(1, b"nor this" * 100_000)
    elif name.startswith("write "):
        Path(name.removeprefix("write ")).write_bytes(b"x")
    elif name.startswith("say "):
        _words = bytes.fromhex(name.removeprefix("say "))
    return honest_check(payload, "a.jpg", limits, complaints=complaints)


def encode(answer):  # type: ignore[no-untyped-def]
    """Stand in for ``encode_answer``."""
    return _honest_encode(answer) if _words is None else _words


_honest_encode = picture_worker.encode_answer
if __name__ == "__main__":
    picture_worker.check_picture = misbehave  # type: ignore[attr-defined]
    picture_worker.encode_answer = encode  # type: ignore[attr-defined]
    picture_worker.main()
