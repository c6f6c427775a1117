"""The verb ``deliver_folder``: a local YOLO folder becomes a batch under ``incoming/``.

Rules: files are uploaded as they are; the marker comes last, so a delivery that was cut is never ingested; a batch
that is there already is refused, since a delivery is never changed.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivery import READY, batch_prefix
from safety_tasks.records.dataset import BatchInfo
from safety_tasks.store.base import ObjectStore

_NAMES: Final = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml", "classes.txt")
_BESIDE: Final = (*_NAMES, "manifest.csv", "batch.json")


def deliver_folder(
    store: ObjectStore,
    folder: Path,
    batch_id: str,
    *,
    empty_label_is_background: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Upload a YOLO folder and mark it complete.

    Args:
        store: where batches lie.
        folder: holds ``images/`` beside ``labels/``, or ``train|val|valid|test/{images,labels}``, and class names.
        batch_id: the batch's name.
        empty_label_is_background: written into ``batch.json`` where the folder has none of its own.
        progress: called with files done and their total.

    Returns:
        the number of files delivered.

    Raises:
        BatchError: there is no such folder, nothing in it to deliver, or such a batch already.
    """
    prefix = batch_prefix(batch_id)
    files = _files(folder)
    if store.exists(prefix + READY):
        raise BatchError(
            f"{prefix}: expected a new batch, found one that was delivered. Choose another name."
        )
    try:
        info = BatchInfo(batch_id=batch_id, empty_label_is_background=empty_label_is_background)
    except ValidationError:
        raise BatchError(
            f"batch: expected a name of letters, digits and . _ + : - , found {batch_id!r}. Choose another."
        ) from None
    if "batch.json" not in files:
        store.put(prefix + "batch.json", info.to_json_bytes())

    def upload(name: str) -> None:
        store.put(prefix + name, files[name].read_bytes())

    with ThreadPoolExecutor(max_workers=8) as pool:
        for done, _ in enumerate(pool.map(upload, files), start=1):
            progress(done, len(files))
    store.put(prefix + READY, b"")
    return len(files)


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise BatchError(f"{folder}: expected a YOLO folder, found none. Correct the path.")
    found: dict[str, Path] = {name: folder / name for name in _BESIDE if (folder / name).is_file()}
    for kind in ("images", "labels"):
        for inner in (folder / kind, *sorted(folder.glob(f"*/{kind}"))):
            found |= {
                path.relative_to(folder).as_posix(): path
                for path in sorted(inner.rglob("*"))
                if path.is_file()
            }
    if not any("images" in Path(name).parts[:-1] for name in found):
        raise BatchError(
            f"{folder}: expected images/ beside labels/ (or train/images, …), found no picture. "
            "Deliver a YOLO folder."
        )
    if not any(name in found for name in _NAMES):
        raise BatchError(
            f"{folder}: expected class names in data.yaml, dataset.yaml or classes.txt, found none. "
            "Add one: without names a class number means nothing."
        )
    return found
