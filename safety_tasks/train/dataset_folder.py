"""Lay train and val out as the training framework wants them, in a private folder.

Rules: proved copies only, since the framework rewrites pictures in place and believes a missing label file to be
a background; the holdout is never written here.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from safety_tasks.records.dataset import Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import fetch_pictures


def write_dataset_folder(
    store: ObjectStore, pictures: Sequence[Picture], classes: Sequence[str], folder: Path
) -> Path:
    """Write ``images/<split>``, ``labels/<split>`` and ``data.yaml``; return the path of the latter."""
    shutil.rmtree(folder, ignore_errors=True)
    fetched = fetch_pictures(store, pictures, folder / "fetched", splits=("train", "val"))
    for split in ("train", "val"):
        (folder / "images" / split).mkdir(parents=True)
        (folder / "labels" / split).mkdir(parents=True)
    for picture in pictures:
        if picture.split == "holdout":
            continue
        name = f"{picture.sha256}.{picture.extension}"
        fetched[picture.sha256].rename(folder / "images" / picture.split / name)
        label = folder / "labels" / picture.split / f"{picture.sha256}.txt"
        label.write_text(picture.label_text(), encoding="ascii")
    shutil.rmtree(folder / "fetched", ignore_errors=True)
    # A JSON string is a YAML string: a class called "no" or "1", or a folder with a colon, stays text.
    names = "".join(f"  {index}: {json.dumps(name)}\n" for index, name in enumerate(classes))
    document = folder / "data.yaml"
    document.write_text(
        f"path: {json.dumps(str(folder))}\ntrain: images/train\nval: images/val\nnames:\n{names}",
        encoding="utf-8",
    )
    return document
