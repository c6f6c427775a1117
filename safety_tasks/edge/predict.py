"""Detect hazards in picture files and videos, and keep what was seen.

Rules: a file that does not decode is reported with its name and the rest goes on; results are written beside each
other as annotated pictures and one ``detections.json``.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.errors import ArtifactError, EdgeError
from safety_tasks.inference.detector import Detector, above_thresholds
from safety_tasks.inference.pictures import draw_detections, encode_jpeg, read_picture
from safety_tasks.records.release import Detection

PICTURE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
VIDEO_SUFFIXES: Final = frozenset({".mp4", ".avi", ".mov", ".mkv"})


@dataclass(frozen=True)
class Prediction:
    """What was found in one picture or frame, and where the annotated picture lies."""

    source: str
    annotated: Path
    detections: tuple[Detection, ...]


@dataclass(frozen=True)
class Predictions:
    """All that was found, and the files that could not be read."""

    frames: tuple[Prediction, ...]
    unreadable: tuple[str, ...]


def predict(
    detector: Detector,
    thresholds: dict[str, float],
    sources: Sequence[Path],
    out: Path,
    *,
    every_nth_frame: int = 5,
    progress: Callable[[int], None] = lambda done: None,
) -> Predictions:
    """Detect in pictures, videos, and folders of them.

    Args:
        detector: the model.
        thresholds: operating threshold of each hazard (0-1).
        sources: files or folders.
        out: a folder for annotated pictures and ``detections.json``.
        every_nth_frame: of a video, so many frames apart.
        progress: called with the number of pictures and frames done.

    Raises:
        EdgeError: there is nothing to look at.
    """
    files = [file for source in sources for file in _files(source)]
    if not files:
        wanted = ", ".join(sorted(PICTURE_SUFFIXES | VIDEO_SUFFIXES))
        raise EdgeError(f"expected pictures or videos ({wanted}), found none in {sources}.")
    out.mkdir(parents=True, exist_ok=True)
    frames: list[Prediction] = []
    unreadable: list[str] = []
    for file in files:
        try:
            for name, picture in _pictures(file, every_nth_frame):
                found = above_thresholds(
                    detector.detect(picture, min(thresholds.values())), detector.classes, thresholds
                )
                target = out / f"{len(frames):04d}_{name}.jpg"
                target.write_bytes(encode_jpeg(draw_detections(picture, found, detector.classes)))
                frames.append(Prediction(name, target, found))
                progress(len(frames))
        except ArtifactError as problem:
            unreadable.append(f"{file.name}: {problem}")
    document = [
        {
            "source": frame.source,
            "annotated": frame.annotated.name,
            "detections": [
                {
                    "hazard": detector.classes[d.class_id],
                    "score": round(d.score, 4),
                    "box_xyxy": [round(v, 1) for v in d.box_xyxy],
                }
                for d in frame.detections
            ],
        }
        for frame in frames
    ]
    (out / "detections.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    return Predictions(tuple(frames), tuple(unreadable))


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        known = PICTURE_SUFFIXES | VIDEO_SUFFIXES
        return sorted(p for p in source.rglob("*") if p.suffix.lower() in known)
    return [source]


def _pictures(file: Path, every: int) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    if file.suffix.lower() not in VIDEO_SUFFIXES:
        yield file.stem, read_picture(file)
        return
    capture = cv2.VideoCapture(str(file))
    try:
        if not capture.isOpened():
            raise ArtifactError(f"{file}: expected a video, found a file that does not open.")
        number = 0
        while True:
            ok, frame = capture.read()
            if not ok:
                break
            if number % every == 0:
                yield f"{file.stem}-{number:06d}", frame  # type: ignore[misc]
            number += 1
        if number == 0:
            raise ArtifactError(f"{file}: expected a video, found no frame in it.")
    finally:
        capture.release()
