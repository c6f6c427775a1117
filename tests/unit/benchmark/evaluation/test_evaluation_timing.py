"""Times within a pass: after a warm-up, of whole frames at the operating thresholds, spread over the pictures."""

from typing import Any

import numpy as np
import pytest
from toy_models import CLASSES, strong_model, toy_picture

from safety_tasks.benchmark.evaluation import timing as evaluation_timing
from safety_tasks.benchmark.evaluation.timing import WARMUP_FRAMES, TimedPass
from safety_tasks.framework_env import machine_name
from safety_tasks.inference.detector import Detector, PartTimes
from safety_tasks.scoring.accuracy import LOWEST_SCORE

THRESHOLDS = {"smoke": 0.6, "fire": 0.4, "person_down": 0.5}
BLANK = toy_picture([])


class Clock:
    """A detector, its network and a clock: frame n takes n² ms before the run, 10 n² ms in it; boxes take 1 ms."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.now_ns = self.frame = 0
        self.network = self
        self.settings = Detector(strong_model(), what="toy", threads=2).settings

    def perf_counter_ns(self) -> int:
        """Return the time."""
        return self.now_ns

    def detect(self, picture: object) -> tuple[()]:
        """Warm up."""
        self.calls.append("warm")
        return ()

    def detect_timed(self, picture: object, min_score: float) -> tuple[tuple[()], PartTimes]:
        """Take a long time after the run."""
        self.calls.append(min_score)
        self.frame += 1
        return (), PartTimes(self.frame**2 * 10**6, 10 * self.frame**2 * 10**6, 500 * 10**6)

    def boxes(self, min_score: float) -> None:
        """Decode again."""
        self.calls.append(("again", min_score))
        self.now_ns += 10**6


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the clock, which the pass looks at."""
    made = Clock()
    monkeypatch.setattr(evaluation_timing, "perf_counter_ns", made.perf_counter_ns)
    return made


def timed(clock: Any, frames: int, pictures: int) -> TimedPass:
    """Go through a pass."""
    one = TimedPass(clock, THRESHOLDS, frames=frames, pictures=pictures)
    for _ in range(pictures):
        one.detect(BLANK)
    return one


def test_a_frame_is_timed_at_the_operating_thresholds(clock: Any) -> None:
    """Time before and in the run is the frame's own; after it, that of the lowest threshold, not of AP's."""
    latency = timed(clock, 100, 3).latency()
    assert clock.calls == ["warm"] * WARMUP_FRAMES + [LOWEST_SCORE, ("again", 0.4)] * 3
    assert latency is not None
    assert (latency.p50_ms, latency.mean_ms) == (pytest.approx(45), pytest.approx(157 / 3))
    assert (latency.pre_ms, latency.run_ms, latency.post_ms) == (4, 40, 1)
    assert (latency.p95_ms, latency.p99_ms) == (pytest.approx(94.5), pytest.approx(98.9))
    assert (latency.frames, latency.threads, latency.warmup_frames) == (3, 2, WARMUP_FRAMES)
    assert latency.machine == machine_name()


@pytest.mark.parametrize(("frames", "pictures"), [(4, 10), (10, 10), (1, 10), (7, 9), (20, 10)])
def test_frames_are_spread_over_the_pass(clock: Any, frames: int, pictures: int) -> None:
    """As many as were asked for, none far from where an even spread would have it, whatever the counts."""
    latency = timed(clock, frames, pictures).latency()
    assert latency is not None
    assert latency.frames == min(frames, pictures)
    rest = clock.calls[WARMUP_FRAMES:]
    seen = [call for call in rest if call == LOWEST_SCORE]
    assert len(seen) == pictures
    taken, at = [], -1
    for call in rest:
        at += call == LOWEST_SCORE
        if call != LOWEST_SCORE:
            taken.append(at)
    even = np.arange(latency.frames) * pictures / latency.frames
    assert np.abs(np.array(taken) - even).max() < 1


def test_nothing_timed_is_no_time(clock: Any) -> None:
    """Without frames there is neither a warm-up nor a number."""
    assert timed(clock, 0, 2).latency() is None
    assert clock.calls == [LOWEST_SCORE] * 2
    assert TimedPass(clock, THRESHOLDS, frames=5, pictures=5).latency() is None


def test_a_real_detector_finds_the_same_timed_or_not() -> None:
    """Decoding again at other thresholds does not touch what was found; times are there."""
    detector = Detector(strong_model(), what="toy")
    pictures = [toy_picture([(1, n)], grey=100 + n) for n in range(4)]
    one = TimedPass(detector, dict.fromkeys(CLASSES, 0.25), frames=4, pictures=4)
    found = [one.detect(picture) for picture in pictures]
    assert found == [detector.detect(picture, LOWEST_SCORE) for picture in pictures]
    latency = one.latency()
    assert latency is not None
    assert 0 < latency.run_ms < latency.p50_ms <= latency.p95_ms <= latency.p99_ms
