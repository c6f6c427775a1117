"""The drawn dataset as ingest leaves it in a store, written in milliseconds: three scenes, one of each split."""

from typing import Final

from support.stored_versions import picture, write
from support.toy_runs import background_picture, hazards_of
from toy_models import CLASSES, png, toy_boxes, toy_picture

from safety_tasks.class_map import class_map_digest
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Picture, Split
from safety_tasks.store.local import LocalStore

SPLITS: Final[tuple[Split, ...]] = ("train", "val", "holdout")
Hazards = list[tuple[int, int]]


def drawn_pictures(store: LocalStore) -> tuple[Picture, ...]:
    """Store pictures, in each split two with every hazard and one of nothing, and return their rows."""
    rows = []
    for scene, split in enumerate(SPLITS):
        for index in (2 * scene, 2 * scene + 1):
            rows.append(
                _stored(
                    store,
                    png(toy_picture(hazards_of(index), grey=100 + index)),
                    index,
                    split,
                    hazards_of(index),
                )
            )
        nothing = png(background_picture(scene))
        rows.append(_stored(store, nothing, 90 + scene, split, []))
    return tuple(rows)


def incident_pictures(store: LocalStore) -> tuple[Picture, ...]:
    """Store two pictures of incidents, one that labels smoke and fire and one that labels nothing."""
    labelled: Hazards = [(0, 1), (1, 6)]
    return (
        _stored(store, png(toy_picture(labelled, grey=60)), 70, "incident", labelled),
        _stored(store, png(toy_picture([(2, 9)], grey=70)), 71, "incident", []),
    )


def drawn_version(store: LocalStore, pictures: tuple[Picture, ...] | None = None) -> DatasetVersion:
    """Store a version of the drawn pictures, or of the ones that are given."""
    return write(
        store,
        drawn_pictures(store) if pictures is None else pictures,
        classes=CLASSES,
        classes_sha256=class_map_digest(CLASSES),
    )


def _stored(
    store: LocalStore, payload: bytes, number: int, split: Split, hazards: Hazards
) -> Picture:
    row = picture(
        payload,
        extension="png",
        width_px=64,
        height_px=64,
        file=f"{number:02d}.png",
        boxes=toy_boxes(hazards),
        split=split,
        kind="incident" if split == "incident" else "labelled",
        scene=f"scene-{split}",
    )
    store.put(row.key, payload)
    return row
