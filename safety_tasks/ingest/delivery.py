"""Read what was delivered under ``incoming/<batch>/``: a folder, or one archive beside ``batch.json``.

Rules: nothing is read before the ``_READY`` marker is there; names never decide where anything is written; a
delivered split column or folder is ignored; classes are translated by name, never by number; a file that is neither
picture nor label nor a known companion is named, not passed over.
"""

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.archives import ArchiveLimits, is_archive, open_archive
from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.detecting import PICTURES as PICTURES
from safety_tasks.ingest.formats.detecting import Format, sort_files
from safety_tasks.ingest.formats.labels import LabelLimits, LabelReader
from safety_tasks.ingest.formats.manifest_csv import (
    MANIFEST,
    Places,
    by_path_or_name,
    read_manifest,
)
from safety_tasks.ingest.formats.readers import open_labels
from safety_tasks.ingest.formats.sources import Source, StoreSource
from safety_tasks.records.batch import WITHOUT_HAZARD, BatchInfo
from safety_tasks.store.base import ObjectStore

READY: Final = "_READY"
_INFO: Final = "batch.json"
_MAX_INFO_BYTES: Final = 16 * 1024 * 1024
_BESIDE: Final = (READY, _INFO, MANIFEST)


@dataclass(frozen=True)
class Delivery:
    """A batch as delivered: its pictures, their labels, and what surrounds them.

    ``orphans`` are files, or pictures that a label or a row names, which belong to nothing: (file, rule, what was
    seen), the rule ``orphan_label``, ``orphan_row`` or ``unexpected_file``. ``scenes`` and ``cameras`` are those of
    ``manifest.csv``.
    """

    info: BatchInfo
    format: Format
    source: Source
    pictures: tuple[str, ...]
    labels: LabelReader
    scenes: Mapping[str, str]
    cameras: Mapping[str, str]
    orphans: tuple[tuple[str, str, str], ...]

    def scene_of(self, file: str) -> str | None:
        """Return a picture's scene: by the first rule of ``batch.json``, else by ``manifest.csv``, or None."""
        rules = ((rule.glob, rule.scene) for rule in self.info.scene_rules)
        return _by_rule(file, rules) or by_path_or_name(self.scenes, file)

    def camera_of(self, file: str) -> str | None:
        """Return a picture's camera: named by ``batch.json``, by its rules or ``manifest.csv``, or None."""
        rules = ((rule.glob, rule.camera) for rule in self.info.camera_rules)
        return (
            by_path_or_name(self.info.cameras, file)
            or _by_rule(file, rules)
            or by_path_or_name(self.cameras, file)
        )


def batch_prefix(batch_id: str) -> str:
    """Return the prefix a batch is delivered under."""
    return f"incoming/{batch_id}/"


def read_delivery(
    store: ObjectStore,
    batch_id: str,
    classes: tuple[str, ...],
    scratch: Path,
    limits: LabelLimits,
    archive_limits: ArchiveLimits,
) -> Delivery:
    """Read a batch's files, class names, scenes and ``batch.json``; of pictures and YOLO or VOC labels only the names.

    Args:
        store: where the batch lies.
        batch_id: the folder under ``incoming/``.
        classes: this project's class names; the index is the class id.
        scratch: a private folder that stays while the delivery is read; the caller removes it.
        limits: what a label may look like.
        archive_limits: what an archive may hold.

    Raises:
        BatchError: no marker, no pictures, no class names, or a malformed file or archive; the message says which.
        StoreError: the store or scratch fails.
    """
    prefix = batch_prefix(batch_id)
    outer = StoreSource(store, prefix)
    if READY not in outer.names():
        raise BatchError(
            f"{prefix}: expected the marker {READY}, found {len(outer.names())} files without it. "
            "Write the marker last, once the delivery is complete."
        )
    source = _within(store, outer, scratch, archive_limits)
    info = _read_info(_one_of(outer, source, _INFO), prefix, batch_id)
    names = ClassNames(classes, info.class_aliases, what=prefix + _INFO)
    harmless = info.kind in WITHOUT_HAZARD
    files = sort_files(source.names(), what=source.what, names_needed=not harmless)
    labels, orphans = open_labels(source, files, names, limits, names_needed=not harmless)
    unexpected = tuple(
        (file, "unexpected_file", "expected pictures, labels and known companions, found this too")
        for file in files.unexpected
    )
    manifest = _one_of(outer, source, MANIFEST)
    places = Places() if manifest is None else read_manifest(manifest)
    return Delivery(
        info,
        files.format,
        source,
        files.pictures,
        labels,
        places.scenes,
        places.cameras,
        orphans + unexpected + _orphan_rows(files.pictures, info, places),
    )


def _orphan_rows(
    pictures: Iterable[str], info: BatchInfo, places: Places
) -> tuple[tuple[str, str, str], ...]:
    """Return what is said of pictures that did not come: a name that was mistyped says nothing of its picture."""
    there = {name for file in pictures for name in (file, file.rpartition("/")[2])}
    said = {MANIFEST: {*places.scenes, *places.cameras}, _INFO: set(info.cameras)}
    return tuple(
        (where, "orphan_row", f"expected a delivered picture, found {name!r}")
        for where, names in said.items()
        for name in sorted(names - there)
    )


def _within(store: ObjectStore, outer: StoreSource, scratch: Path, limits: ArchiveLimits) -> Source:
    """Return the files themselves: of the archive if the delivery is one, else of the folder."""
    archives = [name for name in outer.names() if "/" not in name and is_archive(name)]
    if not archives:
        return outer
    others = [name for name in outer.names() if name not in (*_BESIDE, archives[0])]
    if others:
        raise BatchError(
            f"{outer.what}: expected one archive beside {', '.join(_BESIDE)}, found {archives[0]} and "
            f"{', '.join(others[:3])}. Deliver either one archive or a folder."
        )
    packed = scratch / "archive"
    what = outer.what + archives[0]
    if outer.size_bytes(archives[0]) > limits.max_total_bytes:
        raise BatchError(f"{what}: expected ≤ {limits.max_total_bytes} bytes, found more.")
    store.download(what, packed, limits.max_total_bytes)
    try:
        return open_archive(packed, scratch / "members", limits, what=what)
    finally:
        packed.unlink()


def _one_of(outer: Source, inner: Source, name: str) -> Source | None:
    """Return the source that holds a file that may lie beside the archive or in it; None if neither does."""
    holders = [source for source in (outer, inner) if name in source.names()]
    if len(holders) == 2 and outer is not inner:
        raise BatchError(
            f"{outer.what}: expected one {name}, found one beside the archive and one in it. Remove one."
        )
    return holders[0] if holders else None


def _read_info(source: Source | None, prefix: str, batch_id: str) -> BatchInfo:
    if source is None:
        try:
            return BatchInfo(batch_id=batch_id)
        except ValidationError:
            raise BatchError(
                f"{prefix}: expected a batch name of letters, digits and ._+:-, found {batch_id!r}. "
                "Deliver it under another name."
            ) from None
    what = source.what + _INFO
    payload = source.read(_INFO, _MAX_INFO_BYTES)
    info = BatchInfo.from_json_bytes(payload, what=what, error=BatchError)
    if info.batch_id != batch_id:
        raise BatchError(f"{what}: expected batch_id {batch_id!r}, found {info.batch_id!r}.")
    return info


def _by_rule(file: str, rules: Iterable[tuple[str, str]]) -> str | None:
    """Return what the first rule says whose pattern fits the file's bare name, or None."""
    name = file.rpartition("/")[2]
    return next((value for glob, value in rules if fnmatch.fnmatchcase(name, glob)), None)
