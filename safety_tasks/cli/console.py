"""Progress and results in a terminal.

Rules: progress goes to stderr, as a bar in a terminal and as plain lines elsewhere; stdout holds only the result.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.config import load_settings
from safety_tasks.records.training import Epoch
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

Progress = Callable[[int, int], None]
_LINE_EVERY_S: Final = 5.0


def opened() -> tuple[Settings, ObjectStore]:
    """Return the settings and the store they name."""
    settings = load_settings()
    return settings, open_store(settings.store)


def show(value: Any) -> None:
    """Print a result as JSON."""
    print(json.dumps(value, indent=1, ensure_ascii=False))


@contextmanager
def progress_of(what: str) -> Iterator[Progress]:
    """Show how far something is."""
    if not sys.stderr.isatty():
        yield _plain(what)
        return
    with _bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def epochs_of(run_id: str) -> Iterator[Callable[[Epoch], None]]:
    """Show a training: each epoch's line, and in a terminal a bar below them."""
    if not sys.stderr.isatty():
        yield lambda epoch: print(epoch.line(), file=sys.stderr, flush=True)
        return
    with _bar() as bar:
        task = bar.add_task(run_id, total=None)

        def note(epoch: Epoch) -> None:
            bar.console.print(epoch.line(), highlight=False, markup=False)
            bar.update(task, completed=epoch.number, total=epoch.total)

        yield note


@contextmanager
def steps_of(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show work of several named parts, each with its own number of steps."""
    if not sys.stderr.isatty():
        notes: dict[str, Progress] = {}

        def line(part: str, done: int, total: int) -> None:
            notes.setdefault(part, _plain(f"{what}, {part}"))(done, total)

        yield line
        return
    with _bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda part, done, total: bar.update(
            task, description=f"{what}, {part}", completed=done, total=total
        )


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _plain(what: str) -> Progress:
    last = time.monotonic()

    def note(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _LINE_EVERY_S:
            last = now
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    return note
