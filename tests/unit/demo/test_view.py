"""What a log shows of a rehearsal: each change once, and a sign of life while something runs."""

import io

import pytest
from rich.console import Console

from safety_tasks.demo import view as module
from safety_tasks.demo.view import View


def _plain() -> tuple[View, io.StringIO]:
    stream = io.StringIO()
    return View(Console(file=stream, width=110, force_terminal=False)), stream


def test_each_change_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a terminal a stage prints when it starts and ends, and its waiting is silent."""
    monkeypatch.setattr(module, "_LINE_EVERY_S", 1000.0)
    view, stream = _plain()
    with view:
        view.update("train", "waiting")
        for second in range(5):
            view.update("train", "running", float(second), f"{second} of 5 epochs")
        view.update("train", "done", 5.0)
    lines = stream.getvalue().splitlines()
    assert lines == ["train: running 0.0 s  0 of 5 epochs", "train: done 5.0 s  4 of 5 epochs"]


def test_a_long_stage_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """A running stage prints again once enough time went by."""
    monkeypatch.setattr(module, "_LINE_EVERY_S", 0.0)
    view, stream = _plain()
    for second in range(3):
        view.update("train", "running", float(second))
    assert len(stream.getvalue().splitlines()) == 3


def test_a_terminal_shows_every_stage() -> None:
    """In a terminal the table holds each stage once, in order, with its last state."""
    stream = io.StringIO()
    view = View(Console(file=stream, width=80, force_terminal=True))
    with view:
        view.update("ingest", "running", 1.0)
        view.update("ingest", "done", 2.0)
        view.update("train", "failed", 3.0, "diverged")
    last = stream.getvalue()
    assert "ingest" in last
    assert "diverged" in last
    assert last.rindex("train") > last.rindex("ingest")
