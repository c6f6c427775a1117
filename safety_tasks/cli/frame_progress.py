"""How far looking at pictures and frames is, with frames a second.

Rules: all of it goes to stderr, as a bar in a terminal and as plain lines elsewhere; what goes to stdout meanwhile
stays there; a live stream has no length, so that none is shown.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress, Task

_LINE_EVERY_S: Final = 5.0
Note = Callable[[int, int], None]


@contextmanager
def frames_of(what: str) -> Iterator[Note]:
    """Show frames as they are done; call what this gives with done and to do, 0 where that is not known."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)
        return
    lines = _Lines(what)
    try:
        yield lines.note
    finally:
        lines.end()


class _Lines:
    def __init__(self, what: str) -> None:
        self._what = what
        self._began = self._last = time.monotonic()
        self._done = self._told = 0

    def note(self, done: int, total: int) -> None:
        self._done = done
        now = time.monotonic()
        if now - self._last >= _LINE_EVERY_S:
            of = f" of {total}" if total else ""
            self._tell(f"{done}{of}", (done - self._told) / (now - self._last))
            self._last, self._told = now, done

    def end(self) -> None:
        took = time.monotonic() - self._began
        self._tell(f"{self._done} in {took:.1f} s", self._done / took if took else 0.0)

    def _tell(self, count: str, rate: float) -> None:
        print(f"{self._what}: {count}, {rate:.1f} frames/s", file=sys.stderr, flush=True)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: "Task") -> Text:
            total = f"/{task.total:g}" if task.total else ""
            return Text(f"{task.completed:g}{total} frames, {task.speed or 0:.1f} frames/s")

    columns = (TextColumn("{task.description}"), BarColumn(), Rate(), TimeElapsedColumn())
    # Redirected, results printed to stdout would end in the bar's stream.
    return Progress(*columns, console=Console(stderr=True), redirect_stdout=False)
