"""Read a COCO JSON document into entries by picture, or refuse it whole.

Rules: whatever makes numbering meaningless refuses the whole delivery: an image id or a category id that stands twice
or is unknown, a file that is listed twice, an entry that is no object. What is wrong with one picture's own numbers is
left to its label. A key that stands twice in an object is refused, since two readers would read two documents.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.numbers import json_whole_of
from safety_tasks.ingest.formats.sources import Source

MAX_JSON_BYTES: Final = 32 * 1024 * 1024
_MAX_PARTS: Final = 2_000_000  # each costs many times its bytes in memory


@dataclass
class CocoImage:
    """A listed picture: where it is listed, its entry, and its annotations with the names of their categories."""

    listed_in: str
    file_name: str
    entry: Mapping[str, Any]
    annotations: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)


@dataclass(frozen=True)
class CocoDocument:
    """A COCO document: its pictures and the names of its categories."""

    images: tuple[CocoImage, ...]
    categories: tuple[str, ...]


def read_coco(source: Source, name: str) -> CocoDocument:
    """Read a document.

    Raises:
        BatchError: it is too large, no COCO JSON, or its numbering means nothing.
    """
    what = source.what + name
    document = _parse(source.read(name, MAX_JSON_BYTES), what)
    categories: dict[int | None, str] = {}
    for entry in _objects(document, "categories", what):
        number, label = _id_of(entry, "id"), entry.get("name")
        if number is None or not isinstance(label, str) or number in categories:
            raise BatchError(
                f"{what}: expected a different whole id and a name for each category, found {_shown(entry)}."
            )
        categories[number] = label.strip()
    images: dict[int | None, CocoImage] = {}
    for entry in _objects(document, "images", what):
        number, file = _id_of(entry, "id"), entry.get("file_name")
        if number is None or not _is_name(file) or number in images:
            raise BatchError(
                f"{what}: expected a different whole id and a file_name for each image, found {_shown(entry)}."
            )
        images[number] = CocoImage(name, str(file), entry)
    for entry in _objects(document, "annotations", what):
        image = images.get(_id_of(entry, "image_id"))
        category = categories.get(_id_of(entry, "category_id"))
        if image is None or category is None:
            raise BatchError(
                f"{what}: expected annotations of listed images and categories, found {_shown(entry)}. "
                "Export the task again, with all its images and labels."
            )
        image.annotations.append((entry, category))
    return CocoDocument(tuple(images.values()), tuple(categories.values()))


def _id_of(entry: Mapping[str, Any], key: str) -> int | None:
    return json_whole_of(entry.get(key))


def _is_name(file: object) -> bool:
    return isinstance(file, str) and 0 < len(file) <= 1024 and file.isprintable()


def _parse(payload: bytes, what: str) -> dict[str, Any]:
    parts = sum(payload.count(mark) for mark in (b"{", b"[", b":"))
    if parts > _MAX_PARTS:
        raise BatchError(
            f"{what}: expected ≤ {_MAX_PARTS} objects, lists and keys, found {parts}. "
            "Export the task in parts, as batches of their own."
        )
    try:
        document = json.loads(
            payload.decode("utf-8-sig"), parse_int=_whole, object_pairs_hook=_without_twice
        )
    except (ValueError, RecursionError) as problem:
        raise BatchError(f"{what}: expected COCO JSON, found: {str(problem)[:300]}.") from None
    if not isinstance(document, dict):
        raise BatchError(f"{what}: expected a JSON object, found a {type(document).__name__}.")
    return document


def _whole(text: str) -> int | float:
    """Read a whole number; one too long for an id becomes a decimal, and infinite if need be."""
    return int(text) if len(text) <= 18 else float(text)


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} twice in one object")
    return found


def _objects(document: Mapping[str, Any], key: str, what: str) -> list[dict[str, Any]]:
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise BatchError(
            f"{what}: expected a list of objects as {key!r}, found {type(found).__name__}. "
            "Deliver COCO JSON as CVAT exports it (instances)."
        )
    return found


def brief(value: object) -> str:
    """Return the beginning of a JSON value, for messages, in ASCII."""
    try:
        return json.dumps(value)[:80]
    except RecursionError:
        return "a value nested too deeply to show"


def _shown(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{key[:40]!a}: {brief(value)}" for key, value in list(entry.items())[:8])
