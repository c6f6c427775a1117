"""Measure the time of whole frames: letterbox, run, decode and suppression; the picture lies in memory already.

Rules: models that are compared take turns frame by frame, so that whatever else the machine does hits both; a warm-up
first; percentiles over single frames, as a camera meets them; each at its operating thresholds, as a device runs it;
load time and memory are those of a process that does nothing else.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.errors import BenchmarkError
from safety_tasks.inference.detector import Detector, PartTimes
from safety_tasks.inference.fingerprint import fingerprint
from safety_tasks.records.timing import Latency

WARMUP_FRAMES: Final = 10
_PROBE_TIMEOUT_S: Final = 120.0

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Timed:
    """A model's frames: their milliseconds in order, parts (frames, 3) in milliseconds, and the record of them."""

    frames_ms: npt.NDArray[np.float64]
    latency: Latency


def measure_latency(
    models: Mapping[str, bytes],
    pictures: Sequence[Image],
    *,
    frames: int,
    sustained_s: float,
    threads: int = 1,
    spinning: bool = False,
) -> dict[str, Timed]:
    """Time models turn by turn.

    Args:
        models: ONNX files by name.
        pictures: (height, width, 3) uint8 BGR pictures, used in turn.
        frames: how many frames of each model are timed one by one.
        sustained_s: for how long each then runs without a pause.
        threads: intra-op threads.
        spinning: whether threads that wait spin.

    Returns:
        the times of each model, by name.

    Raises:
        BenchmarkError: there are no pictures, or a model does not load in a process of its own.
        ArtifactError: a model may not be loaded.
    """
    if not pictures:
        raise BenchmarkError("latency: expected pictures to time on, found none in the holdout.")
    detectors = {
        name: Detector(payload, what=name, threads=threads, spinning=spinning)
        for name, payload in models.items()
    }
    camera = Camera(pictures)
    for number in range(WARMUP_FRAMES):
        for detector in detectors.values():
            detector.detect(camera.frame(number))
    parts: dict[str, list[tuple[float, float, float]]] = {name: [] for name in detectors}
    for number in range(frames):
        for name, detector in detectors.items():
            _, times = detector.detect_timed(camera.frame(number))
            parts[name].append(_milliseconds(times))
    timed = {}
    for name, detector in detectors.items():
        fps = _sustained(detector, camera, sustained_s)
        load_ms, rss = probe_load(models[name], threads)
        table = np.array(parts[name])
        whole = table.sum(axis=1)
        p50, p95, p99 = (float(value) for value in np.percentile(whole, [50, 95, 99]))
        pre, run, post = (float(value) for value in np.median(table, axis=0))
        found = fingerprint()
        timed[name] = Timed(
            whole,
            Latency(
                p50_ms=p50,
                p95_ms=p95,
                p99_ms=p99,
                frames=frames,
                threads=threads,
                machine=found.processor,
                mean_ms=float(whole.mean()),
                warmup_frames=WARMUP_FRAMES,
                pre_ms=pre,
                run_ms=run,
                post_ms=post,
                sustained_fps=fps,
                sustained_s=sustained_s,
                load_ms=load_ms,
                peak_rss_bytes=rss,
                spinning=spinning,
                fingerprint=found,
            ),
        )
    return timed


def frame_ratio(ours: Timed, reference: Timed) -> float:
    """Return the median ratio of frames that were timed turn by turn."""
    return float(np.median(ours.frames_ms / reference.frames_ms))


class Camera:
    """Gives one picture after another in the same memory, just written, as a decoder leaves a frame."""

    def __init__(self, pictures: Sequence[Image]) -> None:
        """Take pictures, at least one."""
        self._pictures = pictures
        self._buffers = {picture.shape: np.empty_like(picture) for picture in pictures}

    def frame(self, number: int) -> Image:
        """Return a picture by its turn."""
        picture = self._pictures[number % len(self._pictures)]
        buffer = self._buffers[picture.shape]
        buffer[:] = picture
        return buffer


def probe_load(payload: bytes, threads: int) -> tuple[float, int]:
    """Return how long a model takes to load (ms), and the most memory (bytes) of a process that loads and runs it.

    Raises:
        BenchmarkError: it did not load there in time.
    """
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(payload)
        words = [sys.executable, "-m", "safety_tasks.benchmark.load_probe", str(path), str(threads)]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=True
            )
            found = json.loads(done.stdout)
            return float(found["load_ms"]), int(found["peak_rss_bytes"])
        except (subprocess.SubprocessError, ValueError, KeyError) as problem:
            raise BenchmarkError(
                f"expected the model to load in a process of its own, found: {problem}."
            ) from problem


def _sustained(detector: Detector, camera: Camera, seconds: float) -> float:
    """Return frames a second without a pause, the copy of the frame included."""
    started, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds or not done:
        detector.detect(camera.frame(done))
        done += 1
    return done / max(spent, 1e-9)


def _milliseconds(times: PartTimes) -> tuple[float, float, float]:
    return times.pre_ns / 1e6, times.run_ns / 1e6, times.post_ns / 1e6
