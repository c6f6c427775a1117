"""The verbs ``benchmark_candidate``, ``benchmark_artifact`` and ``benchmark_champion``.

Rules: the exported file is measured, through the path that devices use; the champion is measured again, on the
same pictures, in the same run; a champion that cannot be measured is reported as such, never left out; every picture of
an incident is measured too, whatever its split; the model has the version's classes, a champion perhaps fewer.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from safety_tasks.benchmark.accuracy import Accuracy, measure_accuracy
from safety_tasks.benchmark.incidents import measure_incidents
from safety_tasks.benchmark.latency import measure_latency
from safety_tasks.bundle.reading import read_part, read_served
from safety_tasks.class_map import class_map_digest, require_digest, require_extends, require_same
from safety_tasks.config import work_dir
from safety_tasks.errors import BenchmarkError, SafetyTasksError
from safety_tasks.inference.detector import Detector, above_thresholds
from safety_tasks.inference.pictures import draw_detections, encode_jpeg, read_picture
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    Measurements,
)
from safety_tasks.records.picture import SPLITS, Picture
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.manifests import fetch_pictures, read_manifest

SAMPLES: Final = 8
_TIMED_PICTURES: Final = 32
Progress = Callable[[int, int], None]


def benchmark_candidate(
    store: ObjectStore,
    exported: ExportedModel,
    version: DatasetVersion,
    *,
    progress: Progress = lambda done, total: None,
) -> Measurements:
    """Measure a run's exported model and the champion beside it, and keep both.

    Raises:
        BenchmarkError: the holdout is empty.
        ArtifactError: the model may not be loaded.
        ClassMapError: the model has other classes than the version.
    """
    run_id = exported.run_id
    require_digest(
        version.classes, exported.classes_sha256, where=f"exported model of run {run_id}"
    )
    measured = Measurements(
        run_id=run_id,
        candidate=benchmark_artifact(store, exported.model, version, run_id, progress=progress),
        champion=benchmark_champion(store, version, run_id),
    )
    store.put(f"runs/{run_id}/benchmark.json", measured.to_json_bytes())
    return measured


def benchmark_artifact(
    store: ObjectStore,
    model: Artifact,
    version: DatasetVersion,
    run_id: str,
    *,
    samples: int = SAMPLES,
    progress: Progress = lambda done, total: None,
) -> BenchmarkReport:
    """Measure an exported model on the holdout and the incidents of a dataset version.

    Args:
        store: where both are.
        model: the ONNX file.
        version: the dataset version.
        run_id: the run that sample pictures are kept under.
        samples: how many pictures with boxes are kept.
        progress: called with pictures done and their total.

    Raises:
        BenchmarkError: the holdout is empty.
        ArtifactError: the model may not be loaded.
        ClassMapError: the model has other classes than the version.
    """
    detector = Detector(get_artifact(store, model), what=model.key)
    require_same(version.classes, detector.classes, where=model.key)
    return _measure(store, detector, version, run_id, model, samples, progress)


def benchmark_champion(
    store: ObjectStore, version: DatasetVersion, run_id: str
) -> ChampionBenchmark:
    """Measure what ``stable`` serves on the holdout and the incidents of a dataset version.

    A champion from before the classes grew is measured on the hazards that it knows.
    """
    release_seq = None
    try:
        served = read_served(store, "stable")
        if served is None:
            return ChampionBenchmark(release_seq=None, report=None)
        release_seq = served.pointer.release_seq
        model = served.document.model
        detector = Detector(read_part(store, model), what=model.key)
        require_same(served.document.classes, detector.classes, where=model.key)
        require_extends(version.classes, detector.classes, where=f"release {release_seq}")
        report = _measure(store, detector, version, run_id, model, 0, lambda done, total: None)
    except SafetyTasksError as problem:
        return ChampionBenchmark(release_seq=release_seq, report=None, problem=str(problem))
    return ChampionBenchmark(release_seq=release_seq, report=report)


def _measure(
    store: ObjectStore,
    detector: Detector,
    version: DatasetVersion,
    run_id: str,
    model: Artifact,
    samples: int,
    progress: Progress,
) -> BenchmarkReport:
    pictures = read_manifest(store, version)
    val = [p for p in pictures if p.split == "val"]
    holdout = [p for p in pictures if p.split == "holdout"]
    incidents = [p for p in pictures if p.kind is BatchKind.INCIDENT]
    if not holdout:
        raise BenchmarkError(
            f"dataset version {version.version_id}: expected a holdout, found no picture in it. "
            "Deliver pictures of more scenes: splits are by whole scenes."
        )
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=_scratch()) as folder:
        paths = fetch_pictures(store, pictures, Path(folder), splits=("val", "holdout"))
        accuracy = measure_accuracy(
            detector,
            val,
            holdout,
            paths,
            lambda done, total: progress(done, total + len(incidents)),
        )
        thresholds = {name: score.threshold for name, score in accuracy.hazards.items()}
        paths |= fetch_pictures(store, incidents, Path(folder), splits=SPLITS)
        looked_at = len(val) + len(holdout)
        found = measure_incidents(
            detector,
            incidents,
            version.classes,
            paths,
            thresholds,
            lambda done: progress(looked_at + done, looked_at + len(incidents)),
        )
        timed = [read_picture(paths[p.sha256]) for p in holdout[:_TIMED_PICTURES]]
        latency = measure_latency(detector, timed)
        chosen = _choose_samples(holdout, samples)
        keys = tuple(
            _keep_sample(store, run_id, index, picture, paths[picture.sha256], accuracy, detector)
            for index, picture in enumerate(chosen)
        )
    return BenchmarkReport(
        model_sha256=model.sha256,
        classes_sha256=class_map_digest(detector.classes),
        dataset_version=version.version_id,
        manifest_sha256=version.manifest.sha256,
        split="holdout",
        imgsz_px=detector.imgsz_px,
        pictures=len(holdout),
        scenes=len({p.scene for p in holdout}),
        hazards=accuracy.hazards,
        map50=accuracy.map50,
        map50_95=accuracy.map50_95,
        latency=latency,
        incidents=found,
        sample_keys=keys,
    )


def _scratch() -> Path:
    folder = work_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _choose_samples(holdout: Sequence[Picture], count: int) -> list[Picture]:
    """Pick pictures evenly over the holdout's scenes and hazards, hazards before backgrounds."""
    ordered = sorted(holdout, key=lambda p: (not p.boxes, p.scene, p.sha256))
    with_hazard = [p for p in ordered if p.boxes] or ordered
    return with_hazard[:: max(1, len(with_hazard) // count)][:count] if count else []


def _keep_sample(
    store: ObjectStore,
    run_id: str,
    index: int,
    picture: Picture,
    path: Path,
    accuracy: Accuracy,
    detector: Detector,
) -> str:
    """Store a holdout picture with what the model found at its operating thresholds."""
    thresholds = {name: score.threshold for name, score in accuracy.hazards.items()}
    kept = above_thresholds(
        tuple(accuracy.detections[picture.sha256]), detector.classes, thresholds
    )
    drawn = draw_detections(read_picture(path), kept, detector.classes)
    key = f"runs/{run_id}/samples/{index:02d}.jpg"
    store.put(key, encode_jpeg(drawn))
    return key
