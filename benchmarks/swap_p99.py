"""Frame time at the 99th percentile while models are swapped ÷ steady, in one process.

Rules: the camera's thread keeps one core, the thread that loads the new model the other; the model is swapped again and
again with half a second between, as no device does, so that there are enough frames to speak of a percentile; frames
count while a swap goes on.
"""

import os
import threading
import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.edge_timing import FRAME_PX, facts, ways
from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.hot_swap import SwappableDetector

NAME: Final = "swap_p99"
BAR: Final = 1.5
_WHAT: Final = "p99 of a frame during a hot swap / steady"
_SWAPS: Final = 30
_STEADY_FRAMES: Final = 400
_BETWEEN_S: Final = 0.2


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or there is no second core.
    """
    where = ways(folder)
    path = folder / "edge-fp32.onnx"
    path.write_bytes(where.variant("edge-fp32"))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise NoResult(f"{NAME}: expected a core beside the camera's, found one core.")
    cv2.setNumThreads(1)
    camera = SwappableDetector(Detector.load(path))
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (FRAME_PX[1], FRAME_PX[0], 3), dtype=np.uint8)
    pairs, counted, seconds = [], 0, []
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {cores[-1]})
        for _ in range(LEAST_RUNS):
            steady = [_frame_s(camera, frame) for _ in range(_STEADY_FRAMES)]
            during, spent = _while_swapping(camera, path, frame, cores[0])
            counted += len(during)
            seconds += spent
            pairs.append(Pair(*(float(np.percentile(part, 99)) for part in (during, steady))))
    finally:
        os.sched_setaffinity(0, before)
    extra = facts(where) | {
        "swaps": _SWAPS * LEAST_RUNS,
        "frames_during_swaps": counted,
        "swap_ms": round(float(np.median(seconds)) * 1e3, 1),
    }
    return judge(NAME, _WHAT, pairs, BAR, extra)


def _while_swapping(
    camera: SwappableDetector, path: Path, frame: "np.ndarray", core: int
) -> tuple[list[float], list[float]]:
    """Return the times of frames that met a swap, and how long each swap took, in seconds."""
    going = threading.Event()
    spent: list[float] = []

    def swap() -> None:
        os.sched_setaffinity(threading.get_native_id(), {core})
        for _ in range(_SWAPS):
            time.sleep(_BETWEEN_S)
            going.set()
            start = time.perf_counter()
            camera.swap(lambda: Detector.load(path), what=path.name)
            spent.append(time.perf_counter() - start)
            going.clear()

    swapping = threading.Thread(target=swap)
    swapping.start()
    during = []
    while swapping.is_alive():
        met = going.is_set()
        seconds = _frame_s(camera, frame)
        if met or going.is_set():
            during.append(seconds)
    swapping.join()
    return during, spent


def _frame_s(camera: SwappableDetector, frame: "np.ndarray") -> float:
    start = time.perf_counter()
    camera.detect(frame, 0.25)
    return time.perf_counter() - start
