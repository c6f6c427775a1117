"""The summary says what is known and null for the rest."""

import json
import subprocess
import sys
from pathlib import Path

from safety_tasks.demo.summary import BROKEN, Summary

FIELDS = {
    "exit_code", "verdict", "reasons", "synthetic", "profile", "base_weights", "dataset_version", "release_seq",
    "stages", "hazards", "map50", "map50_95", "latency_ms", "edge",
}  # fmt: skip


def test_an_early_ending_has_every_field(tmp_path: Path) -> None:
    """A summary of which nothing is known says broken, names every field, and invents nothing."""
    Summary().write(tmp_path / "demo" / "summary.json")
    found = json.loads((tmp_path / "demo" / "summary.json").read_text())
    assert set(found) >= FIELDS
    assert found["exit_code"] == BROKEN
    assert [found[name] for name in ("verdict", "release_seq", "edge", "latency_ms")] == [None] * 4
    assert (found["reasons"], found["stages"], found["hazards"]) == ([], {}, {})


def test_a_wrong_option_leaves_a_summary_of_its_own(tmp_path: Path) -> None:
    """An earlier summary never survives: a start with a wrong option replaces it and says what was wrong."""
    (tmp_path / "summary.json").write_text('{"exit_code": 0}')
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "safety_tasks.demo",
            "run",
            "--folder",
            str(tmp_path),
            "--data",
            "/nowhere",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = json.loads((tmp_path / "summary.json").read_text())
    assert (done.returncode, found["exit_code"]) == (BROKEN, BROKEN)
    assert "DATA: expected a YOLO folder, found none at /nowhere" in found["problem"]
    assert "Traceback" not in done.stdout + done.stderr
