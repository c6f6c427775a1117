"""Build the next dataset version from a base and what a batch adds.

Rules: the base's pictures keep their scene and split; a version lists every batch in it; ledger rows are kept
for ever; objects first, the record last.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safety_tasks.config import IngestSettings
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BatchError
from safety_tasks.ingest.picture_checks import CheckedPicture
from safety_tasks.ingest.splits import BACKGROUND, assign_splits
from safety_tasks.records.dataset import (
    SPLITS,
    BatchInfo,
    Box,
    DatasetVersion,
    LedgerRow,
    Picture,
    Split,
    SplitSummary,
    Support,
)
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.manifests import (
    encode_ledger,
    encode_manifest,
    read_ledger,
    read_manifest,
    read_version,
    version_id_of,
)

Arrival = tuple[str, str, CheckedPicture, tuple[Box, ...]]


@dataclass(frozen=True)
class Base:
    """The version that a batch is added to; empty for the first."""

    version: DatasetVersion | None
    pictures: tuple[Picture, ...]
    ledger: tuple[LedgerRow, ...]
    boxes: Mapping[str, tuple[Box, ...]]
    scenes: dict[str, tuple[int, str]]


def load_base(store: ObjectStore, version_id: str | None) -> Base:
    """Read the base version, or an empty one for None."""
    if version_id is None:
        return Base(None, (), (), {}, {})
    version = read_version(store, version_id)
    pictures = read_manifest(store, version)
    return Base(
        version,
        pictures,
        read_ledger(store, version),
        {picture.sha256: picture.boxes for picture in pictures},
        {picture.sha256: (picture.phash, picture.scene) for picture in pictures},
    )


def build_version(
    store: ObjectStore,
    base: Base,
    info: BatchInfo,
    arrivals: Sequence[Arrival],
    scenes: Mapping[str, str],
    ledger: Sequence[LedgerRow],
    settings: IngestSettings,
    classes: tuple[str, ...],
) -> DatasetVersion:
    """Write the next version and return its record.

    Raises:
        BatchError: neither base nor batch holds a usable picture, or the hazard classes changed.
    """
    if base.version is not None and base.version.classes != classes:
        raise BatchError(
            f"expected the classes of version {base.version.version_id} ({base.version.classes}), found "
            f"{classes}. Changing classes needs a new dataset: ingest without a base version."
        )
    split_of = assign_splits(
        _count(base.pictures, arrivals, scenes),
        {picture.scene: picture.split for picture in base.pictures},
        val_fraction=settings.val_fraction,
        holdout_fraction=settings.holdout_fraction,
    )
    added = [
        Picture(
            sha256=sha256,
            extension=checked.extension,
            width_px=checked.width_px,
            height_px=checked.height_px,
            phash=checked.phash,
            file=file,
            batch_id=info.batch_id,
            scene=scenes[sha256],
            split=split_of[scenes[sha256]],
            boxes=boxes,
        )
        for file, sha256, checked, boxes in arrivals
    ]
    for picture in added:
        label = picture.label_text().encode()
        put_artifact(store, label_key(picture.sha256, label), label)
    pictures = tuple(sorted((*base.pictures, *added), key=lambda picture: picture.sha256))
    if not pictures:
        raise BatchError("expected at least one usable picture, found none. See quarantine/.")
    rows = (*base.ledger, *ledger)
    parent = base.version
    batches = tuple(sorted({*(parent.batches if parent else ()), info.batch_id}))
    manifest_bytes, ledger_bytes = encode_manifest(pictures), encode_ledger(rows)
    parent_id = parent.version_id if parent else None
    synthetic = info.synthetic or (parent is not None and parent.synthetic)
    declared = info.empty_label_is_background or (
        parent is not None and parent.backgrounds_declared
    )
    version_id = version_id_of(
        sha256_bytes(manifest_bytes),
        sha256_bytes(ledger_bytes),
        batches,
        classes,
        parent_id=parent_id,
        synthetic=synthetic,
        backgrounds_declared=declared,
    )
    prefix = f"dataset/versions/{version_id}"
    version = DatasetVersion(
        version_id=version_id,
        parent_id=parent_id,
        classes=classes,
        batches=batches,
        synthetic=synthetic,
        backgrounds_declared=declared,
        manifest=put_artifact(store, f"{prefix}/manifest.parquet", manifest_bytes),
        ledger=put_artifact(store, f"{prefix}/ledger.parquet", ledger_bytes),
        ledger_rows=len(rows),
        splits={split: summarise(pictures, split, classes) for split in SPLITS},
    )
    put_artifact(store, f"{prefix}/version.json", version.to_json_bytes())
    return version


def label_key(picture_sha256: str, label: bytes) -> str:
    """Return the key of a label file: named by the picture and the label's own content."""
    digest = sha256_bytes(picture_sha256.encode() + label)
    return f"dataset/objects/{digest[:2]}/{digest}.txt"


def summarise(pictures: Sequence[Picture], split: Split, classes: tuple[str, ...]) -> SplitSummary:
    """Count what a split holds."""
    mine = [picture for picture in pictures if picture.split == split]
    hazards = {}
    for class_id, name in enumerate(classes):
        holders = [p for p in mine if any(box.class_id == class_id for box in p.boxes)]
        hazards[name] = Support(
            pictures=len(holders),
            boxes=sum(box.class_id == class_id for p in holders for box in p.boxes),
            scenes=len({p.scene for p in holders}),
        )
    return SplitSummary(
        pictures=len(mine),
        scenes=len({picture.scene for picture in mine}),
        background_pictures=sum(not picture.boxes for picture in mine),
        hazards=hazards,
    )


def _count(
    pictures: Sequence[Picture], arrivals: Sequence[Arrival], scenes: Mapping[str, str]
) -> dict[str, Counter[int]]:
    """Count boxes a hazard, and pictures without any, of each scene."""
    counts: dict[str, Counter[int]] = {}
    entries = [(picture.scene, picture.boxes) for picture in pictures]
    entries += [(scenes[sha256], boxes) for _, sha256, _, boxes in arrivals]
    for scene, boxes in entries:
        counter = counts.setdefault(scene, Counter())
        counter.update(box.class_id for box in boxes)
        if not boxes:
            counter[BACKGROUND] += 1
    return counts
