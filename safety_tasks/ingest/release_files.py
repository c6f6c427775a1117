"""The files of items that are delivered anew: as they came, as a person mended them, or without hazard.

Rules: files are named by their item; a batch is in one format; what would be refused for certain (no label, no picture,
an empty label that nobody declared) is refused here, with what to do; bytes are read only when they are delivered.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from safety_tasks.errors import BatchError
from safety_tasks.ingest.coco_again import coco_document
from safety_tasks.ingest.formats.sources import StoreSource
from safety_tasks.ingest.formats.yolo_names import read_yolo_names
from safety_tasks.ingest.quarantine_folder import IMAGES, LABELS, suffix_of
from safety_tasks.records.base import Artifact
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, get_artifact
from safety_tasks.store.local import LocalStore

PICTURES: Final = (".jpg", ".jpeg", ".png")
_MEND: Final = "Mend it in a folder: safety-tasks quarantine show, then release --from."


@dataclass(frozen=True)
class Redelivery:
    """Files of a batch: ``pictures`` by item, ``files`` to be read one by one, ``documents`` that were made."""

    pictures: Mapping[str, str]
    files: Mapping[str, Callable[[], bytes]]
    documents: Mapping[str, bytes] = field(default_factory=dict)
    without_hazard: bool = False


def as_without_hazard(
    store: ObjectStore, items: Sequence[QuarantineItem], classes: Sequence[str]
) -> Redelivery:
    """Return items with empty labels.

    Raises:
        BatchError: an item has no picture that can be delivered.
    """
    kept = {item.item_id: _picture(item) for item in items}
    pictures = {name: name + suffix_of(kept[name]) for name in kept}
    files = {f"{IMAGES}/{pictures[n]}": partial(get_artifact, store, kept[n]) for n in kept}
    documents = {"classes.txt": "".join(f"{name}\n" for name in classes).encode()}
    documents |= {f"{LABELS}/{item.item_id}.txt": b"" for item in items}
    return Redelivery(pictures, files, documents, without_hazard=True)


def as_delivered(
    store: ObjectStore, items: Sequence[QuarantineItem], names: Mapping[int, str] | None
) -> Redelivery:
    """Return items as they came, which helps where a limit or a rule is another one now.

    Args:
        store: where the items are.
        items: the items, with pictures and labels.
        names: class names of the delivery's numbers, for YOLO.

    Raises:
        BatchError: an item has no picture or no label, or a label's format or numbers mean nothing any more.
    """
    kept = {item.item_id: _picture(item) for item in items}
    pictures = {name: name + suffix_of(kept[name]) for name in kept}
    labels: dict[str, Artifact] = {}
    for item in items:
        if item.label is None:
            raise BatchError(
                f"item {item.item_id}: expected a label, found none. {_MEND} If it holds no hazard: --as-background."
            )
        labels[item.item_id] = item.label
    given = {name: partial(get_artifact, store, label) for name, label in labels.items()}
    kinds = {suffix_of(label) for label in labels.values()}
    folder = "JPEGImages" if kinds == {".xml"} else IMAGES
    files = {f"{folder}/{pictures[n]}": partial(get_artifact, store, kept[n]) for n in kept}
    if kinds == {".txt"} and names is not None:
        files |= {f"{LABELS}/{name}.txt": read for name, read in given.items()}
        return Redelivery(pictures, files, {"data.yaml": _document(names)})
    if kinds == {".xml"}:
        files |= {f"Annotations/{name}.xml": read for name, read in given.items()}
        return Redelivery(pictures, files)
    if kinds == {".json"}:
        document = coco_document(pictures, {name: read() for name, read in given.items()})
        return Redelivery(pictures, files, {"annotations/instances_default.json": document})
    found = ", ".join(sorted(kinds)) + ("" if names else " without class names")
    raise BatchError(
        f"items: expected labels in one format that can be delivered, found {found}. {_MEND}"
    )


def from_folder(
    items: Sequence[QuarantineItem],
    folder: Path,
    settings: IngestSettings,
    *,
    empty_is_background: bool,
) -> Redelivery:
    """Return items as a person mended them: pictures and YOLO labels of a folder, with the names in its ``data.yaml``.

    Args:
        items: items whose pictures are in the folder.
        folder: as ``show_quarantine`` wrote it.
        settings: limits of pictures and labels.
        empty_is_background: whether the batch says that an empty label is a picture without hazard.

    Raises:
        BatchError: a label is missing, or empty undeclared; a picture's suffix is none; or there are no class names.
    """
    names = read_yolo_names(StoreSource(LocalStore(folder), ""))
    if names is None:
        raise BatchError(
            f"{folder}/data.yaml: expected the names of the class numbers, found none. Write them."
        )
    there = _mended(folder)
    pictures, files = {}, {}
    for item in items:
        picture, label = there[item.item_id], folder / LABELS / f"{item.item_id}.txt"
        if picture.suffix.lower() not in PICTURES:
            raise BatchError(
                f"{picture}: expected {', '.join(PICTURES)}, found {picture.suffix!r}. "
                "Save it as JPEG or PNG, or delete it."
            )
        if not label.is_file() or label.is_symlink():
            raise BatchError(
                f"{label}: expected the picture's label, found none. Draw its boxes, or delete the picture."
            )
        if label.stat().st_size == 0 and not empty_is_background:
            raise BatchError(
                f"{label}: expected boxes, found none, and the batch declares no background. If the picture holds no "
                f"hazard, delete it here and release --item {item.item_id} --as-background."
            )
        pictures[item.item_id] = f"{item.item_id}{picture.suffix.lower()}"
        files[f"{IMAGES}/{pictures[item.item_id]}"] = _file(picture, settings.max_picture_bytes)
        files[f"{LABELS}/{item.item_id}.txt"] = _file(label, settings.max_label_bytes)
    return Redelivery(pictures, files, {"data.yaml": _document(names)})


def mended_ids(folder: Path) -> frozenset[str]:
    """Return the items whose picture is in a folder.

    Raises:
        BatchError: one item has two pictures there, or there is no such folder.
    """
    return frozenset(_mended(folder))


def _mended(folder: Path) -> dict[str, Path]:
    place = folder / IMAGES
    if not place.is_dir():
        raise BatchError(f"{place}: expected the pictures of a mended folder, found no folder.")
    found: dict[str, Path] = {}
    for path in sorted(place.iterdir()):
        if path.is_symlink() or not path.is_file() or path.name.startswith("."):
            continue
        if found.setdefault(path.stem, path) is not path:
            raise BatchError(f"{path}: expected one picture of an item, found two. Delete one.")
    return found


def _picture(item: QuarantineItem) -> Artifact:
    if item.picture is None:
        raise BatchError(
            f"item {item.item_id}: expected a picture, found that it was too large to keep. Deliver it anew, smaller."
        )
    if suffix_of(item.picture) not in PICTURES:
        raise BatchError(
            f"item {item.item_id}: expected a JPEG or PNG, found a file {suffix_of(item.picture)!r}. {_MEND}"
        )
    return item.picture


def _file(path: Path, max_bytes: int) -> Callable[[], bytes]:
    size = path.stat().st_size
    if size > max_bytes:
        raise BatchError(f"{path}: expected ≤ {max_bytes} bytes, found {size}. Save it smaller.")
    return path.read_bytes


def _document(names: Mapping[int, str]) -> bytes:
    lines = "".join(f"  {number}: {json.dumps(names[number])}\n" for number in sorted(names))
    return f"names:\n{lines}".encode()
