"""Lay train and val out as the training framework wants them, in a private folder.

Rules: private copies, since the framework rewrites pictures in place; what judges a model (holdout, incidents) and what
waits in reserve is never written here, nor read.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.yolo_folder import write_yolo_folder


def write_dataset_folder(
    store: ObjectStore, pictures: Sequence[Picture], classes: Sequence[str], folder: Path
) -> Path:
    """Write ``images/<split>``, ``labels/<split>`` and ``data.yaml``; return the path of the latter."""
    shutil.rmtree(folder, ignore_errors=True)
    written = write_yolo_folder(
        store, pictures, classes, folder, splits=("train", "val"), link_from=None
    )
    return written.document
