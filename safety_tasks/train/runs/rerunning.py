"""The verb ``rerun``: train again from the very record of a run.

Rules: the same version, pictures, recipe, seed and bytes of base weights, or nothing; what cannot be the same (code,
packages) is told; the new run has a name of its own, and is taken up again like any other when it is cut.
"""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

from safety_tasks.config import code_digest
from safety_tasks.errors import ArtifactError, ObjectNotFound, PreconditionFailed, TrainingError
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.training import Epoch, TrainingRun, TrainingStart
from safety_tasks.settings import TrainSettings
from safety_tasks.store.base import ObjectStore, get_artifact, read_if_there
from safety_tasks.store.manifests import read_version
from safety_tasks.train.starts import read_start, require_start, start_key


@dataclass(frozen=True)
class Rerun:
    """A run that can be trained again: its record, what it started from, its version, and what is not as it was."""

    run: TrainingRun
    start: TrainingStart
    version: DatasetVersion
    warnings: tuple[str, ...]


def plan_rerun(store: ObjectStore, run_id: str) -> Rerun:
    """Read and prove all that a run was trained from.

    Raises:
        TrainingError: there is no such run, it was not trained here, or what it started from is gone or altered.
        ObjectNotFound: its dataset version is gone.
        DatasetError: its dataset version was altered.
    """
    key = f"runs/{run_id}/training.json"
    found = read_if_there(store, key)
    if found is None:
        raise TrainingError(
            f"run {run_id}: expected {key} in {store.uri}, found none. "
            "Only a finished training can be run again: safety-tasks runs list."
        )
    run = TrainingRun.from_json_bytes(found.payload, what=key, error=TrainingError)
    if run.backend == "adopted":
        raise TrainingError(
            f"run {run_id}: expected a training, found an adopted model, which was trained elsewhere. "
            "Train from it: publish it, then train."
        )
    start = _start_of(store, run)
    return Rerun(run, start, read_version(store, run.dataset_version), _warnings(run))


def rerun(
    store: ObjectStore,
    planned: Rerun,
    validation: ValidationReport,
    run_id: str,
    settings: TrainSettings,
    *,
    folder: Path | None = None,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> TrainingRun:
    """Train again under a new name.

    Args:
        store: where the runs are.
        planned: what ``plan_rerun`` gave.
        validation: the successful validation of its version.
        run_id: the new run's name; the same again goes on with a cut one, or returns the finished one.
        settings: how long a silent trainer keeps its run; where base weights come from is not asked.
        folder: scratch space.
        progress: called after each epoch.

    Raises:
        TrainingError: the name belongs to another run, or training failed.
    """
    if run_id == planned.run.run_id:
        raise TrainingError(
            f"run {run_id}: expected a new name, found the run's own. Choose another."
        )
    key = start_key(run_id)
    start = planned.start.model_copy(
        update={
            "notes": (*planned.start.notes, f"again from the record of run {planned.run.run_id}"),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "code_sha256": code_digest(),
        }
    )
    try:
        store.put(key, start.to_json_bytes(), only_if_absent=True)
    except PreconditionFailed:
        _require_same_start(store, run_id, start)
    from safety_tasks.train.verb import (
        train_candidate,  # which brings the training framework's part
    )

    return train_candidate(
        store,
        planned.version,
        validation,
        start.recipe,
        run_id,
        settings,
        folder=folder,
        progress=progress,
    )


def _start_of(store: ObjectStore, run: TrainingRun) -> TrainingStart:
    """Return what a run started from, its bytes proved."""
    key = start_key(run.run_id)
    start = read_start(store, run.run_id)
    if start is None:
        raise TrainingError(
            f"{key}: expected what run {run.run_id} started from, found none: it was kept by older code or removed. "
            f"Train anew: safety-tasks train --version {run.dataset_version} --recipe {run.recipe.name}."
        )
    recorded = (run.dataset_version, run.recipe, run.base_weights.sha256)
    base = start.base.sha256 if start.base else None
    if recorded != (start.dataset_version, start.recipe, base):
        raise TrainingError(
            f"{key}: expected version, recipe and base weights as in the run's record, found others. "
            "One of the two was altered: do not trust this run."
        )
    for part in (start.base, start.chosen, start.seen):
        try:
            if part is not None:
                get_artifact(store, part)
        except (ArtifactError, ObjectNotFound) as problem:
            raise TrainingError(
                f"run {run.run_id}: expected {part.key if part else ''} as it was, found: {problem}"
            ) from problem
    return start


def _require_same_start(store: ObjectStore, run_id: str, wanted: TrainingStart) -> None:
    found = require_start(store, run_id)
    fields = ("dataset_version", "recipe", "base", "chosen")
    if any(getattr(found, name) != getattr(wanted, name) for name in fields):
        raise TrainingError(
            f"{start_key(run_id)}: expected a rerun of the same run, found another start. Choose another run id."
        )


def _warnings(run: TrainingRun) -> tuple[str, ...]:
    found = []
    code = code_digest()
    if run.code_sha256 != code:
        found.append(f"code: was {run.code_sha256[:12]}, is {code[:12]}")
    for name, was in sorted(run.fit.packages.items()) if run.fit else ():
        now = _installed(name)
        # A package's metadata may leave the build out that the package itself names: 2.1 of 2.1+cu130.
        if now not in (was, was.partition("+")[0]):
            found.append(f"{name}: was {was}, is {now or 'not installed'}")
    if run.backend == "sagemaker":
        found.append("it was trained on SageMaker, and will be trained on this machine")
    return tuple(found)


def _installed(name: str) -> str | None:
    if name == "python":
        return platform.python_version()
    try:
        return installed_version(name)
    except PackageNotFoundError:
        return None
