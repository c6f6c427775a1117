"""Compose one picture of a scene: what is in it, where, and the boxes of its hazards.

Rules: warm and grey objects, steam and people who are well appear beside hazards as often as without them, so
that their presence says nothing; things do not hide each other, except that smoke may rise from fire; a fallen
person is at least a fifth of the picture's width.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from safety_tasks.demo.fire_drawing import draw_fire, light_around
from safety_tasks.demo.grey_objects_drawing import draw_grey_object
from safety_tasks.demo.layers import Corners, Layer, Pixels, Rng, paint, solid_corners
from safety_tasks.demo.people_drawing import draw_person
from safety_tasks.demo.poses import Posture
from safety_tasks.demo.scene_camera import Camera
from safety_tasks.demo.smoke_drawing import draw_smoke, draw_steam
from safety_tasks.demo.warm_objects_drawing import draw_hung, draw_standing

SMOKE: Final = "smoke"
FIRE: Final = "fire"
PERSON_DOWN: Final = "person_down"
PERSON_MIN_WIDTH: Final = 0.21
_TRIES: Final = 25
_MOST_OVERLAP: Final = 0.06
_GLOWING_SHARE: Final = 0.6


@dataclass(frozen=True)
class HazardBox:
    """A hazard in a picture: its name and corners x1 y1 x2 y2 in pixels."""

    hazard: str
    corners: Corners


def compose(
    rng: Rng, camera: Camera, hazards: tuple[str, ...]
) -> tuple[Pixels, tuple[HazardBox, ...]]:
    """Compose a picture.

    Args:
        rng: the source of chance.
        camera: the scene's camera.
        hazards: the hazards to show, each at most once; empty for a hard negative.

    Returns:
        (height, width, 3) BGR 0-1, and a box for each hazard.
    """
    stage = _Stage(rng, camera)
    if FIRE in hazards:
        stage.plan_fire()
    if SMOKE in hazards:
        stage.plan_smoke(from_fire=FIRE in hazards and rng.random() < 0.5)
    if PERSON_DOWN in hazards:
        stage.plan_fallen()
    for _ in range(int(rng.integers(1, 5))):
        stage.plan_warm_object()
    for _ in range(int(rng.choice([0, 1, 2], p=[0.4, 0.42, 0.18]))):
        stage.plan_upright()
    for _ in range(int(rng.choice([0, 1, 2], p=[0.3, 0.4, 0.3]))):
        stage.plan_grey_object()
    if rng.random() < 0.4:
        stage.plan_steam()
    canvas, boxes = stage.paint_all()
    return camera.see(rng, canvas), boxes


@dataclass(frozen=True)
class _Item:
    layer: Layer
    left: int
    top: int
    hazard: str | None
    depth: int
    warm: bool = False


class _Stage:
    """Collects what will be in a picture, then paints it from back to front."""

    def __init__(self, rng: Rng, camera: Camera) -> None:
        self._rng, self._camera = rng, camera
        self._width, self._height = camera.size
        self._items: list[_Item] = []
        self._taken: list[Corners] = []

    def plan_fire(self) -> None:
        """Flames on the floor or on something that stands there."""
        wide = self._share(0.16, 0.32)
        layer = draw_fire(self._rng, wide, int(wide * self._rng.uniform(0.95, 1.7)))
        self._place(layer, FIRE, low=self._floor_at(wide, 0.16, 0.32), warm=True)

    def plan_smoke(self, *, from_fire: bool) -> None:
        """A plume, from somewhere or from the fire that is there."""
        wide = self._share(0.28, 0.48)
        tall = int(wide * self._rng.uniform(1.0, 1.7))
        layer = draw_smoke(self._rng, wide, tall, self._camera.tone)
        fire = next(
            (c for i, c in zip(self._items, self._taken, strict=True) if i.hazard == FIRE), None
        )
        if from_fire and fire is not None:
            width, height = layer.size
            left = int(np.clip((fire[0] + fire[2]) / 2 - width / 2, 0, max(0, self._width - width)))
            foot = fire[1] + 0.3 * (fire[3] - fire[1])
            self._add(layer, left, max(0, round(foot - height)), SMOKE, depth=-1)
        else:
            self._place(layer, SMOKE, low=(0.5, 0.95))

    def plan_fallen(self) -> None:
        """A body on the floor."""
        wide = self._share(0.28, 0.44)
        layer = draw_person(self._rng, Posture.LYING, wide)
        self._place(layer, PERSON_DOWN, low=self._floor_at(wide, 0.28, 0.44))

    def plan_upright(self) -> None:
        """Somebody who stands or sits."""
        posture = Posture.STANDING if self._rng.random() < 0.6 else Posture.SITTING
        tall = self._share(0.24, 0.42)
        layer = draw_person(self._rng, posture, tall)
        self._place(layer, None, low=self._floor_at(tall, 0.24, 0.42))

    def plan_warm_object(self) -> None:
        """Something in the colours of fire, on the wall or on the floor."""
        wide = self._share(0.12, 0.29)
        if self._rng.random() < 0.45:
            low = (0.2, self._camera.floor + 0.05)
            self._place(draw_hung(self._rng, wide), None, low=low, warm=True)
        else:
            low = self._floor_at(wide, 0.12, 0.29)
            self._place(draw_standing(self._rng, wide), None, low=low, warm=True)

    def plan_grey_object(self) -> None:
        """Something in the greys of smoke, on the floor."""
        wide = self._share(0.15, 0.34)
        layer = draw_grey_object(self._rng, wide, self._camera.tone)
        self._place(layer, None, low=self._floor_at(wide, 0.15, 0.34))

    def plan_steam(self) -> None:
        """A leak on the wall or a pipe."""
        layer = draw_steam(self._rng, self._share(0.22, 0.42))
        self._place(layer, None, low=(0.4, 0.85))

    def paint_all(self) -> tuple[Pixels, tuple[HazardBox, ...]]:
        """Paint from back to front; boxes are of what can be seen inside the picture."""
        canvas = self._camera.view.copy()
        boxes: list[HazardBox] = []
        for item in sorted(self._items, key=lambda i: i.depth):
            lit = item.layer if item.hazard == FIRE else self._in_light(item)
            found = paint(canvas, lit, item.left, item.top)
            if found is None:
                continue
            if item.hazard is not None:
                boxes.append(HazardBox(item.hazard, found))
            if item.hazard == FIRE or (item.warm and self._rng.random() < _GLOWING_SHARE):
                light_around(self._rng, canvas, found)
        return canvas, tuple(boxes)

    def _in_light(self, item: _Item) -> Layer:
        """Return a layer under the place's light; what glows keeps most of its own."""
        x = int(np.clip(item.left + item.layer.size[0] // 2, 0, self._width - 1))
        y = int(np.clip(item.top + item.layer.size[1] // 2, 0, self._height - 1))
        light = self._camera.light[y, x]
        if item.warm:
            light = 1 + (light - 1) * np.float32(0.3)
        return Layer(np.clip(item.layer.colour * light, 0, 1), item.layer.alpha, item.layer.solid)

    def _share(self, low: float, high: float) -> int:
        """Choose a size: a share of the picture's width, as the camera's zoom shows it, in pixels."""
        share = self._rng.uniform(low, high) * self._camera.zoom
        return max(8, int(self._width * max(low, share)))

    def _floor_at(self, size_px: int, low: float, high: float) -> tuple[float, float]:
        """Where on the floor something of a size stands: what is near is large and low in the picture.

        Args:
            size_px: its size.
            low: the smallest size of its kind, a share of the picture's width.
            high: the largest.

        Returns:
            the highest and lowest place of its foot, shares of the picture's height from above.
        """
        near = float(np.clip((size_px / self._width - low) / (high - low), 0, 1))
        far_edge = self._camera.floor + 0.14
        middle = far_edge + (0.97 - far_edge) * (0.15 + 0.75 * near)
        return max(far_edge, middle - 0.12), min(0.98, middle + 0.12)

    def _place(
        self, layer: Layer, hazard: str | None, low: tuple[float, float], *, warm: bool = False
    ) -> None:
        """Find room for a layer, its foot between two shares of the height; a hazard is always placed."""
        width, height = layer.size
        best: tuple[float, int, int] | None = None
        for _ in range(_TRIES):
            left = int(self._rng.uniform(0, max(1, self._width - width)))
            foot = self._rng.uniform(*low) * self._height
            top = int(np.clip(foot - height, 0, max(0, self._height - height)))
            found = solid_corners(layer.alpha, layer.solid)
            if found is None:
                return
            corners = (found[0] + left, found[1] + top, found[2] + left, found[3] + top)
            overlap = max((_overlap(corners, other) for other in self._taken), default=0.0)
            if best is None or overlap < best[0]:
                best = (overlap, left, top)
            if overlap <= _MOST_OVERLAP / 3:
                break
        if best is not None and (best[0] <= _MOST_OVERLAP or hazard is not None):
            self._add(layer, best[1], best[2], hazard, depth=best[2] + height, warm=warm)

    def _add(
        self,
        layer: Layer,
        left: int,
        top: int,
        hazard: str | None,
        *,
        depth: int,
        warm: bool = False,
    ) -> None:
        found = solid_corners(layer.alpha, layer.solid)
        if found is not None:
            self._items.append(_Item(layer, left, top, hazard, depth, warm))
            self._taken.append((found[0] + left, found[1] + top, found[2] + left, found[3] + top))


def _overlap(first: Corners, second: Corners) -> float:
    """The share of the smaller box that both cover, 0-1."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (first, second)]
    return wide * high / max(1, min(areas))
