"""Time frames within the pass that scores them, so that speed costs no second look at the pictures.

Rules: a warm-up first; a time is that of a whole frame at the operating thresholds, as a device runs it. For AP a frame
is detected down to a very low score, which only its last part (decode and suppression) feels: that part is done again
at the operating thresholds while the network holds the frame's output, and this time counts; the microseconds in which
the few boxes left become records are not in it. Frames are spread over the pass; the picture lies in memory already.
"""

from collections.abc import Mapping
from time import perf_counter_ns
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.framework_env import machine_name
from safety_tasks.inference.detector import Detector, Found
from safety_tasks.records.timing import Latency
from safety_tasks.scoring.accuracy import LOWEST_SCORE

WARMUP_FRAMES: Final = 3


class TimedPass:
    """Detects picture after picture, and keeps the times of some."""

    def __init__(
        self, detector: Detector, thresholds: Mapping[str, float], *, frames: int, pictures: int
    ) -> None:
        """Begin a pass.

        Args:
            detector: the model.
            thresholds: operating threshold of each hazard (0-1).
            frames: how many frames are timed at most; 0 times none.
            pictures: how many there are in the pass.
        """
        self._detector, self._frames, self._pictures = detector, frames, pictures
        self._lowest = min(thresholds.values())
        self._seen = 0
        self._parts_ns: list[tuple[int, int, int]] = []

    def detect(self, picture: npt.NDArray[np.uint8]) -> Found:
        """Return what is found in a (height, width, 3) uint8 BGR picture, down to ``LOWEST_SCORE``.

        Raises:
            ArtifactError: the runtime fails, or the output is not finite.
        """
        if self._frames and not self._seen:
            for _ in range(WARMUP_FRAMES):
                self._detector.detect(picture)
        due = self._frames and len(self._parts_ns) * self._pictures <= self._seen * self._frames
        found, times = self._detector.detect_timed(picture, LOWEST_SCORE)
        if due:
            started = perf_counter_ns()
            self._detector.network.boxes(self._lowest)
            self._parts_ns.append((times.pre_ns, times.run_ns, perf_counter_ns() - started))
        self._seen += 1
        return found

    def latency(self) -> Latency | None:
        """Return the times of the frames so far, or None where none was timed."""
        if not self._parts_ns:
            return None
        parts_ms = np.array(self._parts_ns, np.float64) / 1e6
        whole_ms = parts_ms.sum(axis=1)
        p50, p95, p99 = (float(value) for value in np.percentile(whole_ms, [50, 95, 99]))
        pre, run, post = (float(value) for value in np.median(parts_ms, axis=0))
        settings = self._detector.settings
        return Latency(
            p50_ms=p50,
            p95_ms=p95,
            p99_ms=p99,
            frames=len(parts_ms),
            threads=settings.threads,
            machine=machine_name(),
            mean_ms=float(whole_ms.mean()),
            warmup_frames=WARMUP_FRAMES,
            pre_ms=pre,
            run_ms=run,
            post_ms=post,
            spinning=settings.spinning,
        )
