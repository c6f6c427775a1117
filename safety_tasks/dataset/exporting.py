"""The verb ``export_version``: a version as a YOLO folder, ready for Ultralytics.

Rules: pictures are links into the proved cache, read-only, so an export costs no disk; what judges models, the holdout
and the incidents, goes out only when somebody says so; the folder is new or empty, and one that was cut short has no
``data.yaml``.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from safety_tasks.dataset.results import ExportedFolder
from safety_tasks.errors import DatasetError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import SPLITS, Split
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.picture_cache import PictureCache
from safety_tasks.store.yolo_folder import write_yolo_folder

LEARNING: Final[tuple[Split, ...]] = ("train", "val")
_JUDGES: Final = ("holdout", "incident")


def export_version(
    store: ObjectStore,
    version: DatasetVersion,
    out: Path,
    *,
    splits: Sequence[Split] = LEARNING,
    with_holdout: bool = False,
    cache: PictureCache | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ExportedFolder:
    """Write some splits of a version into a folder.

    Args:
        store: where versions are.
        version: the version.
        out: a new or empty folder.
        splits: the splits to write.
        with_holdout: say that what judges models may leave: it is read only to judge, never to learn from.
        cache: where pictures are linked from; by default the one of the work folder.
        progress: called with pictures done and their total.

    Raises:
        DatasetError: a split that was not allowed or does not exist, a folder that holds something, a purged picture,
            or a label that is not the one of its digest.
        ArtifactError: a picture or the manifest was altered.
        ObjectNotFound: a picture is missing.
    """
    wanted = tuple(dict.fromkeys(splits))
    _check(wanted, with_holdout)
    folder = out.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(
            f"{folder}: expected a new or empty folder, found something in its place. "
            "Choose another, or remove it: an export is never mixed with what was there."
        )
    pictures = [p for p in read_manifest(store, version) if p.split in wanted]
    try:
        written = write_yolo_folder(
            store,
            pictures,
            version.classes,
            folder,
            splits=wanted,
            link_from=cache or PictureCache(),
            progress=lambda done: progress(done, len(pictures)),
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    counts = Counter(picture.split for picture in pictures)
    return ExportedFolder(
        version_id=version.version_id,
        folder=str(folder),
        data_yaml=str(written.document),
        pictures={split: counts[split] for split in wanted},
        linked=written.linked,
        copied=written.copied,
    )


def _check(splits: tuple[Split, ...], with_holdout: bool) -> None:
    unknown = [split for split in splits if split not in SPLITS]
    if unknown or not splits:
        raise DatasetError(
            f"splits: expected some of {', '.join(SPLITS)}, found {', '.join(unknown) or 'none'}."
        )
    judges = [split for split in splits if split in _JUDGES]
    if judges and not with_holdout:
        raise DatasetError(
            f"splits: expected {', '.join(LEARNING)} to learn from, found {', '.join(judges)}, read only to judge. "
            "Say --with-holdout if that is what it is for, and never train on it."
        )
