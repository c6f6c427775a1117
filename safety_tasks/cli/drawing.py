"""Tables for people.

Rules: a table goes to stdout only where stdout is a terminal, and JSON where it is not, so that commands can be
chained; what was delivered is hostile text: control characters are shown, never sent, and markup is text.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence

from safety_tasks.records.dataset import SplitSummary
from safety_tasks.records.picture import SPLITS, Split

Cell = str | int | float | bool | None


def plain(text: str) -> str:
    """Return text with everything that does not print written out, so that no terminal obeys it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def for_people() -> bool:
    """Tell whether a person reads stdout."""
    return sys.stdout.isatty()


def draw(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, to_stderr: bool = False
) -> None:
    """Draw a table.

    Args:
        title: above it.
        columns: headings; one that ends in ``#`` is a number's, set to the right.
        rows: one cell a column.
        to_stderr: where the result itself goes to stdout.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=to_stderr)
    cells = [[Text(_shown(cell)) for cell in row] for row in rows]
    console.print(Text(plain(title) + ("" if cells else ": none"), style="bold"))
    if not cells:
        return
    table = Table(show_edge=False, pad_edge=False)
    for name in columns:
        heading = Text(name.removesuffix("#"))
        if name.endswith("#"):
            table.add_column(heading, justify="right")
        else:
            table.add_column(heading, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console.print(table)


def tell(line: str) -> None:
    """Print one line on stderr."""
    print(plain(line), file=sys.stderr, flush=True)


def support_rows(
    splits: Mapping[Split, SplitSummary], classes: Sequence[str]
) -> list[tuple[Cell, ...]]:
    """Return a row for each split and hazard: split, hazard, pictures, boxes, scenes; the split's own first."""
    rows: list[tuple[Cell, ...]] = []
    for split in (name for name in SPLITS if name in splits):
        summary = splits[split]
        rows.append((split, "all", summary.pictures, "", summary.scenes))
        for hazard in classes:
            support = summary.hazards[hazard]
            rows.append(("", hazard, support.pictures, support.boxes, support.scenes))
        rows.append(("", "none (background)", summary.background_pictures, "", ""))
    return rows


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else ""
    return plain(str(cell))
