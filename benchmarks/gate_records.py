"""Evidence of the gate whose accuracy a simulation fills in: all else is on record, complete and within its budget.

Rules: what is not studied never refuses, so that a verdict follows from accuracy alone: one file without variants, of
times and size far within the budget, exported in parity, a whole record of its training, no incident on record, the
champion the one that is served. What the plant's checks do not read is left out.
"""

from typing import Final

from safety_tasks.class_map import class_map_digest
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    IncidentResult,
    Measurements,
    Parity,
)
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.timing import Fingerprint, Latency
from safety_tasks.records.training import BaseWeights, Fit, Hardware, TrainingRun

_RUN: Final = "simulated"
_VERSION: Final = "0" * 16
_CODE: Final = "0" * 64
_AT: Final = "1970-01-01T00:00:00+00:00"


def blank_evidence(classes: tuple[str, ...], noise: NoiseFloor) -> GateEvidence:
    """Return evidence without scores, of a candidate beside release 1.

    Args:
        classes: hazard names; the index is the class id.
        noise: the candidate's noise floor.
    """
    candidate, champion = (_report(digit * 64, classes, noise) for digit in "ab")
    return GateEvidence(
        classes=classes,
        dataset_version=_VERSION,
        manifest_sha256="1" * 64,
        synthetic=False,
        exported=ExportedModel(
            run_id=_RUN,
            dataset_version=_VERSION,
            classes=classes,
            classes_sha256=class_map_digest(classes),
            imgsz_px=640,
            model=Artifact(key="model.onnx", sha256="a" * 64, size_bytes=12 << 20),
            parity=Parity(
                pictures=32,
                max_box_difference_px=0.0,
                max_score_difference=0.0,
                box_tolerance_px=0.05,
                score_tolerance=0.001,
            ),
            code_sha256=_CODE,
            settings_sha256=_CODE,
        ),
        measured=Measurements(
            run_id=_RUN,
            candidate=candidate,
            champion=ChampionBenchmark(release_seq=1, report=champion),
        ),
        training=_training(classes),
        serving_release_seq=1,
    )


def _report(sha256: str, classes: tuple[str, ...], noise: NoiseFloor) -> BenchmarkReport:
    return BenchmarkReport(
        model_sha256=sha256,
        classes_sha256=class_map_digest(classes),
        dataset_version=_VERSION,
        manifest_sha256="1" * 64,
        split="holdout",
        imgsz_px=640,
        pictures=0,
        scenes=0,
        hazards={},
        map50=None,
        map50_95=None,
        latency=_LATENCY,
        incidents=IncidentResult(total=0, missed=(), trained_on=0, without_hazard=0),
        noise=noise,
    )


def _training(classes: tuple[str, ...]) -> TrainingRun:
    return TrainingRun(
        run_id=_RUN,
        dataset_version=_VERSION,
        recipe=Recipe(name=_RUN),
        classes_sha256=class_map_digest(classes),
        base_weights=BaseWeights(kind="champion", source="release 1", sha256="b" * 64, note=""),
        weights=Artifact(key="best.pt", sha256="c" * 64, size_bytes=6 << 20),
        fit=Fit(
            device="cpu",
            precision="float32",
            hardware=Hardware(machine=_RUN, cores=1, memory_bytes=1, devices=("cpu",)),
            packages={},
            epochs_done=1,
            best_epoch=1,
            batch=1,
            seconds=1.0,
            code_sha256=_CODE,
        ),
        started_at=_AT,
        seconds=1.0,
        code_sha256=_CODE,
    )


_LATENCY: Final = Latency(
    p50_ms=10.0,
    p95_ms=12.0,
    p99_ms=14.0,
    frames=200,
    threads=1,
    machine=_RUN,
    sustained_fps=80.0,
    sustained_s=60.0,
    load_ms=100.0,
    peak_rss_bytes=100 << 20,
    fingerprint=Fingerprint(
        processor=_RUN,
        architecture="x86_64",
        cores=1,
        features=(),
        system=_RUN,
        python="3",
        onnxruntime="1",
        opencv="4",
        provider="CPUExecutionProvider",
    ),
)
