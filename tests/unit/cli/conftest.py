"""Commands that are typed in tests measure for a moment, not for a minute."""

import pytest


@pytest.fixture(autouse=True)
def short_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each model without a pause for a moment only; what a whole minute gives is not what these tests ask."""
    monkeypatch.setenv("SAFETY_TASKS_BENCHMARK_SUSTAINED_S", "0.1")
    monkeypatch.setenv("SAFETY_TASKS_BENCHMARK_FRAMES", "20")
