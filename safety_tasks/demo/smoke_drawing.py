"""Draw smoke, and the steam that is not smoke.

Rules: smoke is grey, dark or light, torn by turbulence, wider the higher it rises, and has no hard edge; steam is
a thin straight jet from a leak, bright, gone after a short way. Their greys overlap.
"""

from typing import Final

import numpy as np

from safety_tasks.demo.layers import (
    Layer,
    Pixels,
    Rng,
    blurred,
    smoothstep,
    trimmed,
    turbulence,
    warped,
)

_LEAST_CONTRAST: Final = 0.2


def draw_smoke(rng: Rng, width_px: int, height_px: int, behind: float = 0.45) -> Layer:
    """Draw a plume that rises from the lower edge of its patch.

    Args:
        rng: the source of chance.
        width_px: about the width of the plume.
        height_px: about its height.
        behind: how bright the place is (0-1); smoke that nobody could see against it is not drawn.
    """
    size = (int(width_px * 1.3), int(height_px * 1.15))
    density = _puffs(rng, size, width_px)
    lumps = turbulence(rng, size, width_px * 0.34, octaves=4)
    reach = width_px * 0.13
    density = warped(
        density,
        (turbulence(rng, size, width_px * 0.3) - 0.5) * np.float32(2 * reach),
        (turbulence(rng, size, width_px * 0.3) - 0.5) * np.float32(2 * reach),
    )
    thick = smoothstep(density * (0.50 + 0.85 * lumps), 0.12, 0.70)
    alpha = blurred(thick, width_px * 0.022) * np.float32(rng.uniform(0.80, 0.95))
    tone = visible_tone(rng, behind)
    lit = blurred(lumps - np.roll(lumps, (4, 4), axis=(0, 1)), width_px * 0.02)
    shade = np.clip(tone * (0.8 + 0.35 * lumps) + 0.5 * lit, 0.02, 0.97)
    tint = np.array([1.0, rng.uniform(0.96, 1.0), rng.uniform(0.92, 1.03)], dtype=np.float32)
    colour = np.clip(shade[..., None] * tint, 0, 1).astype(np.float32)
    return trimmed(Layer(colour, _faded(alpha), solid=0.22))


def visible_tone(rng: Rng, behind: float) -> float:
    """Choose how bright smoke is (0.08-0.80), dark or light, clearly apart from what is behind it (0-1)."""
    tones = [tone for tone in rng.uniform(0.08, 0.80, 16) if abs(tone - behind) >= _LEAST_CONTRAST]
    return float(tones[0]) if tones else 0.08


def _puffs(rng: Rng, size: tuple[int, int], width_px: int) -> Pixels:
    """Sum round puffs along a bent, widening path: (height, width), 0 to about 1."""
    width, height = size
    across = np.arange(width, dtype=np.float32)[None, :]
    down = np.arange(height, dtype=np.float32)[:, None]
    lean, bend = rng.uniform(-0.28, 0.28), rng.uniform(-0.15, 0.15)
    density = np.zeros((height, width), dtype=np.float32)
    for t in np.linspace(0.02, 0.86, 15):
        radius = width_px * (0.06 + 0.27 * t**0.9) * rng.uniform(0.8, 1.2)
        x = (
            width * (0.5 - lean / 2 + lean * t + bend * np.sin(3.0 * t))
            + rng.normal(0, 0.28) * radius
        )
        y = height * (0.97 - 0.92 * t) + rng.normal(0, 0.15) * radius
        strength = 0.95 - 0.55 * t
        puff = np.exp(-(((across - x) / radius) ** 2)) * np.exp(-(((down - y) / radius) ** 2))
        density += (strength * puff).astype(np.float32)
    return np.minimum(density, 1.15)


def draw_steam(rng: Rng, length_px: int) -> Layer:
    """Draw a jet of steam that leaves a leak at one side of its patch.

    Args:
        rng: the source of chance.
        length_px: how far it reaches.
    """
    size = (length_px, length_px)
    across, down = np.meshgrid(np.linspace(0, 1, length_px), np.linspace(-0.5, 0.5, length_px))
    angle = rng.uniform(-0.6, 0.35)
    along = across * np.cos(angle) + down * np.sin(angle)
    beside = -across * np.sin(angle) + down * np.cos(angle) - 0.08 * np.sin(angle)
    spread = 0.02 + rng.uniform(0.10, 0.20) * np.clip(along, 0, 1)
    streaks = turbulence(rng, size, length_px * 0.12, octaves=3)
    jet = np.exp(-((beside / spread) ** 2)) * np.clip(1.05 - along, 0, 1) ** 0.8 * (along > 0.01)
    alpha = (jet * (0.55 + 0.6 * streaks)).astype(np.float32) * np.float32(rng.uniform(0.6, 0.95))
    tone = np.clip(rng.uniform(0.55, 0.98) * (0.85 + 0.2 * streaks), 0, 1).astype(np.float32)
    layer = Layer(np.repeat(tone[..., None], 3, axis=2), _faded(np.clip(alpha, 0, 1)), solid=0.2)
    return layer.mirrored() if rng.random() < 0.5 else layer


def _faded(alpha: Pixels) -> Pixels:
    """Let the cover end softly before the patch's edge does, so that no edge can be seen."""
    height, width = alpha.shape
    margin = max(3.0, 0.09 * min(width, height))
    across = np.minimum(np.arange(width), np.arange(width)[::-1]) / margin
    down = np.minimum(np.arange(height), np.arange(height)[::-1]) / margin
    fade = np.clip(across, 0, 1)[None, :] * np.clip(down, 0, 1)[:, None]
    return np.asarray(alpha * fade, dtype=np.float32)
