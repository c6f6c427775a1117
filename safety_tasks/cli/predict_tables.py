"""What predict saw, told at its end.

Rules: a table for people and JSON for programs; where stdout holds the lines of ``detections.jsonl``, the table goes to
stderr; what could not be read, what was left aside and what is not as asked is told on stderr in either case.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.cli.console import show
from safety_tasks.cli.drawing import Cell, draw, for_people, tell

if TYPE_CHECKING:
    from safety_tasks.edge.tally import SourceTally, Tally

_NAMES_TOLD: Final = 5


def report(
    tally: "Tally", out: Path, *, lines_on_stdout: bool, but: Exception | None = None
) -> None:
    """Tell what was seen.

    Args:
        tally: the numbers.
        out: the folder of the results.
        lines_on_stdout: whether stdout belongs to the lines.
        but: a problem that is told otherwise.
    """
    for problem in tally.unreadable:
        if but is None or problem != str(but):
            tell(f"unreadable: {problem}")
    for one in tally.sources:
        for note in one.notes:
            tell(f"note: {note}")
        if one.overtaken:
            tell(f"note: {one.source}: {one.overtaken} frames were overtaken by newer ones")
    if tally.ignored:
        tell(f"ignored: {len(tally.ignored)}")
        for name in tally.ignored[:_NAMES_TOLD]:
            tell(f"  {name}")
        if len(tally.ignored) > _NAMES_TOLD:
            tell(f"  and {len(tally.ignored) - _NAMES_TOLD} more")
    if lines_on_stdout or for_people():
        _draw(tally, out, to_stderr=lines_on_stdout)
    else:
        show(_document(tally, out))


def _draw(tally: "Tally", out: Path, *, to_stderr: bool) -> None:
    columns = ("source", "looked at#", "frames/s#", "unreadable#", "hazard", "found#", "best#")
    rows = [row for one in tally.sources for row in _rows(one)]
    draw(f"seen, in {out}", columns, rows, to_stderr=to_stderr)


def _rows(one: "SourceTally") -> list[tuple[Cell, ...]]:
    """Return a row for each hazard, the source's own numbers in the first."""
    rows: list[tuple[Cell, ...]] = []
    own: tuple[Cell, ...] = (one.source, one.looked_at, f"{_rate(one):.1f}", len(one.problems))
    for hazard, count in one.detections.items():
        best = f"{one.best_score[hazard]:.2f}" if count else ""
        rows.append((*(("",) * len(own) if rows else own), hazard, count, best))
    return rows


def _rate(one: "SourceTally") -> float:
    return one.looked_at / one.seconds if one.seconds else 0.0


def _document(tally: "Tally", out: Path) -> dict[str, Any]:
    from safety_tasks.edge.addresses import shown_path
    from safety_tasks.edge.annotated import LINES_NAME

    return {
        "pictures": [shown_path(frame.annotated) for frame in tally.pictures],
        "videos": [shown_path(video) for one in tally.sources for video in one.videos],
        "lines": shown_path(out / LINES_NAME),
        "detections": sum(sum(one.detections.values()) for one in tally.sources),
        "sources": [
            {
                "source": one.source,
                "looked_at": one.looked_at,
                "overtaken": one.overtaken,
                "seconds": round(one.seconds, 3),
                "frames_per_s": round(_rate(one), 1),
                "detections": one.detections,
                "best_score": {name: round(score, 4) for name, score in one.best_score.items()},
                "notes": one.notes,
            }
            for one in tally.sources
        ],
        "unreadable": list(tally.unreadable),
        "ignored": list(tally.ignored),
    }
