"""A test that runs DAGs keeps its own time limit: a run that waits for ever fails, and ends nobody else's tests."""

import signal
from typing import Any

import pytest
from support.gated_plant import GatedPlant, gate, people

__all__ = ["gate", "people"]


@pytest.mark.timeout(700)
def test_runs_leave_the_alarm_on(gate: Any) -> None:
    """Airflow reads DAG files and limits tasks by the same alarm; after both, the test's is still set."""
    before, _ = signal.getitimer(signal.ITIMER_REAL)
    plant: GatedPlant = gate("impossible")
    assert plant.run()["enforce_gate"] == "failed"
    after, _ = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < after < before <= 700
