"""Pixels, layers and turbulence: what all drawing of synthetic scenes stands on.

Rules: a canvas is (height, width, 3) float32 BGR, 0-1; all chance comes from the generator that is passed in;
what is solid in a layer decides its box, so a box is as tight as what can be seen.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.float32]
Rng = np.random.Generator
Colour = tuple[float, float, float]
Corners = tuple[int, int, int, int]

_HEAT_AT: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_HEAT_BGR: Final = (
    (0.02, 0.04, 0.30),
    (0.03, 0.16, 0.72),
    (0.06, 0.42, 0.95),
    (0.25, 0.75, 1.0),
    (0.75, 0.96, 1.0),
)


@dataclass(frozen=True)
class Layer:
    """Something to paint over a canvas.

    Attributes:
        colour: (height, width, 3) BGR, 0-1.
        alpha: (height, width) cover, 0-1.
        solid: the cover from which on it counts as visible, 0-1.
    """

    colour: Pixels
    alpha: Pixels
    solid: float = 0.5

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.alpha.shape[1], self.alpha.shape[0]

    def mirrored(self) -> "Layer":
        """Return the layer flipped left to right."""
        colour, alpha = self.colour[:, ::-1], self.alpha[:, ::-1]
        return Layer(np.ascontiguousarray(colour), np.ascontiguousarray(alpha), self.solid)


def paint(canvas: Pixels, layer: Layer, left: int, top: int) -> Corners | None:
    """Paint a layer in place.

    Args:
        canvas: (height, width, 3).
        layer: what to paint.
        left: the layer's left edge on the canvas, pixels; may lie outside.
        top: its upper edge.

    Returns:
        corners x1 y1 x2 y2 in pixels of what is solid inside the canvas, or None.
    """
    width, height = layer.size
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(canvas.shape[1], left + width), min(canvas.shape[0], top + height)
    if x2 <= x1 or y2 <= y1:
        return None
    cut = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    alpha = layer.alpha[cut]
    under = canvas[y1:y2, x1:x2]
    under += alpha[..., None] * (layer.colour[cut] - under)
    found = solid_corners(alpha, layer.solid)
    if found is None:
        return None
    return found[0] + x1, found[1] + y1, found[2] + x1, found[3] + y1


def solid_corners(alpha: Pixels, solid: float) -> Corners | None:
    """Return the corners x1 y1 x2 y2 (pixels, ends excluded) of all cover of at least ``solid``."""
    visible = alpha >= solid
    columns, rows = np.flatnonzero(visible.any(axis=0)), np.flatnonzero(visible.any(axis=1))
    if not columns.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def trimmed(layer: Layer) -> Layer:
    """Return the layer without its empty margins."""
    found = solid_corners(layer.alpha, 0.01)
    if found is None:
        return layer
    x1, y1, x2, y2 = found
    return Layer(layer.colour[y1:y2, x1:x2], layer.alpha[y1:y2, x1:x2], layer.solid)


def add_glow(
    canvas: Pixels, at_xy: tuple[float, float], radius_px: float, colour: Colour, gain: float
) -> None:
    """Add a round halo of light in place; ``gain`` is what its centre adds (0-1)."""
    reach = int(radius_px * 2.2) + 1
    x, y = round(at_xy[0]), round(at_xy[1])
    x1, x2 = max(0, x - reach), min(canvas.shape[1], x + reach + 1)
    y1, y2 = max(0, y - reach), min(canvas.shape[0], y + reach + 1)
    if x2 <= x1 or y2 <= y1:
        return
    across = np.exp(-(((np.arange(x1, x2) - x) / radius_px) ** 2))
    down = np.exp(-(((np.arange(y1, y2) - y) / radius_px) ** 2))
    halo = (gain * down[:, None] * across[None, :]).astype(np.float32)
    canvas[y1:y2, x1:x2] += halo[..., None] * np.array(colour, dtype=np.float32)


def turbulence(
    rng: Rng, size: tuple[int, int], cell_px: float, octaves: int = 3, stretch: float = 1.0
) -> Pixels:
    """Return fractal noise.

    Args:
        rng: the source of chance.
        size: width and height in pixels.
        cell_px: width of the largest lumps.
        octaves: how many finer layers, each of half the size and strength.
        stretch: height of the lumps over their width.

    Returns:
        (height, width) from 0 to 1.
    """
    width, height = size
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(octaves):
        cell = max(1.0, cell_px / 2**octave)
        columns, rows = int(width / cell) + 3, int(height / (cell * stretch)) + 3
        grid = rng.random((rows, columns), dtype=np.float32)
        total += resized(grid, size) * np.float32(0.5**octave)
    low, high = float(total.min()), float(total.max())
    return (total - low) / np.float32(max(1e-6, high - low))


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize to (width, height), smoothly."""
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    """Blur with a Gaussian."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), max(0.05, sigma_px)), dtype=np.float32)


def warped(pixels: Pixels, dx_px: Pixels, dy_px: Pixels) -> Pixels:
    """Shift each pixel by a (height, width) field; nothing comes in from outside."""
    height, width = pixels.shape[:2]
    across, down = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    moved = cv2.remap(
        pixels, across + dx_px, down + dy_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(moved, dtype=np.float32)


def smoothstep(values: Pixels, low: float, high: float) -> Pixels:
    """Rise smoothly from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def heat_colours(heat: Pixels) -> Pixels:
    """Colour heat (0-1) from ember red over orange and yellow to near white: (..., 3) BGR, 0-1.

    Flames, lamps, hot metal and orange cloth all take their colours here: what burns is told by form alone.
    """
    flat = np.clip(heat, 0, 1)
    channels = [np.interp(flat, _HEAT_AT, [bgr[i] for bgr in _HEAT_BGR]) for i in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)
