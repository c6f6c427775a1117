"""The verb ``train_candidate``.

Rules: only a version with a successful validation is trained on, with the class map that the recipe is bound to (one
bound to none is bound to the version's); the finished run is written once under its id,
and asking for the same run again returns it; the record says from which weights it started.
"""

import time
from collections.abc import Callable
from pathlib import Path

from safety_tasks.class_map import class_map_digest
from safety_tasks.config import TrainSettings, code_digest, work_dir
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import TrainingError
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.model import Recipe, TrainingRun
from safety_tasks.store.base import ObjectStore, put_artifact, read_if_there
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train.base_weights import resolve_base_weights
from safety_tasks.train.dataset_folder import write_dataset_folder
from safety_tasks.train.local import train_locally


def train_candidate(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    recipe: Recipe,
    run_id: str,
    settings: TrainSettings,
    *,
    folder: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> TrainingRun:
    """Train a candidate on this machine.

    Args:
        store: where the dataset is and the weights go.
        version: the dataset version.
        validation: its successful validation.
        recipe: hyperparameters and seed; planned runs bind it to the configured class map.
        run_id: the name of the run; the same name again returns the finished run.
        settings: where base weights come from.
        folder: scratch space; by default under the work folder.
        progress: called with epochs done and their total.

    Raises:
        TrainingError: not validated, another run has the name, or training failed.
        ClassMapError: the recipe is bound to other classes than the version's.
    """
    recipe = recipe.bound_to(version.classes)
    key = f"runs/{run_id}/training.json"
    if not validation.success or validation.manifest_sha256 != version.manifest.sha256:
        raise TrainingError(
            f"dataset version {version.version_id}: expected a successful validation, found none. "
            "Run validate first."
        )
    found = read_if_there(store, key)
    if found is not None:
        run = TrainingRun.from_json_bytes(found.payload, what=key, error=TrainingError)
        if (run.dataset_version, run.recipe) != (version.version_id, recipe):
            raise TrainingError(
                f"{key}: expected a run on {version.version_id} with recipe {recipe.name}, found one on "
                f"{run.dataset_version} with {run.recipe.name}. Choose another run id."
            )
        return run
    started = time.monotonic()
    scratch = (folder or work_dir() / "train") / run_id
    scratch.mkdir(parents=True, exist_ok=True)
    base = resolve_base_weights(store, recipe, settings, scratch)
    data = write_dataset_folder(
        store, read_manifest(store, version), version.classes, scratch.resolve() / "dataset"
    )
    weights, epochs_done, device = train_locally(data, base.path, recipe, scratch, progress)
    payload = weights.read_bytes()
    run = TrainingRun(
        run_id=run_id,
        dataset_version=version.version_id,
        recipe=recipe,
        classes_sha256=class_map_digest(version.classes),
        base_weights=base.record,
        weights=put_artifact(
            store, f"runs/{run_id}/weights/{sha256_bytes(payload)[:16]}.pt", payload
        ),
        device=device,
        epochs_done=max(1, epochs_done),
        seconds=time.monotonic() - started,
        code_sha256=code_digest(),
    )
    store.put(f"runs/{run_id}/recipe.json", recipe.to_json_bytes())
    put_artifact(store, key, run.to_json_bytes())
    return run
