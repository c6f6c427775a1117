"""The verb ``deliver_folder``: a local folder or archive of labelled pictures becomes a batch under ``incoming/``.

Rules: files are uploaded as they are; the marker comes last, so a delivery that was cut is never ingested; a batch
that is there already is refused, since a delivery is never changed; hidden files and links stay behind; where a
person says that a whole folder holds no hazard, the empty labels are written for them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivery import PICTURES, READY, batch_prefix
from safety_tasks.ingest.formats.archives import is_archive
from safety_tasks.ingest.formats.label_files import YOLO, label_beside, pair
from safety_tasks.records.batch import WITHOUT_HAZARD, BatchInfo, BatchKind
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.bulk import put_all


def deliver_folder(
    store: ObjectStore,
    source: Path,
    batch_id: str,
    *,
    empty_label_is_background: bool = False,
    kind: BatchKind = BatchKind.LABELLED,
    replaces_labels: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Upload a folder, or one archive, and mark it complete.

    Args:
        store: where batches lie.
        source: a folder in YOLO, COCO or Pascal VOC layout, or a zip or tar of one.
        batch_id: the batch's name.
        empty_label_is_background: written into ``batch.json`` where the folder has none of its own.
        kind: likewise; a folder of false alarms or backgrounds gets an empty label for each picture that has none.
        replaces_labels: likewise; labels of pictures that are in the dataset already are replaced.
        progress: called with files done and their total.

    Returns:
        the number of files delivered.

    Raises:
        BatchError: there is nothing to deliver, or there is such a batch already.
    """
    prefix = batch_prefix(batch_id)
    files = _files(source)
    if store.exists(prefix + READY):
        raise BatchError(
            f"{prefix}: expected a new batch, found one that was delivered. Choose another name."
        )
    try:
        info = BatchInfo(
            batch_id=batch_id,
            empty_label_is_background=empty_label_is_background,
            kind=kind,
            replaces_labels=replaces_labels,
        )
    except ValidationError:
        raise BatchError(
            f"batch: expected a name of letters, digits and . _ + : - , found {batch_id!r}. Choose another."
        ) from None
    if "batch.json" in files:
        _require_same_name(files["batch.json"], batch_id)
    # An archive may hold a batch.json of its own, beside which there must be no second one.
    said = not is_archive(source.name) or info != BatchInfo(batch_id=batch_id)
    made = {} if "batch.json" in files or not said else {"batch.json": info.to_json_bytes()}
    if kind in WITHOUT_HAZARD:
        made |= _empty_labels(files)

    def contents() -> Iterator[tuple[str, bytes]]:
        for name, path in files.items():
            yield prefix + name, path.read_bytes()
        for name, payload in made.items():
            yield prefix + name, payload

    total = len(files) + len(made)
    put_all(store, contents(), only_if_absent=False, progress=lambda done: progress(done, total))
    store.put(prefix + READY, b"")
    return len(files)


def _require_same_name(path: Path, batch_id: str) -> None:
    """Refuse a batch.json of another batch now, not when it is ingested."""
    own = BatchInfo.from_json_bytes(path.read_bytes(), what=str(path), error=BatchError)
    if own.batch_id != batch_id:
        raise BatchError(
            f"{path}: expected batch_id {batch_id!r}, found {own.batch_id!r}. Deliver it under that name or "
            "correct it."
        )


def _files(source: Path) -> dict[str, Path]:
    if source.is_file() and is_archive(source.name):
        return {source.name: source}
    if not source.is_dir():
        raise BatchError(
            f"{source}: expected a folder of labelled pictures, or a zip or tar of one, found neither. "
            "Correct the path."
        )
    found = {
        path.relative_to(source).as_posix(): path
        for path in sorted(source.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(source).parts)
        and path.name != READY
    }
    if not any(name.lower().endswith(PICTURES) for name in found):
        raise BatchError(
            f"{source}: expected pictures, such as images/ beside labels/, found none. "
            "Deliver a folder in YOLO, COCO or Pascal VOC layout."
        )
    return found


def _empty_labels(files: dict[str, Path]) -> dict[str, bytes]:
    """Return an empty YOLO label for each picture of a folder that has none.

    Raises:
        BatchError: the folder has pictures outside images/, so where their labels belong is not plain.
    """
    pictures = [name for name in files if name.lower().endswith(PICTURES)]
    made = {}
    for name, there in pair(pictures, files, *YOLO).items():
        label = label_beside(name, *YOLO)
        if label is None:
            raise BatchError(
                f"{name}: expected the pictures of a folder without hazards under images/, found one outside. "
                "Move them there."
            )
        if there is None:
            made[label] = b""
    return made
