"""What the person at the terminal sees while the demo runs.

Rules: a live table in a terminal; elsewhere one plain line when a stage changes and one every ten seconds, so that a
log stays readable; a stage's row never disappears.
"""

import sys
import time
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

_MARKS: Final = {
    "waiting": ("·", "dim"),
    "running": ("▸", "bold cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "skipped": ("-", "dim"),
}
_LINE_EVERY_S: Final = 10.0


@dataclass
class Row:
    """One stage."""

    state: str = "waiting"
    seconds: float | None = None
    detail: str = ""
    shown_at: float = 0.0


class View:
    """The stages of a rehearsal, live."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(
            highlight=False, width=None if sys.stdout.isatty() else 110
        )
        self._rows: dict[str, Row] = {}
        self._live: Live | None = None

    def __enter__(self) -> "View":
        if self.console.is_terminal:
            self._live = Live(
                get_renderable=self._table, console=self.console, refresh_per_second=4
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, text: str, style: str = "") -> None:
        """Print a line above the table."""
        self.console.print(Text(text, style=style))

    def update(
        self, stage: str, state: str, seconds: float | None = None, detail: str = ""
    ) -> None:
        """Show where a stage is.

        Args:
            stage: its name; rows keep the order in which they first came.
            state: waiting, running, done, failed or skipped.
            seconds: how long it took so far.
            detail: how far it is, or what it found.
        """
        row = self._rows.setdefault(stage, Row(state=""))
        changed = row.state != state
        row.state, row.seconds = state, seconds if seconds is not None else row.seconds
        row.detail = detail or row.detail
        if self._live is not None or state == "waiting":
            return
        now = time.monotonic()
        if changed or (state == "running" and now - row.shown_at >= _LINE_EVERY_S):
            row.shown_at = now
            took = f" {row.seconds:.1f} s" if row.seconds is not None else ""
            detail = f"  {row.detail}" if row.detail else ""
            self.console.print(Text(f"{stage}: {state}{took}{detail}"))

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for name, row in self._rows.items():
            mark, style = _MARKS[row.state]
            took = f"{row.seconds:.1f} s" if row.seconds is not None else ""
            table.add_row(
                Text(mark, style=style),
                Text(name, style=style if row.state != "done" else ""),
                Text(took, justify="right"),
                Text(row.detail, style="dim"),
            )
        return table
