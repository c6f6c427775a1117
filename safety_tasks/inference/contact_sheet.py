"""Draw many pictures with their boxes and captions on one sheet, to be looked at.

Rules: pure functions over decoded pictures; a picture keeps its aspect and is never enlarged beyond four times; what
cannot be shown is a grey tile that says so, so that a sheet never has fewer tiles than items; captions come from data
and may hold any script and any character.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.inference.pictures import COLOURS_BGR, encode_jpeg

Colour = tuple[int, int, int]
Image = npt.NDArray[np.uint8]

LABEL_BGR: Final[Colour] = (255, 220, 0)
MODEL_BGR: Final[Colour] = (40, 120, 255)
TILE_PX: Final = (320, 240)
COLUMNS: Final = 4
_PAPER: Final[Colour] = (24, 20, 16)
_CARD: Final[Colour] = (42, 36, 30)
_GREY: Final[Colour] = (110, 110, 110)
_INK: Final[Colour] = (235, 235, 235)
_DIM: Final[Colour] = (175, 175, 175)
_GAP_PX: Final = 10
_TEXT_PX: Final = 14
_WEIGHT: Final = 500
_LINE_PX: Final = 20
_MOST_ENLARGED: Final = 4.0
_MOST_LETTERS: Final = 300


@dataclass(frozen=True)
class DrawnBox:
    """A box on a tile: corners x1 y1 x2 y2 as shares of the picture (0-1), what it says, its BGR colour."""

    xyxy: tuple[float, float, float, float]
    text: str = ""
    colour: Colour = LABEL_BGR


@dataclass(frozen=True)
class Tile:
    """One item of a sheet.

    ``picture`` is (height, width, 3) uint8 BGR, or None where there is nothing to show; ``instead`` says why, on the
    grey tile; each line of ``caption`` is cut to the tile's width.
    """

    picture: Image | None
    caption: tuple[str, ...] = ()
    boxes: tuple[DrawnBox, ...] = ()
    instead: str = "no picture"


def class_colour(class_id: int) -> Colour:
    """Return the BGR colour of a hazard class, the same wherever boxes are drawn."""
    return COLOURS_BGR[class_id % len(COLOURS_BGR)]


def draw_sheet(
    tiles: Sequence[Tile],
    *,
    title: str = "",
    columns: int = COLUMNS,
    tile_px: tuple[int, int] = TILE_PX,
) -> Image:
    """Lay tiles out in rows.

    Args:
        tiles: at least one.
        title: a line above all tiles; empty for none.
        columns: tiles in a row; fewer where there are fewer tiles.
        tile_px: width and height of each picture's place, pixels.

    Returns:
        the sheet, (height, width, 3) uint8 BGR.

    Raises:
        ValueError: there is no tile.
    """
    if not tiles:
        raise ValueError("expected at least one tile, found none.")
    columns = max(1, min(columns, len(tiles)))
    lines = max(len(tile.caption) for tile in tiles)
    width, height = tile_px
    high = height + (lines * _LINE_PX + _GAP_PX // 2 if lines else 0)
    head = _LINE_PX + _GAP_PX if title else 0
    rows = -(-len(tiles) // columns)
    sheet = np.empty(
        (head + _GAP_PX + rows * (high + _GAP_PX), _GAP_PX + columns * (width + _GAP_PX), 3),
        np.uint8,
    )
    sheet[:] = _PAPER
    if title:
        _write(sheet, title, (_GAP_PX, _GAP_PX), _INK, sheet.shape[1] - 2 * _GAP_PX)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = head + _GAP_PX + row * (high + _GAP_PX), _GAP_PX + column * (width + _GAP_PX)
        place = sheet[top : top + high, left : left + width]
        place[:] = _CARD
        _lay(place[:height], draw_tile(tile, tile_px), _GREY if tile.picture is None else _CARD)
        for number, line in enumerate(tile.caption):
            at = (_GAP_PX // 2, height + 4 + number * _LINE_PX)
            _write(place, line, at, _DIM if number else _INK, width - _GAP_PX)
    return sheet


def draw_tile(tile: Tile, tile_px: tuple[int, int] = TILE_PX) -> Image:
    """Draw one picture, scaled to fit, with its boxes.

    Args:
        tile: what to draw; its caption is left out.
        tile_px: the largest width and height, pixels.

    Returns:
        (height, width, 3) uint8 BGR, no larger than asked for; a grey one of just that size without a picture.
    """
    if tile.picture is None:
        grey = np.empty((tile_px[1], tile_px[0], 3), np.uint8)
        grey[:] = _GREY
        _write(grey, tile.instead, (_GAP_PX, tile_px[1] // 2 - 8), _INK, tile_px[0] - 2 * _GAP_PX)
        return grey
    tall, wide = tile.picture.shape[:2]
    scale = min(tile_px[0] / wide, tile_px[1] / tall, _MOST_ENLARGED)
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.ascontiguousarray(cv2.resize(tile.picture, size, interpolation=how), np.uint8)
    for box in tile.boxes:
        _draw_box(canvas, box)
    return canvas


def encode_sheet(sheet: Image, quality: int = 82) -> bytes:
    """Encode a sheet or a tile as JPEG."""
    return encode_jpeg(sheet, quality)


def _draw_box(canvas: Image, box: DrawnBox) -> None:
    tall, wide = canvas.shape[:2]
    x1, x2 = (min(wide - 1, max(0, round(side * wide))) for side in box.xyxy[0::2])
    y1, y2 = (min(tall - 1, max(0, round(side * tall))) for side in box.xyxy[1::2])
    cv2.rectangle(canvas, (x1, y1), (x2, y2), (0, 0, 0), 4)
    cv2.rectangle(canvas, (x1, y1), (x2, y2), box.colour, 2)
    if not box.text:
        return
    width = min(wide, _width(box.text) + 6)
    left = max(0, min(x1, wide - width))
    # Above the box where there is room, else inside it, so that the name is never cut off.
    top = y1 - _LINE_PX if y1 >= _LINE_PX else min(y1, max(0, tall - _LINE_PX))
    cv2.rectangle(canvas, (left, top), (left + width, top + _LINE_PX), box.colour, cv2.FILLED)
    _write(canvas, box.text, (left + 3, top + 2), (0, 0, 0), width - 6)


def _lay(place: Image, picture: Image, ground: Colour) -> None:
    place[:] = ground
    top, left = ((place.shape[axis] - picture.shape[axis]) // 2 for axis in (0, 1))
    place[top : top + picture.shape[0], left : left + picture.shape[1]] = picture


def _write(canvas: Image, text: str, at: tuple[int, int], colour: Colour, width_px: int) -> None:
    """Write a line with its top left corner at a place, cut to a width."""
    line = _fitting(text, width_px)
    if not line:
        return
    whole = np.ascontiguousarray(canvas)  # a part of a sheet is not, and would be left as it is
    base = (at[0], at[1] + _TEXT_PX - 1)
    cv2.putText(whole, line, base, colour, _font(), _TEXT_PX, _WEIGHT)
    if whole is not canvas:
        canvas[:] = whole


def _fitting(text: str, width_px: int) -> str:
    """Return as much of a text as fits, on one line, with an ellipsis where some is left out."""
    line = "".join(c if c.isprintable() else " " for c in text[:_MOST_LETTERS])
    if _width(line) <= width_px and len(text) <= _MOST_LETTERS:
        return line
    while line and _width(line + "…") > width_px:
        line = line[: len(line) * 9 // 10]
    return line + "…" if line else ""


def _width(text: str) -> int:
    return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), _TEXT_PX, _WEIGHT)[2])


def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")
