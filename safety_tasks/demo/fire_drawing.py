"""Draw fire: layered tongues that lean, taper and tear.

Rules: flames stand on a base and end in points; hotter inside and below, cooler at the tips; the light they
throw on what is around them does not belong to their box.
"""

import numpy as np

from safety_tasks.demo.layers import (
    Corners,
    Layer,
    Pixels,
    Rng,
    add_glow,
    blurred,
    heat_colours,
    smoothstep,
    trimmed,
    turbulence,
    warped,
)


def draw_fire(rng: Rng, width_px: int, height_px: int) -> Layer:
    """Draw flames that stand on the lower edge of their patch.

    Args:
        rng: the source of chance.
        width_px: about the width of the base.
        height_px: about the height of the tallest tongue.
    """
    margin = max(3, width_px // 5)
    size = (width_px + 2 * margin, height_px + margin)
    heat = _tongues(rng, size, width_px, height_px)
    flicker = turbulence(rng, size, max(3.0, width_px * 0.22), octaves=3, stretch=2.2)
    rise = np.linspace(1.0, 0.15, size[1], dtype=np.float32)[:, None]
    sway = (flicker - 0.5) * rise * np.float32(width_px * 0.34)
    heat = warped(
        heat, sway, (turbulence(rng, size, width_px * 0.3) - 0.5) * np.float32(height_px * 0.10)
    )
    heat = heat * (0.72 + 0.5 * flicker)
    alpha = smoothstep(blurred(heat, 0.4), 0.16, 0.40) * np.float32(0.97)
    colour = heat_colours(np.clip(heat * rng.uniform(0.70, 1.02) + 0.02, 0, 1))
    return trimmed(Layer(colour, alpha, solid=0.4))


def _tongues(rng: Rng, size: tuple[int, int], width_px: int, height_px: int) -> Pixels:
    """Lay tongues over each other, the hottest wins: (height, width), 0 to about 1.1."""
    width, height = size
    across = np.arange(width, dtype=np.float32)[None, :]
    up = (np.arange(height, dtype=np.float32)[::-1, None] - 1) / height_px
    heat = np.zeros((height, width), dtype=np.float32)
    for place in np.linspace(-0.36, 0.36, int(rng.integers(4, 8))):
        tall = (1.0 - 1.1 * abs(place)) * rng.uniform(0.55, 1.0)
        base = width_px * rng.uniform(0.14, 0.22)
        t = np.clip(up / tall, 0, 1)
        lean = width_px * rng.uniform(-0.14, 0.14) * t * t
        wave = width_px * 0.05 * np.sin(rng.uniform(3, 7) * t + rng.uniform(0, 6.28)) * t
        half = base * (1 - t) ** 0.75 * (0.72 + 0.9 * t * (1 - t)) + 0.3
        inside = np.clip(
            1 - np.abs(across - (width / 2 + place * width_px + lean + wave)) / half, 0, 1
        )
        hot = inside**0.6 * (1.06 - 0.55 * up) * ((up >= 0) & (up <= tall))
        heat = np.maximum(heat, hot.astype(np.float32))
    for _ in range(int(rng.integers(0, 4))):
        x = width / 2 + rng.uniform(-0.3, 0.3) * width_px
        y = rng.uniform(0.6, 0.95)
        lick = np.exp(-(((across - x) / (0.05 * width_px)) ** 2) - ((up - y) / 0.07) ** 2)
        heat = np.maximum(heat, (0.55 * lick).astype(np.float32))
    return heat


def light_around(rng: Rng, canvas: Pixels, corners: Corners) -> None:
    """Throw the light of what glows at ``corners`` (x1 y1 x2 y2, pixels) on the canvas, in place."""
    x1, y1, x2, y2 = corners
    middle = ((x1 + x2) / 2, y1 + 0.65 * (y2 - y1))
    radius = 0.75 * max(x2 - x1, y2 - y1)
    add_glow(canvas, middle, radius, (0.12, 0.42, 1.0), rng.uniform(0.10, 0.30))
    add_glow(
        canvas, ((x1 + x2) / 2, float(y2)), radius * 0.7, (0.10, 0.40, 1.0), rng.uniform(0.05, 0.2)
    )
