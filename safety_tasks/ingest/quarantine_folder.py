"""The verb ``show_quarantine``: the items of a batch as a folder in which a person can look at them and mend them.

Rules: files are named by their item, never as delivered; labels lie there as delivered, YOLO's beside the pictures and
others apart; class numbers keep the names that they were delivered with; only what the picture checks can decode in
their own process is drawn; ``items.csv`` starts no formula; ``data.yaml`` comes last.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivered_as import read_delivered_as
from safety_tasks.ingest.quarantine import list_items
from safety_tasks.ingest.quarantine_sheet import draw_items
from safety_tasks.ingest.release_notes import items_by_state
from safety_tasks.records.base import Artifact, Record
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, get_artifact, keep_file

IMAGES: Final = "images"
LABELS: Final = "labels"
AS_DELIVERED: Final = "as-delivered"
DOCUMENT: Final = "data.yaml"
_FORMULA: Final = ("=", "+", "-", "@")


class ShownFolder(Record):
    """A folder of quarantined items: how many, how many of them are drawn, and what could not be read again."""

    batch_id: str
    folder: str
    items: int
    drawn: int
    problem: str


def show_quarantine(
    store: ObjectStore,
    batch_id: str,
    folder: Path,
    settings: IngestSettings,
    classes: tuple[str, ...],
) -> ShownFolder:
    """Write the items of a batch that were not released into a folder.

    Args:
        store: where quarantine is.
        batch_id: the batch.
        folder: a new or empty folder.
        settings: limits of pictures, labels and archives.
        classes: hazard names, for labels that are not YOLO's.

    Raises:
        BatchError: no such items, or the folder holds something.
        ArtifactError: an item's bytes were altered.
    """
    items, _ = items_by_state(store, list_items(store, batch_id))
    if not items:
        raise BatchError(
            f"quarantine of {batch_id!r}: expected items that were not released, found none. "
            "See safety-tasks quarantine list --all."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BatchError(
            f"{folder}: expected a new or empty folder, found something. Choose another."
        )
    for part in (IMAGES, LABELS):
        (folder / part).mkdir(parents=True, exist_ok=True)
    delivered = read_delivered_as(store, batch_id, settings, classes)
    numbered = False
    for item in items:
        if item.picture is not None:
            _keep(store, item.picture, folder / IMAGES, item.item_id)
        if item.label is not None:
            is_yolo = suffix_of(item.label) == ".txt"
            numbered |= is_yolo
            _keep(store, item.label, folder / (LABELS if is_yolo else AS_DELIVERED), item.item_id)
    keep_file(folder / "items.csv", items_csv(items).encode())
    drawn, sheet = draw_items(store, items, settings)
    keep_file(folder / "sheet.jpg", sheet)
    names = delivered.names if numbered else dict(enumerate(classes))
    keep_file(folder / DOCUMENT, document_of(folder.absolute(), names).encode())
    return ShownFolder(
        batch_id=batch_id,
        folder=str(folder),
        items=len(items),
        drawn=drawn,
        problem=delivered.problem,
    )


def suffix_of(artifact: Artifact) -> str:
    """Return the suffix that quarantine gave an artifact: a known one or ``.bin``."""
    return PurePosixPath(artifact.key).suffix


def items_csv(items: Sequence[QuarantineItem]) -> str:
    """Return a table of items that a spreadsheet shows as text."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow(("item", "file", "rule", "observed"))
    for item in items:
        writer.writerow([_cell(t) for t in (item.item_id, item.file, item.rule, item.observed)])
    return stream.getvalue()


def document_of(folder: Path, names: Mapping[int, str] | None) -> str:
    """Return a ``data.yaml``; without names it asks for them, since a number without one means nothing."""
    head = f"path: {json.dumps(str(folder))}\ntrain: {IMAGES}\nval: {IMAGES}\n"
    if names is None:
        return (
            head + "# The names of the class numbers could not be read: write them here.\nnames:\n"
        )
    # A JSON string is a YAML string: what was delivered stays text.
    return f"{head}names:\n" + "".join(f"  {n}: {json.dumps(names[n])}\n" for n in sorted(names))


def _keep(store: ObjectStore, artifact: Artifact, folder: Path, item_id: str) -> None:
    keep_file(folder / f"{item_id}{suffix_of(artifact)}", get_artifact(store, artifact))


def _cell(text: str) -> str:
    """Return text that no spreadsheet runs and no terminal obeys."""
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain
