"""What a frame costs around the graph: (letterbox + decode and suppression) ÷ the run, in the FP32 edge variant."""

from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.edge_timing import FRAMES, facts, ways
from benchmarks.ingest_core import one_core
from benchmarks.result import LEAST_RUNS, Pair, Result, judge
from safety_tasks.benchmark.latency import Camera
from safety_tasks.inference.detector import Detector

NAME: Final = "pre_post_share"
BAR: Final = 0.04
_WHAT: Final = "(pre + post) / run, camera frame 1280x720, FP32 variant"
_WARMUP: Final = 10


def run(folder: Path) -> Result:
    """Measure.

    Raises:
        NoResult: pictures or weights are missing.
    """
    where = ways(folder)
    detector = Detector(where.variant("edge-fp32"), what="timed")
    camera = Camera(where.frames)
    pairs, middles = [], []
    with one_core():
        for number in range(_WARMUP):
            detector.detect(camera.frame(number), 0.25)
        for _ in range(LEAST_RUNS):
            parts = np.array(
                [
                    (times.pre_ns, times.run_ns, times.post_ns)
                    for times in (
                        detector.detect_timed(camera.frame(number), 0.25)[1]
                        for number in range(FRAMES)
                    )
                ]
            )
            pre, graph, post = (float(value) / 1e9 for value in np.median(parts, axis=0))
            pairs.append(Pair(ours_s=pre + post, reference_s=graph))
            middles.append((pre, graph, post))
    pre, graph, post = np.median(np.array(middles), axis=0) * 1e3
    extra = facts(where) | {
        "pre_ms": round(float(pre), 3),
        "run_ms": round(float(graph), 3),
        "post_ms": round(float(post), 3),
    }
    return judge(NAME, _WHAT, pairs, BAR, extra)
