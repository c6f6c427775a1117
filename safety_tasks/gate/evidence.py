"""Collect what a verdict follows from.

Rules: what was measured is of this model on this dataset version, or nothing is judged; what ``stable`` serves now and
what was ever released is read at the moment of judging, not taken from the benchmark.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from safety_tasks.bundle.layout import RELEASES, release_seq_of
from safety_tasks.bundle.reading import read_pointer
from safety_tasks.class_map import require_digest
from safety_tasks.errors import GateRefused, ReleaseError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.model import ExportedModel, Measurements
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.records.training import TrainingRun
from safety_tasks.records.variants import VariantChoice
from safety_tasks.store.base import ObjectStore, read_if_there

_READERS: Final = 8


def collect_evidence(
    store: ObjectStore, exported: ExportedModel, version: DatasetVersion, measured: Measurements
) -> GateEvidence:
    """Return all that a candidate is judged by.

    Raises:
        GateRefused: the measurements are of another model, run or dataset version.
        ClassMapError: model or measurements have other classes than the version.
        ReleaseError: a release's document is malformed.
    """
    run_id, candidate = exported.run_id, measured.candidate
    for part, sha256 in (
        ("exported model", exported.classes_sha256),
        ("measurements", candidate.classes_sha256),
    ):
        require_digest(version.classes, sha256, where=f"{part} of run {run_id}")
    wanted = (run_id, exported.model.sha256, version.manifest.sha256)
    found = (measured.run_id, candidate.model_sha256, candidate.manifest_sha256)
    if found != wanted:
        raise GateRefused(
            f"run {run_id}: expected measurements of model {wanted[1][:12]} on {wanted[2][:12]}, found those of run "
            f"{found[0]}, model {found[1][:12]} on {found[2][:12]}. Benchmark this run's model again."
        )
    if candidate.split != "holdout":
        raise GateRefused(
            f"run {run_id}: expected measurements of the holdout, found those of {candidate.split}, which thresholds "
            "were chosen on. Benchmark this run's model again."
        )
    pointer = read_pointer(store, "stable")
    return GateEvidence(
        classes=version.classes,
        dataset_version=version.version_id,
        manifest_sha256=version.manifest.sha256,
        synthetic=version.synthetic,
        exported=exported,
        measured=measured,
        training=_training(store, run_id),
        choices=_choices(store, run_id),
        serving_release_seq=pointer[0].release_seq if pointer else None,
        released_as=_released_as(store, exported),
    )


def _training(store: ObjectStore, run_id: str) -> TrainingRun | None:
    key = f"runs/{run_id}/training.json"
    found = read_if_there(store, key)
    return (
        TrainingRun.from_json_bytes(found.payload, what=key, error=GateRefused) if found else None
    )


def _choices(store: ObjectStore, run_id: str) -> tuple[VariantChoice, ...]:
    """Return what the run's benchmarks on each class of hardware chose."""
    return tuple(
        VariantChoice.from_json_bytes(store.get(key).payload, what=key, error=GateRefused)
        for key in store.keys(f"runs/{run_id}/choices/")
    )


def _released_as(store: ObjectStore, exported: ExportedModel) -> int | None:
    """Return the first release of another run that has this very model."""

    def read(key: str) -> ReleaseDocument:
        return ReleaseDocument.from_json_bytes(store.get(key).payload, what=key, error=ReleaseError)

    keys = [key for key in store.keys(RELEASES) if release_seq_of(key) is not None]
    with ThreadPoolExecutor(_READERS) as pool:
        for document in pool.map(read, keys):
            if (
                document.model.sha256 == exported.model.sha256
                and document.run_id != exported.run_id
            ):
                return document.release_seq
    return None
