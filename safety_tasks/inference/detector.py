"""Run a released or candidate model on pictures: the one path for benchmark, parity and edge.

Rules: the class map and size come from the model's own metadata, and where it has the class map's digest, the names
must be those of it; the graph is judged before the runtime opens it; one picture at a time, as a camera delivers them,
and callers of several threads take turns; a picture that is none is an error with its shape, never a crash.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.letterbox import to_picture_xyxy
from safety_tasks.inference.model_checks import check_model
from safety_tasks.inference.model_metadata import read_metadata
from safety_tasks.inference.networks import EdgeNetwork, Network, ReferenceNetwork
from safety_tasks.inference.session import SessionSettings, open_session
from safety_tasks.records.release import Detection

DEFAULT_SCORE: Final = 0.25

Picture = npt.NDArray[np.uint8]
Found = tuple[Detection, ...]


@dataclass(frozen=True)
class PartTimes:
    """Nanoseconds of a frame's parts: into the square, the graph, and from its output to boxes."""

    pre_ns: int
    run_ns: int
    post_ns: int


class Detector:
    """A model ready to run on the CPU, one thread by default.

    ``classes`` are the hazards by class id; ``thresholds`` are the operating thresholds by hazard that the model
    carries, None where it carries none; ``variant`` is its name among the variants of one export.
    """

    def __init__(
        self, payload: bytes, *, what: str, threads: int = 1, spinning: bool = False
    ) -> None:
        """Load a model.

        Args:
            payload: the ONNX file.
            what: its name for messages.
            threads: intra-op threads.
            spinning: whether a thread that waits spins; quicker on an idle machine, much slower on a busy one.

        Raises:
            ArtifactError: the file breaks a rule, lacks metadata, or the runtime refuses it.
            ClassMapError: its class names are not those of its digest.
        """
        facts = read_metadata(check_model(payload, what=what), what=what)
        self.classes: tuple[str, ...] = facts.classes
        self.imgsz_px, self.thresholds, self.variant = (
            facts.imgsz_px,
            facts.thresholds,
            facts.variant,
        )
        self.settings = SessionSettings(threads, spinning)
        session = open_session(payload, self.settings, what=what)
        kind = EdgeNetwork if facts.layout == "edge" else ReferenceNetwork
        self.network: Network = kind(session, facts.imgsz_px, len(facts.classes), what=what)
        self._turn = threading.Lock()
        self._what = what

    @classmethod
    def load(cls, path: Path, *, threads: int = 1, spinning: bool = False) -> Self:
        """Load a model from a file.

        Raises:
            ArtifactError: the file is missing or not allowed.
            ClassMapError: its class names are not those of its digest.
        """
        try:
            payload = path.read_bytes()
        except OSError as problem:
            raise ArtifactError(f"{path}: expected an ONNX model, found: {problem}.") from problem
        return cls(payload, what=str(path), threads=threads, spinning=spinning)

    def detect(self, picture: Picture, min_score: float | None = None) -> Found:
        """Detect hazards in one picture.

        Args:
            picture: (height, width, 3) uint8 BGR.
            min_score: detections below are dropped (0-1); None: each hazard at the operating threshold that the model
                carries, or 0.25 where it carries none.

        Returns:
            detections, best first, boxes x1 y1 x2 y2 in pixels of the picture; ``classes`` names their hazards.

        Raises:
            ArtifactError: it is no such picture, the runtime fails, or the output is not finite.
        """
        return self.detect_timed(picture, min_score)[0]

    def detect_timed(
        self, picture: Picture, min_score: float | None = None
    ) -> tuple[Found, PartTimes]:
        """Detect as ``detect`` does, and tell how long each part took."""
        if (
            picture.ndim != 3
            or picture.shape[2] != 3
            or picture.dtype != np.uint8
            or not picture.size
        ):
            raise ArtifactError(
                f"{self._what}: expected a picture (height, width, 3) of uint8 BGR, found {picture.shape} of "
                f"{picture.dtype}. Convert it first; decode_picture gives this form."
            )
        thresholds = self.thresholds if min_score is None else None
        if min_score is None:
            min_score = min(thresholds.values()) if thresholds else DEFAULT_SCORE
        with self._turn:
            started = time.perf_counter_ns()
            placement = self.network.load(picture)
            loaded = time.perf_counter_ns()
            self.network.run()
            ran = time.perf_counter_ns()
            boxes, scores, classes = self.network.boxes(min_score)
        corners = to_picture_xyxy(boxes, placement).tolist() if len(scores) else []
        found = tuple(
            Detection(class_id=class_id, score=min(1.0, score), box_xyxy=tuple(box))
            for box, score, class_id in zip(corners, scores.tolist(), classes.tolist(), strict=True)
        )
        if thresholds:
            found = above_thresholds(found, self.classes, thresholds)
        return found, PartTimes(loaded - started, ran - loaded, time.perf_counter_ns() - ran)

    def detect_each(
        self, pictures: Iterable[Picture], min_score: float | None = None
    ) -> Iterator[Found]:
        """Detect in each picture of a batch, or of a stream that never ends, as it is asked for."""
        for picture in pictures:
            yield self.detect(picture, min_score)

    def wait_until_idle(self) -> None:
        """Return when no frame is in the model."""
        with self._turn:
            return

    def run_raw(self, blob: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run a reference model's graph: (1, 3, S, S) float32 RGB 0-1 to (1, 4 + classes, anchors) float32.

        Raises:
            ArtifactError: this is no reference model, the runtime fails, or the output is not finite.
        """
        if not isinstance(self.network, ReferenceNetwork):
            raise ArtifactError(
                f"{self._what}: expected a reference model, found variant {self.variant}."
            )
        return self.network.run_raw(blob)


def above_thresholds(found: Found, classes: tuple[str, ...], thresholds: dict[str, float]) -> Found:
    """Keep the detections that reach their hazard's operating threshold."""
    return tuple(d for d in found if d.score >= thresholds[classes[d.class_id]])
