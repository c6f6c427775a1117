"""Draw the items of quarantine on one sheet; those that do not decode are grey.

Rules: a picture that was set aside may be made to hurt: it is decoded here only after the picture checks decoded it in
their own process; a name that lies about its content does not keep it from being seen.
"""

from collections.abc import Sequence
from typing import Final

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.contact_sheet import Tile, draw_sheet, draw_tile, encode_sheet
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.ingest.checked_picture import PictureProblem
from safety_tasks.ingest.limits import picture_limits
from safety_tasks.ingest.picture_workers import PictureWorkers
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, get_artifact

MOST: Final = 120  # items on a sheet
_JPEG_START: Final = b"\xff\xd8"


def draw_items(
    store: ObjectStore, items: Sequence[QuarantineItem], settings: IngestSettings
) -> tuple[int, bytes]:
    """Draw the first items.

    Args:
        store: where their bytes are.
        items: at least one, in order.
        settings: what a picture may be, and what decoding it may cost.

    Returns:
        how many pictures are seen, and the sheet as JPEG.

    Raises:
        ArtifactError: an item's bytes were altered.
        BatchError: no process can be started to decode in.
    """
    with PictureWorkers(picture_limits(settings), count=1) as workers:
        tiles = [_tile(store, item, workers) for item in items[:MOST]]
    title = f"{items[0].batch_id}: {len(tiles)} of {len(items)} items"
    drawn = sum(tile.picture is not None for tile in tiles)
    return drawn, encode_sheet(draw_sheet(tiles, title=title))


def _tile(store: ObjectStore, item: QuarantineItem, workers: PictureWorkers) -> Tile:
    caption = (item.item_id, item.rule)
    if item.picture is None:
        return Tile(None, caption, instead="too large to keep")
    payload = get_artifact(store, item.picture)
    kind = "jpg" if payload.startswith(_JPEG_START) else "png"
    if isinstance(workers.check(payload, f"item.{kind}"), PictureProblem):
        return Tile(None, caption, instead="does not decode")
    try:
        picture = decode_picture(payload, what=item.item_id)
    except ArtifactError:
        return Tile(None, caption, instead="does not decode")
    return Tile(
        draw_tile(Tile(picture)), caption
    )  # small at once: many large ones would fill the memory
