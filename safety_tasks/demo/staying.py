"""The embedded stack that stays up between ``make up`` and ``make down``.

Rules: what was started is remembered by process id and start time, so that no other process is ever stopped; starting
twice shows the one that runs; an interrupted start leaves nothing behind; state survives ``down``.
"""

import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Final

import psutil

from safety_tasks.demo.stack import Stack, embedded_env
from safety_tasks.errors import StackError
from safety_tasks.store.local import write_durably

_STOP_S: Final = 30.0
_SHOWN: Final = (
    "SAFETY_TASKS_STORE_URI",
    "SAFETY_TASKS_STORE_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)


def bring_up(folder: Path, recipe: str, profile: str) -> None:
    """Start the stack, wait until it answers, and say where it is.

    Raises:
        StackError: it did not start; what was started is stopped again.
    """
    note = folder / "stack.json"
    if note.is_file() and (alive := _running(note)):
        print(f"already up (guardians {', '.join(str(p.pid) for p in alive)})")
        print(json.loads(note.read_text())["greeting"])
        return
    stack = Stack(folder, embedded_env(recipe, profile))
    guardians = stack.start(detached=True)
    processes = [{"pid": pid, "started": psutil.Process(pid).create_time()} for pid in guardians]
    greeting = (
        f"Airflow  {stack.api.url}   login {stack.user}, password in {folder / 'password'}\n"
        f"S3       {stack.s3.url}   bucket safety-models\n"
        f"by hand  . {folder / 'env.sh'} && safety-tasks --help\n"
        "stop     make down"
    )
    document = {"processes": processes, "greeting": greeting}
    write_durably(note, json.dumps(document).encode())
    try:
        stack.wait(lambda seconds: _dot())
    except BaseException:
        bring_down(folder)
        raise
    lines = [f"export {name}={shlex.quote(stack.env[name])}" for name in _SHOWN]
    lines.append(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
    (folder / "env.sh").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"\n{greeting}")


def bring_down(folder: Path) -> None:
    """Stop what ``bring_up`` started.

    Raises:
        StackError: it does not end.
    """
    note = folder / "stack.json"
    alive = _running(note) if note.is_file() else []
    for process in alive:
        os.kill(process.pid, signal.SIGTERM)
    _, left = psutil.wait_procs(alive, timeout=_STOP_S)
    if left:
        raise StackError(
            f"expected the stack to end within {_STOP_S:.0f} s, found {left} still there. "
            f"See {folder / 'logs'} and stop them by process id."
        )
    note.unlink(missing_ok=True)
    print("stopped" if alive else "nothing was running")


def _running(note: Path) -> list[psutil.Process]:
    found = []
    for entry in json.loads(note.read_text(encoding="utf-8"))["processes"]:
        try:
            process = psutil.Process(entry["pid"])
            if abs(process.create_time() - entry["started"]) < 1.0:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


_last_dot = 0.0


def _dot() -> None:
    global _last_dot
    if time.monotonic() - _last_dot > 2.0:
        _last_dot = time.monotonic()
        print(".", end="", flush=True)
