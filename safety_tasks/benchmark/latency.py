"""Measure the time of a whole frame: letterbox, run, decode and suppression, picture already in memory.

Rules: one thread, since two on a shared machine are noise; a warm-up first; percentiles over single frames, as a
camera meets them; the operating score threshold of a device, not the benchmark's very low one.
"""

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.errors import BenchmarkError
from safety_tasks.framework_env import machine_name
from safety_tasks.inference.detector import Detector
from safety_tasks.records.timing import Latency

WARMUP_FRAMES: Final = 10
FRAMES: Final = 100
_DEVICE_SCORE: Final = 0.25


def measure_latency(
    detector: Detector, pictures: Sequence[npt.NDArray[np.uint8]], frames: int = FRAMES
) -> Latency:
    """Time single frames.

    Args:
        detector: a one-thread model.
        pictures: (height, width, 3) uint8 BGR pictures, used in turn.
        frames: how many frames are timed.

    Raises:
        BenchmarkError: there are no pictures.
    """
    if not pictures:
        raise BenchmarkError("latency: expected pictures to time on, found none in the holdout.")
    for index in range(WARMUP_FRAMES):
        detector.detect(pictures[index % len(pictures)], _DEVICE_SCORE)
    times_ms = []
    for index in range(frames):
        started = time.perf_counter_ns()
        detector.detect(pictures[index % len(pictures)], _DEVICE_SCORE)
        times_ms.append((time.perf_counter_ns() - started) / 1e6)
    p50, p95, p99 = (float(value) for value in np.percentile(times_ms, [50, 95, 99]))
    return Latency(
        p50_ms=p50, p95_ms=p95, p99_ms=p99, frames=frames, threads=1, machine=machine_name()
    )
