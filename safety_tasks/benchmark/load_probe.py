"""``python -m safety_tasks.benchmark.load_probe MODEL THREADS``: load a model, run it, tell time and memory as JSON.

Rule: nothing else happens in this process, so that its peak is the model's and the runtime's.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from safety_tasks.inference.detector import Detector
from safety_tasks.inference.memory import peak_rss_bytes


def main(path: Path, threads: int) -> None:
    """Load, run three frames, print ``load_ms`` and ``peak_rss_bytes``."""
    payload = path.read_bytes()
    started = time.perf_counter()
    detector = Detector(payload, what=path.name, threads=threads)
    load_ms = (time.perf_counter() - started) * 1e3
    for _ in range(3):
        detector.detect(np.full((720, 1280, 3), 114, np.uint8))
    print(json.dumps({"load_ms": load_ms, "peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
