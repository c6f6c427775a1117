"""The verb ``release_items``: items of quarantine are delivered anew, as a batch of their own.

Rules: the batch ``<batch>.fix<n>`` says what the first delivery said, and who mended it; it is judged like any other
delivery; a note of who and why comes first, then the files, then the marker, then the items are marked: so a release
that was cut before its marker is made again under its name, and one that has its marker is never made twice.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivered_as import DeliveredAs, read_delivered_as
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.ingest.quarantine import list_items, mark_released
from safety_tasks.ingest.release_files import (
    Redelivery,
    as_delivered,
    as_without_hazard,
    from_folder,
    mended_ids,
)
from safety_tasks.ingest.release_notes import (
    ReleasedItems,
    free_name,
    items_by_state,
    last_release,
    note_key,
)
from safety_tasks.records.batch import WITHOUT_HAZARD, BatchInfo, BatchKind
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.bulk import put_all


def release_items(
    store: ObjectStore,
    batch_id: str,
    settings: IngestSettings,
    classes: tuple[str, ...],
    *,
    released_by: str,
    why: str = "",
    item_ids: Sequence[str] = (),
    folder: Path | None = None,
    as_background: bool = False,
) -> ReleasedItems:
    """Deliver items anew.

    Args:
        store: where quarantine and batches are.
        batch_id: the batch that the items came in.
        settings: limits of pictures, labels and archives.
        classes: hazard names; the index is the class id.
        released_by: who mended or looked at them; the labeller of the new batch.
        why: the reason, for the record.
        item_ids: these items; empty means all, or all whose picture is in ``folder``.
        folder: a folder that ``show_quarantine`` wrote and somebody mended; None delivers the items as they are.
        as_background: deliver the named items with empty labels, as pictures without hazard.

    Returns:
        the new batch; that of the last release if all these items were released before.

    Raises:
        BatchError: an unknown item, one that cannot be delivered so, or nothing to release.
        ArtifactError: an item's bytes were altered.
    """
    if not released_by.strip():
        raise BatchError("expected who releases, found an empty text. Give --by.")
    if as_background and (folder is not None or not item_ids):
        raise BatchError(
            "expected items by name to declare as background, found none, or a folder. Give --item, without --from."
        )
    wanted = _chosen(store, batch_id, item_ids, folder)
    pending, released = items_by_state(store, wanted)
    unmarked = set(released) - set(wanted)  # whoever released them ended before
    for item in unmarked:
        mark_released(store, item, str(item.released_as))
    if not pending:
        return last_release(store, released)
    delivered = read_delivered_as(store, batch_id, settings, classes)
    if folder is not None:
        empty = delivered.info.empty_means_background
        again = from_folder(pending, folder, settings, empty_is_background=empty)
    elif as_background:
        again = as_without_hazard(store, pending, classes)
    else:
        again = as_delivered(store, pending, delivered.names)
    new_batch = free_name(store, batch_id)
    return _deliver(store, new_batch, pending, again, delivered, released_by.strip(), why.strip())


def _deliver(
    store: ObjectStore,
    new_batch: str,
    items: Sequence[QuarantineItem],
    again: Redelivery,
    delivered: DeliveredAs,
    released_by: str,
    why: str,
) -> ReleasedItems:
    prefix, source = batch_prefix(new_batch), items[0].batch_id
    try:
        note = ReleasedItems(
            batch_id=new_batch,
            released_from=source,
            items=tuple(item.item_id for item in items),
            released_by=released_by,
            why=why,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            problem=delivered.problem,
        )
        info = _info(new_batch, items, again, delivered, released_by)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise BatchError(
            f"{new_batch}: expected a batch that can be described, found {first['loc']}: {first['msg']}. "
            "Shorten it, or deliver the pictures by hand."
        ) from None
    store.put(note_key(source, new_batch), note.to_json_bytes())
    made = {"batch.json": info.to_json_bytes(), **again.documents}
    scenes = [(again.pictures[i.item_id], delivered.scene_of(i.file) or "") for i in items]
    if table := scene_table(scenes):
        made["manifest.csv"] = table

    def contents() -> Iterator[tuple[str, bytes]]:
        for name, read in again.files.items():
            yield prefix + name, read()
        for name, payload in made.items():
            yield prefix + name, payload

    for key in list(store.keys(prefix)):  # what a cut release left
        if key.removeprefix(prefix) not in {*again.files, *made}:
            store.delete(key)
    put_all(store, contents(), only_if_absent=False)
    store.put(prefix + READY, b"")
    for item in items:
        mark_released(store, item, new_batch)
    return note


def _info(
    new_batch: str,
    items: Sequence[QuarantineItem],
    again: Redelivery,
    delivered: DeliveredAs,
    released_by: str,
) -> BatchInfo:
    """Say of the new batch what the first delivery said; rules by file name become plain facts."""
    cameras = {again.pictures[i.item_id]: delivered.camera_of(i.file) for i in items}
    kind = delivered.info.kind
    if again.without_hazard and kind not in WITHOUT_HAZARD:
        kind = BatchKind.BACKGROUND
    changed = {
        "batch_id": new_batch,
        "labeller": released_by,
        "kind": kind,
        "cameras": {file: camera for file, camera in cameras.items() if camera},
        "camera_rules": (),
        "scene_rules": (),
    }
    return BatchInfo.model_validate(delivered.info.model_dump() | changed)


def scene_table(scenes: Sequence[tuple[str, str]]) -> bytes:
    """Return a ``manifest.csv`` of the pictures whose scene is known; nothing if none is."""
    stream = io.StringIO()
    known = [row for row in scenes if row[1]]
    csv.writer(stream).writerows([("file", "scene"), *known])
    return stream.getvalue().encode() if known else b""


def _chosen(
    store: ObjectStore, batch_id: str, item_ids: Sequence[str], folder: Path | None
) -> list[QuarantineItem]:
    items = {item.item_id: item for item in list_items(store, batch_id)}
    asked = list(dict.fromkeys(item_ids)) or list(items)
    in_folder = mended_ids(folder) if folder is not None else frozenset()
    unknown = sorted({*asked, *in_folder} - set(items))
    if unknown or not items:
        raise BatchError(
            f"quarantine of {batch_id!r}: expected items of it, found {', '.join(unknown)[:300] or 'none'}. "
            "See safety-tasks quarantine list."
        )
    chosen = [items[name] for name in asked if folder is None or name in in_folder]
    if not chosen:
        raise BatchError(
            f"{folder}: expected pictures named by items under images/, found none that was asked for. "
            "Write it with safety-tasks quarantine show, and mend it there."
        )
    return chosen
