"""A plant's deliveries of drawn pictures that are not alike, by scenes: all through the real verbs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from support.drawn_pictures import drawn, saved

from safety_tasks.ingest import ingest_batch
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore

CLASSES = ("smoke", "fire", "person_down")
EVERY_HAZARD = "".join(f"{number} 0.5 0.5 0.{number + 2} 0.2\n" for number in range(3))
SCENES = {f"scene-{number}": 2 for number in range(8)}


def plant_picture(seed: int) -> bytes:
    """Return a JPEG that is like no other seed's."""
    return saved(drawn(96, 72, seed))


def deliver_scenes(
    store: ObjectStore,
    batch_id: str,
    scenes: Mapping[str, int] = SCENES,
    *,
    seed: int = 0,
    label: str = EVERY_HAZARD,
    **info: Any,
) -> None:
    """Deliver pictures of scenes, each with the same label; ``info`` goes into ``batch.json``."""
    prefix = f"incoming/{batch_id}/"
    rows = ["file,scene"]
    for scene, count in scenes.items():
        for _ in range(count):
            name = f"{len(rows):03d}"
            store.put(f"{prefix}images/{name}.jpg", plant_picture(seed + len(rows)))
            store.put(f"{prefix}labels/{name}.txt", label.encode())
            rows.append(f"images/{name}.jpg,{scene}")
    store.put(f"{prefix}manifest.csv", "\n".join(rows).encode())
    store.put(f"{prefix}data.yaml", json.dumps({"names": list(CLASSES)}).encode())
    store.put(f"{prefix}batch.json", json.dumps({"batch_id": batch_id, **info}).encode())
    store.put(f"{prefix}_READY", b"")


def plant_versions(store: ObjectStore, settings: IngestSettings) -> Sequence[DatasetVersion]:
    """Ingest three batches one on the other: a first, one of new scenes and a holdout's, one that mends labels."""
    deliver_scenes(store, "first", site="hall")
    first = ingest_batch(store, "first", settings, CLASSES)
    held = next(scene for scene in SCENES if _split(store, first, scene) == "holdout")
    deliver_scenes(store, "second", {"scene-8": 2, held: 1}, seed=100, site="yard")
    second = ingest_batch(store, "second", settings, CLASSES, base_version=first.version_id)
    learnt = next(scene for scene in SCENES if _split(store, first, scene) == "train")
    number = list(SCENES).index(learnt) * 2
    deliver_scenes(
        store, "third", {learnt: 1}, seed=number, label="1 0.5 0.5 0.5 0.5\n", replaces_labels=True
    )
    third = ingest_batch(store, "third", settings, CLASSES, base_version=second.version_id)
    return first, second, third


def _split(store: ObjectStore, version: DatasetVersion, scene: str) -> str:
    from safety_tasks.store.manifests import read_manifest

    return next(p.split for p in read_manifest(store, version) if p.scene == scene)
