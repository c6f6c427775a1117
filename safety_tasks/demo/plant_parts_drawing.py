"""Draw the parts that plants are furnished with: pipes, vessels, cabinets, and the paints they have.

Rules: rasters are (height, width, 3) uint8 BGR and are drawn on in place; sizes are in their pixels.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.demo.layers import Rng

Raster = npt.NDArray[np.uint8]
Ink = tuple[int, int, int]

_PAINT: Final[tuple[Ink, ...]] = (
    (150, 95, 50), (60, 60, 150), (90, 130, 80), (150, 150, 150), (70, 75, 80), (40, 130, 225), (60, 190, 225),
    (120, 130, 140), (35, 90, 200), (190, 190, 185),
)  # fmt: skip


def any_grey(rng: Rng, low: int, high: int, tint: int = 10) -> Ink:
    """Choose a grey (0-255) between two, each channel off by at most ``tint``."""
    base = int(rng.integers(low, high))
    blue, green, red = (
        int(np.clip(base + rng.integers(-tint, tint + 1), 0, 255)) for _ in range(3)
    )
    return blue, green, red


def any_paint(rng: Rng) -> Ink:
    """Choose one of the paints that plants have."""
    return _PAINT[int(rng.integers(len(_PAINT)))]


def shaded(ink: Ink, tone: float) -> Ink:
    """Darken (below 1) or lighten a colour."""
    blue, green, red = (int(np.clip(part * tone, 0, 255)) for part in ink)
    return blue, green, red


def draw_cylinder(
    canvas: Raster, start: tuple[int, int], end: tuple[int, int], radius: int, ink: Ink
) -> None:
    """A pipe between two points, lit from above left; along an axis of the picture."""
    level = abs(end[0] - start[0]) >= abs(end[1] - start[1])
    for offset in range(-radius, radius + 1):
        tone = 0.45 + 0.75 * float(np.sqrt(max(0.0, 1 - ((offset / radius + 0.3) / 1.35) ** 2)))
        dx, dy = (0, offset) if level else (offset, 0)
        cv2.line(
            canvas,
            (start[0] + dx, start[1] + dy),
            (end[0] + dx, end[1] + dy),
            shaded(ink, tone),
            1,
        )


def draw_vessel(rng: Rng, canvas: Raster, line: int) -> None:
    """An upright tank with a domed top."""
    width = canvas.shape[1]
    x, radius = int(rng.integers(0, width)), int(width * rng.uniform(0.07, 0.14))
    ink, top = any_grey(rng, 120, 210), int(line * rng.uniform(0.1, 0.4))
    cv2.ellipse(canvas, (x, top), (radius, radius // 3), 0, 180, 360, shaded(ink, 0.95), cv2.FILLED)
    draw_cylinder(canvas, (x, top), (x, line + radius // 3), radius, ink)
    cv2.line(
        canvas,
        (x - radius, (top + line) // 2),
        (x + radius, (top + line) // 2),
        shaded(ink, 0.6),
        2,
    )


def draw_cabinets(rng: Rng, canvas: Raster, line: int, count: int) -> None:
    """Switch cabinets and machines along the wall."""
    width = canvas.shape[1]
    for _ in range(count):
        x, wide = int(rng.integers(0, width)), int(width * rng.uniform(0.07, 0.18))
        tall, ink = int(line * rng.uniform(0.3, 0.6)), any_paint(rng)
        cv2.rectangle(canvas, (x, line - tall), (x + wide, line + 8), ink, cv2.FILLED)
        cv2.rectangle(canvas, (x, line - tall), (x + wide, line + 8), shaded(ink, 0.5), 2)
        cv2.line(
            canvas, (x + wide // 2, line - tall), (x + wide // 2, line + 8), shaded(ink, 0.6), 1
        )
        cv2.rectangle(
            canvas, (x + 6, line - tall + 8), (x + 18, line - tall + 16), (60, 60, 55), cv2.FILLED
        )
        lamp = ((60, 200, 60), (40, 140, 250), (50, 50, 230))[int(rng.integers(3))]
        cv2.circle(canvas, (x + wide - 10, line - tall + 10), 4, lamp, cv2.FILLED, cv2.LINE_AA)
