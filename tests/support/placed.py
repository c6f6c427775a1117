"""Arrivals and manifest rows for tests of scenes and splits, and signatures that are alike or not."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from safety_tasks.digests import sha256_bytes
from safety_tasks.ingest.near_duplicates import SignatureTable
from safety_tasks.ingest.signatures import signature_of
from safety_tasks.records.picture import Arrival, Box, Picture, Split, label_text

BOX = Box(class_id=0, x_center=0.5, y_center=0.5, width=0.2, height=0.2)


def arrival(name: str, **changes: Any) -> Arrival:
    """Return an arrival whose digest is that of its name; one smoke box unless changed."""
    values: dict[str, Any] = {
        "sha256": sha256_bytes(name.encode()),
        "extension": "jpg",
        "width_px": 640,
        "height_px": 480,
        "brightness": 100.0,
        "sharpness": 50.0,
        "file": f"images/{name}.jpg",
        "batch_id": "b",
        "kind": "labelled",
        "site": "unknown",
        "camera": None,
        "scene": None,
        "boxes": (BOX,),
    } | changes
    digest = sha256_bytes(label_text(values["boxes"]).encode())
    return Arrival.model_validate({"label_sha256": digest} | values)


def picture(name: str, scene: str, split: Split, **changes: Any) -> Picture:
    """Return a manifest row whose digest is that of its name."""
    return Picture.model_validate(
        arrival(name, **changes).to_dict() | {"scene": scene, "split": split}
    )


def signatures(rows: Sequence[Arrival], looks: Sequence[int]) -> SignatureTable:
    """Return signatures of rows: equal looks are near-copies, others are not alike."""
    made = {}
    for row, look in zip(rows, looks, strict=True):
        patches = np.random.default_rng(look).integers(0, 256, (12, 12), dtype=np.uint8)
        made[row.sha256] = signature_of(np.kron(patches, np.ones((8, 8), np.uint8)))
    return SignatureTable.of(made)
