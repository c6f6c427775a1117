"""``safety-tasks predict``: its model, its outputs for people and programs, its statuses, its end by a signal."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.camera_server import Camera
from support.moving_pictures import frames_in, write_clip
from support.processes import wait_for
from toy_models import CLASSES, png, strong_model, toy_picture
from typer.testing import CliRunner, Result

from safety_tasks.cli import predict as command
from safety_tasks.cli import predict_tables
from safety_tasks.cli.main import app
from safety_tasks.errors import ArtifactError, ConfigError, EdgeError, StreamError

LOGIN = "://operator:open-sesame@"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Give the strong model's file."""
    (tmp_path / "model.onnx").write_bytes(strong_model())
    return tmp_path / "model.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a fire, an empty scene, a broken picture and a text."""
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "a.png").write_bytes(png(toy_picture([(1, 5)])))
    (inside / "b.png").write_bytes(png(toy_picture([])))
    (inside / "c.png").write_bytes(b"")
    (inside / "notes.txt").write_text("x")
    return inside


def call(*words: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["predict", *(str(word) for word in words)])


@contextmanager
def started(*words: object, stderr: int = subprocess.PIPE) -> Iterator["subprocess.Popen[str]"]:
    """Run the command in a process of its own, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "safety_tasks.cli", "predict", *(str(word) for word in words)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        # A suite in the background has it ignored, and so has its child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_folder_for_programs(folder: Path, model: Path, tmp_path: Path) -> None:
    """Stdout is JSON with the numbers of each source; what was not looked at is named there and on stderr."""
    out = tmp_path / "out"
    result = call(folder, "--model", model, "--out", out)
    assert result.exit_code == 0
    seen = json.loads(result.stdout)
    assert seen["pictures"] == [str(out / "0000_a.jpg"), str(out / "0001_b.jpg")]
    assert (seen["videos"], seen["detections"]) == ([], 1)
    assert Path(seen["lines"]).read_text().count("\n") == 2
    (source,) = seen["sources"]
    assert (source["source"], source["looked_at"]) == (str(folder), 2)
    assert source["detections"] == {"smoke": 0, "fire": 1, "person_down": 0}
    assert source["best_score"] == {"fire": pytest.approx(1.0)}
    assert source["frames_per_s"] > 0
    assert seen["unreadable"][0].startswith(f"{folder / 'c.png'}: expected")
    assert seen["ignored"] == [f"{folder / 'notes.txt'}: neither picture nor video by its name"]
    assert f"unreadable: {folder / 'c.png'}" in result.stderr
    assert "ignored: 1" in result.stderr
    assert "frames/s" in result.stderr


def test_a_folder_for_people(
    folder: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person gets a table with each hazard's count and best score."""
    monkeypatch.setattr(predict_tables, "for_people", lambda: True)
    result = call(folder, "--model", model, "--out", tmp_path / "out")
    rows = [line.split("│") for line in result.stdout.splitlines() if "│" in line]
    cells = {row[-3].strip(): [cell.strip() for cell in row] for row in rows}
    assert set(CLASSES) <= set(cells)
    assert cells["fire"][-2:] == ["1", "1.00"]
    assert cells["smoke"][-2:] == ["0", ""]


def test_lines_as_they_come(folder: Path, model: Path, tmp_path: Path) -> None:
    """With --json-lines stdout holds the file's lines and nothing else; the table goes to stderr."""
    clip = write_clip(tmp_path / "clip.mp4", 4)
    out = tmp_path / "out"
    result = call(
        folder, clip, "--model", model, "--out", out, "--json-lines", "--every-nth-frame", 2
    )
    assert result.exit_code == 0
    assert result.stdout == (out / "detections.jsonl").read_text()
    assert [json.loads(line)["frame"] for line in result.stdout.splitlines()] == [0, 0, 0, 2]
    assert "person_down" in result.stderr


def test_lines_go_to_a_pipe_beside_a_bar(folder: Path, model: Path, tmp_path: Path) -> None:
    """Where stderr is a terminal, it gets the bar with its rate, and the lines still go to stdout."""
    ours, theirs = pty.openpty()
    out = tmp_path / "out"
    try:
        with started(
            folder, "--model", model, "--out", out, "--json-lines", stderr=theirs
        ) as process:
            stdout, _ = process.communicate(timeout=60)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert stdout == (out / "detections.jsonl").read_text()
    assert stdout.count("\n") == 2
    assert "2/3 frames" in shown
    assert "frames/s" in shown


def test_many_ignored_files_are_counted(model: Path, folder: Path, tmp_path: Path) -> None:
    """Of many files that are not looked at, some are named on stderr and all are counted."""
    for number in range(9):
        (folder / f"{number}.csv").touch()
    result = call(folder, "--model", model, "--out", tmp_path / "out")
    assert "ignored: 10" in result.stderr
    assert "and 5 more" in result.stderr
    assert len(json.loads(result.stdout)["ignored"]) == 10


def test_what_the_command_fails_with(model: Path, tmp_path: Path, folder: Path) -> None:
    """Nothing seen and a broken stream are errors after the summary; broken files beside good ones are not."""
    (tmp_path / "cut.jpg").write_bytes(b"")
    base = ("--model", model, "--out", tmp_path / "out")
    broken = call(tmp_path / "cut.jpg", *base)
    assert isinstance(broken.exception, ArtifactError)
    assert json.loads(broken.stdout)["detections"] == 0
    off = call(folder, f"rtsp{LOGIN}127.0.0.1:9/live", *base)
    assert isinstance(off.exception, StreamError)
    assert json.loads(off.stdout)["detections"] == 1
    assert "nobody that listens there" in str(off.exception)
    for text in (off.stdout, off.stderr, str(off.exception)):
        assert "sesame" not in text
    nothing = call(tmp_path / "out", "--model", model, "--out", tmp_path / "other")
    assert nothing.exit_code == 0  # the former run's annotated pictures
    assert isinstance(call(tmp_path / "none.txt", *base).exception, ArtifactError)


def test_a_problem_is_told_once(model: Path, tmp_path: Path) -> None:
    """One line of stderr holds what failed, beginning with "error", and the status is 1."""
    address = f"rtsp{LOGIN}127.0.0.1:9/live"
    with started(address, "--model", model, "--out", tmp_path / "out") as process:
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    named = [line for line in stderr.splitlines() if "127.0.0.1" in line]
    assert len(named) == 1
    assert named[0].startswith("error: rtsp://…@127.0.0.1:9/live: expected a stream")
    assert "sesame" not in stdout + stderr


@pytest.mark.parametrize(
    ("own", "min_score", "expected"),
    [
        (None, None, {"smoke": 0.25, "fire": 0.25, "person_down": 0.25}),
        ({}, None, {"smoke": 0.25, "fire": 0.25, "person_down": 0.25}),
        ({"fire": 0.7, "other": 0.1}, None, {"smoke": 0.25, "fire": 0.7, "person_down": 0.25}),
        ({"fire": 0.7}, 0.4, {"smoke": 0.4, "fire": 0.4, "person_down": 0.4}),
        ({"fire": 0.7}, 0.0, {"smoke": 0.0, "fire": 0.0, "person_down": 0.0}),
    ],
)
def test_whose_thresholds_count(
    own: dict[str, float] | None, min_score: float | None, expected: dict[str, float]
) -> None:
    """The operator's number comes before the model's own, and where neither says one it is 0.25."""
    detector: Any = SimpleNamespace(classes=CLASSES, thresholds=own)
    assert command._thresholds(detector, min_score) == expected
    assert set(command._thresholds(detector, None)) == set(CLASSES)


def test_a_model_must_be_named_once(model: Path, folder: Path, tmp_path: Path) -> None:
    """Neither or both of the ways to a model, a threshold beside a release, and an empty device are refused."""
    base = (folder, "--out", tmp_path / "out")
    device = ("--device-dir", tmp_path / "device")
    assert isinstance(call(*base).exception, ConfigError)
    assert isinstance(call(*base, *device, "--model", model).exception, ConfigError)
    refused = call(*base, *device, "--min-score", "0.5").exception
    assert isinstance(refused, ConfigError)
    assert "--min-score" in str(refused)
    assert isinstance(call(*base, *device).exception, EdgeError)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_camera_in_peace(
    order: signal.Signals, model: Path, tmp_path: Path
) -> None:
    """Ctrl-C and a service's end leave the lines, a video that plays, the summary, status 130 and no process."""
    out = tmp_path / "out"
    with Camera("fine") as camera:
        address = camera.url.replace("://", LOGIN)
        with started(
            address, "--model", model, "--out", out, "--every-nth-frame", 1
        ) as process:  # fmt: skip
            lines = out / "detections.jsonl"
            wait_for(lambda: lines.is_file() and lines.read_text().count("\n") > 3, 60, "frames")
            process.send_signal(order)
            stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    seen = json.loads(stdout)
    count = lines.read_text().count("\n")
    assert count - 1 <= seen["sources"][0]["looked_at"] <= count
    assert count <= len(frames_in(out / Path(seen["videos"][0]).name)) <= count + 1
    assert "sesame" not in stdout + stderr + lines.read_text()
