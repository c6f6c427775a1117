"""Contact sheets of the review queue: label and model on each picture.

Rules: tiles stand in the order of the queue and carry its rank; a picture that was purged keeps its tile, grey.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from safety_tasks.errors import DatasetError
from safety_tasks.inference.contact_sheet import (
    LABEL_BGR,
    MODEL_BGR,
    DrawnBox,
    Tile,
    draw_sheet,
    encode_sheet,
)
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.picture import Picture
from safety_tasks.records.review import LabelDoubt
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.bulk import in_order
from safety_tasks.store.manifests import get_picture

PER_SHEET: Final = 20
PURGED: Final = "purged: its bytes were removed"
_WORKERS: Final = 8


def draw_queue(
    store: ObjectStore, doubts: Sequence[LabelDoubt], pictures: Sequence[Picture], *, title: str
) -> Iterator[bytes]:
    """Yield the sheets of a queue as JPEG, ``PER_SHEET`` doubts each.

    Args:
        store: where pictures are.
        doubts: the queue.
        pictures: the picture of each doubt.
        title: stands on each sheet, with the ranks it shows.

    Raises:
        ArtifactError: a picture was altered or does not decode.
        ObjectNotFound: a picture's bytes are missing.
    """
    for start in range(0, len(doubts), PER_SHEET):
        part = doubts[start : start + PER_SHEET]
        shown = pictures[start : start + PER_SHEET]
        seen = in_order(lambda p: _pixels(store, p), shown, _weight, _WORKERS)
        tiles = [
            _tile(rank, doubt, pixels)
            for rank, (doubt, pixels) in enumerate(zip(part, seen, strict=True), start=start + 1)
        ]
        ranks = f"{start + 1}-{start + len(part)} of {len(doubts)}"
        yield encode_sheet(
            draw_sheet(tiles, title=f"{title}   {ranks}   blue: label, orange: model")
        )


def drawn_boxes(doubt: LabelDoubt) -> tuple[DrawnBox, ...]:
    """Return what the label and the model say, to be drawn on the picture."""
    said = f"{doubt.model_hazard} {doubt.model_score:.2f}"
    boxes = [DrawnBox(doubt.model_xyxy, said, MODEL_BGR)]
    if doubt.label_xyxy and doubt.label_hazard:
        boxes.append(DrawnBox(doubt.label_xyxy, doubt.label_hazard, LABEL_BGR))
    return tuple(boxes)


def _tile(rank: int, doubt: LabelDoubt, pixels: npt.NDArray[np.uint8] | None) -> Tile:
    kind = doubt.kind.value.replace("_", " ")
    caption = (
        f"#{rank} {kind} {doubt.score:.2f} ({doubt.split})",
        doubt.file,
        f"{doubt.batch_id} · {doubt.scene}",
    )
    return Tile(pixels, caption, drawn_boxes(doubt), PURGED)


def _pixels(store: ObjectStore, picture: Picture) -> npt.NDArray[np.uint8] | None:
    try:
        payload = get_picture(store, picture)
    except DatasetError:
        return None
    return decode_picture(payload, what=picture.key)


def _weight(picture: Picture) -> int:
    return 3 * picture.width_px * picture.height_px
