"""A small dataset of drawn pictures, and runs over it with toy models: all through the real verbs."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from support.toy_measurements import toy_measurements, toy_profile
from toy_models import CLASSES, png, strong_model, toy_boxes, toy_picture

from safety_tasks.digests import sha256_bytes
from safety_tasks.gate import evaluate_gate
from safety_tasks.gate.evidence import collect_evidence
from safety_tasks.gate.keeping import keep_report
from safety_tasks.gate.results import result
from safety_tasks.ingest import ingest_batch
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReport, GateReportRef, KnownBad, Verdict
from safety_tasks.records.model import ExportedModel, Parity
from safety_tasks.records.release import Channel, PublishedRelease
from safety_tasks.release import publish_release
from safety_tasks.settings import IngestSettings, ReleaseSettings
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.local import LocalStore

SCENES = 6
PER_SCENE = 2


def hazards_of(index: int) -> list[tuple[int, int]]:
    """Return what the picture of an index holds: every hazard once, each picture's cells its own."""
    return [(class_id, (5 * class_id + 3 * index) % 16) for class_id in range(3)]


def background_picture(seed: int) -> npt.NDArray[np.uint8]:
    """Return (64, 64, 3) uint8 BGR grey patches that are like no other picture, and show no hazard."""
    patches = np.random.default_rng(seed).integers(60, 140, (8, 8, 1), dtype=np.uint8)
    return patches.repeat(8, axis=0).repeat(8, axis=1).repeat(3, axis=2)


def toy_dataset(store: ObjectStore, batch_id: str = "drawn") -> DatasetVersion:
    """Deliver and ingest drawn pictures of six scenes: two with every hazard and one of nothing in each.

    A process ingests a batch once; another store that is empty yet gets the objects that this left, and one that has
    them all keeps them.
    """
    version, objects = _ingested(batch_id)
    held = set(store.keys(""))
    if objects.keys() <= held:
        return version
    if any(key.startswith("dataset/") for key in held):
        return _ingest(store, batch_id)
    for key, payload in objects.items():
        store.put(key, payload)
    return version


@cache
def _ingested(batch_id: str) -> tuple[DatasetVersion, dict[str, bytes]]:
    with TemporaryDirectory(prefix="toy-dataset-") as folder:
        store = LocalStore(Path(folder))
        version = _ingest(store, batch_id)
        return version, {key: store.get(key).payload for key in store.keys("")}


def _ingest(store: ObjectStore, batch_id: str) -> DatasetVersion:
    prefix = f"incoming/{batch_id}/"
    rows = ["file,scene"]
    for index in range(SCENES * PER_SCENE):
        hazards = hazards_of(index)
        picture = toy_picture(hazards, grey=100 + index)
        store.put(f"{prefix}images/{index:02d}.png", png(picture))
        lines = "".join(box.to_line() + "\n" for box in toy_boxes(hazards))
        store.put(f"{prefix}labels/{index:02d}.txt", lines.encode())
        rows.append(f"images/{index:02d}.png,scene-{index // PER_SCENE}")
    for scene in range(SCENES):
        store.put(f"{prefix}images/nothing-{scene}.png", png(background_picture(scene)))
        store.put(f"{prefix}labels/nothing-{scene}.txt", b"")
        rows.append(f"images/nothing-{scene}.png,scene-{scene}")
    store.put(f"{prefix}manifest.csv", "\n".join(rows).encode())
    store.put(f"{prefix}data.yaml", json.dumps({"names": list(CLASSES)}).encode())
    info = {"batch_id": batch_id, "synthetic": True, "empty_label_is_background": True}
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
        settings_sha256="0" * 64,
    )


def toy_gate(
    store: ObjectStore, version: DatasetVersion, exported: ExportedModel, threshold: float = 0.5
) -> GateReportRef:
    """Judge a run that finds every label, beside the champion that ``stable`` serves now."""
    measured = toy_measurements(store, version, exported, threshold=threshold)
    return evaluate_gate(store, exported, version, measured, toy_profile(version.classes))


def toy_pass(
    store: ObjectStore, version: DatasetVersion, exported: ExportedModel, threshold: float = 0.5
) -> GateReportRef:
    """Keep a report that lets a run through, whatever its holdout holds and whoever was released before."""
    measured = toy_measurements(store, version, exported, threshold=threshold)
    profile, at = toy_profile(version.classes), datetime.now(UTC)
    report = GateReport(
        run_id=exported.run_id,
        verdict=Verdict.PASS,
        at=at.isoformat(timespec="seconds"),
        profile=profile,
        policy_sha256=profile.digest(),
        checks=(
            result(
                "self_test", Verdict.PASS, observed="-", required="-", reason="-", reason_ko="-"
            ),
        ),
        self_test=(KnownBad(name="made", must_be_refused_by="ap50", refused=True),),
        evidence=collect_evidence(store, exported, version, measured),
        report_key=f"runs/{exported.run_id}/gate/report.json",
    )
    return keep_report(store, report, kind="verdict", at=at)


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
    ref = toy_pass(store, version, exported, threshold)
    settings = settings or ReleaseSettings()
    return publish_release(store, ref, exported, version, channel, settings)
