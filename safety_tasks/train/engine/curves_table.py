"""Read the curves of a training: a CSV file with a row an epoch, as ``curves.py`` writes it.

Rule: a column that is not known, or a cell that is no number, is no reason to show nothing of the rest.
"""

import csv
import io
import math
from typing import Final

_KNOWN: Final = ("box_loss", "cls_loss", "dfl_loss", "map50", "map50_95")
LOWER_IS_BETTER: Final = frozenset({"box_loss", "cls_loss", "dfl_loss"})
_MAX_ROWS: Final = 10_000

Curves = dict[str, tuple[float | None, ...]]


def read_curves(payload: bytes) -> Curves:
    """Return each known metric's value after each epoch; a metric without a single value is left out."""
    rows = list(csv.reader(io.StringIO(payload.decode("utf-8", "replace"))))[: _MAX_ROWS + 1]
    if not rows:
        return {}
    found: Curves = {}
    for index, heading in enumerate(rows[0]):
        name = heading.strip()
        if name not in _KNOWN or name in found:
            continue
        values = tuple(_number(row[index]) if index < len(row) else None for row in rows[1:] if row)
        if any(value is not None for value in values):
            found[name] = values
    return found


def best_of(curves: Curves, metric: str) -> float | None:
    """Return the best value of a metric: the lowest loss, the highest accuracy."""
    values = [value for value in curves.get(metric, ()) if value is not None]
    if not values:
        return None
    return min(values) if metric in LOWER_IS_BETTER else max(values)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
