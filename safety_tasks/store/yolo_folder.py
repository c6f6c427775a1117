"""Pictures and labels as the YOLO folder that Ultralytics reads: ``images/<split>``, ``labels/<split>``, ``data.yaml``.

Rules: every picture is proved, and every label is written from the manifest and proved against its digest; each picture
has a label file, since the framework takes a missing one for a background; ``data.yaml`` comes last and says where the
folder is, so that it works from anywhere; a picture is linked from the cache only on one file system, else copied.
"""

import json
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, DatasetError
from safety_tasks.records.picture import Picture, Split
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.bulk import in_order
from safety_tasks.store.manifests import get_picture
from safety_tasks.store.picture_cache import PictureCache

log = logging.getLogger("safety_tasks")
_THREADS: Final = 8
# What the framework calls the splits; it refuses a document without train and val.
_KEYS: Final[dict[Split, str]] = {"train": "train", "val": "val", "holdout": "test"}


@dataclass(frozen=True)
class YoloFolder:
    """A folder that was written: its ``data.yaml``, and how many pictures were linked and copied."""

    document: Path
    linked: int
    copied: int


def write_yolo_folder(
    store: ObjectStore,
    pictures: Iterable[Picture],
    classes: Sequence[str],
    folder: Path,
    *,
    splits: Sequence[Split],
    link_from: PictureCache | None,
    progress: Callable[[int], Any] = lambda done: None,
) -> YoloFolder:
    """Write the pictures of some splits.

    Args:
        store: where the objects are.
        pictures: manifest rows, of any split.
        classes: hazard names; the index is the class id.
        folder: an absolute path; files there already are replaced.
        splits: the splits to write; no object of another one is read.
        link_from: link the pictures from this cache, read-only; None writes private copies.
        progress: called with the number of pictures done.

    Raises:
        DatasetError: a picture was purged, or a label is not the one of its digest.
        ObjectNotFound: a picture's bytes are missing.
        ArtifactError: a picture's bytes were altered.
    """
    for split in {*splits, "train", "val"}:
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / split).mkdir(parents=True, exist_ok=True)

    def write(picture: Picture) -> bool:
        label = folder / "labels" / picture.split / f"{picture.sha256}.txt"
        label.write_bytes(_proved_label(picture))
        path = folder / "images" / picture.split / f"{picture.sha256}.{picture.extension}"
        path.unlink(missing_ok=True)
        if link_from is None:
            path.write_bytes(get_picture(store, picture))
            return False
        return _link(link_from.bring(store, picture), path, picture)

    wanted = (picture for picture in pictures if picture.split in splits)
    linked = done = 0
    # Nothing is held: the bytes of a picture go to its file in the thread that fetched them.
    for is_link in in_order(write, wanted, lambda picture: 0, _THREADS):
        done += 1
        linked += is_link
        progress(done)
    if link_from is not None and linked < done:
        log.warning(
            "%s: %d of %d pictures copied, no link can be made", folder, done - linked, done
        )
    return YoloFolder(_write_document(folder, classes, splits), linked, done - linked)


def _proved_label(picture: Picture) -> bytes:
    label = picture.label_text().encode("ascii")
    found = sha256_bytes(label)
    if found != picture.label_sha256:
        raise DatasetError(
            f"{picture.key}: expected a label with sha256 {picture.label_sha256[:12]}, found boxes of {found[:12]}. "
            "The manifest contradicts itself: do not train on it; run safety-tasks dataset verify."
        )
    return label


def _link(source: Path, path: Path, picture: Picture) -> bool:
    """Link a proved file, or copy it and prove the copy; return whether it is a link."""
    try:
        os.link(source, path)
    except OSError:  # another file system, one without links, or too many of them
        payload = source.read_bytes()
        if sha256_bytes(payload) != picture.sha256:
            raise ArtifactError(
                f"{source}: expected sha256 {picture.sha256[:12]}, found other bytes a moment after they were proved. "
                "Something writes into the cache: stop it and export again."
            ) from None
        path.write_bytes(payload)
        return False
    return True


def _write_document(folder: Path, classes: Sequence[str], splits: Sequence[Split]) -> Path:
    # A JSON string is a YAML string: a class called "no" or "1", or a folder with a colon, stays text.
    names = "".join(f"  {index}: {json.dumps(name)}\n" for index, name in enumerate(classes))
    there: list[Split] = ["train", "val", *(s for s in splits if s not in ("train", "val"))]
    places = "".join(f"{_KEYS.get(split, split)}: images/{split}\n" for split in there)
    document = folder / "data.yaml"
    document.write_text(
        f"path: {json.dumps(str(folder))}\n{places}names:\n{names}", encoding="utf-8"
    )
    return document
