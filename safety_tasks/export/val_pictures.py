"""The pictures that an export looks at: val to choose and to judge, train to calibrate.

Rules: never the holdout; where only some are taken they are spread over scenes and chosen by digest, so that equal
datasets give equal exports.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safety_tasks.inference.detector import Detector, Found
from safety_tasks.inference.letterbox import letterbox
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.picture import Picture

LOWEST_SCORE = 0.001


@dataclass(frozen=True)
class Looked:
    """Pictures with their size as they decode, and what a model found in them, by sha256."""

    pictures: tuple[Picture, ...]
    found: dict[str, Found]


def spread_over_scenes(pictures: Sequence[Picture], count: int) -> tuple[Picture, ...]:
    """Return at most ``count`` pictures, scene by scene in turn, so that no long clip crowds out the others."""
    scenes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in sorted(pictures, key=lambda p: p.sha256):
        scenes[picture.scene].append(picture)
    chosen: list[Picture] = []
    rounds = max((len(part) for part in scenes.values()), default=0)
    for number in range(rounds):
        chosen += [part[number] for _, part in sorted(scenes.items()) if number < len(part)]
        if len(chosen) >= count:
            break
    return tuple(chosen[:count])


def look(detector: Detector, pictures: Sequence[Picture], reader: PictureReader) -> Looked:
    """Detect in each picture, down to a very low score."""
    sized, found = [], {}
    for picture in pictures:
        pixels = reader.read(picture.sha256)
        found[picture.sha256] = detector.detect(pixels, LOWEST_SCORE)
        size = {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
        sized.append(picture.model_copy(update=size))
    return Looked(tuple(sized), found)


def squares(
    pictures: Sequence[Picture], reader: PictureReader, imgsz_px: int
) -> list[npt.NDArray[np.uint8]]:
    """Return pictures letterboxed as a detector sees them, (imgsz_px, imgsz_px, 3) uint8 BGR each."""
    return [letterbox(reader.read(picture.sha256), imgsz_px)[0] for picture in pictures]
