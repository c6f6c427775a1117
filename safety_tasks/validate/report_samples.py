"""Which pictures the dataset report shows, and how: a few of each hazard and split, small, with their boxes.

Rules: samples come from different scenes and are the same each time; bytes are read of these alone; a picture that was
purged, is missing or does not prove is a grey tile that says so; no thumbnail is larger than ``MOST_BYTES``, so that
the whole page stays small.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.errors import ArtifactError, DatasetError, ObjectNotFound
from safety_tasks.inference.contact_sheet import (
    DrawnBox,
    Tile,
    class_colour,
    draw_tile,
    encode_sheet,
)
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.picture import SPLITS, Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.bulk import in_order
from safety_tasks.store.manifests import get_picture
from safety_tasks.validate.columns import box_classes, codes_of, flags, flattened

EACH: Final = 4
MOST_SAMPLES: Final = 120
MOST_BYTES: Final = 32_768
THUMBNAIL_PX: Final = (280, 210)
_QUALITIES: Final = (78, 60, 40, 20)
_WORKERS: Final = 8


@dataclass(frozen=True)
class Thumbnail:
    """A picture as the page shows it: a data URI, or None with the reason ``purged``, ``missing`` or ``altered``."""

    picture: Picture
    uri: str | None
    instead: str = ""


@dataclass(frozen=True)
class SampleGroup:
    """The rows of the manifest to show of one split and hazard (None: pictures without any)."""

    split: str
    class_id: int | None
    rows: tuple[int, ...]


def choose_samples(table: pa.Table, classes: int) -> tuple[SampleGroup, ...]:
    """Pick pictures of each split and hazard, evenly over its scenes; groups without a picture are left out.

    Args:
        table: ``PICTURE_SCHEMA``.
        classes: how many hazards there are.
    """
    flat, picture = flattened(table)
    class_id = box_classes(flat)
    scene = codes_of(table["scene"])
    each = max(1, min(EACH, MOST_SAMPLES // (len(SPLITS) * (classes + 1))))
    empty = np.flatnonzero(np.bincount(picture, minlength=len(table)) == 0)
    groups = []
    for split in SPLITS:
        mine = flags(pc.equal(table["split"], split))
        for index in (*range(classes), None):
            rows = empty if index is None else np.unique(picture[class_id == index])
            chosen = _spread(rows[mine[rows]], scene, each)
            if chosen:
                groups.append(SampleGroup(split, index, chosen))
    return tuple(groups)


def thumbnails(
    store: ObjectStore, wanted: Sequence[tuple[Picture, tuple[DrawnBox, ...]]]
) -> Iterator[Thumbnail]:
    """Yield pictures with boxes drawn, in the order asked for."""
    return in_order(
        lambda item: _thumbnail(store, *item),
        wanted,
        lambda item: 3 * item[0].width_px * item[0].height_px,
        _WORKERS,
    )


def label_boxes(picture: Picture, classes: Sequence[str]) -> tuple[DrawnBox, ...]:
    """Return a picture's labels, to be drawn on it."""
    return tuple(
        DrawnBox(
            (
                box.x_center - box.width / 2,
                box.y_center - box.height / 2,
                box.x_center + box.width / 2,
                box.y_center + box.height / 2,
            ),
            classes[box.class_id] if box.class_id < len(classes) else str(box.class_id),
            class_colour(box.class_id),
        )
        for box in picture.boxes
    )


def pictures_at(table: pa.Table, rows: Sequence[int]) -> tuple[Picture, ...]:
    """Return rows of a manifest as records."""
    taken = table.take(pa.array(rows, pa.int64())).to_pylist()
    return tuple(Picture.model_validate(row) for row in taken)


def _spread(
    rows: npt.NDArray[np.int64], scene: npt.NDArray[np.int64], each: int
) -> tuple[int, ...]:
    """Pick rows of different scenes, evenly over them; a second one of a scene only where there are too few scenes."""
    if not len(rows):
        return ()
    first = rows[np.unique(scene[rows], return_index=True)[1]]
    if len(first) < each:
        others = rows[~np.isin(rows, first)]
        second = others[np.unique(scene[others], return_index=True)[1]]
        first = np.concatenate([first, second[: each - len(first)]])
    at = np.linspace(0, len(first) - 1, min(each, len(first))).round().astype(np.int64)
    return tuple(int(row) for row in np.sort(first[at]))


def _thumbnail(store: ObjectStore, picture: Picture, boxes: tuple[DrawnBox, ...]) -> Thumbnail:
    try:
        pixels = decode_picture(get_picture(store, picture), what=picture.key)
    except DatasetError:
        return Thumbnail(picture, None, "purged")
    except ObjectNotFound:
        return Thumbnail(picture, None, "missing")
    except ArtifactError:
        return Thumbnail(picture, None, "altered")
    drawn = draw_tile(Tile(pixels, boxes=boxes), THUMBNAIL_PX)
    for quality in _QUALITIES:
        payload = encode_sheet(drawn, quality)
        if len(payload) <= MOST_BYTES:
            break
    return Thumbnail(picture, "data:image/jpeg;base64," + base64.b64encode(payload).decode())
