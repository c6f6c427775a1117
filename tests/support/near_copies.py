"""Plant near-copies of pictures: re-encoded, resized, cropped by 3 %, brighter and darker."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from safety_tasks.ingest.near_duplicates import SignatureTable
from safety_tasks.ingest.picture_checks import CheckedPicture, PictureLimits, check_picture

Pixels = npt.NDArray[np.uint8]
Rng = np.random.Generator
_KEPT: Final = 0.97


def _encoded(pixels: Pixels, quality: int = 95) -> bytes:
    done, payload = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return payload.tobytes()


def _recoded(quality: int) -> Callable[[Pixels, Rng], bytes]:
    return lambda pixels, rng: _encoded(pixels, quality)


def _resized(scale: float, way: int) -> Callable[[Pixels, Rng], bytes]:
    return lambda pixels, rng: _encoded(
        np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    )


def _cropped(down: float | None, across: float | None) -> Callable[[Pixels, Rng], bytes]:
    """Keep 97 % of width and height; from 0 (top, left) to 1 (bottom, right), None: at random."""

    def crop(pixels: Pixels, rng: Rng) -> bytes:
        height, width = pixels.shape[:2]
        tall, wide = round(height * _KEPT), round(width * _KEPT)
        places = [rng.random() if place is None else place for place in (down, across)]
        top, left = round((height - tall) * places[0]), round((width - wide) * places[1])
        return _encoded(pixels[top : top + tall, left : left + wide])

    return crop


def _brighter(gain: float, levels: int) -> Callable[[Pixels, Rng], bytes]:
    return lambda pixels, rng: _encoded(
        np.clip(np.rint(pixels.astype(float) * gain + levels), 0, 255).astype(np.uint8)
    )


KINDS: Final[dict[str, Callable[[Pixels, Rng], bytes]]] = {
    "re-encoded at 50": _recoded(50),
    "re-encoded at 75": _recoded(75),
    "half, by areas": _resized(0.5, cv2.INTER_AREA),
    "half, by nearest": _resized(0.5, cv2.INTER_NEAREST),
    "three quarters, linear": _resized(0.75, cv2.INTER_LINEAR),
    "three quarters, cubic": _resized(0.75, cv2.INTER_CUBIC),
    "cropped to the centre": _cropped(0.5, 0.5),
    "cropped to top left": _cropped(0, 0),
    "cropped to top right": _cropped(0, 1),
    "cropped to bottom left": _cropped(1, 0),
    "cropped to bottom right": _cropped(1, 1),
    "cropped anywhere": _cropped(None, None),
    "40 levels darker": _brighter(1, -40),
    "20 levels darker": _brighter(1, -20),
    "20 levels brighter": _brighter(1, 20),
    "40 levels brighter": _brighter(1, 40),
    "gain 0.8": _brighter(0.8, 0),
    "gain 1.25": _brighter(1.25, 0),
}


def signed(payloads: Iterator[tuple[str, bytes]]) -> SignatureTable:
    """Return the signatures of JPEG pictures, checked as ingest checks them, by name."""
    signatures = {}
    for name, payload in payloads:
        checked = check_picture(payload, "it.jpg", PictureLimits())
        assert isinstance(checked, CheckedPicture), checked
        signatures[name] = checked.signature
    return SignatureTable.of(signatures)


def planted(files: list[Path], kind: str) -> SignatureTable:
    """Return the signatures of a near-copy of each picture, named ``copy-`` and its number."""
    rng = np.random.default_rng(0)
    pixels = (np.asarray(cv2.imread(str(file)), np.uint8) for file in files)
    return signed(
        (f"copy-{number:04d}", KINDS[kind](each, rng)) for number, each in enumerate(pixels)
    )
