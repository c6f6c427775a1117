"""Decode the raw heads of a YOLOv8 detector, only where something scores.

Rules: the score is compared before the sigmoid, which only survivors go through; a box is the expected distance to
each of its four sides over 16 bins (Distribution Focal Loss: Li et al., "Generalized Focal Loss", 2020, as YOLOv8
uses it), from the middle of its cell, in cells; the answer is that of the dense decode, to rounding. A frame comes
after a run that swept the processor's caches, so what counts is how few operations there are, not how large they are.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.decode import NO_BOXES, Boxes, Floats, Integers, suppress

STRIDES: Final = (8, 16, 32)
BINS: Final = 16
BOXES: Final = "box_bins"
CLASSES: Final = "class_logits"
BEST: Final = "best_logit"
_ALMOST_ONE: Final = 1 - 2**-24
_SLACK: Final = 1e-3


def count_places(imgsz_px: int) -> int:
    """Return the number of places that answer, over all strides: 8400 at 640 px."""
    return sum((imgsz_px // stride) ** 2 for stride in STRIDES)


def head_shapes(imgsz_px: int, classes: int) -> dict[str, tuple[int, ...]]:
    """Return the outputs of an edge graph by name.

    ``box_bins`` (1, 64, N): 16 bins for the distance to each of left, top, right, bottom; ``class_logits``
    (1, classes, N); ``best_logit`` (1, N): the largest of them. N runs over strides 8, 16, 32, then rows, then columns.
    """
    places = count_places(imgsz_px)
    return {BOXES: (1, 4 * BINS, places), CLASSES: (1, classes, places), BEST: (1, places)}


class Heads:
    """A view on the outputs of an edge graph, which are written anew for each frame."""

    def __init__(self, outputs: Mapping[str, Floats], imgsz_px: int) -> None:
        """Lay the view out.

        Args:
            outputs: as ``head_shapes`` names them; read at each call of ``boxes``.
            imgsz_px: the side of the square.
        """
        self._boxes, self._logits, self._best = (
            outputs[name][0] for name in (BOXES, CLASSES, BEST)
        )
        sides = [imgsz_px // stride for stride in STRIDES]
        middles = [
            np.stack(np.meshgrid(*[np.arange(side) + 0.5] * 2)).reshape(2, -1) * stride
            for side, stride in zip(sides, STRIDES, strict=True)
        ]
        strides = np.repeat(STRIDES, [side * side for side in sides])
        # (4, N): where the distances to left, top, right, bottom are counted from, and a cell's pixels with their sign.
        self._middles: Floats = np.tile(np.concatenate(middles, axis=1), (2, 1)).astype(np.float32)
        signs = np.array([[-1], [-1], [1], [1]])
        self._steps: Floats = (signs * strides).astype(np.float32)
        # One product gives both sums of an expectation: of the weights, and of the weighted bins.
        self._sums: Floats = np.stack([np.arange(BINS), np.ones(BINS)]).astype(np.float32)

    def boxes(self, min_score: float, *, what: str) -> Boxes:
        """Return what scores at least ``min_score`` (0-1), suppressed, in pixels of the square.

        Raises:
            ArtifactError: an output that counts is not finite; ``what`` names the model.
        """
        # A sum is NaN or infinite if any logit is: two numbers to look at instead of thousands.
        if not math.isfinite(float(self._logits.sum()) + float(self._best.sum())):
            raise _not_finite(what)
        kept = np.flatnonzero(self._best >= _logit(min_score))
        if not kept.size:
            return NO_BOXES
        scores = _sigmoid(self._best[kept])
        if scores.min() < min_score:  # the logit is a little low, so that none is lost
            kept, scores = kept[scores >= min_score], scores[scores >= min_score]
            if not kept.size:
                return NO_BOXES
        corners = self._corners(kept)
        if not math.isfinite(float(corners.sum())):
            raise _not_finite(what)
        return suppress(corners, scores, self._logits[:, kept].argmax(axis=0))

    def places(self, min_score: float) -> Integers:
        """Return the numbers (n,) of the places that score at least ``min_score`` (0-1), before suppression."""
        return np.flatnonzero(self._best >= _logit(min_score))

    def at(self, places: Integers) -> tuple[Floats, Floats]:
        """Return what places answer: scores (classes, n) 0-1, and corners (n, 4) in pixels of the square."""
        return _sigmoid(self._logits[:, places]), self._corners(places)

    def _corners(self, kept: Integers) -> Floats:
        bins = self._boxes[:, kept].reshape(4, BINS, -1)
        weights = np.exp(bins - bins.max(axis=1, keepdims=True))
        sums = self._sums @ weights  # (4, 2, n)
        corners: Floats = self._middles[:, kept] + self._steps[:, kept] * (sums[:, 0] / sums[:, 1])
        return corners.T


def _sigmoid(logits: Floats) -> Floats:
    scores: Floats = np.divide(1, 1 + np.exp(-logits), dtype=np.float32)
    return scores


def _logit(score: float) -> float:
    """Return the logit of a score, a little low so that rounding loses nothing."""
    if score <= 0:
        return -math.inf
    score = min(score, _ALMOST_ONE)
    return math.log(score / (1 - score)) - _SLACK


def _not_finite(what: str) -> ArtifactError:
    return ArtifactError(f"{what}: expected finite output, found NaN or infinity. Export it again.")
