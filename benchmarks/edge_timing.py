"""Whole camera frames through an edge variant, timed beside other ways to run the same weights.

Rules: one core, one thread, models turn by turn; frames are real pictures of 1280x720 that lie where a camera's decoder
just wrote them; both sides have the same session options. The reference with the runtime's own defaults is a second
figure, timed in blocks that take turns: its threads spin for a while after each run, on the core of whoever comes next.
A pair is two medians over the same frames.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from benchmarks.ingest_core import one_core
from benchmarks.result import LEAST_RUNS, NoResult, Pair
from benchmarks.trained_model import SharedModel, real_model
from safety_tasks.benchmark.latency import Camera
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import read_picture
from safety_tasks.inference.session import SessionSettings
from safety_tasks.records.variants import ModelVariant, VariantName
from safety_tasks.store.base import get_artifact
from safety_tasks.store.manifests import fetch_pictures, read_manifest

FRAME_PX: Final = (1280, 720)
FRAMES: Final = 100
_WARMUP: Final = 10
_PICTURES: Final = 40

Image = npt.NDArray[np.uint8]
Way = Callable[[Image], object]


@dataclass(frozen=True)
class Ways:
    """A shared model, and real frames to time it on."""

    model: SharedModel
    frames: tuple[Image, ...]

    @property
    def reference(self) -> bytes:
        """The plain export's file."""
        return get_artifact(self.model.store, self.model.exported.model)

    def variant(self, name: VariantName) -> bytes:
        """Return a variant's file.

        Raises:
            NoResult: it was not made, or its budget was missed.
        """
        found = {one.name: one for one in self.model.exported.variants}
        one: ModelVariant | None = found.get(name)
        if one is None or not one.offered:
            why = one.why if one else self.model.exported.not_made.get(name, "not made")
            raise NoResult(f"expected {name}, found none to offer: {why}")
        return get_artifact(self.model.store, one.model)


def ways(folder: Path) -> Ways:
    """Return the shared model of real pictures with frames of its val.

    Raises:
        NoResult: pictures or weights are missing.
    """
    model = real_model(folder.parent / "shared-model")
    val = [p for p in read_manifest(model.store, model.version) if p.split == "val"]
    some = val[:: max(1, len(val) // _PICTURES)][:_PICTURES]
    folder.mkdir(parents=True, exist_ok=True)
    paths = fetch_pictures(model.store, some, folder, splits=("val",))
    frames = tuple(
        np.asarray(cv2.resize(read_picture(paths[p.sha256]), FRAME_PX), np.uint8) for p in some
    )
    return Ways(model, frames)


def bare_run(payload: bytes, imgsz_px: int, options: ort.SessionOptions | None = None) -> Way:
    """Return a way that runs the plain export's graph on a ready blob, and does nothing else.

    Args:
        payload: the reference model.
        imgsz_px: the side of its square.
        options: the session's; None: those that a detector has.
    """
    session = ort.InferenceSession(
        payload, options or SessionSettings().options(), providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    blob = np.random.default_rng(0).random((1, 3, imgsz_px, imgsz_px), np.float32)
    return lambda frame: session.run(None, {name: blob})


def whole_frame(payload: bytes) -> Way:
    """Return a way that takes a camera frame to boxes."""
    detector = Detector(payload, what="timed")
    return lambda frame: detector.detect(frame, 0.25)


def compare(ours: Way, references: Sequence[Way], frames: Sequence[Image]) -> list[list[Pair]]:
    """Time ways frame by frame, turn by turn, on one core.

    Returns:
        for each reference its pairs with ours: medians over 100 frames, in seconds.
    """
    camera = Camera(frames)
    every = [ours, *references]
    pairs: list[list[Pair]] = [[] for _ in references]
    with one_core():
        for number in range(_WARMUP):
            for way in every:
                way(camera.frame(number))
        for _ in range(LEAST_RUNS):
            times = np.zeros((FRAMES, len(every)))
            for number, row in enumerate(times):
                for column, way in enumerate(every):
                    frame = camera.frame(number)
                    start = time.perf_counter_ns()
                    way(frame)
                    row[column] = (time.perf_counter_ns() - start) / 1e9
            middle = np.median(times, axis=0)
            for column, mine in enumerate(pairs, start=1):
                mine.append(Pair(ours_s=float(middle[0]), reference_s=float(middle[column])))
    return pairs


def compare_with_defaults(ours: Way, default: Way, frames: Sequence[Image]) -> list[Pair]:
    """Time a way and one with the runtime's default options in blocks of 100 frames that take turns, on one core."""
    camera = Camera(frames)
    pairs = []
    with one_core():
        for _ in range(LEAST_RUNS):
            middle = []
            for way in (ours, default):
                for number in range(_WARMUP):
                    way(camera.frame(number))
                times = np.zeros(FRAMES)
                for number in range(FRAMES):
                    frame = camera.frame(number)
                    start = time.perf_counter_ns()
                    way(frame)
                    times[number] = (time.perf_counter_ns() - start) / 1e9
                middle.append(float(np.median(times)))
            pairs.append(Pair(ours_s=middle[0], reference_s=middle[1]))
    return pairs


def facts(where: Ways) -> dict[str, float | str]:
    """Return what stands beside every result of these benchmarks."""
    return {
        "imgsz_px": where.model.exported.imgsz_px,
        "frame_px": f"{FRAME_PX[0]}x{FRAME_PX[1]}",
        "frames_a_pair": FRAMES,
        "onnxruntime": ort.__version__,
    }
