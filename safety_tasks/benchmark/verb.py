"""The verbs ``benchmark_candidate``, ``benchmark_artifact`` and ``benchmark_champion``.

Rules: the exported file is measured, through the path that devices use; the champion is measured again, on the same
pictures, in the same run, and timed turn by turn with the candidate; a champion that cannot be measured is reported as
such, never left out; the model has the version's classes, a champion perhaps fewer; what is large is kept beside the
report.
"""

import tempfile
from pathlib import Path

from safety_tasks.benchmark.bench import Bench, Progress
from safety_tasks.benchmark.champion import find_champion
from safety_tasks.benchmark.gallery import choose_gallery, keep_gallery
from safety_tasks.benchmark.keeping import keep_details, keep_detections, keep_pages, keep_samples
from safety_tasks.benchmark.latency import Timed, frame_ratio, measure_latency
from safety_tasks.benchmark.variant_choice import choose_variant
from safety_tasks.benchmark.variants import measured_variant, worth_measuring
from safety_tasks.class_map import require_digest, require_same
from safety_tasks.config import work_dir
from safety_tasks.framework_env import usable_cores
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.fingerprint import fingerprint, hardware_class
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    Measurements,
)
from safety_tasks.scoring.comparing import compare, compare_slices
from safety_tasks.settings import BenchmarkSettings
from safety_tasks.store.base import ObjectStore, get_artifact


def benchmark_candidate(
    store: ObjectStore,
    exported: ExportedModel,
    version: DatasetVersion,
    settings: BenchmarkSettings = BenchmarkSettings(),  # noqa: B008 - frozen
    *,
    progress: Progress = lambda done, total: None,
) -> Measurements:
    """Measure a run's exported model, its variants, and the champion beside it, and keep everything.

    Args:
        store: where model and dataset are.
        exported: the run's model.
        version: the dataset version.
        settings: how long and on how many threads models are timed.
        progress: called with pictures done and their total.

    Raises:
        BenchmarkError: the holdout is empty.
        ArtifactError: the model may not be loaded.
        ClassMapError: the model has other classes than the version.
    """
    run_id = exported.run_id
    require_digest(
        version.classes, exported.classes_sha256, where=f"exported model of run {run_id}"
    )
    payload = get_artifact(store, exported.model)
    detector = Detector(payload, what=exported.model.key)
    require_same(version.classes, detector.classes, where=exported.model.key)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=_scratch()) as folder:
        bench = Bench(store, version, Path(folder), settings)
        looks, more = bench.looks(detector), len(bench.holdout)
        seen = bench.look(detector, lambda done, total: progress(done, total + more))
        noise = bench.noise(
            detector, seen.accuracy, lambda done, total: progress(looks + done, looks + total)
        )
        champion = find_champion(store, version, bench)
        here = hardware_class(fingerprint())
        variants = {one.name: one for one in worth_measuring(exported, here)}
        models = {"reference": payload}
        models |= {name: get_artifact(store, one.model) for name, one in variants.items()}
        if champion.payload is not None:
            models["champion"] = champion.payload
        timed, device = _time(bench, models)
        report = bench.report(
            exported.model,
            detector.imgsz_px,
            seen,
            timed["reference"].latency,
            noise=noise,
            device_latency=device["reference"].latency,
        )
        measured = [
            measured_variant(one, models[name], seen.accuracy, noise, bench.reader, timed)
            for name, one in variants.items()
        ]
        gallery = keep_gallery(
            store, run_id, choose_gallery(seen.accuracy), seen.accuracy, bench.reader
        )
        details = keep_details(
            store, run_id, seen.accuracy, timed["reference"], timed.get("champion"), gallery
        )
        detections = keep_detections(store, run_id, "candidate", seen)
        theirs = (
            keep_detections(store, run_id, "champion", champion.seen) if champion.seen else None
        )
        samples = keep_samples(store, run_id, seen.accuracy, bench.reader, settings.sample_pictures)
    choice = choose_variant(exported, measured, fingerprint())
    store.put(f"runs/{run_id}/choices/{choice.hardware}.json", choice.to_json_bytes())
    measurements = Measurements(
        run_id=run_id,
        candidate=report.model_copy(
            update={
                "details": details.artifact,
                "detections": detections,
                "sample_keys": samples,
            }
        ),
        champion=champion.benchmark(bench, timed, device, theirs),
        differences=compare(seen.accuracy, champion.seen.accuracy) if champion.seen else {},
        slice_differences=compare_slices(seen.accuracy, champion.seen.accuracy)
        if champion.seen
        else (),
        frame_ratio=frame_ratio(timed["reference"], timed["champion"])
        if "champion" in timed
        else None,
        variants=tuple(measured),
        choice=choice,
    )
    measurements = measurements.model_copy(
        update={"page_keys": keep_pages(store, measurements, details.record, exported.variants)}
    )
    store.put(f"runs/{run_id}/benchmark.json", measurements.to_json_bytes())
    return measurements


def benchmark_artifact(
    store: ObjectStore,
    model: Artifact,
    version: DatasetVersion,
    settings: BenchmarkSettings = BenchmarkSettings(),  # noqa: B008 - frozen
    *,
    progress: Progress = lambda done, total: None,
) -> BenchmarkReport:
    """Measure one exported model on the holdout and the incidents of a dataset version.

    Raises:
        BenchmarkError: the holdout is empty.
        ArtifactError: the model may not be loaded.
        ClassMapError: the model has other classes than the version.
    """
    payload = get_artifact(store, model)
    detector = Detector(payload, what=model.key)
    require_same(version.classes, detector.classes, where=model.key)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=_scratch()) as folder:
        bench = Bench(store, version, Path(folder), settings)
        seen = bench.look(detector, progress)
        timed, device = _time(bench, {"model": payload})
    return bench.report(
        model,
        detector.imgsz_px,
        seen,
        timed["model"].latency,
        device_latency=device["model"].latency,
    )


def benchmark_champion(
    store: ObjectStore,
    version: DatasetVersion,
    settings: BenchmarkSettings = BenchmarkSettings(),  # noqa: B008 - frozen
) -> ChampionBenchmark:
    """Measure what ``stable`` serves on the holdout and the incidents of a dataset version.

    A champion from before the classes grew is measured on the hazards that it knows.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=_scratch()) as folder:
        bench = Bench(store, version, Path(folder), settings)
        champion = find_champion(store, version, bench)
        if champion.payload is None:
            return champion.benchmark(bench, {}, {})
        timed, device = _time(bench, {"champion": champion.payload})
        return champion.benchmark(bench, timed, device)


def _time(bench: Bench, models: dict[str, bytes]) -> tuple[dict[str, Timed], dict[str, Timed]]:
    """Time models on one thread, and those that are released on the device's threads."""
    settings, pictures = bench.settings, bench.timed_pictures()
    one = measure_latency(
        models, pictures, frames=settings.frames, sustained_s=settings.sustained_s
    )
    whole = {name: payload for name, payload in models.items() if not name.startswith("edge-")}
    threads = settings.device_threads or usable_cores()
    if threads == 1:
        return one, {name: one[name] for name in whole}
    device = measure_latency(
        whole,
        pictures,
        frames=settings.frames,
        sustained_s=settings.sustained_s,
        threads=threads,
    )
    return one, device


def _scratch() -> Path:
    folder = work_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
