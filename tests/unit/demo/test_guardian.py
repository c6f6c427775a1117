"""Nothing outlives its owner: not daemons, not deaf programs, however the owner ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import processes_of, wait_for

# A program that starts a grandchild in a session of its own, deaf to SIGTERM, and then waits.
_STUBBORN = """
import os, signal, subprocess, sys, time
deaf = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", deaf, sys.argv[1]], start_new_session=True)
print("started", flush=True)
time.sleep(600)
"""
# An owner that guards the stubborn program, tells its guardian's id, and waits.
_OWNER = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite in the background has it ignored, and so has its child
guardian = subprocess.Popen(
    [sys.executable, "-m", "safety_tasks.demo.guardian", sys.executable, "-c", sys.argv[2], sys.argv[1]],
    stdin=subprocess.PIPE, start_new_session=True)
time.sleep(600)
"""


def _family(folder: Path) -> int:
    return len(processes_of(folder))


@pytest.mark.slow
@pytest.mark.repeated
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_a_killed_owner(
    tmp_path: Path, ending: signal.Signals, full_counts: bool
) -> None:
    """Whichever way the owner dies, even a deaf grandchild in another session is gone within 15 seconds."""
    for count in range(5 if full_counts else 1):
        folder = tmp_path / f"run-{count}"
        owner = subprocess.Popen(
            [sys.executable, "-c", _OWNER, str(folder), _STUBBORN], stdout=subprocess.DEVNULL
        )
        wait_for(lambda: _family(folder) >= 4, 20, "owner, guardian, program and grandchild")  # noqa: B023
        owner.send_signal(ending)
        owner.wait()
        wait_for(lambda: _family(folder) == 0, 15, "all to end")  # noqa: B023


def test_the_commands_own_end_is_passed_on(tmp_path: Path) -> None:
    """A command that ends by itself ends its guardian, with the same status."""
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    guardian = subprocess.Popen(
        [sys.executable, "-m", "safety_tasks.demo.guardian", *command], stdin=subprocess.PIPE
    )
    assert guardian.wait(20) == 7


def test_a_detached_guardian_goes_on_until_it_is_told(tmp_path: Path) -> None:
    """Detached, the guardian ignores its standard input and ends on SIGTERM with all it started."""
    command = [sys.executable, "-c", "import time; time.sleep(600)", str(tmp_path)]
    guardian = subprocess.Popen(
        [sys.executable, "-m", "safety_tasks.demo.guardian", "--detached", *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: _family(tmp_path) == 2, 20, "guardian and command")
    os.kill(guardian.pid, signal.SIGTERM)
    assert guardian.wait(20) == 0
    assert _family(tmp_path) == 0
