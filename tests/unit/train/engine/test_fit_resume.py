"""A training that is killed goes on, loses at most one epoch, and ends after as many epochs."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import wait_for
from support.tiny_training import INPUTS, TINY, drawn_dataset

from safety_tasks.train.engine.fit import fit_detector

pytestmark = [pytest.mark.slow, pytest.mark.repeated]

CHECKOUT = Path(__file__).resolve().parents[4]


def _start(data: Path, folder: Path, said: Path, epochs: int) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "support.fit_child", str(data), str(folder), str(epochs)]
    path = os.pathsep.join((str(CHECKOUT), str(CHECKOUT / "tests")))
    with said.open("wb") as stream:
        return subprocess.Popen(words, stdout=stream, env=os.environ | {"PYTHONPATH": path})


def _epochs_said(said: Path) -> list[int]:
    lines = said.read_text().splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith("epoch ")]


def test_a_killed_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_counts: bool
) -> None:
    """SIGKILL at random moments, each followed by another try: no epoch that was said is done again."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    data, folder = drawn_dataset(tmp_path / "data"), tmp_path / "fit"
    chance = random.Random(4)
    kills, epochs = (5, 24) if full_counts else (1, 5)
    killed_after: list[int] = []
    for number in range(kills):
        said = tmp_path / f"said-{number}"
        child = _start(data, folder, said, epochs)
        try:
            wait_for(
                lambda said=said, child=child: _epochs_said(said) or child.poll() is not None,
                240,
                "an epoch",
            )
            pause = chance.uniform(0, 0.3)
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(pause)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
        killed_after.append(max(_epochs_said(said), default=0))
    later: list[int] = []
    fitted = fit_detector(
        data,
        None,
        TINY.model_copy(update={"epochs": epochs}),
        folder,
        inputs_sha256=INPUTS,
        progress=lambda epoch: later.append(epoch.number),
    )
    assert fitted.fit.epochs_done == epochs
    assert fitted.fit.resumed_after == tuple(sorted(fitted.fit.resumed_after))
    # What was said is on the disk; a kill costs the epoch under way and nothing before it.
    assert fitted.fit.resumed_after[-1] >= killed_after[-1] >= 0
    assert later == list(range(fitted.fit.resumed_after[-1] + 1, epochs + 1))
    rows = fitted.curves.read_text().splitlines()[1:]
    assert [int(row.split(",")[0]) for row in rows] == list(range(1, epochs + 1))
