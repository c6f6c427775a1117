"""Draw the places that cameras look at: hall, pipework, warehouse, yard, production line.

Rules: a place is drawn once, at twice its size, from its own seed; what stands in it has the greys of smoke and
the oranges of flames as well, since plants do.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from safety_tasks.demo.layers import Pixels, Rng, turbulence
from safety_tasks.demo.plant_parts_drawing import (
    Ink,
    Raster,
    any_grey,
    any_paint,
    draw_cabinets,
    draw_cylinder,
    draw_vessel,
    shaded,
)

KINDS: Final = ("hall", "pipework", "warehouse", "yard", "line")
_ENLARGE: Final = 2


def draw_background(rng: Rng, kind: str, size: tuple[int, int]) -> tuple[Pixels, float]:
    """Draw a place.

    Args:
        rng: the source of chance.
        kind: one of ``KINDS``.
        size: width and height in pixels.

    Returns:
        (height, width, 3) BGR 0-1, and where the floor begins (a share of the height, from above).
    """
    width, height = size[0] * _ENLARGE, size[1] * _ENLARGE
    canvas: Raster = np.zeros((height, width, 3), dtype=np.uint8)
    skirting = float(rng.uniform(0.36, 0.52))
    line = int(height * skirting)
    _wall(rng, canvas, line, sky=kind == "yard")
    _floor(rng, canvas, line)
    _FURNISH[kind](rng, canvas, line)
    stains = 0.89 + 0.22 * turbulence(rng, (width, height), width * 0.09, octaves=5)
    pixels = cv2.resize(canvas * (stains[..., None] / 255), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(pixels, 0, 1), dtype=np.float32), skirting


def _wall(rng: Rng, canvas: Raster, line: int, *, sky: bool) -> None:
    """Sky, corrugated sheet, brick or concrete panels above the floor."""
    width = canvas.shape[1]
    base = any_grey(rng, 70, 190, tint=14)
    if sky:
        fade = np.linspace(0.85, 1.15, line)[:, None, None]
        sky_ink = np.array((215, 200, 185) if rng.random() < 0.6 else (170, 165, 165))
        canvas[:line] = np.clip(sky_ink * fade, 0, 255).astype(np.uint8)
        return
    canvas[:line] = base
    kind = rng.integers(3)
    step = int(rng.integers(10, 22))
    if kind == 0:
        for x in range(0, width, step):
            cv2.line(canvas, (x, 0), (x, line), shaded(base, 0.82), 2)
            cv2.line(canvas, (x + 3, 0), (x + 3, line), shaded(base, 1.12), 2)
    elif kind == 1:
        for row, y in enumerate(range(0, line, step)):
            cv2.line(canvas, (0, y), (width, y), shaded(base, 0.85), 1)
            for x in range((row % 2) * step, width, step * 2):
                cv2.line(canvas, (x, y), (x, min(line, y + step)), shaded(base, 0.85), 1)
    else:
        for x in range(0, width, step * 5):
            cv2.line(canvas, (x, 0), (x, line), shaded(base, 0.75), 2)
        cv2.line(canvas, (0, line // 2), (width, line // 2), shaded(base, 0.75), 2)
    cv2.rectangle(canvas, (0, line - 8), (width, line), shaded(base, 0.6), cv2.FILLED)


def _floor(rng: Rng, canvas: Raster, line: int) -> None:
    """Concrete with joints that run to a vanishing point, and a marked lane."""
    height, width = canvas.shape[:2]
    base = any_grey(rng, 70, 170)
    wall = canvas[:line].copy()
    canvas[line:] = base
    vanish = (int(width * rng.uniform(0.2, 0.8)), line - int(height * rng.uniform(0.05, 0.2)))
    for x in range(-2 * width, 3 * width, int(width * rng.uniform(0.25, 0.4))):
        cv2.line(canvas, (x, height), vanish, shaded(base, 0.86), 1, cv2.LINE_AA)
    for t in np.cumsum(rng.uniform(0.1, 0.22, 6)):
        y = line + int((height - line) * t * t)
        cv2.line(canvas, (0, y), (width, y), shaded(base, 0.88), 1)
    lane = ((60, 190, 225), (40, 150, 235), (210, 210, 210))[int(rng.integers(3))]
    for foot in (rng.uniform(-0.4, 0.3), rng.uniform(0.7, 1.4)):
        x = int(width * foot)
        stripe = np.array([(x - 7, height), (x + 7, height), vanish])
        cv2.fillPoly(canvas, [stripe.astype(np.int32)], lane, cv2.LINE_AA)
    canvas[:line] = wall


def _hall(rng: Rng, canvas: Raster, line: int) -> None:
    """Windows, steel columns, a crane beam."""
    width = canvas.shape[1]
    pane = int(width * rng.uniform(0.1, 0.16))
    glass: Ink = (235, 230, 220) if rng.random() < 0.6 else (80, 160, 215)
    for x in range(int(rng.integers(0, pane)), width, int(pane * 1.5)):
        cv2.rectangle(canvas, (x, int(line * 0.12)), (x + pane, int(line * 0.4)), glass, cv2.FILLED)
        cv2.line(
            canvas,
            (x + pane // 2, int(line * 0.12)),
            (x + pane // 2, int(line * 0.4)),
            (70, 70, 70),
            2,
        )
    beam = any_paint(rng)
    cv2.rectangle(canvas, (0, int(line * 0.46)), (width, int(line * 0.54)), beam, cv2.FILLED)
    cv2.line(canvas, (0, int(line * 0.54)), (width, int(line * 0.54)), shaded(beam, 0.5), 3)
    for share in rng.uniform(0, 1, int(rng.integers(2, 4))):
        x = int(width * share)
        cv2.rectangle(canvas, (x, 0), (x + 16, line + 10), shaded(beam, 0.7), cv2.FILLED)
        cv2.line(canvas, (x + 5, 0), (x + 5, line + 10), shaded(beam, 1.1), 3)
    draw_cabinets(rng, canvas, line, int(rng.integers(1, 4)))


def _pipework(rng: Rng, canvas: Raster, line: int) -> None:
    """Runs of pipes, flanges, a vessel."""
    width = canvas.shape[1]
    draw_vessel(rng, canvas, line)
    for _ in range(int(rng.integers(3, 6))):
        y, radius, ink = int(rng.integers(8, line)), int(rng.integers(3, 11)), any_paint(rng)
        draw_cylinder(canvas, (0, y), (width, y), radius, ink)
        for x in rng.integers(0, width, 3):
            draw_cylinder(canvas, (int(x), y), (int(x) + 7, y), radius + 3, shaded(ink, 0.9))
    for _ in range(int(rng.integers(2, 5))):
        x, radius = int(rng.integers(0, width)), int(rng.integers(3, 10))
        draw_cylinder(canvas, (x, 0), (x, line + 12), radius, any_paint(rng))
    draw_cabinets(rng, canvas, line, 1)


def _warehouse(rng: Rng, canvas: Raster, line: int) -> None:
    """Racks full of cartons, on both sides of an aisle."""
    width = canvas.shape[1]
    beam: Ink = (35, 100, 215) if rng.random() < 0.6 else (150, 90, 40)
    floors = int(rng.integers(2, 4))
    gap = int(width * rng.uniform(0.0, 0.25))
    for left, right in ((0, (width - gap) // 2), ((width + gap) // 2, width)):
        for shelf in range(floors):
            low = line - int(line * shelf / floors)
            high = line - int(line * (shelf + 0.8) / floors)
            x = left + 6
            while x < right - 12:
                wide = int(rng.integers(18, 46))
                tall = int((low - high) * rng.uniform(0.5, 1.0))
                box = (95, 135, 170) if rng.random() < 0.6 else any_paint(rng)
                box = shaded(box, rng.uniform(0.6, 1.1))
                cv2.rectangle(canvas, (x, low - tall), (min(right, x + wide), low), box, cv2.FILLED)
                cv2.rectangle(
                    canvas, (x, low - tall), (min(right, x + wide), low), shaded(box, 0.6), 1
                )
                x += wide + int(rng.integers(1, 9))
            cv2.rectangle(canvas, (left, low - 4), (right, low + 2), beam, cv2.FILLED)
        for x in range(left, right + 1, max(40, (right - left) // 3)):
            cv2.rectangle(canvas, (x - 3, 0), (x + 3, line + 4), shaded(beam, 0.7), cv2.FILLED)


def _yard(rng: Rng, canvas: Raster, line: int) -> None:
    """Tanks, a stack, a shed and a fence under the sky."""
    width = canvas.shape[1]
    for _ in range(int(rng.integers(1, 4))):
        draw_vessel(rng, canvas, line)
    x = int(rng.integers(0, width))
    draw_cylinder(canvas, (x, 0), (x, line), int(rng.integers(6, 14)), any_grey(rng, 120, 190))
    x, wide = int(rng.integers(-60, width - 80)), int(width * rng.uniform(0.25, 0.5))
    cv2.rectangle(canvas, (x, int(line * 0.5)), (x + wide, line), any_paint(rng), cv2.FILLED)
    cv2.rectangle(
        canvas, (x + wide // 3, int(line * 0.65)), (x + wide // 2, line), (60, 60, 60), cv2.FILLED
    )
    for post in range(0, width, 34):
        cv2.line(canvas, (post, int(line * 0.78)), (post, line), (90, 90, 90), 2)
    cv2.line(canvas, (0, int(line * 0.8)), (width, int(line * 0.8)), (100, 100, 100), 1)


def _line(rng: Rng, canvas: Raster, line: int) -> None:
    """Machines, a duct and a conveyor."""
    width = canvas.shape[1]
    draw_cylinder(
        canvas,
        (0, int(line * 0.18)),
        (width, int(line * 0.18)),
        int(rng.integers(8, 20)),
        (175, 175, 170),
    )
    draw_cabinets(rng, canvas, line, int(rng.integers(3, 6)))
    y = int(line * rng.uniform(0.86, 0.96))
    cv2.rectangle(canvas, (0, y), (width, y + 12), (55, 55, 58), cv2.FILLED)
    for x in range(0, width, 18):
        cv2.circle(canvas, (x, y + 12), 6, (120, 120, 125), cv2.FILLED, cv2.LINE_AA)
    for share in rng.uniform(0, 0.95, int(rng.integers(3, 7))):
        x, side = int(width * share), int(rng.integers(14, 30))
        cv2.rectangle(canvas, (x, y - side), (x + side, y), any_paint(rng), cv2.FILLED)


_FURNISH: Final[dict[str, Callable[[Rng, Raster, int], None]]] = {
    "hall": _hall,
    "pipework": _pipework,
    "warehouse": _warehouse,
    "yard": _yard,
    "line": _line,
}
