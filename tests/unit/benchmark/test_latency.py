"""Latency: percentiles over single frames, after a warm-up, by a clock that only grows."""

from itertools import count

import pytest
from toy_models import strong_model, toy_picture

from safety_tasks.benchmark import latency
from safety_tasks.benchmark.latency import WARMUP_FRAMES, machine_name, measure_latency
from safety_tasks.errors import BenchmarkError
from safety_tasks.inference.detector import Detector


class Slow(Detector):
    """A detector whose frames take 1, 2, 3 … milliseconds by the test's own clock."""

    def __init__(self) -> None:
        super().__init__(strong_model(), what="toy")
        self.now_ns = 0
        self.frames = count(1)
        self.scores: list[float] = []

    def detect(self, picture: object, min_score: float = 0.25) -> tuple[()]:  # type: ignore[override]
        """Take time, find nothing."""
        self.scores.append(min_score)
        frame = next(self.frames)
        self.now_ns += 10**9 if frame <= WARMUP_FRAMES else (frame - WARMUP_FRAMES) * 10**6
        return ()


def test_no_pictures_is_an_error() -> None:
    """Nothing to time on is no measurement of zero."""
    with pytest.raises(BenchmarkError, match="expected pictures to time on"):
        measure_latency(Detector(strong_model(), what="toy"), [])


def test_percentiles_of_known_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1 to 101 ms the median is 51, and the slow warm-up does not count."""
    detector = Slow()
    monkeypatch.setattr(latency.time, "perf_counter_ns", lambda: detector.now_ns)
    result = measure_latency(detector, [toy_picture([])], frames=101)
    assert (result.p50_ms, result.p95_ms, result.p99_ms) == pytest.approx((51, 96, 100))
    assert (result.frames, result.threads) == (101, 1)
    assert set(detector.scores) == {0.25}


def test_percentiles_of_a_real_model_are_ordered() -> None:
    """Whatever the machine, the slower percentile is not the faster."""
    result = measure_latency(Detector(strong_model(), what="toy"), [toy_picture([(0, 1)])], 20)
    assert 0 < result.p50_ms <= result.p95_ms <= result.p99_ms
    assert result.machine == machine_name()


def test_the_machine_has_a_name() -> None:
    """A latency without its machine says nothing."""
    name, _, architecture = machine_name().rpartition(" (")
    assert name
    assert architecture.endswith(")")
