"""The curves of a training: a row an epoch as CSV, and a picture of them.

Rules: each epoch stands once, however often training was cut; both files are written whole.
"""

import csv
import io
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from safety_tasks.records.base import Fraction, Record
from safety_tasks.records.training import Epoch

COLUMNS: Final = (
    "epoch",
    "seconds",
    "box_loss",
    "cls_loss",
    "dfl_loss",
    "map50",
    "map50_95",
    "lr",
)
_SECOND_COLOUR: Final = "#b3402a"


class CurveRow(Record):
    """What is known of one epoch; ``lr`` is the learning rate of the weights at its end."""

    epoch: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)]
    box_loss: float
    cls_loss: float
    dfl_loss: float
    map50: Fraction | None = None
    map50_95: Fraction | None = None
    lr: float


def row_of(epoch: Epoch, lr: float) -> CurveRow:
    """Return the row of an epoch."""
    known = epoch.to_dict()
    values = {name: known[name] for name in COLUMNS if name in known}
    return CurveRow(epoch=epoch.number, lr=lr, **values)


def curves_csv(rows: Sequence[CurveRow]) -> bytes:
    """Return the rows as CSV; a cell is empty where nothing was measured."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = row.to_dict()
        writer.writerow([_cell(values[name]) for name in COLUMNS])
    return stream.getvalue().encode()


def curves_png(rows: Sequence[CurveRow], title: str, best_epoch: int) -> bytes:
    """Draw losses and, where it was measured, accuracy on val over the epochs, the kept epoch marked."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), constrained_layout=True)
    losses, accuracy = figure.subplots(1, 2)
    epochs = [row.epoch for row in rows]
    for name, colour in (("box", "#2a7f9e"), ("cls", _SECOND_COLOUR), ("dfl", "#6a8a3a")):
        values = [getattr(row, f"{name}_loss") for row in rows]
        losses.plot(epochs, values, marker=".", color=colour, label=name)
    losses.set_title("losses, train", loc="left", fontsize=10)
    for attribute, label, colour in (
        ("map50", "mAP50", "#2a7f9e"),
        ("map50_95", "mAP50-95", _SECOND_COLOUR),
    ):
        measured = [row for row in rows if getattr(row, attribute) is not None]
        accuracy.plot(
            [row.epoch for row in measured],
            [getattr(row, attribute) for row in measured],
            marker=".",
            color=colour,
            label=label,
        )
    accuracy.set_title("accuracy, val", loc="left", fontsize=10)
    accuracy.set_ylim(0, 1)
    if all(row.map50 is None for row in rows):
        accuracy.text(0.5, 0.5, "not measured", ha="center", transform=accuracy.transAxes)
    for axes in (losses, accuracy):
        axes.axvline(best_epoch, color="black", linestyle=":", label=f"kept: epoch {best_epoch}")
        axes.set_xlabel("epoch")
        axes.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.25)
        axes.legend(fontsize=8)
    figure.suptitle(title)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100)
    return stream.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.7g}" if isinstance(value, float) else str(value)
