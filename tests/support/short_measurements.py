"""Benchmarks of tests measure for a moment: what a whole minute gives is not what such tests ask."""

import pytest


def measure_shortly(patch: pytest.MonkeyPatch) -> None:
    """Time few frames, and run each model without a pause for a moment only."""
    patch.setenv("SAFETY_TASKS_BENCHMARK_SUSTAINED_S", "0.1")
    patch.setenv("SAFETY_TASKS_BENCHMARK_FRAMES", "20")
