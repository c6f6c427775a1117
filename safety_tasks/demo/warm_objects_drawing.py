"""Draw what has the colours of fire and does not burn.

Rules: each takes its colours from the same scale of heat as flames, in the same sizes; what tells them from fire
is their form: round, straight or folded, never tongues.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from safety_tasks.demo.layers import (
    Layer,
    Pixels,
    Rng,
    blurred,
    heat_colours,
    smoothstep,
    turbulence,
)


def draw_hung(rng: Rng, width_px: int) -> Layer:
    """Draw what hangs or is mounted: sodium lamp, amber beacon, radiant heater.

    Args:
        rng: the source of chance.
        width_px: about its width.
    """
    return _HUNG[int(rng.integers(len(_HUNG)))](rng, width_px)


def draw_standing(rng: Rng, width_px: int) -> Layer:
    """Draw what stands on the floor: tarpaulin, drum, traffic cone, radiant heater.

    Args:
        rng: the source of chance.
        width_px: about its width.
    """
    return _STANDING[int(rng.integers(len(_STANDING)))](rng, width_px)


def _grid(width: int, height: int) -> tuple[Pixels, Pixels]:
    """Return x and y of each pixel, both from -1 to 1."""
    across, down = np.meshgrid(
        np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    )
    return across, down


def _lamp(rng: Rng, width: int) -> Layer:
    """A round lamp with its halo."""
    x, y = _grid(width, width)
    far = np.asarray(np.sqrt(x * x + y * y), dtype=np.float32)
    core = rng.uniform(0.2, 0.55)
    heat = np.exp(-np.clip(far - core, 0, None) / 0.22) * rng.uniform(0.9, 1.05)
    unrest = 0.9 + 0.2 * turbulence(rng, (width, width), width * 0.5)
    heat = np.asarray(heat * unrest, dtype=np.float32)
    alpha = smoothstep(heat, 0.10, 0.55) * smoothstep(1 - far, 0.0, 0.3)
    return Layer(heat_colours(heat), alpha)


def _beacon(rng: Rng, width: int) -> Layer:
    """An amber dome on a dark foot."""
    wide = max(8, int(width * 0.6))
    high = int(wide * rng.uniform(1.1, 1.5))
    x, y = _grid(wide, high)
    dome = (np.abs(x) < 0.78 * np.sqrt(np.clip(1 - np.clip(-y, 0, 1) ** 4, 0, 1))) & (y < 0.5)
    foot = (np.abs(x) < 0.9) & (y >= 0.5)
    heat = (rng.uniform(0.5, 0.95) + 0.35 * np.exp(-((x / 0.35) ** 2)) - 0.3 * np.abs(x)).astype(
        np.float32
    )
    colour = heat_colours(heat)
    colour[foot] = np.float32(rng.uniform(0.08, 0.3))
    return Layer(colour, blurred((dome | foot).astype(np.float32), 0.5))


def _heater(rng: Rng, width: int) -> Layer:
    """Glowing bars behind a dark frame."""
    wide = int(width * rng.uniform(0.8, 1.2))
    high = max(8, int(wide * rng.uniform(0.4, 0.9)))
    x, y = _grid(wide, high)
    bars = 0.5 + 0.5 * np.cos(y * np.pi * float(rng.integers(2, 5)))
    heat = (
        (0.25 + 0.75 * bars)
        * (1 - 0.35 * x * x)
        * (0.8 + 0.3 * turbulence(rng, (wide, high), wide * 0.2))
    )
    colour = heat_colours(heat.astype(np.float32))
    frame = (np.abs(x) > 0.9) | (np.abs(y) > 0.86)
    colour[frame] = np.float32(0.12)
    return Layer(colour, np.full((high, wide), 0.98, dtype=np.float32))


def _tarpaulin(rng: Rng, width: int) -> Layer:
    """A folded orange sheet over a load."""
    wide = int(width * rng.uniform(1.0, 1.6))
    high = max(8, int(wide * rng.uniform(0.5, 1.0)))
    top = rng.uniform(0.15, 0.35)
    outline = np.array(
        [
            (top, 0.05),
            (1 - top * rng.uniform(0.4, 1), 0.02),
            (0.97, 0.9),
            (0.7, 0.98),
            (0.35, 0.93),
            (0.02, 0.98),
        ]
    )
    mask = np.zeros((high, wide), dtype=np.uint8)
    cv2.fillPoly(mask, [np.rint(outline * (wide - 1, high - 1)).astype(np.int32)], 255)
    folds = turbulence(rng, (wide, high), wide * 0.16, octaves=2, stretch=5.0)
    _, y = _grid(wide, high)
    heat = rng.uniform(0.40, 0.88) + 0.55 * (folds - 0.45) - 0.10 * y
    cover = np.asarray(mask / 255, dtype=np.float32)
    return Layer(heat_colours(heat.astype(np.float32)), blurred(cover, 0.5))


def _drum(rng: Rng, width: int) -> Layer:
    """A painted steel drum."""
    wide = max(8, int(width * 0.75))
    high = int(wide * rng.uniform(1.25, 1.5))
    x, y = _grid(wide, high)
    inside = np.abs(y) < 0.86 + 0.12 * np.sqrt(np.clip(1 - x * x, 0, 1))
    round_ = np.sqrt(np.clip(1 - ((x + 0.25) / 1.3) ** 2, 0, 1))
    heat = rng.uniform(0.35, 0.95) * (0.3 + 0.8 * round_) - 0.06 * (np.abs(np.sin(y * 4.7)) > 0.96)
    heat = heat + 0.3 * np.exp(-(((x + 0.3) / 0.12) ** 2)) * rng.uniform(0.2, 1)
    return Layer(heat_colours(heat.astype(np.float32)), blurred(inside.astype(np.float32), 0.5))


def _cone(rng: Rng, width: int) -> Layer:
    """A traffic cone with a pale band."""
    wide = max(8, int(width * 0.7))
    high = int(wide * rng.uniform(1.2, 1.5))
    x, y = _grid(wide, high)
    body = (np.abs(x) < 0.08 + 0.27 * (y + 1)) & (y < 0.82)
    foot = y >= 0.82
    heat = rng.uniform(0.4, 0.8) + 0.25 * np.exp(-(((x + 0.1) / 0.25) ** 2)) - 0.1 * np.abs(x)
    colour = heat_colours(heat.astype(np.float32))
    colour[(y > -0.15) & (y < 0.2)] = np.float32(rng.uniform(0.7, 0.95))
    return Layer(colour, blurred((body | foot).astype(np.float32), 0.5))


_HUNG: Final[tuple[Callable[[Rng, int], Layer], ...]] = (_lamp, _lamp, _beacon, _heater)
_STANDING: Final[tuple[Callable[[Rng, int], Layer], ...]] = (
    _tarpaulin, _tarpaulin, _drum, _drum, _cone, _heater,
)  # fmt: skip
