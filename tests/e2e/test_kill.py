"""However a rehearsal ends, nothing of it stays, and the next one works."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import processes_of, wait_for

from safety_tasks.demo.summary import INTERRUPTED, REFUSED

pytestmark = pytest.mark.slow


def _start(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "output").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "safety_tasks.demo", "run", "--folder", str(folder), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _until_training(folder: Path) -> None:
    output = folder.parent / "output"
    wait_for(lambda: "train: running" in output.read_text(), 180, "training to run")
    assert processes_of(folder)


def test_a_killed_rehearsal_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    """After kill -9 in the middle of training no process is left, and a second run in the same folder ends well."""
    folder = tmp_path / "state" / "demo"
    first = _start(folder)
    _until_training(folder)
    first.kill()
    first.wait()
    wait_for(lambda: not processes_of(folder), 30, "every process to end")
    assert not (folder / "summary.json").exists()

    second = _start(folder, "--break", "undertrained")
    try:
        assert second.wait(300) == REFUSED, (folder.parent / "output").read_text()[-3000:]
    finally:
        second.kill()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["exit_code"] == REFUSED
    assert summary["verdict"] == "FAIL"
    assert summary["reasons"]
    assert summary["release_seq"] is None
    assert summary["edge"] is None
    assert summary["synthetic"] is True
    assert {"ingest", "validate", "train", "export", "benchmark", "gate"} <= set(summary["stages"])
    assert not processes_of(folder)


def test_ctrl_c_stops_all_and_says_so(tmp_path: Path) -> None:
    """Ctrl-C in the middle of training ends with 130, a summary that says 130, and no process left."""
    folder = tmp_path / "state" / "demo"
    rehearsal = _start(folder)
    _until_training(folder)
    os.kill(rehearsal.pid, signal.SIGINT)
    assert rehearsal.wait(60) == INTERRUPTED
    assert json.loads((folder / "summary.json").read_text())["exit_code"] == INTERRUPTED
    assert not processes_of(folder)


def test_a_rehearsal_ends_with_its_owner(tmp_path: Path) -> None:
    """When the process that asked for it, such as make, is killed, the rehearsal stops with all it started."""
    folder = tmp_path / "state" / "demo"
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    rehearsal = _start(folder, "--owner", str(owner.pid))
    wait_for(lambda: len(processes_of(folder)) > 4, 60, "the stack to start")
    owner.kill()
    owner.wait()
    assert rehearsal.wait(60) == INTERRUPTED
    assert json.loads((folder / "summary.json").read_text())["exit_code"] == INTERRUPTED
    assert not processes_of(folder)
