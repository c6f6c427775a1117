"""Scratch files of these tests stay in their own folder."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the work folder of this test."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    return tmp_path / "work"
