"""Tell a delivery's format by its files, and sort the files by what they are.

Rules: a delivery is in one format: class names of YOLO, COCO documents and VOC files do not mix, since it would be a
guess which of them labels a picture. Nothing is passed over in silence but the companions that every tool leaves; any
other file is named as unexpected.
"""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.manifest_csv import MANIFEST
from safety_tasks.ingest.formats.sources import is_junk
from safety_tasks.ingest.formats.yolo_names import NAMES_FILES

Format = Literal["yolo", "coco", "voc"]
PICTURES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".mpo")
_COCO: Final = (
    "instances_*.json",
    "*/instances_*.json",
    "annotations/*.json",
    "*/annotations/*.json",
    "*.coco.json",
    "annotations.json",
    "result.json",
)
_BESIDE: Final = frozenset({"_READY", "batch.json", MANIFEST, "train.txt", "val.txt", "test.txt"})
_WORDS: Final = re.compile(r"README[^/]*\.(txt|md)|LICEN[CS]E[^/]*", re.IGNORECASE)


@dataclass(frozen=True)
class Sorted:
    """A delivery's files by what they are; ``unexpected`` are of no known use."""

    format: Format
    pictures: tuple[str, ...]
    labels: tuple[str, ...]
    unexpected: tuple[str, ...]


def sort_files(names: Iterable[str], *, what: str, names_needed: bool) -> Sorted:
    """Tell the format, and sort the files.

    Args:
        names: the delivery's files.
        what: the delivery, for messages.
        names_needed: whether a delivery without class names is refused; if not, it is YOLO that names no class.

    Raises:
        BatchError: no format or more than one, or no picture.
    """
    files = [name for name in sorted(names) if not is_junk(name)]
    seen = [name for name in files if name.lower().endswith(PICTURES)]
    stems = {name.rpartition(".")[0] for name in seen}
    named = [name for name in files if name in NAMES_FILES]
    documents = [name for name in files if _is_coco(name)]
    pages = [name for name in files if name.lower().endswith(".xml")]
    found: dict[Format, list[str]] = {
        "yolo": named,
        "coco": documents,
        "voc": [name for name in pages if _in(name, "Annotations") or name[:-4] in stems],
    }
    kinds = [kind for kind in found if found[kind]]
    if len(kinds) > 1:
        shown = "; ".join(f"{kind}: {', '.join(found[kind][:3])}" for kind in kinds)
        raise BatchError(
            f"{what}: expected labels in one format, found {shown}. Deliver each format as a batch of its own."
        )
    if not kinds and names_needed:
        raise BatchError(
            f"{what}: expected class names in data.yaml, dataset.yaml or classes.txt (YOLO), "
            "annotations/instances_*.json (COCO) or Annotations/*.xml (Pascal VOC), found none. "
            "Add one: without names a class number means nothing."
        )
    kind = kinds[0] if kinds else "yolo"
    lines = [name for name in files if _in(name, "labels") and name.endswith(".txt")]
    labels = {"yolo": lines, "coco": documents, "voc": pages}[kind]
    pictures = [name for name in seen if kind != "yolo" or _in(name, "images")]
    if not pictures:
        raise BatchError(
            f"{what}: expected pictures in images/ (or train/images, …), found none among {len(files)} files. "
            "Deliver images/ beside labels/, or an export of the labelling tool as it is."
        )
    known = {*found[kind], *labels, *pictures}
    rest = [name for name in files if name not in known and not _is_companion(name, kind)]
    return Sorted(kind, tuple(pictures), tuple(labels), tuple(rest))


def _in(name: str, folder: str) -> bool:
    return folder in name.split("/")[:-1]


def _is_coco(name: str) -> bool:
    return name not in (*NAMES_FILES, *_BESIDE) and any(
        fnmatch.fnmatchcase(name, pattern) for pattern in _COCO
    )


def _is_companion(name: str, kind: Format) -> bool:
    if name in _BESIDE or _WORDS.fullmatch(name) or name.endswith(".cache"):
        return True
    return kind == "voc" and (
        name == "labelmap.txt" or (name.startswith("ImageSets/") and name.endswith(".txt"))
    )
