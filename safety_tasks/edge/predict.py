"""Detect hazards in picture files, videos and streams of cameras, and keep what was seen.

Rules: what does not decode, stalls or ends is reported with its name and the rest goes on; each result is written as
it comes, beside its annotated picture or video; frames of a stream are looked at as new as they are, those of a
recording in full.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.edge.annotated import AnnotatedFolder
from safety_tasks.edge.sources import Source, find_sources
from safety_tasks.edge.streams import Frame, Frames, WatchLimits
from safety_tasks.edge.tally import Prediction, Predictions, Tally
from safety_tasks.errors import ArtifactError, StreamError
from safety_tasks.inference.detector import Detector, above_thresholds
from safety_tasks.inference.pictures import draw_detections, read_picture
from safety_tasks.records.release import Detection

_MAX_PICTURE_BYTES: Final = 256 * 1024**2


def predict(
    detector: Detector,
    thresholds: dict[str, float],
    sources: Sequence[str | Path],
    out: Path,
    *,
    every_nth_frame: int = 5,
    limits: WatchLimits | None = None,
    tally: Tally | None = None,
    on_line: Callable[[str], None] = lambda line: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Predictions:
    """Detect in pictures, videos, folders of them, and streams.

    Args:
        detector: the model.
        thresholds: operating threshold of each hazard (0-1).
        sources: files, folders, and addresses as text.
        out: a folder for annotated pictures and videos and ``detections.jsonl``.
        every_nth_frame: of a video or stream, so many frames apart.
        limits: how long to wait for cameras and how much to look at; the defaults where None.
        tally: counts what is seen while it goes on, for whoever may interrupt.
        on_line: called with each line of ``detections.jsonl`` once it is written.
        progress: called with the number of pictures and frames done and to do, 0 where that is not known.

    Raises:
        EdgeError: there is nothing to look at, or no way to write results.
        StreamError: an address is of a kind that is not read.
        WorkerError: the process that reads videos does not start.
    """
    found = find_sources(sources, out)
    tally = tally or Tally(detector.classes)
    tally.begin(found)
    files = [source.path for source in found.wanted if not source.is_stream]
    with AnnotatedFolder(out, files) as folder:
        run = _Run(detector, thresholds, folder, tally, on_line, progress, len(found.wanted))
        for source in found.wanted:
            with run.timed(source):
                try:
                    run.look(source, every_nth_frame, limits or WatchLimits())
                except (ArtifactError, StreamError) as problem:
                    tally.problem(source, str(problem))
                except (cv2.error, MemoryError) as problem:
                    tally.problem(source, f"expected a picture to look at, found: {problem}")
    return Predictions(tuple(tally.pictures), tally.unreadable, tally.sources)


class _Run:
    def __init__(
        self,
        detector: Detector,
        thresholds: dict[str, float],
        folder: AnnotatedFolder,
        tally: Tally,
        on_line: Callable[[str], None],
        progress: Callable[[int, int], None],
        sources: int,
    ) -> None:
        self._detector, self._thresholds = detector, thresholds
        self._folder, self._tally = folder, tally
        self._on_line, self._progress = on_line, progress
        self._done, self._to_do = 0, sources

    @contextmanager
    def timed(self, source: Source) -> Iterator[None]:
        """Count the time that a source takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._tally.of(source).seconds += time.monotonic() - began

    def look(self, source: Source, every: int, limits: WatchLimits) -> None:
        if source.kind == "picture":
            self._picture(source, Frame(0, 0.0, _read(source)))
        elif source.kind == "snapshot":
            once = replace(limits, max_frames=1, max_seconds=None)
            with Frames(source.address, is_stream=True, every=1, limits=once) as frames:
                self._picture(source, next(iter(frames)))
        else:
            self._moving(source, every, limits)

    def _picture(self, source: Source, frame: Frame) -> None:
        detections = self._detect(frame.picture)
        drawn = draw_detections(frame.picture, detections, self._detector.classes)
        self._keep(source, frame, detections, self._folder.write_picture(source.stem, drawn))

    def _moving(self, source: Source, every: int, limits: WatchLimits) -> None:
        """Look at a video or stream."""
        if not source.is_stream and not source.path.is_file():
            raise ArtifactError(f"{source.shown}: expected a video, found no such file.")
        one = self._tally.of(source)
        address = source.address if source.is_stream else str(source.path.absolute())
        with Frames(address, is_stream=source.is_stream, every=every, limits=limits) as frames:
            known = -(-frames.total // every)
            self._to_do += min(known, limits.max_frames or known) - 1 if known else 0
            video = self._folder.video(source.stem, frames.fps / every)
            try:
                with video:
                    for frame in frames:
                        detections = self._detect(frame.picture)
                        drawn = draw_detections(frame.picture, detections, self._detector.classes)
                        self._keep(source, frame, detections, video.write(drawn), live=frames.live)
            finally:
                one.overtaken += frames.skipped
                one.notes += [f"{source.shown}: {video.note}"] if video.note else []

    def _detect(self, picture: npt.NDArray[np.uint8]) -> tuple[Detection, ...]:
        found = self._detector.detect(picture, min(self._thresholds.values()))
        return above_thresholds(found, self._detector.classes, self._thresholds)

    def _keep(
        self,
        source: Source,
        frame: Frame,
        detections: tuple[Detection, ...],
        annotated: Path,
        *,
        live: bool = False,
    ) -> None:
        seen = Prediction(source.shown, frame.number, frame.time_s, annotated, detections)
        line = self._folder.note(seen.line(self._detector.classes))
        self._tally.add(source, seen)
        self._on_line(line)
        self._done += 1
        self._progress(self._done, 0 if live else max(self._to_do, self._done))


def _read(source: Source) -> npt.NDArray[np.uint8]:
    path = source.path
    if path.exists() and not path.is_file():
        raise ArtifactError(f"{source.shown}: expected a picture file, found something else.")
    if path.is_file() and path.stat().st_size > _MAX_PICTURE_BYTES:
        raise ArtifactError(
            f"{source.shown}: expected a picture of at most {_MAX_PICTURE_BYTES} bytes, found "
            f"{path.stat().st_size}. Look whether it is one."
        )
    return read_picture(path)
