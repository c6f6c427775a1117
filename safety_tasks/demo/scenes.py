"""Write batches of synthetic scenes, as a deliverer would.

Rules: equal arguments give equal bytes; a scene is one camera, and file names begin with it; every scene shows
every hazard, and a third of its pictures are hard negatives; ``batch.json`` says that all of it is synthetic; the
``_READY`` marker is the caller's to write, last.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from safety_tasks.config import load_classes
from safety_tasks.demo.layers import Pixels, Rng
from safety_tasks.demo.scene_camera import Camera, generator, kind_of, make_camera
from safety_tasks.demo.scene_pictures import FIRE, PERSON_DOWN, SMOKE, HazardBox, compose
from safety_tasks.records.batch import BatchInfo, SceneRule
from safety_tasks.records.picture import Box

HAZARDS: Final = (SMOKE, FIRE, PERSON_DOWN)
_HAZARD_SHARE: Final = 0.65
_SECOND_HAZARD_SHARE: Final = 0.30
_PREFIX: Final = re.compile(r"[a-z0-9-]{0,40}")


@dataclass(frozen=True)
class SyntheticBatch:
    """A batch that was written: where, how many pictures and scenes, and boxes of each hazard."""

    folder: Path
    pictures: int
    scenes: int
    boxes: dict[str, int] = field(default_factory=dict)


def write_batch(
    folder: Path,
    *,
    pictures: int = 320,
    scenes: int = 14,
    size_px: int = 256,
    seed: int = 0,
    scene_prefix: str = "",
) -> SyntheticBatch:
    """Write a YOLO folder of synthetic pictures: images/, labels/, data.yaml, batch.json.

    Args:
        folder: an empty or new folder; its name is the batch's id.
        pictures: how many, spread evenly over the scenes; at least 8 a scene.
        scenes: how many cameras.
        size_px: width of a picture (96-1024); the height is three quarters of it.
        seed: another seed gives other cameras and pictures under the same names.
        scene_prefix: begins each scene's name (a-z, 0-9, hyphen); another prefix gives other cameras.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check(size_px, scene_prefix)
    if scenes < 1 or pictures < 8 * scenes:
        raise ValueError(
            f"expected ≥ 1 scene and ≥ 8 pictures a scene, found {pictures} over {scenes}."
        )
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    classes = load_classes()
    boxes: Counter[str] = Counter()
    rules = []
    for index in range(scenes):
        camera = _camera(
            f"{scene_prefix}synthetic-{kind_of(index)}-{index:02d}", index, seed, size_px
        )
        rules.append(SceneRule(glob=f"{camera.name}__*", scene=camera.name))
        count = pictures // scenes + (index < pictures % scenes)
        for number, hazards in enumerate(
            _deck(generator(seed, camera.name, "deck"), count), start=1
        ):
            pixels, found = compose(generator(seed, camera.name, number), camera, hazards)
            stem = f"{camera.name}__{number:04d}"
            _write_jpeg(folder / "images" / f"{stem}.jpg", pixels, camera.jpeg_quality)
            lines = [_label(box, classes, camera.size).to_line() + "\n" for box in found]
            (folder / "labels" / f"{stem}.txt").write_text("".join(lines), encoding="ascii")
            boxes.update(box.hazard for box in found)
    info = BatchInfo(
        batch_id=folder.name,
        source=f"synthetic scenes, drawn by safety_tasks.demo with seed {seed}; no camera took them",
        synthetic=True,
        empty_label_is_background=True,
        license="MIT",
        scene_rules=tuple(rules),
    )
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(classes))
    (folder / "data.yaml").write_text(f"# synthetic pictures\nnames:\n{names}", encoding="utf-8")
    (folder / "batch.json").write_bytes(info.to_json_bytes())
    return SyntheticBatch(folder, pictures, scenes, {name: boxes[name] for name in HAZARDS})


def write_unseen_pictures(
    folder: Path, *, pictures: int, seed: int, size_px: int = 256
) -> list[Path]:
    """Write pictures of cameras that no batch has, for a device to detect on.

    Args:
        folder: where they go.
        pictures: how many; five of six show a hazard, and a new camera takes every fourth.
        seed: the source of chance.
        size_px: width of a picture (96-1024).

    Returns:
        the JPEG files, in order.
    """
    _check(size_px, "")
    folder.mkdir(parents=True, exist_ok=True)
    shows: tuple[tuple[str, ...], ...] = (
        (FIRE,), (PERSON_DOWN,), (SMOKE,), (SMOKE, FIRE), (), (PERSON_DOWN, SMOKE),
    )  # fmt: skip
    paths = []
    for number in range(pictures):
        index = number // 4
        if number % 4 == 0:
            camera = _camera(
                f"unseen-synthetic-{kind_of(index + 1)}-{index:02d}", index + 1, seed, size_px
            )
        pixels, _ = compose(
            generator(seed, camera.name, number), camera, shows[number % len(shows)]
        )
        paths.append(folder / f"{camera.name}__{number + 1:04d}.jpg")
        _write_jpeg(paths[-1], pixels, camera.jpeg_quality)
    return paths


def _check(size_px: int, scene_prefix: str) -> None:
    if not 96 <= size_px <= 1024 or not _PREFIX.fullmatch(scene_prefix):
        raise ValueError(
            f"expected size_px 96-1024 and a scene_prefix of a-z, 0-9 and hyphens, found {size_px}, {scene_prefix!r}."
        )


def _camera(name: str, index: int, seed: int, size_px: int) -> Camera:
    return make_camera(name, kind_of(index), seed, (size_px, size_px * 3 // 4))


def _deck(rng: Rng, count: int) -> list[tuple[str, ...]]:
    """Deal hazards to a scene's pictures, each hazard equally often, in a random order."""
    with_hazard = max(len(HAZARDS), round(_HAZARD_SHARE * count))
    with_two = round(_SECOND_HAZARD_SHARE * with_hazard)
    first = int(rng.integers(len(HAZARDS)))
    deck: list[tuple[str, ...]] = []
    dealt = cycle(HAZARDS[first:] + HAZARDS[:first])
    for number in range(with_hazard):
        deck.append((next(dealt), next(dealt)) if number < with_two else (next(dealt),))
    deck += [()] * (count - with_hazard)
    return [deck[i] for i in rng.permutation(len(deck))]


def _label(found: HazardBox, classes: tuple[str, ...], size: tuple[int, int]) -> Box:
    """Normalise a box's pixels to the picture."""
    x1, y1, x2, y2 = found.corners
    width, height = size
    return Box(
        class_id=classes.index(found.hazard),
        x_center=(x1 + x2) / 2 / width,
        y_center=(y1 + y2) / 2 / height,
        width=(x2 - x1) / width,
        height=(y2 - y1) / height,
    )


def _write_jpeg(path: Path, pixels: Pixels, quality: int) -> None:
    values = np.rint(pixels * 255).astype(np.uint8)
    done, encoded = cv2.imencode(".jpg", values, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(
            f"{path}: expected a picture that encodes as JPEG, found one that does not."
        )
    path.write_bytes(encoded.tobytes())
