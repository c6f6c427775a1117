"""A delivery of which some items were set aside, through the real verbs, in each of the formats."""

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from support.plant_dataset import CLASSES, plant_picture

from safety_tasks.ingest import take_in_batch
from safety_tasks.ingest.quarantine import list_items
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore

# As an export of another tool may have them: in another order, and with a name that is an alias.
NAMES: Final = ("fire", "Rauch", "person_down")
FORMULA: Final = '=HYPERLINK("evil").jpg'
TWO_BOXES: Final = "0 0.5 0.5 0.25 0.25\n1 0.25 0.25 0.25 0.25\n"
LENIENT: Final = IngestSettings(
    max_quarantined_share=1, rule_ceilings={"missing_label": 1, "orphan_label": 1}
)
STRICT: Final = LENIENT.model_copy(update={"max_boxes_per_picture": 1})
_TEMPLATES: Final = tempfile.TemporaryDirectory(prefix="set-aside-")


def set_aside(root: Path, kind: str) -> LocalStore:
    """Give a store at ``root`` whose batch ``messy`` was taken in; each is a copy, pictures are checked once a process.

    ``mixed`` holds a good picture and four that are not; ``yolo``, ``voc`` and ``coco`` two with a box too many each.
    """
    shutil.copytree(_template(kind), root)
    return LocalStore(root)


def by_rule(store: ObjectStore) -> dict[str, QuarantineItem]:
    """Return the items of the batch by rule."""
    return {item.rule: item for item in list_items(store, "messy")}


@cache
def _template(kind: str) -> Path:
    folder = Path(_TEMPLATES.name) / kind
    store = LocalStore(folder)
    if kind == "mixed":
        _deliver_mixed(store)
        take_in_batch(store, "messy", LENIENT, CLASSES)
    else:
        _deliver_two(store, kind)
        take_in_batch(store, "messy", STRICT, CLASSES)
    return folder


def _deliver_mixed(store: ObjectStore) -> None:
    """Deliver a good picture and four that are not: no label, six fields, an empty label, a cut file."""
    prefix = "incoming/messy/"
    pictures = {
        "good.jpg": (plant_picture(1), TWO_BOXES),
        "unlabelled.jpg": (plant_picture(2), None),
        FORMULA: (plant_picture(3), "0 0.5 0.5 0.2 0.2 0.9\n"),
        "empty.jpg": (plant_picture(4), ""),
        "cut.jpg": (plant_picture(5)[:-300], TWO_BOXES),
    }
    for name, (payload, label) in pictures.items():
        store.put(f"{prefix}images/{name}", payload)
        if label is not None:
            store.put(f"{prefix}labels/{name[:-4]}.txt", label.encode())
    rows = [f"images/{name.replace(chr(34), chr(34) * 2)}" for name in pictures]
    table = "".join(f'"{row}",s{number},c{number}\n' for number, row in enumerate(rows))
    store.put(f"{prefix}manifest.csv", f"file,scene,camera\n{table}".encode())
    _close(store)


def _deliver_two(store: ObjectStore, kind: str) -> None:
    """Deliver two pictures with the same two boxes each, fire and smoke, as ``yolo``, ``voc`` or ``coco``."""
    prefix = "incoming/messy/"
    for number in range(2):
        folder = "JPEGImages" if kind == "voc" else "images"
        store.put(f"{prefix}{folder}/{number}.jpg", plant_picture(20 + number))
        if kind == "yolo":
            store.put(f"{prefix}labels/{number}.txt", TWO_BOXES.encode())
        elif kind == "voc":
            store.put(f"{prefix}Annotations/{number}.xml", _voc().encode())
    if kind == "coco":
        store.put(f"{prefix}annotations/instances_default.json", _coco().encode())
    _close(store, names=kind == "yolo")


def _close(store: ObjectStore, *, names: bool = True) -> None:
    prefix = "incoming/messy/"
    if names:
        store.put(f"{prefix}data.yaml", json.dumps({"names": list(NAMES)}).encode())
    info = {
        "batch_id": "messy",
        "site": "hall",
        "source": "tool",
        "class_aliases": {"Rauch": "smoke"},
        "camera_rules": [{"glob": "*", "camera": "gate"}],
    }
    store.put(f"{prefix}batch.json", json.dumps(info).encode())
    store.put(f"{prefix}_READY", b"")


def _voc() -> str:
    boxes = (("fire", 36, 27, 60, 45), ("Rauch", 12, 9, 36, 27))
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin>"
        f"<xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>"
        for name, a, b, c, d in boxes
    )
    size = "<size><width>96</width><height>72</height><depth>3</depth></size>"
    return f"<annotation><filename>x.jpg</filename>{size}{objects}</annotation>"


def _coco() -> str:
    images = [{"id": n + 7, "file_name": f"{n}.jpg", "width": 96, "height": 72} for n in range(2)]
    boxes = ((5, [36, 27, 24, 18]), (3, [12, 9, 24, 18]))
    annotations = [
        {"id": 10 * image["id"] + k, "image_id": image["id"], "category_id": c, "bbox": box, "iscrowd": 0}
        for image in images
        for k, (c, box) in enumerate(boxes)
    ]  # fmt: skip
    categories = [{"id": 3, "name": "Rauch"}, {"id": 5, "name": "fire"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    return json.dumps(document)
