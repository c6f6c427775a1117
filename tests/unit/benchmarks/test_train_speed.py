"""The training benchmark's guard: quicker at the price of a worse model is no result."""

import sys
from pathlib import Path

import pytest

from benchmarks import train_speed
from benchmarks.result import NoResult
from benchmarks.train_speed import require_as_good


@pytest.mark.parametrize(
    ("ours", "plain"),
    [
        ((0.40, 0.40, 0.40), (0.40, 0.40, 0.40)),
        ((0.50, 0.50, 0.50), (0.40, 0.40, 0.40)),
        ((0.391, 0.391, 0.391), (0.40, 0.40, 0.40)),  # within a point
        ((0.30, 0.40, 0.50), (0.40, 0.45, 0.50)),  # within what the seeds differ by
    ],
)
def test_as_good_is_told(ours: tuple[float, ...], plain: tuple[float, ...]) -> None:
    """Both means and the allowance stand beside the ratio."""
    found = require_as_good(ours, plain)
    assert found["ours_map50"] == pytest.approx(sum(ours) / 3, abs=1e-4)
    assert found["plain_map50"] == pytest.approx(sum(plain) / 3, abs=1e-4)
    assert float(found["allowed_loss_map50"]) >= 0.01


@pytest.mark.parametrize(
    ("ours", "plain"),
    [((0.38, 0.38, 0.38), (0.40, 0.40, 0.40)), ((0.30, 0.31, 0.32), (0.40, 0.41, 0.42))],
)
def test_worse_is_no_result(ours: tuple[float, ...], plain: tuple[float, ...]) -> None:
    """Beyond a point and beyond two standard errors nothing is said of speed."""
    with pytest.raises(NoResult, match="as good as plain"):
        require_as_good(ours, plain)


def test_a_training_does_not_inherit_what_scoring_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this process sets for itself after its start is no part of a measured training's environment."""
    monkeypatch.setenv("OMP_WAIT_POLICY_OF_A_SCORER", "PASSIVE")
    program = "import os; print('OMP_WAIT_POLICY_OF_A_SCORER' in os.environ, os.environ['SAID'])"
    train_speed._timed([sys.executable, "-c", program], tmp_path, {"SAID": "yes"})
    assert (tmp_path / "log.txt").read_text() == "False yes\n"
