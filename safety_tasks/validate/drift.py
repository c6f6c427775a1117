"""How far a dataset version has moved from its parent: population stability, measure by measure.

Rules: edges are fixed, so that any two versions can be compared and a report of last year still means the same;
pictures in reserve count nowhere, since nobody uses them; everything is counted on columns, never row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.validate.columns import box_classes, box_floats, flattened, floats

_PSEUDO_COUNT: Final = 0.5
# The side of a box: the square root of its share of the picture's area (0-1); the detector sees pictures scaled.
BOX_SIDE_EDGES: Final = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0)
BRIGHTNESS_EDGES: Final = tuple(float(edge) for edge in range(0, 257, 16))
SHARPNESS_EDGES: Final = (0.0, 10.0, 30.0, 100.0, 300.0, 1e3, 2e3, 4e3, 8e3, 1040400.0)
BOXES_EDGES: Final = (0.0, 1.0, 2.0, 3.0, 5.0, 9.0, 17.0, 33.0, 501.0)
CLASS_PREFIX: Final = "class "

Counts = Sequence[int] | npt.NDArray[np.int64]


@dataclass(frozen=True)
class Drift:
    """One measure of a version beside its parent.

    ``measure`` is ``class <name>`` (pictures without and with the hazard), ``class mix`` (boxes of each hazard),
    ``box side``, ``brightness``, ``sharpness`` or ``boxes per picture``; ``bins`` names each bin; the shares (0-1) are
    as counted, unsmoothed; ``edges`` are a numeric measure's bin borders, one more than bins, else empty.
    """

    measure: str
    psi: float
    bins: tuple[str, ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]
    edges: tuple[float, ...] = ()


def population_stability(expected: Counts, actual: Counts) -> float:
    """Return the population stability index of two histograms: Σ (a − e) · ln(a ÷ e) over the shares of each bin.

    Half an observation is added to every bin of both (the Krichevsky-Trofimov estimate), so that an empty bin costs
    much but not infinity, and a population without anybody counts as an even one. Usual reading: under 0.1 no
    change, 0.1-0.25 some, above 0.25 another population. Source: N. Siddiqi, "Credit Risk Scorecards" (Wiley 2006),
    chapter on scorecard stability.

    Args:
        expected: how many of the parent's population fall into each bin.
        actual: the same of the version.

    Returns:
        the index, ≥ 0; 0 for equal shares of equally many.

    Raises:
        ValueError: the histograms have no bins, different bins, or negative counts.
    """
    before, now = np.asarray(expected, np.float64), np.asarray(actual, np.float64)
    if before.shape != now.shape or before.ndim != 1 or before.size == 0:
        raise ValueError(
            f"expected two histograms over the same bins, found {before.size} and {now.size} bins."
        )
    if min(before.min(), now.min()) < 0:
        raise ValueError("expected counts ≥ 0, found a negative one.")
    e, a = _smoothed(before), _smoothed(now)
    return max(0.0, float(np.sum((a - e) * np.log(a / e))))


def drift_of(version: pa.Table, parent: pa.Table, classes: Sequence[str]) -> tuple[Drift, ...]:
    """Compare a version with its parent.

    Args:
        version: its manifest (``PICTURE_SCHEMA``).
        parent: the parent's manifest.
        classes: the version's hazard names; the parent's are the first of them.

    Returns:
        a row for each hazard class, then for the other measures, in a fixed order.
    """
    before, now = _population(parent, len(classes)), _population(version, len(classes))
    rows = [
        _row(f"{CLASS_PREFIX}{name}", ("without", "with"), before.with_class(index), now.with_class(index))
        for index, name in enumerate(classes)
    ]  # fmt: skip
    rows.append(_row("class mix", tuple(classes), before.class_boxes, now.class_boxes))
    for measure, edges in (
        ("box side", BOX_SIDE_EDGES),
        ("brightness", BRIGHTNESS_EDGES),
        ("sharpness", SHARPNESS_EDGES),
        ("boxes per picture", BOXES_EDGES),
    ):
        bins = tuple(f"{low:g} - {high:g}" for low, high in pairwise(edges))
        counts = (before.histograms[measure], now.histograms[measure])
        rows.append(_row(measure, bins, *counts, edges=edges))
    return tuple(rows)


@dataclass(frozen=True)
class _Population:
    """What is counted of one version: pictures, pictures and boxes of each class, histograms."""

    pictures: int
    class_pictures: npt.NDArray[np.int64]
    class_boxes: npt.NDArray[np.int64]
    histograms: dict[str, npt.NDArray[np.int64]]

    def with_class(self, index: int) -> tuple[int, int]:
        """Return how many pictures lack a class, and how many show it."""
        held = int(self.class_pictures[index])
        return self.pictures - held, held


def _population(table: pa.Table, classes: int) -> _Population:
    used = table.select(["split", "brightness", "sharpness", "boxes"])
    used = used.filter(pc.not_equal(used["split"], "reserve"))
    flat, picture = flattened(used)
    class_id = box_classes(flat)
    known = (class_id >= 0) & (class_id < classes)  # another expectation judges the others
    shown = np.unique(picture[known] * classes + class_id[known])
    side = np.sqrt(np.clip(box_floats(flat, "width") * box_floats(flat, "height"), 0.0, 1.0))
    per_picture = np.bincount(picture, minlength=len(used))
    return _Population(
        pictures=len(used),
        class_pictures=np.bincount(shown % classes, minlength=classes),
        class_boxes=np.bincount(class_id[known], minlength=classes),
        histograms={
            "box side": _histogram(side, BOX_SIDE_EDGES),
            "brightness": _histogram(floats(used["brightness"]), BRIGHTNESS_EDGES),
            "sharpness": _histogram(floats(used["sharpness"]), SHARPNESS_EDGES),
            "boxes per picture": _histogram(per_picture.astype(np.float64), BOXES_EDGES),
        },
    )


def _row(
    measure: str,
    bins: tuple[str, ...],
    before: Counts | tuple[int, int],
    now: Counts | tuple[int, int],
    *,
    edges: tuple[float, ...] = (),
) -> Drift:
    return Drift(
        measure, population_stability(before, now), bins, _shares(before), _shares(now), edges
    )


def _shares(counts: Counts) -> tuple[float, ...]:
    total = max(1, int(np.sum(counts)))
    return tuple(float(count) / total for count in counts)


def _smoothed(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = counts + _PSEUDO_COUNT
    return raised / np.sum(raised)


def _histogram(values: npt.NDArray[np.float64], edges: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """Count values in bins; what lies beyond the last edges counts in the outer bins, NaN nowhere."""
    finite = values[~np.isnan(values)]
    counts = np.histogram(np.clip(finite, edges[0], edges[-1]), bins=np.asarray(edges))[0]
    return counts.astype(np.int64)
