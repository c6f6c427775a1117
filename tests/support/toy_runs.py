"""A small dataset of drawn pictures, and runs over it with toy models: all through the real verbs."""

import json

from toy_models import CLASSES, png, strong_model, toy_boxes, toy_picture

from safety_tasks.bundle.reading import read_pointer
from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.gate import evaluate_gate
from safety_tasks.ingest import ingest_batch
from safety_tasks.records.dataset import DatasetVersion, Support
from safety_tasks.records.gate import GateProfile, GateReportRef
from safety_tasks.records.model import (
    BenchmarkReport,
    ChampionBenchmark,
    ExportedModel,
    IncidentResult,
    Parity,
)
from safety_tasks.records.release import Channel, PublishedRelease
from safety_tasks.records.scores import HazardScore
from safety_tasks.records.timing import Latency
from safety_tasks.release import publish_release
from safety_tasks.settings import IngestSettings, ReleaseSettings
from safety_tasks.store.base import ObjectStore, put_artifact

SCENES = 6
PER_SCENE = 2
PROFILE = GateProfile(
    name="toy",
    ap50_floors=dict.fromkeys(CLASSES, 0.5),
    recall_floors=dict.fromkeys(CLASSES, 0.5),
    max_ap50_drop=0.1,
    latency_p95_budget_ms=1000.0,
    min_support_pictures=1,
    min_support_boxes=1,
    min_support_scenes=1,
)
NO_INCIDENTS = IncidentResult(total=0, missed=(), trained_on=0, without_hazard=0)


def hazards_of(index: int) -> list[tuple[int, int]]:
    """Return what the picture of an index holds: every hazard once, each picture's cells its own."""
    return [(class_id, (5 * class_id + 3 * index) % 16) for class_id in range(3)]


def toy_dataset(store: ObjectStore, batch_id: str = "drawn") -> DatasetVersion:
    """Deliver and ingest twelve drawn pictures of six scenes, every hazard in each."""
    prefix = f"incoming/{batch_id}/"
    rows = ["file,scene"]
    for index in range(SCENES * PER_SCENE):
        hazards = hazards_of(index)
        picture = toy_picture(hazards, grey=100 + index)
        store.put(f"{prefix}images/{index:02d}.png", png(picture))
        lines = "".join(box.to_line() + "\n" for box in toy_boxes(hazards))
        store.put(f"{prefix}labels/{index:02d}.txt", lines.encode())
        rows.append(f"images/{index:02d}.png,scene-{index // PER_SCENE}")
    store.put(f"{prefix}manifest.csv", "\n".join(rows).encode())
    store.put(f"{prefix}data.yaml", json.dumps({"names": list(CLASSES)}).encode())
    info = {"batch_id": batch_id, "synthetic": True}
    store.put(f"{prefix}batch.json", json.dumps(info).encode())
    store.put(f"{prefix}_READY", b"")
    return ingest_batch(store, batch_id, IngestSettings(), CLASSES)


def toy_export(
    store: ObjectStore, version: DatasetVersion, run_id: str, model: bytes
) -> ExportedModel:
    """Put a model where the export stage would, with its record."""
    digest = sha256_bytes(model)
    return ExportedModel(
        run_id=run_id,
        dataset_version=version.version_id,
        classes=version.classes,
        classes_sha256=version.classes_sha256,
        imgsz_px=64,
        model=put_artifact(store, f"runs/{run_id}/models/{digest[:16]}.onnx", model),
        parity=Parity(
            pictures=1,
            max_box_difference_px=0,
            max_score_difference=0,
            box_tolerance_px=0.05,
            score_tolerance=0.001,
        ),
        code_sha256="0" * 64,
    )


def toy_report(
    model_sha256: str = "a" * 64,
    manifest_sha256: str = "b" * 64,
    *,
    ap50: float | None = 0.9,
    recall: float | None = 0.9,
    threshold: float = 0.5,
    support: tuple[int, int, int] = (200, 200, 10),
    p95_ms: float = 20.0,
    incidents: IncidentResult | None = NO_INCIDENTS,
    classes: tuple[str, ...] = CLASSES,
) -> BenchmarkReport:
    """Make up measurements, equal for every hazard."""
    pictures, boxes, scenes = support
    score = HazardScore(
        ap50=ap50,
        ap50_95=ap50,
        recall=recall,
        precision=recall,
        threshold=threshold,
        support=Support(pictures=pictures, boxes=boxes, scenes=scenes),
    )
    return BenchmarkReport(
        model_sha256=model_sha256,
        classes_sha256=class_map_digest(classes),
        dataset_version="0" * 16,
        manifest_sha256=manifest_sha256,
        split="holdout",
        imgsz_px=64,
        pictures=pictures,
        scenes=scenes,
        hazards=dict.fromkeys(classes, score),
        map50=ap50,
        map50_95=ap50,
        latency=Latency(
            p50_ms=p95_ms / 2, p95_ms=p95_ms, p99_ms=p95_ms * 2, frames=1, threads=1, machine="toy"
        ),
        incidents=incidents,
    )


def toy_gate(
    store: ObjectStore, version: DatasetVersion, exported: ExportedModel, threshold: float = 0.5
) -> GateReportRef:
    """Judge made-up good measurements beside the champion that ``stable`` serves now."""
    report = toy_report(
        exported.model.sha256,
        version.manifest.sha256,
        threshold=threshold,
        classes=version.classes,
    )
    found = read_pointer(store, "stable")
    champion = ChampionBenchmark(
        release_seq=found[0].release_seq if found else None, report=report if found else None
    )
    floors = dict.fromkeys(version.classes, 0.5)
    profile = PROFILE.model_copy(update={"ap50_floors": floors, "recall_floors": floors})
    return evaluate_gate(store, exported, version, report, champion, profile)


def publish_toy(
    store: ObjectStore,
    version: DatasetVersion,
    run_id: str,
    model: bytes | None = None,
    *,
    channel: Channel = "stable",
    threshold: float = 0.5,
    settings: ReleaseSettings | None = None,
) -> PublishedRelease:
    """Take a model through gate and publication."""
    exported = toy_export(store, version, run_id, model or strong_model())
    ref = toy_gate(store, version, exported, threshold)
    settings = settings or ReleaseSettings()
    return publish_release(store, ref, exported, version, channel, settings)
