"""What a model is measured on: labelled pictures from a folder, a list file, a ``data.yaml`` or a dataset version.

Rules: a picture without a label file is no background unless somebody says so, since a label that was lost looks the
same; class names of the data are those of the model; train is measured only by name; whatever was counted otherwise
than it lies there is noted. An empty label file is a background.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from safety_tasks.benchmark.evaluation.labels import Label, find_label, read_label
from safety_tasks.benchmark.evaluation.listing import (
    Listing,
    list_file,
    list_folder,
    list_yaml,
    some,
)
from safety_tasks.benchmark.evaluation.scenes import scenes_of
from safety_tasks.class_map import require_same
from safety_tasks.errors import ConfigError, DatasetError
from safety_tasks.records.picture import Box

SplitName = Literal["val", "train", "test", "holdout"]
TRAIN_NOTE: Final = "measured on train: no model is judged by what it learnt from"
_VERSION_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Sample:
    """A labelled picture: its file on disk, its name in results, its boxes, its scene if known."""

    path: Path
    file: str
    boxes: tuple[Box, ...]
    scene: str | None


@dataclass(frozen=True)
class EvaluationData:
    """Labelled pictures, in order, and what is to be said of them."""

    samples: tuple[Sample, ...]
    notes: tuple[str, ...] = ()

    @property
    def scenes_known(self) -> bool:
        """Whether the scene of every picture is known."""
        return all(sample.scene is not None for sample in self.samples)


def is_version_id(data: str) -> bool:
    """Tell whether data are named by a dataset version's id, and not by a path that is there."""
    return _VERSION_ID.fullmatch(data) is not None and not Path(data).exists()


def read_files(
    data: Path,
    classes: Sequence[str],
    split: SplitName | None = None,
    *,
    missing_is_background: bool = False,
) -> EvaluationData:
    """Read labelled pictures from disk.

    Args:
        data: a folder of pictures, a list file (.txt), or a ``data.yaml``.
        classes: the model's hazards; the index is the class id.
        split: of a ``data.yaml``: val if left out; holdout is its ``test``. Folders and list files have none.
        missing_is_background: whether a picture without a label file counts as one without hazards.

    Raises:
        ConfigError: it is none of these, or has no splits and one is named.
        DatasetError: a label, a picture or a file that names them is missing or malformed.
        ClassMapError: its class names are not the model's.
    """
    is_yaml = data.suffix.lower() in (".yaml", ".yml")
    if split is not None and not is_yaml:
        raise ConfigError(
            f"{data}: expected --split with a data.yaml or a dataset version, found {split}. Leave it out."
        )
    if data.is_dir():
        listing = list_folder(data)
    elif data.is_file() and is_yaml:
        listing = list_yaml(data, "test" if split == "holdout" else split or "val")
    elif data.is_file() and data.suffix.lower() == ".txt":
        listing = list_file(data)
    else:
        raise ConfigError(
            f"{data}: expected a folder, a data.yaml, a list file (.txt) or a dataset version's id of 16 hex digits, "
            "found none of them there."
        )
    if listing.names is not None:
        require_same(classes, listing.names, where=str(listing.names_file))
    labels = _labels(listing, classes, missing_is_background)
    scenes, unknown = scenes_of(listing.pictures, listing.root)
    samples = tuple(
        Sample(picture, _shown(picture, listing.root), label.boxes if label else (), scene)
        for picture, label, scene in zip(listing.pictures, labels, scenes, strict=True)
    )
    notes = _notes(data, split, listing, labels, unknown)
    return EvaluationData(samples, tuple(_written_out(note) for note in notes))


def _labels(
    listing: Listing, classes: Sequence[str], missing_is_background: bool
) -> list[Label | None]:
    """Return the label of each picture, None for one without a file that counts as a background."""
    files = [find_label(picture) for picture in listing.pictures]
    shared = [file for file, uses in Counter(files).items() if file is not None and uses > 1]
    if shared:
        raise DatasetError(
            f"expected a label file of its own for each picture, found several pictures for {some(shared)}. "
            "Rename the pictures apart."
        )
    missing = [p for p, file in zip(listing.pictures, files, strict=True) if file is None]
    if missing and not missing_is_background:
        raise DatasetError(
            f"expected a label file for each of {len(files)} pictures, found none for {len(missing)} of them: "
            f"{some(missing)}. Add empty files where nothing is to be seen, or say --missing-label-is-background."
        )
    return [None if file is None else read_label(file, classes) for file in files]


def _notes(
    data: Path,
    split: SplitName | None,
    listing: Listing,
    labels: Sequence[Label | None],
    unknown: str,
) -> Iterator[str]:
    if split == "train":
        yield TRAIN_NOTE
    if listing.names is None:
        yield f"{data} names no classes: their numbers are taken as the model's own"
    elif (
        data.is_dir() and listing.names_file is not None and listing.names_file.name == "data.yaml"
    ):
        yield f"every picture below {data} is measured, of whatever split: name its data.yaml to measure one"
    if without := labels.count(None):
        yield f"{without} pictures without a label file count as background"
    if repeated := sum(label.repeated for label in labels if label is not None):
        yield f"{repeated} label lines repeat an earlier one and count once"
    if unknown:
        yield f"{unknown}: no interval is claimed"


def _shown(picture: Path, root: Path) -> str:
    """Return a picture's name from the data's root."""
    inside = picture.is_relative_to(root)
    return _written_out(picture.relative_to(root).as_posix() if inside else str(picture))


def _written_out(text: str) -> str:
    """Return a text of paths with the bytes that are no text written out, so that JSON holds it."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")
