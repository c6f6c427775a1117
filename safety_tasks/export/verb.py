"""The verb ``export_candidate``.

Rules: parity is measured on val pictures, never on the holdout; run, weights and version have one class map; the record
is written once, after the model.
"""

import tempfile
from pathlib import Path
from typing import Final

from safety_tasks.class_map import class_map_digest, require_digest
from safety_tasks.config import code_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.export.parity import measure_parity
from safety_tasks.export.reference import write_reference
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.base import ObjectStore, fetch_artifact, put_artifact, read_if_there
from safety_tasks.store.manifests import read_manifest

PARITY_PICTURES: Final = 12


def export_candidate(
    store: ObjectStore, run: TrainingRun, version: DatasetVersion
) -> ExportedModel:
    """Export a training run's weights as the reference model.

    Raises:
        ArtifactError: the export breaks a rule.
        ParityError: the exported model disagrees with the weights.
        ClassMapError: run or weights have other classes than the version.
    """
    require_digest(version.classes, run.classes_sha256, where=f"run {run.run_id}")
    key = f"runs/{run.run_id}/export.json"
    found = read_if_there(store, key)
    if found is not None:
        done = ExportedModel.from_json_bytes(found.payload, what=key, error=ArtifactError)
        if done.code_sha256 == code_digest():
            require_digest(version.classes, done.classes_sha256, where=key)
            return done
    what = f"run {run.run_id}"
    pictures = [p for p in read_manifest(store, version) if p.split == "val" and p.boxes]
    sample = [
        decode_picture(store.get(picture.key).payload, what=picture.key)
        for picture in pictures[:: max(1, len(pictures) // PARITY_PICTURES)][:PARITY_PICTURES]
    ]
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        weights = fetch_artifact(store, run.weights, Path(folder) / "candidate.pt")
        payload, model = write_reference(weights, run, version.classes)
    parity = measure_parity(Detector(payload, what=what), model, sample, what=what)
    exported = ExportedModel(
        run_id=run.run_id,
        dataset_version=version.version_id,
        classes=version.classes,
        classes_sha256=class_map_digest(version.classes),
        imgsz_px=run.recipe.imgsz_px,
        model=put_artifact(
            store, f"runs/{run.run_id}/models/{sha256_bytes(payload)[:16]}.onnx", payload
        ),
        parity=parity,
        code_sha256=code_digest(),
    )
    store.put(key, exported.to_json_bytes())
    return exported
