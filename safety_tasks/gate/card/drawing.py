"""A sheet that text and pictures are drawn on, for the card as a picture.

Rules: places are in pixels of the finished picture, which is drawn twice as large and made smaller, so that edges are
smooth; every line of text is cut to the width it has, with an ellipsis; the font is OpenCV's own, which has Latin and
Hangul letters on every machine, so that a card looks the same wherever it is drawn.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.gate.card.shown import ELLIPSIS

Colour = tuple[int, int, int]
Image = npt.NDArray[np.uint8]
_FINE: Final = 2
_WEIGHT: Final = 400
_BOLD_SHARE: Final = 22  # a bold letter is drawn again this part of its size beside itself


def rgb(text: str) -> Colour:
    """Return a colour written as ``1a7f37`` in OpenCV's order."""
    red, green, blue = bytes.fromhex(text)
    return (blue, green, red)


class Sheet:
    """A white sheet; what is drawn beyond its ends is lost."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        """Make a sheet of a size in pixels."""
        self._image: Image = np.empty((height * _FINE, width * _FINE, 3), np.uint8)
        # Row by row: colour by colour takes twenty times as long.
        self._image[:] = np.full((1, width * _FINE, 3), ground, np.uint8)
        self.width, self.height = width, height

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0
    ) -> None:
        """Fill a box, its corners rounded."""
        left, top, right, low = (round(at * _FINE) for at in (x, y, x + width, y + height))
        r = round(min(radius, width / 2, height / 2) * _FINE)
        if r <= 0:
            cv2.rectangle(self._image, (left, top), (right - 1, low - 1), colour, cv2.FILLED)
            return
        cv2.rectangle(self._image, (left + r, top), (right - 1 - r, low - 1), colour, cv2.FILLED)
        cv2.rectangle(self._image, (left, top + r), (right - 1, low - 1 - r), colour, cv2.FILLED)
        for at_x in (left + r, right - 1 - r):
            for at_y in (top + r, low - 1 - r):
                cv2.circle(self._image, (at_x, at_y), r, colour, cv2.FILLED, cv2.LINE_AA)

    def disc(self, x: float, y: float, radius: float, colour: Colour, thickness: float = 0) -> None:
        """Fill a disc around a place, or draw a ring."""
        at = (round(x * _FINE), round(y * _FINE))
        wide = round(thickness * _FINE) if thickness else cv2.FILLED
        cv2.circle(self._image, at, round(radius * _FINE), colour, wide, cv2.LINE_AA)

    def strokes(
        self, points: Sequence[tuple[float, float]], colour: Colour, thickness: float
    ) -> None:
        """Draw lines from point to point."""
        line = np.array([[round(x * _FINE), round(y * _FINE)] for x, y in points], np.int32)
        cv2.polylines(
            self._image, [line], False, colour, max(1, round(thickness * _FINE)), cv2.LINE_AA
        )

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        colour: Colour,
        *,
        width: float,
        bold: bool = False,
        align: str = "left",
    ) -> float:
        """Write one line whose top left is at a place; return how wide it is.

        Args:
            x: left end of the line's place.
            y: its top.
            text: printing letters; cut to the width.
            size: height of a letter.
            colour: of the letters.
            width: of the line's place.
            bold: heavier.
            align: ``left``, ``right`` or ``centre`` within the place.
        """
        line = fitting(text, size, width, bold)
        wide = text_width(line, size, bold)
        shift = {"left": 0.0, "right": width - wide, "centre": (width - wide) / 2}[align]
        base = round((y + size) * _FINE)
        for nudge in range(_nudges(size, bold) + 1):
            at = (round((x + shift) * _FINE) + nudge, base)
            cv2.putText(self._image, line, at, colour, _face(), size * _FINE, _WEIGHT)
        return wide

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        colour: Colour,
        width: float,
        *,
        lines: int = 2,
        bold: bool = False,
    ) -> float:
        """Write a text broken into at most ``lines`` lines; return where they end."""
        for line in wrapped(text, size, width, lines, bold):
            self.write(x, y, line, size, colour, width=width, bold=bold)
            y += round(size * 1.36)
        return y

    def picture(self, x: float, y: float, width: int, height: int, picture: Image) -> None:
        """Lay a BGR picture into a place, its middle where it does not fit."""
        wide, high = width * _FINE, height * _FINE
        scale = max(wide / picture.shape[1], high / picture.shape[0])
        size = (
            max(wide, round(picture.shape[1] * scale)),
            max(high, round(picture.shape[0] * scale)),
        )
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        whole = cv2.resize(picture, size, interpolation=how)
        left, top = (size[0] - wide) // 2, (size[1] - high) // 2
        at_y, at_x = round(y * _FINE), round(x * _FINE)
        place = self._image[at_y : at_y + high, at_x : at_x + wide]
        place[:] = whole[top : top + place.shape[0], left : left + place.shape[1]]

    def png(self, height: int) -> bytes:
        """Return the upper part of the sheet as a PNG."""
        part = self._image[: min(height, self.height) * _FINE]
        size = (self.width, part.shape[0] // _FINE)
        _, encoded = cv2.imencode(".png", cv2.resize(part, size, interpolation=cv2.INTER_AREA))
        return encoded.tobytes()


def text_width(text: str, size: int, bold: bool = False) -> float:
    """Return how wide a line is."""
    if not text:
        return 0.0
    measured = cv2.getTextSize((0, 0), text, (0, 0), _face(), size * _FINE, _WEIGHT)
    return (int(measured[2]) + _nudges(size, bold)) / _FINE


def fitting(text: str, size: int, width: float, bold: bool = False) -> str:
    """Return as much of a text as fits, with an ellipsis where some is left out."""
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(text[:middle].rstrip() + ELLIPSIS, size, bold) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS if low else ""


def wrapped(text: str, size: int, width: float, lines: int, bold: bool = False) -> list[str]:
    """Break a text into at most ``lines`` lines; a word too long for one is broken within."""
    found: list[str] = []
    rest = text
    while rest and len(found) < lines - 1:
        if text_width(rest, size, bold) <= width:
            break
        head = fitting(rest, size, width, bold).removesuffix(ELLIPSIS)
        space = head.rfind(" ") if rest[len(head) :][:1] != " " else len(head)
        cut = space if space > 0 else max(1, len(head))
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, fitting(rest, size, width, bold)] if rest else found


def _nudges(size: int, bold: bool) -> int:
    return max(1, round(size * _FINE / _BOLD_SHARE)) if bold else 0


@cache
def _face() -> cv2.FontFace:
    return cv2.FontFace("uni")
