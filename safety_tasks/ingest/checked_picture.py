"""What a check of a picture says, and the limits that it keeps."""

from dataclasses import dataclass
from typing import Literal

from safety_tasks.ingest.signatures import Signature

Extension = Literal["jpg", "png"]


@dataclass(frozen=True)
class PictureLimits:
    """What a picture may be, and what decoding it may cost.

    ``max_bytes`` of a file, ``max_pixels`` and ``min_side_px`` from its header; ``memory_bytes`` that a worker may map
    beyond what it starts with, ``cpu_s`` of processor time and ``wall_s`` by the clock for one picture.
    """

    max_bytes: int = 33_554_432
    max_pixels: int = 50_000_000
    min_side_px: int = 16
    memory_bytes: int = 805_306_368
    cpu_s: float = 20.0
    wall_s: float = 60.0


@dataclass(frozen=True)
class PictureProblem:
    """Why bytes are not a usable picture: the rule that they break, and what was seen."""

    rule: str
    observed: str


@dataclass(frozen=True)
class CheckedPicture:
    """A sound picture.

    Size as stored; signature, brightness (mean grey, 0-255) and sharpness (variance of the Laplacian) of its grey
    reduction, see ``picture_checks``.
    """

    extension: Extension
    width_px: int
    height_px: int
    signature: Signature
    brightness: float
    sharpness: float
