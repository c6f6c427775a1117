"""Decide what a run starts from: once, before any work, and in the store.

Rules: only a version with a successful validation is trained on; the recipe is bound to the version's class map; what
was decided is written under the run's id, and a run that was cut goes on from just that, anew if the code is another.
"""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from safety_tasks.config import code_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError, PreconditionFailed, TrainingError
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.picture import Picture
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import TrainingRun, TrainingStart
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import (
    ObjectStore,
    fetch_artifact,
    get_artifact,
    put_artifact,
    read_if_there,
)
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train.base_weights import resolve_base_weights
from safety_tasks.train.inputs import inputs_digest
from safety_tasks.train.picking import pick_pictures
from safety_tasks.train.starts import read_start, require_start, start_key
from safety_tasks.train.warm_start import part_way_back, seen_by_champion, union_seen

log = logging.getLogger("safety_tasks")


@dataclass(frozen=True)
class Prepared:
    """A run that is ready to train: its start, the local file of its base weights, its pictures, its inputs' digest."""

    start: TrainingStart
    base: Path | None
    pictures: tuple[Picture, ...]
    inputs_sha256: str


def finished_run(
    store: ObjectStore, version: DatasetVersion, recipe: Recipe, run_id: str
) -> TrainingRun | None:
    """Return the finished run of an id, or None.

    Raises:
        TrainingError: the id belongs to a run on another version or with another recipe, or to an adopted model.
    """
    key = f"runs/{run_id}/training.json"
    found = read_if_there(store, key)
    if found is None:
        if store.exists(f"runs/{run_id}/export.json"):
            raise TrainingError(
                f"runs/{run_id}: expected a run to train, found a model that was adopted as ONNX. "
                "Choose another run id."
            )
        return None
    run = TrainingRun.from_json_bytes(found.payload, what=key, error=TrainingError)
    _require_same_run(key, (run.dataset_version, run.recipe), version, recipe)
    return run


def prepare(
    store: ObjectStore,
    version: DatasetVersion,
    validation: ValidationReport,
    recipe: Recipe,
    run_id: str,
    settings: TrainSettings,
    folder: Path,
) -> Prepared:
    """Decide what a run starts from, or read what was decided when it was begun.

    Args:
        store: where the dataset is.
        version: the dataset version.
        validation: its successful validation.
        recipe: hyperparameters and seed.
        run_id: the run's name.
        settings: where base weights come from.
        folder: where the base weights' file goes.

    Raises:
        TrainingError: not validated, or the run was begun with other inputs.
        ClassMapError: the recipe is bound to other classes than the version's.
        BaseWeightsMissing: configured weights are not there.
        DatasetEmpty: there is nothing to train on or to validate with.
    """
    recipe = recipe.bound_to(version.classes)
    if not validation.success or validation.manifest_sha256 != version.manifest.sha256:
        raise TrainingError(
            f"dataset version {version.version_id}: expected a successful validation, found none. "
            "Run validate first."
        )
    key = start_key(run_id)
    start = read_start(store, run_id)
    pictures = read_manifest(store, version)
    if start is None:
        start = _begin(store, version, recipe, run_id, settings, folder, pictures)
        try:
            store.put(key, start.to_json_bytes(), only_if_absent=True)
        except PreconditionFailed:  # begun elsewhere in this moment: that one counts
            start = require_start(store, run_id)
    _require_same_run(key, (start.dataset_version, start.recipe), version, recipe)
    for note in start.notes:
        log.info("run %s: %s", run_id, note)
    base = fetch_artifact(store, start.base, folder / "base.pt") if start.base else None
    chosen = set(json.loads(get_artifact(store, start.chosen)))
    picked = tuple(picture for picture in pictures if picture.sha256 in chosen)
    if len(picked) != len(chosen):
        raise DatasetError(
            f"{key}: expected its {len(chosen)} pictures in version {version.version_id}, found {len(picked)}. "
            "The record or the version was altered: start a new run."
        )
    base_sha256 = start.base.sha256 if start.base else None
    digest = inputs_digest(version.version_id, recipe, base_sha256, sorted(chosen), code_digest())
    return Prepared(start, base, picked, digest)


def _begin(
    store: ObjectStore,
    version: DatasetVersion,
    recipe: Recipe,
    run_id: str,
    settings: TrainSettings,
    folder: Path,
    pictures: tuple[Picture, ...],
) -> TrainingStart:
    base = resolve_base_weights(store, recipe, settings, folder)
    notes = [f"base weights: {base.record.kind} ({base.record.source}; {base.record.note})"]
    seen: frozenset[str] | None = None
    if base.record.kind == "champion":
        known = seen_by_champion(store, base.record.sha256)
        seen = known.pictures
        if known.note:
            notes.append(known.note)
        base, note = part_way_back(store, base, recipe, folder)
        if note:
            notes.append(note)
    picked = pick_pictures(pictures, recipe, seen)

    def keep(name: str, payload: bytes) -> Artifact:
        stem, _, extension = name.partition(".")
        return put_artifact(
            store, f"runs/{run_id}/{stem}/{sha256_bytes(payload)[:16]}.{extension}", payload
        )

    chosen = sorted(picture.sha256 for picture in picked.pictures)
    return TrainingStart(
        dataset_version=version.version_id,
        recipe=recipe,
        base_weights=base.record,
        base=keep("base.pt", base.path.read_bytes()) if base.path else None,
        chosen=keep("chosen.json", json.dumps(chosen).encode()),
        seen=keep("seen.json", json.dumps(union_seen(picked, seen)).encode()),
        pictures=sum(picture.split == "train" for picture in picked.pictures),
        replayed=picked.replayed,
        notes=(*notes, *picked.notes),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code_sha256=code_digest(),
    )


def _require_same_run(
    key: str, found: tuple[str, Recipe], version: DatasetVersion, recipe: Recipe
) -> None:
    version_id, other = found
    if (version_id, other) != (version.version_id, recipe.bound_to(version.classes)):
        raise TrainingError(
            f"{key}: expected a run on {version.version_id} with recipe {recipe.name}, found one on "
            f"{version_id} with {other.name}. Choose another run id."
        )
