"""The review queue as a table that opens in any spreadsheet.

Rules: a cell that a spreadsheet would run as a formula is quoted with an apostrophe, since file and scene names come
from outside; numbers are numbers; no cell holds a line break.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final

from safety_tasks.records.review import Corners, LabelDoubt

COLUMNS: Final = (
    *("rank", "picture_sha256", "file", "batch", "scene", "split", "kind", "score", "hazard"),
    *("box_xyxy", "label_says", "model_says"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def queue_csv(doubts: Sequence[LabelDoubt]) -> bytes:
    """Return doubts as UTF-8 CSV with a header and a mark that Excel knows it by, in the order given.

    The box is x1 y1 x2 y2 as shares of the picture (0-1): the label's, or the model's where there is no label.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for rank, doubt in enumerate(doubts, start=1):
        label = "nothing"
        if doubt.label_hazard and doubt.label_xyxy:
            label = f"{doubt.label_hazard} at {_corners(doubt.label_xyxy)}"
        cells: tuple[str | int, ...] = (
            *(rank, doubt.picture_sha256, doubt.file, doubt.batch_id, doubt.scene, doubt.split),
            *(doubt.kind.value, f"{doubt.score:.4f}", doubt.hazard),
            _corners(doubt.label_xyxy or doubt.model_xyxy),
            label,
            f"{doubt.model_hazard} {doubt.model_score:.3f} at {_corners(doubt.model_xyxy)}",
        )
        rows.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, on one line."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return f"'{line}" if text.startswith(_FORMULA) or line.lstrip().startswith(_FORMULA) else line


def _corners(xyxy: Corners) -> str:
    # A share may lie a hair below 0: never a leading minus.
    return " ".join(f"{max(0.0, side):.4f}" for side in xyxy)
