"""Draw what has the greys of smoke and is solid: dust sheets over loads, bales.

Rules: tones come from the same range as smoke's, in the same sizes and with the same kind of mottling; what tells
them from smoke is that they have an edge and stand on the floor.
"""

import cv2
import numpy as np

from safety_tasks.demo.layers import Layer, Rng, blurred, turbulence
from safety_tasks.demo.smoke_drawing import visible_tone


def draw_grey_object(rng: Rng, width_px: int, behind: float) -> Layer:
    """Draw a covered load or a bale.

    Args:
        rng: the source of chance.
        width_px: about its width.
        behind: how bright the place is (0-1), as for smoke.
    """
    height_px = max(8, int(width_px * rng.uniform(0.7, 1.4)))
    size = (width_px, height_px)
    mask = np.zeros((height_px, width_px), dtype=np.uint8)
    if rng.random() < 0.6:
        top = rng.uniform(0.08, 0.3)
        shares = [
            (top, 0.03),
            (1 - top * rng.uniform(0.4, 1), 0.06),
            (0.97, 0.93),
            (0.6, 0.98),
            (0.03, 0.95),
        ]
    else:
        lid = rng.uniform(0.08, 0.16)
        shares = [
            (lid, 0.02),
            (0.98, 0.02),
            (0.98, 0.98 - lid),
            (0.98 - lid, 0.98),
            (0.02, 0.98),
            (0.02, lid),
        ]
    outline = np.rint(np.array(shares) * (width_px - 1, height_px - 1)).astype(np.int32)
    cv2.fillPoly(mask, [outline], (255,))
    mottle = turbulence(rng, size, width_px * 0.3, octaves=4, stretch=rng.uniform(1.0, 3.0))
    inner = blurred(np.asarray(mask / np.float32(255), dtype=np.float32), max(1.0, width_px * 0.03))
    tone = visible_tone(rng, behind)
    shade = np.clip(tone * (0.55 + 0.35 * mottle + 0.3 * inner), 0.02, 0.97)
    tint = np.array([1.0, rng.uniform(0.96, 1.0), rng.uniform(0.92, 1.03)], dtype=np.float32)
    cover = blurred(np.asarray(mask / np.float32(255), dtype=np.float32), 0.5)
    return Layer(np.asarray(np.clip(shade[..., None] * tint, 0, 1), dtype=np.float32), cover)
