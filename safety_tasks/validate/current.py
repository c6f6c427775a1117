"""The verbs ``make_current`` and ``adopt_version``: which dataset version is the newest valid one.

Rules: only a version whose report says success becomes current; it was built on the current one and keeps its class
numbers; the pointer moves by compare-and-swap; who loses a race builds again on what won, so that nothing is lost.
"""

import random
import time
from collections.abc import Callable
from typing import Final

from safety_tasks.class_map import require_extends
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import (
    ClassMapError,
    DatasetError,
    PreconditionFailed,
    ValidationFailed,
)
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import CurrentDataset, DatasetVersion, ValidationReport
from safety_tasks.records.validation import ValidationRules
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import CURRENT_KEY, read_current, read_version
from safety_tasks.validate.verb import is_about, report_key, validate_dataset

TRIES: Final = 8
_WAIT_S: Final = 0.2

Build = Callable[[str | None], DatasetVersion]


def adopt_version(
    store: ObjectStore,
    build: Build,
    settings: IngestSettings,
    limits: ValidationRules | None = None,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> tuple[DatasetVersion, ValidationReport]:
    """Build a version on the current one, judge it, and make it current; again if another came first.

    Args:
        store: where versions are.
        build: makes a version on top of the one with this id, or from nothing for None; it is called again on each new
            current version, and may return that one itself if there is nothing to add.
        settings: limits that ingest shares.
        limits: those of the suite; None reads ``config/validation.toml``.
        wait: called with seconds between tries.

    Returns:
        the version, which is current now, and its report.

    Raises:
        ValidationFailed: the version did not pass; what was current stays.
        PreconditionFailed: others came first ``TRIES`` times.
    """
    for left in reversed(range(TRIES)):
        found = read_current(store)
        version = build(found[0].version_id if found else None)
        report = validate_dataset(store, version, settings, limits)
        try:
            make_current(store, version, report)
        except PreconditionFailed:
            if not left:
                raise
            wait(_WAIT_S * (0.5 + random.random()))
        else:
            return version, report
    raise AssertionError("unreachable: the last try returns or raises")


def make_current(store: ObjectStore, version: DatasetVersion, report: ValidationReport) -> None:
    """Point ``dataset/current.json`` at a valid version.

    Raises:
        ValidationFailed: the report does not say success for this version.
        DatasetError: its classes are not the current version's, perhaps grown.
        PreconditionFailed: another version became current since this one's base was read.
    """
    if not report.success or not is_about(report, version):
        raise ValidationFailed(
            f"dataset version {version.version_id}: expected a successful validation report of it."
        )
    payload = report.to_json_bytes()
    artifact = Artifact(
        key=report_key(version, report.suite_sha256),
        sha256=sha256_bytes(payload),
        size_bytes=len(payload),
    )
    pointer = CurrentDataset(version_id=version.version_id, validation=artifact)
    there = read_current(store)
    if there is not None and there[0] == pointer:
        return
    if there is None:
        store.put(CURRENT_KEY, pointer.to_json_bytes(), only_if_absent=True)
        return
    current = read_version(store, there[0].version_id)
    try:
        require_extends(version.classes, current.classes, where=f"version {version.version_id}")
    except ClassMapError as problem:
        raise DatasetError(f"{CURRENT_KEY} stays: {problem}") from problem
    if not _descends(store, version, current.version_id):
        raise PreconditionFailed(
            f"{CURRENT_KEY}: expected a version that {version.version_id} was built on, found "
            f"{current.version_id}. Another batch came first: trigger ingest_labeled_images again."
        )
    store.put(CURRENT_KEY, pointer.to_json_bytes(), only_if_tag=there[1].tag)


def _descends(store: ObjectStore, version: DatasetVersion, ancestor_id: str) -> bool:
    """Tell whether a version is, or was built on, another."""
    while version.version_id != ancestor_id:
        if version.parent_id is None:
            return False
        version = read_version(store, version.parent_id)
    return True
