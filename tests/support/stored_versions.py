"""Manifest rows and versions as ingest leaves them in a store."""

from typing import Any

from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.dataset import DatasetVersion, Holdout, SplitSummary
from safety_tasks.records.ledger import LedgerRow
from safety_tasks.records.picture import SPLITS, Picture
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import version_id_of
from safety_tasks.store.tables import encode_ledger, encode_manifest

NO_SPLIT = SplitSummary(pictures=0, scenes=0, background_pictures=0, hazards={})


def picture(payload: bytes, **changes: Any) -> Picture:
    """Return a manifest row."""
    values = {"extension": "jpg", "width_px": 64, "height_px": 48, "file": "f.jpg", "boxes": ()}
    looks = {"brightness": 100, "sharpness": 10, "kind": "labelled", "site": "s", "camera": None}
    places = {"batch_id": "b1", "scene": "s", "split": "train", "label_sha256": sha256_bytes(b"")}
    digest = {"sha256": sha256_bytes(payload)}
    return Picture.model_validate(values | looks | places | digest | changes)


def write(
    store: LocalStore,
    pictures: tuple[Picture, ...] = (),
    ledger: tuple[LedgerRow, ...] = (),
    **changes: Any,
) -> DatasetVersion:
    """Write a version as ingest does."""
    facts: dict[str, Any] = {
        "batches": ("b1",),
        "classes": ("smoke",),
        "classes_sha256": class_map_digest(("smoke",)),
        "parent_id": None,
        "synthetic": True,
        "backgrounds_declared": False,
        "signatures": (),
        "holdout": Holdout(sha256="0" * 64),
        "ledger_rows": len(ledger),
        "splits": dict.fromkeys(SPLITS, NO_SPLIT),
    } | changes
    parts = {
        "manifest": put_artifact(store, "made/manifest", encode_manifest(pictures)),
        "ledger": put_artifact(store, "made/ledger", encode_ledger(ledger)),
    }
    draft = DatasetVersion(version_id="0" * 16, **parts, **facts)
    version_id = version_id_of(draft.to_dict())
    version = draft.model_copy(update={"version_id": version_id})
    put_artifact(store, f"{version.prefix}/version.json", version.to_json_bytes())
    return version
