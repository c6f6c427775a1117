"""Measure speed and accuracy of one ONNX model on labelled pictures, in one pass.

Rules: each picture is decoded once and detected once; a picture that does not decode is named and left out of every
score, never scored as one without hazards; thresholds are the model's own, else the default, and which is said; scores
are those of the benchmark, computed by the same code; nothing is chosen on what is measured.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from safety_tasks.benchmark.evaluation.data import EvaluationData, Sample
from safety_tasks.benchmark.evaluation.timing import TimedPass
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, BenchmarkError
from safety_tasks.inference.detector import DEFAULT_SCORE, Detector, Found
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import Picture, label_text
from safety_tasks.records.scores import FalseAlarms
from safety_tasks.records.timing import Latency
from safety_tasks.scoring.accuracy import Accuracy, score
from safety_tasks.scoring.false_alarms import false_alarms

FRAMES: Final = 100
_PNG: Final = b"\x89PNG"


@dataclass(frozen=True)
class Evaluation:
    """What a model found in labelled pictures, how good that is, and how long it took.

    ``accuracy.pictures`` are those that were read; ``paths`` are their files, by sha256; ``unreadable`` says of each
    other one why not. Where scenes are not known, nothing that counts scenes may be shown.
    """

    accuracy: Accuracy
    false_alarms: FalseAlarms
    latency: Latency | None
    thresholds_from: Literal["model", "default"]
    scenes_known: bool
    paths: Mapping[str, Path]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]


def evaluate(
    detector: Detector,
    data: EvaluationData,
    *,
    frames: int = FRAMES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Measure a model.

    Args:
        detector: the model, on as many threads as are to be timed.
        data: labelled pictures.
        frames: how many frames are timed at most, spread over the pass; 0 times none.
        progress: called with pictures done and their total.

    Raises:
        BenchmarkError: no picture can be read.
        ArtifactError: the model does not run.
    """
    thresholds = detector.thresholds or dict.fromkeys(detector.classes, DEFAULT_SCORE)
    timed = TimedPass(detector, thresholds, frames=frames, pictures=len(data.samples))
    pictures: list[Picture] = []
    found: dict[str, Found] = {}
    paths: dict[str, Path] = {}
    unreadable: list[str] = []
    for done, sample in enumerate(data.samples, start=1):
        try:
            payload = _bytes_of(sample)
            pixels = decode_picture(payload, what=sample.file)
        except ArtifactError as problem:
            unreadable.append(str(problem))
        else:
            scene = sample.scene if data.scenes_known else None
            picture = _picture(sample, scene, payload, pixels.shape[1], pixels.shape[0])
            found[picture.sha256] = timed.detect(pixels)
            paths[picture.sha256] = sample.path
            pictures.append(picture)
        progress(done, len(data.samples))
    if not pictures:
        raise BenchmarkError(
            f"expected pictures to measure on, found {len(unreadable)} that cannot be read, the first: "
            f"{unreadable[0] if unreadable else 'none at all'}"
        )
    accuracy = score(detector.classes, tuple(pictures), found, thresholds)
    return Evaluation(
        accuracy=accuracy,
        false_alarms=false_alarms(pictures, found, detector.classes, thresholds),
        latency=timed.latency(),
        thresholds_from="model" if detector.thresholds else "default",
        scenes_known=data.scenes_known,
        paths=paths,
        unreadable=tuple(unreadable),
        notes=data.notes,
    )


def _bytes_of(sample: Sample) -> bytes:
    try:
        return sample.path.read_bytes()
    except OSError as problem:
        raise ArtifactError(f"{sample.file}: expected a picture, found: {problem}.") from problem


def _picture(
    sample: Sample, scene: str | None, payload: bytes, width_px: int, height_px: int
) -> Picture:
    """Return the record that scores are computed from; what they do not look at is left blank.

    Scenes that are not known are one blank scene: one alone gives no interval.
    """
    return Picture(
        sha256=sha256_bytes(payload),
        extension="png" if payload.startswith(_PNG) else "jpg",
        width_px=width_px,
        height_px=height_px,
        brightness=0.0,
        sharpness=0.0,
        label_sha256=sha256_bytes(label_text(sample.boxes).encode("ascii")),
        file=sample.file,
        batch_id="evaluation",
        kind=BatchKind.LABELLED,
        site="unknown",
        camera=None,
        scene=scene or "",
        split="holdout",
        boxes=sample.boxes,
    )
