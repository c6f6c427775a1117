"""Dataset versions made by hand, sound or not, for tests of what judges them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.base import Artifact
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.dataset import DatasetVersion, ValidationReport
from safety_tasks.records.picture import SPLITS, Box, Picture, Split
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.manifests import version_id_of
from safety_tasks.store.tables import LEDGER_SCHEMA, PICTURE_SCHEMA, encode_table

CLASSES = ("smoke", "fire", "person_down")
BOX = {"x_center": 0.5, "y_center": 0.5, "width": 0.2, "height": 0.2}
_NOTHING = {"pictures": 0, "scenes": 0, "background_pictures": 0, "hazards": {}}


def made_box(class_id: int = 0, **changes: float) -> Box:
    """Return a box in the middle of its picture, sound unless changed."""
    return Box.model_construct(class_id=class_id, **(BOX | changes))


def made_picture(number: int, split: Split = "train", **changes: Any) -> Picture:
    """Return a picture of a scene of its own with a box of each hazard, sound unless changed."""
    values = {
        "sha256": sha256_bytes(f"picture {number}".encode()),
        "extension": "jpg",
        "width_px": 640,
        "height_px": 480,
        "brightness": 100.0 + number,
        "sharpness": 500.0,
        "label_sha256": sha256_bytes(f"label {number}".encode()),
        "file": f"{number}.jpg",
        "batch_id": "b1",
        "kind": BatchKind.LABELLED,
        "site": "plant",
        "camera": None,
        "scene": f"s{number}",
        "split": split,
        "boxes": tuple(made_box(n) for n in range(len(CLASSES))),
    }
    return Picture.model_construct(**(values | changes))


# Four scenes to learn from, one to choose by, two to judge by: every expectation holds.
SOUND: tuple[Picture, ...] = (
    *(made_picture(number) for number in range(4)),
    made_picture(4, "val"),
    made_picture(5, "holdout"),
    made_picture(6, "incident", kind=BatchKind.INCIDENT),
)


def manifest_of(pictures: Sequence[Picture]) -> pa.Table:
    """Return pictures as a manifest, in the order given, sound or not."""
    rows = [picture.model_dump(warnings=False) for picture in pictures]
    return pa.Table.from_pylist(rows, schema=PICTURE_SCHEMA)


def version_of(
    manifest: pa.Table,
    parent: DatasetVersion | None = None,
    *,
    where: str = "made",
    batches: tuple[str, ...] = ("b1",),
    classes: tuple[str, ...] = CLASSES,
) -> tuple[DatasetVersion, dict[str, bytes]]:
    """Return a version's record, and its tables by key."""
    tables = {
        "manifest": encode_table(manifest),
        "ledger": encode_table(LEDGER_SCHEMA.empty_table()),
    }
    content = sha256_bytes(tables["manifest"])[:16]
    keys = {name: f"{where}/{content}/{name}.parquet" for name in tables}
    splits = manifest["split"].to_pylist()
    facts: dict[str, Any] = {
        "parent_id": parent.version_id if parent else None,
        "classes": list(classes),
        "classes_sha256": class_map_digest(classes),
        "batches": list(batches),
        "synthetic": False,
        "backgrounds_declared": False,
        "ledger_rows": 0,
        "signatures": [],
        "holdout": {"sha256": "0" * 64, "sign_off": None},
        "splits": {split: _NOTHING | {"pictures": splits.count(split)} for split in SPLITS},
    }
    for name, payload in tables.items():
        digest = sha256_bytes(payload)
        proof = Artifact(key=keys[name], sha256=digest, size_bytes=len(payload))
        facts[name] = proof.to_dict()
    version = DatasetVersion.model_validate(facts | {"version_id": version_id_of(facts)})
    return version, {keys[name]: payload for name, payload in tables.items()}


def write_version(
    store: ObjectStore,
    pictures: Sequence[Picture] = SOUND,
    parent: DatasetVersion | None = None,
    **facts: Any,
) -> DatasetVersion:
    """Write a version's objects as ingest does, sound or not."""
    version, tables = version_of(manifest_of(pictures), parent, **facts)
    for key, payload in tables.items():
        put_artifact(store, key, payload)
    put_artifact(store, f"{version.prefix}/version.json", version.to_json_bytes())
    return version


def report_of(version: DatasetVersion, **changes: Any) -> ValidationReport:
    """Return a report of success that no suite made."""
    values = {
        "version_id": version.version_id,
        "manifest_sha256": version.manifest.sha256,
        "suite_sha256": "0" * 64,
        "success": True,
        "expectations": (),
        "data_docs_key": "docs",
    }
    return ValidationReport.model_validate(values | changes)
