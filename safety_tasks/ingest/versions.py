"""The verb ``merge_batches``: batches that were taken in become the next dataset version.

Rules: the parent's pictures keep their scene and split; the holdout stays as it is, picture for picture; a version
lists every batch in it; ledger rows are kept for ever; objects first, the record last; equal parent and intakes give an
equal version, in whatever order they come.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from safety_tasks.class_map import class_map_digest, require_extends, require_same
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BatchError, DatasetError
from safety_tasks.ingest.arrivals import sort_arrivals
from safety_tasks.ingest.placing import BRIDGES, place_pictures
from safety_tasks.ingest.rows import picture_row
from safety_tasks.ingest.scenes import Joined, find_scenes
from safety_tasks.ingest.signature_tables import read_signatures
from safety_tasks.records.base import Artifact, Record
from safety_tasks.records.batch import BatchIntake
from safety_tasks.records.dataset import DatasetVersion, Holdout, SplitSummary, Support
from safety_tasks.records.ledger import LedgerAction, LedgerRow
from safety_tasks.records.picture import SPLITS, Picture, Split
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.manifests import (
    holdout_digest,
    read_ledger,
    read_manifest,
    read_version,
    version_id_of,
)
from safety_tasks.store.tables import encode_ledger, encode_manifest


@dataclass(frozen=True)
class Base:
    """The version that batches are added to; empty for the first."""

    version: DatasetVersion | None
    pictures: tuple[Picture, ...]
    ledger: tuple[LedgerRow, ...]


def load_base(store: ObjectStore, version_id: str | None) -> Base:
    """Read the base version, or an empty one for None."""
    if version_id is None:
        return Base(None, (), ())
    version = read_version(store, version_id)
    return Base(version, read_manifest(store, version), read_ledger(store, version))


def merge_batches(
    store: ObjectStore,
    intakes: Sequence[BatchIntake],
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    base_version: str | None = None,
) -> DatasetVersion:
    """Add batches to a dataset version.

    Args:
        store: where intakes and versions are.
        intakes: batches that were taken in with these classes; those that the base holds are passed over.
        settings: split shares, the share of false alarms, ceilings.
        classes: hazard names; the index is the class id.
        base_version: the version to add to; None starts a new dataset.

    Returns:
        the new version; the base itself if it holds all of them.

    Raises:
        BatchError: a batch's labels contradict the dataset's too often, or there is no usable picture at all.
        ClassMapError: the classes are not the base's, perhaps grown.
    """
    base = load_base(store, base_version)
    known = set(base.version.batches) if base.version else set()
    coming = sorted(
        (intake for intake in intakes if intake.batch_id not in known), key=lambda i: i.batch_id
    )
    for intake in coming:
        require_same(classes, intake.classes, where=f"batch {intake.batch_id}")
    if base.version is not None:
        require_extends(classes, base.version.classes, where="config/classes.txt")
        if not coming:
            return base.version
    arrived = sort_arrivals(store, coming, base.pictures, settings)
    new = read_signatures(store, [i.signatures for i in coming], [a.sha256 for a in arrived.added])
    parts = _signatures_of(base.version)
    old = read_signatures(store, parts, [picture.sha256 for picture in arrived.known])
    scenes = find_scenes(arrived.added, new, arrived.known, old)
    barred = frozenset((r.batch_id, r.file) for r in base.ledger if r.rule == BRIDGES)
    placed = place_pictures(arrived.known, arrived.added, scenes, settings, barred=barred)
    rows = [*base.ledger, *arrived.rows, *(_joined(each) for each in scenes.joined), *placed.rows]
    infos = [intake.info for intake in coming]
    parent = base.version
    return write_version(
        store,
        parent,
        placed.pictures,
        rows,
        classes=classes,
        batches=tuple(sorted({*known, *(intake.batch_id for intake in coming)})),
        synthetic=any(i.synthetic for i in infos) or (parent is not None and parent.synthetic),
        backgrounds_declared=any(i.empty_means_background for i in infos)
        or (parent is not None and parent.backgrounds_declared),
        signatures=(*parts, *(intake.signatures for intake in coming)),
    )


def write_version(
    store: ObjectStore,
    parent: DatasetVersion | None,
    pictures: Sequence[Picture],
    ledger: Sequence[LedgerRow],
    *,
    classes: tuple[str, ...],
    batches: tuple[str, ...],
    synthetic: bool,
    backgrounds_declared: bool,
    signatures: tuple[Artifact, ...],
    sign_off: Record | None = None,
) -> DatasetVersion:
    """Write a version and return its record.

    Raises:
        BatchError: there is no picture.
        DatasetError: the holdout would change without a sign-off.
    """
    if not pictures:
        raise BatchError("expected at least one usable picture, found none. See quarantine/.")
    holdout_sha256 = holdout_digest(
        (p.sha256, p.label_sha256, p.scene) for p in pictures if p.split == "holdout"
    )
    grown = parent is not None and parent.splits["holdout"].pictures > 0
    if (
        grown
        and parent is not None
        and sign_off is None
        and holdout_sha256 != parent.holdout.sha256
    ):
        raise DatasetError(
            f"expected the holdout of version {parent.version_id}, found another. It is frozen: it grows only by "
            "safety-tasks holdout extend."
        )
    tables = {
        "manifest.parquet": encode_manifest(pictures),
        "ledger.parquet": encode_ledger(ledger),
    }
    if sign_off is not None:
        tables["sign_off.json"] = sign_off.to_json_bytes()
    previous = parent.holdout.sign_off if parent is not None else None

    def record(version_id: str, parts: dict[str, Artifact]) -> DatasetVersion:
        return DatasetVersion(
            version_id=version_id,
            parent_id=parent.version_id if parent else None,
            classes=classes,
            classes_sha256=class_map_digest(classes),
            batches=batches,
            synthetic=synthetic,
            backgrounds_declared=backgrounds_declared,
            manifest=parts["manifest.parquet"],
            ledger=parts["ledger.parquet"],
            ledger_rows=len(ledger),
            signatures=signatures,
            holdout=Holdout(sha256=holdout_sha256, sign_off=parts.get("sign_off.json", previous)),
            splits={split: summarise(pictures, split, classes) for split in SPLITS},
        )

    nowhere = {name: _artifact(name, payload) for name, payload in tables.items()}
    version_id = version_id_of(record("0" * 16, nowhere).to_dict())
    prefix = f"dataset/versions/{version_id}"
    version = record(
        version_id,
        {name: put_artifact(store, f"{prefix}/{name}", each) for name, each in tables.items()},
    )
    put_artifact(store, f"{prefix}/version.json", version.to_json_bytes())
    return version


def rewrite_version(
    store: ObjectStore,
    base: Base,
    pictures: Sequence[Picture],
    *,
    ledger: Sequence[LedgerRow] | None = None,
    signatures: tuple[Artifact, ...] | None = None,
    sign_off: Record | None = None,
) -> DatasetVersion:
    """Write a version of the same batches with other rows; what is not given stays as it is in the base.

    Raises:
        BatchError: there is no picture.
        DatasetError: there is no base, or the holdout would change without a sign-off.
    """
    version = base.version
    if version is None:
        raise DatasetError("expected a version to build on, found none. Ingest a batch first.")
    return write_version(
        store,
        version,
        pictures,
        base.ledger if ledger is None else ledger,
        classes=version.classes,
        batches=version.batches,
        synthetic=version.synthetic,
        backgrounds_declared=version.backgrounds_declared,
        signatures=version.signatures if signatures is None else signatures,
        sign_off=sign_off,
    )


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


def _signatures_of(version: DatasetVersion | None) -> tuple[Artifact, ...]:
    return version.signatures if version is not None else ()


def _artifact(name: str, payload: bytes) -> Artifact:
    return Artifact(key=name, sha256=sha256_bytes(payload), size_bytes=len(payload))


def _joined(each: Joined) -> LedgerRow:
    observed = f"delivered as scene {each.named}, a near-duplicate joins it to {each.scene}"
    return picture_row(each.arrival, "scene_joined", observed, LedgerAction.CHANGED)
