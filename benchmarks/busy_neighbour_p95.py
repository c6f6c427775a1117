"""Frame time at the 95th percentile beside a busy process ÷ the same with the runtime's default session options.

Rules: one process keeps a core busy all the time, as a recorder or a backup on a camera's box does; each side runs
alone in a process of its own, in blocks that take turns; nothing is pinned, since a device pins nothing.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.edge_timing import FRAME_PX, facts, ways
from benchmarks.result import LEAST_RUNS, NoResult, Pair, Result, judge

NAME: Final = "busy_neighbour_p95"
BAR: Final = 0.80
_WHAT: Final = "p95 of a frame beside a busy process / the same with default session options"
_FRAMES: Final = 200
_WARMUP: Final = 20
_NEIGHBOUR: Final = "while True: pass"


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing, or a side failed.
    """
    where = ways(folder)
    path = folder / "edge-fp32.onnx"
    path.write_bytes(where.variant("edge-fp32"))
    neighbour = subprocess.Popen([sys.executable, "-c", _NEIGHBOUR])
    pairs, medians = [], []
    try:
        for number in range(LEAST_RUNS + 1):
            ours, default = (_side(path, how) for how in ("ours", "default"))
            if not number:
                continue  # warms the page cache for both
            pairs.append(Pair(ours["p95_s"], default["p95_s"]))
            medians.append(ours["p50_s"] / default["p50_s"])
    finally:
        neighbour.kill()
        neighbour.wait()
    extra = facts(where) | {
        "frames_a_pair": _FRAMES,
        "p50_ratio": round(float(np.median(medians)), 3),
    }
    return judge(NAME, _WHAT, pairs, BAR, extra)


def _side(path: Path, how: str) -> dict[str, float]:
    words = [sys.executable, "-m", __name__, str(path), how]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise NoResult(f"{NAME}: {how} ended with {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _measure(path: Path, how: str) -> None:
    """Time frames in this process and print p50 and p95 in seconds."""
    import onnxruntime as ort

    from safety_tasks.inference import session
    from safety_tasks.inference.detector import Detector

    if how == "default":
        session.SessionSettings.options = lambda self: ort.SessionOptions()  # type: ignore[method-assign]
    detector = Detector.load(path)
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (FRAME_PX[1], FRAME_PX[0], 3), dtype=np.uint8)
    times = []
    for number in range(_FRAMES + _WARMUP):
        start = time.perf_counter()
        detector.detect(frame, 0.25)
        if number >= _WARMUP:
            times.append(time.perf_counter() - start)
    p50, p95 = np.percentile(times, [50, 95])
    print(json.dumps({"p50_s": float(p50), "p95_s": float(p95)}))


if __name__ == "__main__":
    _measure(Path(sys.argv[1]), sys.argv[2])
