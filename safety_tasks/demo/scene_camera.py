"""A scene's camera: what never changes between its pictures.

Rules: everything fixed about a camera (place, lights, lens, sensor, colour cast) follows from its name and the
seed; each picture changes exposure and noise only; every picture says that it is synthetic.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from safety_tasks.demo.backgrounds_drawing import KINDS, draw_background
from safety_tasks.demo.layers import Pixels, Rng, blurred
from safety_tasks.digests import sha256_bytes


@dataclass(frozen=True)
class Camera:
    """One camera: its empty view (height, width, 3) BGR 0-1, and how it sees.

    Attributes:
        name: the scene.
        view: the place without anything that moves.
        floor: where the floor begins, a share of the height from above (0-1).
        light: (height, width, 3) how bright the place's lights make each pixel.
        vignette: (height, width) what the lens lets through, 0-1.
        zoom: how large things appear.
        noise: standard deviation of the sensor's noise, 0-1.
        blur_px: standard deviation of the lens's blur.
        exposure: how bright its pictures usually are.
        jpeg_quality: 0-100.
    """

    name: str
    view: Pixels
    floor: float
    light: Pixels
    vignette: Pixels
    zoom: float
    noise: float
    blur_px: float
    exposure: float
    jpeg_quality: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures in pixels."""
        return self.view.shape[1], self.view.shape[0]

    @property
    def tone(self) -> float:
        """How bright the place is of itself, its lights left out: 0-1."""
        return float(np.clip(self.view.mean() / self.light.mean(), 0, 1))

    def see(self, rng: Rng, canvas: Pixels) -> Pixels:
        """Turn a painted canvas into what the camera delivers: (height, width, 3) BGR 0-1."""
        seen = blurred(canvas, self.blur_px) * self.vignette[..., None]
        seen *= np.float32(self.exposure * rng.uniform(0.86, 1.16))
        grain = rng.standard_normal(seen.shape, dtype=np.float32) * np.float32(self.noise)
        return _stamped(np.clip(seen + grain, 0, 1), self.name)


def make_camera(name: str, kind: str, seed: int, size: tuple[int, int]) -> Camera:
    """Set up the camera of a scene.

    Args:
        name: the scene; another name is another camera.
        kind: one of ``KINDS``.
        seed: the seed of the whole batch.
        size: width and height of its pictures in pixels.
    """
    rng = generator(seed, name, "camera")
    view, floor = draw_background(rng, kind, size)
    width, height = size
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    lens = 1 - rng.uniform(0.05, 0.40) * (across**2 + down**2) / 2
    cast = np.array([rng.uniform(0.86, 1.10), 1.0, rng.uniform(0.92, 1.10)])
    light = _lights(rng, size)[..., None] * cast
    return Camera(
        name=name,
        view=np.asarray(np.clip(view * light, 0, 1), dtype=np.float32),
        floor=floor,
        light=light.astype(np.float32),
        vignette=lens.astype(np.float32),
        zoom=float(rng.uniform(0.9, 1.15)),
        noise=float(rng.uniform(0.006, 0.03)),
        blur_px=float(rng.uniform(0.25, 0.75)),
        exposure=float(rng.uniform(0.9, 1.12)),
        jpeg_quality=int(rng.integers(82, 95)),
    )


def generator(seed: int, *parts: str | int) -> Rng:
    """Return the generator of one thing: equal for equal seed and name, on every machine."""
    digest = sha256_bytes("/".join(str(part) for part in (seed, *parts)).encode())
    return np.random.default_rng(int(digest[:16], 16))


def kind_of(index: int) -> str:
    """Return the kind of place of a batch's n-th scene: all kinds take turns."""
    return KINDS[index % len(KINDS)]


def _lights(rng: Rng, size: tuple[int, int]) -> Pixels:
    """Ambient light and a few pools below lamps: (height, width)."""
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = np.full((height, width), rng.uniform(0.62, 0.92))
    light += rng.uniform(-0.18, 0.18) * (across - 0.5)
    for _ in range(int(rng.integers(1, 4))):
        x, y, reach = rng.uniform(0, 1), rng.uniform(0.1, 0.9), rng.uniform(0.15, 0.4)
        light += rng.uniform(0.12, 0.4) * np.exp(
            -(((across - x) / reach) ** 2) - ((down - y) / reach) ** 2
        )
    return light.astype(np.float32)


def _stamped(pixels: Pixels, name: str) -> Pixels:
    """Write on the picture, in its lower left corner, that it is synthetic, and the scene's name."""
    height = pixels.shape[0]
    ink = np.zeros(pixels.shape[:2], dtype=np.uint8)
    cv2.putText(
        ink,
        f"SYNTHETIC {name}",
        (3, height - 4),
        cv2.FONT_HERSHEY_PLAIN,
        0.6,
        (255,),
        1,
        cv2.LINE_AA,
    )
    cover = (ink.astype(np.float32) / 255)[..., None] * np.float32(0.75)
    return np.asarray(pixels * (1 - cover) + cover, dtype=np.float32)
