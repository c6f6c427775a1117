"""Give a picture a small signature by which its near-copies are found.

Rules: several 64-bit hashes, so that a copy that lost a strip at any edge still has one in common; brightness is
replaced by rank first, so that brighter, darker and clipped copies hash alike; windows are cut in the frequency
domain, so that all hashes together cost three small matrix products; the scale of decoding hardly matters.

Source: the DCT hash ("pHash") of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions"
(2010), with these changes: the signs of the 64 lowest frequencies that are not constant, not of an 8x8 block
against its median (a sign is stable alone, a median moves with all); several windows; ranks instead of greys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

THUMBNAIL_SIDE_PX: Final = 40
_SIDE_PX: Final = 64
_KEPT: Final = 0.97  # what a window keeps of each side: the copy that lost 3 % somewhere
_DARK: Final = 0.4  # the share of darkest pixels: clipping of the lightest leaves them alone
_LIGHT: Final = 0.25  # the share of lightest pixels: clipping of the darkest leaves them alone
_FREQUENCIES: Final = 10  # a quarter disc of 64 frequencies reaches 9
_NOTHING: Final = 1e-5  # a coefficient this small is rounding, not picture
_LOST: Final = 1.0 - _KEPT
_WINDOWS: Final = ((0.0, 1.0), (0.0, _KEPT), (_LOST / 2, 1 - _LOST / 2), (_LOST, 1.0))
_CROPS: Final = ((0, 0), *((row, column) for row in (1, 2, 3) for column in (1, 2, 3)))
HASHES: Final = len(_CROPS) + 2

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Signature:
    """What is kept of a picture's looks.

    Attributes:
        hashes: ``HASHES`` hashes of 64 bits: the whole picture, nine windows, its dark part, its light part.
        thumbnail: grey, uint8, ``THUMBNAIL_SIDE_PX`` squared, row by row.
    """

    hashes: tuple[int, ...]
    thumbnail: bytes


def signature_of(grey: npt.NDArray[np.uint8]) -> Signature:
    """Return a picture's signature.

    Args:
        grey: (height, width) uint8, best at least 64 px a side: a picture decoded at an eighth of its scale or larger.
    """
    ranks = _ranks(_shrunk(grey, _SIDE_PX))
    both = _BASES @ ranks @ _BASES.T
    whole = _BASES[:_FREQUENCIES]
    tails = [
        (whole @ part @ whole.T).ravel()[_LOWEST]
        for part in (np.minimum(ranks, _DARK - 0.5), np.maximum(ranks, 0.5 - _LIGHT))
    ]
    bits = np.concatenate([both.ravel()[_PLACES], tails]) > _NOTHING
    packed = np.packbits(bits, axis=1).view(">u8")[:, 0]
    thumbnail = _shrunk(grey, THUMBNAIL_SIDE_PX)
    return Signature(tuple(packed.tolist()), thumbnail.tobytes())


def _shrunk(grey: npt.NDArray[np.uint8], side_px: int) -> npt.NDArray[np.uint8]:
    """Return a square of a side's length; means of areas where it shrinks."""
    way = cv2.INTER_AREA if min(grey.shape) >= side_px else cv2.INTER_LINEAR
    return cv2.resize(grey, (side_px, side_px), interpolation=way)  # type: ignore[return-value]


def _ranks(grey: npt.NDArray[np.uint8]) -> Floats:
    """Replace each grey by the share of pixels that are darker, ties in their middle; from -0.5 to 0.5."""
    counts = np.bincount(grey.ravel(), minlength=256)
    middles = (np.cumsum(counts) - counts / 2) / grey.size - 0.5
    return middles.astype(np.float32)[grey]


def _basis(start: float, end: float) -> npt.NDArray[np.float64]:
    """Return cosines over a window, (frequencies, pixels): exact integrals over each pixel's share of the window."""
    edges = (np.clip(np.linspace(0, 1, _SIDE_PX + 1), start, end) - start) / (end - start)
    frequencies = np.arange(1, _FREQUENCIES)[:, None]
    waves = np.diff(np.sin(np.pi * frequencies * edges)) / (np.pi * frequencies) * np.sqrt(2)
    return np.vstack([np.diff(edges), waves])


def _places(rows: Sequence[int], columns: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return where a window's lowest frequencies stand in the flat product of all bases."""
    wide = len(_WINDOWS) * _FREQUENCIES
    frequencies = [(y, x) for y in range(_FREQUENCIES) for x in range(_FREQUENCIES) if y or x]
    frequencies.sort(key=lambda place: (place[0] ** 2 + place[1] ** 2, place))
    return np.array([rows[y] * wide + columns[x] for y, x in frequencies[:64]])


_BASES: Final[Floats] = np.vstack([_basis(*window) for window in _WINDOWS]).astype(np.float32)
_OF_WINDOW: Final = [range(n * _FREQUENCIES, (n + 1) * _FREQUENCIES) for n in range(len(_WINDOWS))]
_PLACES: Final = np.array([_places(_OF_WINDOW[row], _OF_WINDOW[column]) for row, column in _CROPS])
_LOWEST: Final = (_PLACES[0] // _BASES.shape[0]) * _FREQUENCIES + _PLACES[0] % _BASES.shape[0]
