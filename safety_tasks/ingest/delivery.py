"""Read what was delivered under ``incoming/<batch>/``.

Rules: nothing is read before the ``_READY`` marker is there; names never decide where anything is written; a
delivered split column or folder is ignored; class ids are translated by name, never by position alone.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import yaml
from pydantic import ValidationError

from safety_tasks.errors import BatchError
from safety_tasks.records.dataset import BatchInfo
from safety_tasks.store.base import ObjectStore, read_if_there

READY: Final = "_READY"
_PICTURES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".mpo")
_MAX_TEXT_BYTES: Final = 16 * 1024 * 1024
_NOT_NAMES: Final = (KeyError, TypeError, ValueError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Delivery:
    """The files of a batch: pictures with the key of their label (or None), and what surrounds them."""

    info: BatchInfo
    class_map: dict[int, int]
    scenes: dict[str, str]
    pictures: dict[str, str | None]
    orphan_labels: tuple[str, ...]

    def scene_of(self, file: str) -> str | None:
        """Return the scene that ``manifest.csv`` gives a file, by its path or its bare name."""
        return self.scenes.get(file) or self.scenes.get(file.rpartition("/")[2])


def batch_prefix(batch_id: str) -> str:
    """Return the prefix a batch is delivered under."""
    return f"incoming/{batch_id}/"


def read_delivery(store: ObjectStore, batch_id: str, classes: tuple[str, ...]) -> Delivery:
    """Read a batch's listing, class names, scenes and ``batch.json``.

    Raises:
        BatchError: no marker, no pictures, no class names, or a malformed file; the message says which.
    """
    prefix = batch_prefix(batch_id)
    files = [key[len(prefix) :] for key in store.keys(prefix)]
    if READY not in files:
        raise BatchError(
            f"{prefix}: expected the marker {READY}, found {len(files)} files without it. "
            "Write the marker last, once the delivery is complete."
        )
    info = _read_info(store, prefix, batch_id)
    names = _read_names(store, prefix, files)
    class_map = {number: classes.index(name) for number, name in names.items() if name in classes}
    if not class_map:
        raise BatchError(
            f"{prefix}: expected class names of {', '.join(classes)}, found "
            f"{', '.join(names.values())}. Correct data.yaml or config/classes.txt."
        )
    pictures, orphans = _pair(files)
    if not pictures:
        raise BatchError(
            f"{prefix}: expected pictures in images/ (or train/images, …), found none. "
            "Deliver a YOLO folder: images/ beside labels/."
        )
    scenes = _read_scenes(store, prefix) if "manifest.csv" in files else {}
    return Delivery(info, class_map, scenes, pictures, orphans)


def _pair(files: list[str]) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Pair pictures under an ``images`` folder with labels under the ``labels`` folder beside it."""
    present = set(files)
    pictures: dict[str, str | None] = {}
    used: set[str] = set()
    for file in files:
        path = PurePosixPath(file)
        if "images" not in path.parts[:-1] or path.suffix.lower() not in _PICTURES:
            continue
        parts = list(path.parts)
        at = max(index for index, part in enumerate(parts[:-1]) if part == "images")
        parts[at] = "labels"
        label = str(PurePosixPath(*parts).with_suffix(".txt"))
        pictures[file] = label if label in present else None
        used.add(label)
    orphans = tuple(
        file
        for file in files
        if "labels" in PurePosixPath(file).parts[:-1] and file.endswith(".txt") and file not in used
    )
    return pictures, orphans


def _read_info(store: ObjectStore, prefix: str, batch_id: str) -> BatchInfo:
    found = read_if_there(store, prefix + "batch.json")
    if found is None:
        try:
            return BatchInfo(batch_id=batch_id)
        except ValidationError:
            raise BatchError(
                f"{prefix}: expected a batch name of letters, digits and ._+:-, found {batch_id!r}. "
                "Deliver it under another name."
            ) from None
    info = BatchInfo.from_json_bytes(found.payload, what=prefix + "batch.json", error=BatchError)
    if info.batch_id != batch_id:
        raise BatchError(
            f"{prefix}batch.json: expected batch_id {batch_id!r}, found {info.batch_id!r}."
        )
    return info


def _read_names(store: ObjectStore, prefix: str, files: list[str]) -> dict[int, str]:
    for name in ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml"):
        if name in files:
            return _names_of_yaml(_text(store, prefix + name), prefix + name)
    if "classes.txt" in files:
        lines = _text(store, prefix + "classes.txt").split("\n")
        return dict(enumerate(line.strip() for line in lines if line.strip()))
    raise BatchError(
        f"{prefix}: expected class names in data.yaml, dataset.yaml or classes.txt, found none. "
        "Add one: without names a class number means nothing."
    )


def _names_of_yaml(text: str, what: str) -> dict[int, str]:
    try:
        document: Any = yaml.safe_load(text)
        names = document["names"]
        items = names.items() if isinstance(names, dict) else enumerate(names)
        return {int(number): _name(name) for number, name in items}
    except (yaml.YAMLError, *_NOT_NAMES) as problem:
        raise BatchError(f"{what}: expected 'names:' with class names, found: {problem}.") from None


def _name(value: object) -> str:
    """Return a class name; a nested value is refused unread, since YAML aliases can blow it up."""
    if not isinstance(value, str | int | float):
        raise TypeError(f"a {type(value).__name__} as a class name")
    return str(value)


def _read_scenes(store: ObjectStore, prefix: str) -> dict[str, str]:
    what = prefix + "manifest.csv"
    reader = csv.DictReader(io.StringIO(_text(store, what)))
    scenes: dict[str, str] = {}
    try:
        if not {"file", "scene"} <= set(reader.fieldnames or ()):
            raise BatchError(f"{what}: expected columns file and scene, found {reader.fieldnames}.")
        for row in reader:
            file, scene = row["file"] or "", (row["scene"] or "").strip()
            if not file or not scene:
                raise BatchError(f"{what}, line {reader.line_num}: expected a file and a scene.")
            if scenes.setdefault(file, scene) != scene:
                raise BatchError(f"{what}, line {reader.line_num}: {file!r} has two scenes.")
    except csv.Error as problem:
        raise BatchError(f"{what}: expected comma-separated rows, found: {problem}.") from None
    return scenes


def _text(store: ObjectStore, key: str) -> str:
    payload = store.get(key).payload
    if len(payload) > _MAX_TEXT_BYTES:
        raise BatchError(f"{key}: expected ≤ {_MAX_TEXT_BYTES} bytes, found {len(payload)}.")
    try:
        return payload.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BatchError(f"{key}: expected UTF-8 text, found: {problem}.") from None
