"""Draw people: jointed bodies in work clothes.

Rules: clothes, vests and helmets are drawn from the same lists for those who lie, sit and stand, so that nothing
but the posture says who has fallen; each part is shaded, and a soft shadow ties a body to the floor.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.demo.layers import Colour, Layer, Pixels, Rng, blurred, heat_colours, turbulence
from safety_tasks.demo.poses import HEAD, Points, Posture, Skeleton, pose

_SUPERSAMPLE: Final = 3
_MARGIN: Final = 0.13
_CLOTH: Final = (
    (0.35, 0.22, 0.12), (0.16, 0.14, 0.13), (0.42, 0.42, 0.42), (0.30, 0.36, 0.45), (0.20, 0.30, 0.22),
    (0.62, 0.62, 0.60), (0.55, 0.38, 0.20), (0.18, 0.20, 0.48), (0.28, 0.40, 0.58), (0.75, 0.76, 0.78),
)  # fmt: skip
_HELMET: Final = (
    (0.10, 0.75, 0.95),
    (0.92, 0.92, 0.92),
    (0.75, 0.35, 0.12),
    (0.15, 0.18, 0.80),
    (0.12, 0.45, 0.95),
)
_HAIR: Final = ((0.06, 0.07, 0.10), (0.12, 0.18, 0.28), (0.35, 0.42, 0.48))
_SKIN: Final = ((0.55, 0.66, 0.86), (0.42, 0.54, 0.74), (0.28, 0.38, 0.56), (0.16, 0.22, 0.36))

Raster = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Outfit:
    """Colours (BGR, 0-1) of what a person wears; no vest is None."""

    jacket: Colour
    trousers: Colour
    boots: Colour
    skin: Colour
    head: Colour
    vest: Colour | None
    bands: bool


def choose_outfit(rng: Rng) -> Outfit:
    """Choose clothes; four in ten wear a hi-vis vest, yellow-green or in the orange of flames."""
    vest: Colour | None = None
    if rng.random() < 0.4:
        orange = heat_colours(np.array([rng.uniform(0.38, 0.58)], dtype=np.float32))[0]
        yellow: Colour = (0.15, rng.uniform(0.85, 0.98), rng.uniform(0.75, 0.9))
        vest = (
            yellow if rng.random() < 0.5 else (float(orange[0]), float(orange[1]), float(orange[2]))
        )
    heads = _HELMET if rng.random() < 0.65 else _HAIR
    return Outfit(
        jacket=_CLOTH[int(rng.integers(len(_CLOTH)))],
        trousers=_CLOTH[int(rng.integers(len(_CLOTH)))],
        boots=(0.07, 0.08, 0.10),
        skin=_SKIN[int(rng.integers(len(_SKIN)))],
        head=heads[int(rng.integers(len(heads)))],
        vest=vest,
        bands=bool(rng.random() < 0.5),
    )


def draw_person(rng: Rng, posture: Posture, extent_px: int) -> Layer:
    """Draw a person with a shadow.

    Args:
        rng: the source of chance.
        posture: what the person does.
        extent_px: width of the body if it lies, else the height of a standing body of that size.
    """
    body, outfit = pose(rng, posture), choose_outfit(rng)
    x1, y1, x2, y2 = body.bounds()
    unit = extent_px / (x2 - x1) if posture is Posture.LYING else float(extent_px)
    margin = max(3.0, unit * _MARGIN)
    width, height = (int(side * unit + 2 * margin) + 1 for side in (x2 - x1, y2 - y1))
    scale = unit * _SUPERSAMPLE
    shift = np.array([margin / unit - x1, margin / unit - y1])
    colour = np.zeros((height * _SUPERSAMPLE, width * _SUPERSAMPLE, 3), dtype=np.uint8)
    mask = np.zeros(colour.shape[:2], dtype=np.uint8)
    seat = _CLOTH[int(rng.integers(len(_CLOTH)))] if posture is Posture.SITTING else None
    _Tailor(colour, mask, scale, shift).dress(body, outfit, seat)
    small, cover = (_shrunk(raster, (width, height)) for raster in (colour, mask))
    shade = 0.78 + 0.4 * turbulence(rng, (width, height), max(3.0, 0.12 * unit), octaves=2)
    worn = np.clip(small / np.maximum(cover, 0.05)[..., None] * shade[..., None], 0, 1)
    return _with_shadow(worn.astype(np.float32), cover, 0.05 * unit)


def _shrunk(raster: Raster, size: tuple[int, int]) -> Pixels:
    """Shrink a raster of 0-255 to (width, height), 0-1."""
    pixels = cv2.resize(raster, size, interpolation=cv2.INTER_AREA)
    return np.asarray(pixels / np.float32(255), dtype=np.float32)


def _with_shadow(colour: Pixels, cover: Pixels, soft_px: float) -> Layer:
    """Lay a body over its own blurred shadow; only the body counts as solid."""
    drop = max(1, round(soft_px * 0.6))
    shadow = np.roll(blurred(cover, max(0.8, soft_px)), drop, axis=0) * np.float32(0.45)
    shadow[:drop] = 0
    alpha = cover + (1 - cover) * shadow
    share = (cover / np.maximum(alpha, 1e-4))[..., None]
    return Layer(
        np.asarray(colour * share + 0.03 * (1 - share), dtype=np.float32), alpha, solid=0.62
    )


class _Tailor:
    """Draws the parts of a body, far to near, on an enlarged raster."""

    def __init__(self, colour: Raster, mask: Raster, scale: float, shift: Points) -> None:
        self._colour, self._mask, self._scale, self._shift = colour, mask, scale, shift

    def dress(self, body: Skeleton, outfit: Outfit, seat: Colour | None) -> None:
        """Draw the seat, legs, one arm, trunk, head, the other arm."""
        trunk = outfit.vest or outfit.jacket
        if seat is not None:
            self._seat(body, seat)
        for leg in body.legs:
            self._limb(leg[0], leg[1], 0.062, 0.048, outfit.trousers)
            self._limb(leg[1], leg[2], 0.048, 0.036, outfit.trousers)
            if outfit.bands:
                self._limb(
                    leg[1] * 0.5 + leg[2] * 0.5,
                    leg[1] * 0.4 + leg[2] * 0.6,
                    0.043,
                    0.043,
                    (0.8, 0.8, 0.8),
                )
            self._limb(leg[2], leg[3], 0.040, 0.032, outfit.boots)
        self._arm(body.arms[0], outfit)
        self._trunk(body.trunk, trunk)
        if outfit.vest:
            self._bands(body.trunk)
        self._head(body, outfit)
        self._arm(body.arms[1], outfit)

    def _seat(self, body: Skeleton, colour: Colour) -> None:
        """A crate from below the hips to the floor."""
        top, floor = body.legs[0][0][1] + 0.05, max(leg[2][1] for leg in body.legs)
        middle = float(body.legs[0][0][0])
        for grow, tone in ((0.0, 0.5), (-0.012, 0.9)):
            left, right = middle - 0.10 - grow, middle + 0.10 + grow
            corners = np.array(
                [(left, top - grow), (right, top - grow), (right, floor), (left, floor)]
            )
            self._fill(corners, 0.004, colour, tone)

    def _arm(self, arm: Points, outfit: Outfit) -> None:
        self._limb(arm[0], arm[1], 0.042, 0.036, outfit.jacket)
        self._limb(arm[1], arm[2], 0.036, 0.028, outfit.jacket)
        self._limb(arm[2], arm[2] + (arm[2] - arm[1]) * 0.12, 0.028, 0.026, outfit.skin)

    def _head(self, body: Skeleton, outfit: Outfit) -> None:
        neck = (body.trunk[0] + body.trunk[1]) / 2
        up = body.head - neck
        self._limb(neck, body.head, 0.035, 0.035, outfit.skin)
        self._limb(body.head, body.head + up * 0.1, HEAD * 0.92, HEAD * 0.9, outfit.skin)
        self._limb(
            body.head + up * 0.35, body.head + up * 0.45, HEAD * 0.98, HEAD * 0.86, outfit.head
        )

    def _trunk(self, corners: Points, colour: Colour) -> None:
        for grow, tone in ((0.018, 0.55), (0.0, 1.0)):
            self._fill(corners, (0.034 + grow / 2) * 2, colour, tone)

    def _bands(self, trunk: Points) -> None:
        left, right, low_right, low_left = trunk
        for down in (0.45, 0.75):
            start, end = left + (low_left - left) * down, right + (low_right - right) * down
            self._limb(start, end, 0.018, 0.018, (0.82, 0.84, 0.84))
        for top, bottom in ((left, low_left), (right, low_right)):
            inner = (left + right) / 2
            self._limb(top * 0.55 + inner * 0.45, (top * 0.55 + inner * 0.45) + (bottom - top) * 0.45, 0.014, 0.014,
                       (0.82, 0.84, 0.84))  # fmt: skip

    def _limb(self, start: Points, end: Points, wide: float, narrow: float, colour: Colour) -> None:
        """A tapered, rounded limb with a dark rim and a lit upper side; widths are radii in body heights."""
        lift = np.array([-0.2, -0.35]) * narrow
        for grow, tone, move in (
            (0.010, 0.55, 0 * lift),
            (0.0, 1.0, 0 * lift),
            (-0.55 * narrow, 1.22, lift),
        ):
            a, b = self._at(start + move), self._at(end + move)
            ra, rb = (max(1, round((radius + grow) * self._scale)) for radius in (wide, narrow))
            along = b - a
            length = float(np.hypot(*along)) or 1.0
            across = np.array([-along[1], along[0]]) / length
            hull = np.rint(
                np.array([a + across * ra, b + across * rb, b - across * rb, a - across * ra])
            )
            inks = ((self._colour, _ink(colour, tone)), (self._mask, (255.0,)))
            for raster, ink in inks:
                cv2.fillConvexPoly(raster, hull.astype(np.int32), ink)
                cv2.circle(raster, (round(a[0]), round(a[1])), ra, ink, cv2.FILLED)
                cv2.circle(raster, (round(b[0]), round(b[1])), rb, ink, cv2.FILLED)

    def _fill(self, corners: Points, thick: float, colour: Colour, tone: float) -> None:
        """A filled outline with rounded corners; ``thick`` in body heights."""
        points = np.rint(self._at(corners)).astype(np.int32)
        line = max(1, round(thick * self._scale))
        for raster, ink in ((self._colour, _ink(colour, tone)), (self._mask, (255.0,))):
            cv2.fillPoly(raster, [points], ink)
            cv2.polylines(raster, [points], True, ink, line)

    def _at(self, points: Points) -> Points:
        placed: Points = (points + self._shift) * self._scale
        return placed


def _ink(colour: Colour, tone: float) -> tuple[float, float, float]:
    """An OpenCV colour, 0-255, of a shaded BGR colour, 0-1."""
    blue, green, red = (float(min(255, round(255 * part * tone))) for part in colour)
    return blue, green, red
