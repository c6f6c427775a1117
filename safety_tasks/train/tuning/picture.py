"""The picture of a search: the objective over the trials, and over each field that was tried.

Rules: each field has its own scale, the one that it was searched on; a trial that did not go its whole way is drawn as
such; nothing is drawn through the framework's global state, so that drawing never opens a window.
"""

import io
from collections.abc import Sequence
from typing import Any, Final

from safety_tasks.train.tuning.results import State, Trial, TuningResult
from safety_tasks.train.tuning.space import Choices, Range

_INK: Final = "#1f2933"
_FAINT: Final = "#d5dbe1"
_MARKS: Final[dict[State, tuple[str, str, str]]] = {
    "completed": ("o", "#1565c0", "completed"),
    "pruned": ("v", "#9aa5b1", "pruned"),
    "failed": ("x", "#b3261e", "failed, no value"),
}
_BEST: Final = "#e07a00"
_MOST_COLUMNS: Final = 3


def draw_search(result: TuningResult) -> bytes:
    """Return a PNG of a search."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fields = list(result.plan.space.fields.items())
    columns = 2 if len(fields) in (2, 4) else min(_MOST_COLUMNS, len(fields))
    rows = -(-len(fields) // columns)
    figure = Figure(
        figsize=(4.0 * max(columns, 2), 4.2 + 3.2 * rows), layout="constrained", dpi=110
    )
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[1.25] + [1.0] * rows)
    top = figure.add_subplot(grid[0, :])
    _over_trials(top, result)
    for at, (name, found) in enumerate(fields):
        _over_field(figure.add_subplot(grid[1 + at // columns, at % columns]), result, name, found)
    figure.suptitle(_title(result), fontsize=12, color=_INK, x=0.01, ha="left")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _over_trials(axes: Any, result: TuningResult) -> None:
    floor = _floor(result.trials)
    for state, (mark, colour, label) in _MARKS.items():
        shown = [trial for trial in result.trials if trial.state == state]
        if shown:
            heights = [_height(trial, floor) for trial in shown]
            numbers = [trial.number for trial in shown]
            axes.scatter(numbers, heights, marker=mark, color=colour, s=42, label=label, zorder=3)
    numbers, heights = _best_so_far(result.trials)
    if numbers:
        axes.step(
            numbers, heights, where="post", color=_BEST, lw=1.8, label="best so far", zorder=2
        )
    _ring(axes, result.best, lambda trial: trial.number)
    axes.set_xlabel("trial")
    axes.set_xlim(0.5, max(len(result.trials), 1) + 0.5)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel(f"{result.plan.space.objective} on val")
    if result.trials:
        axes.legend(fontsize=8, frameon=False, loc="best")
    _plain(axes)


def _over_field(axes: Any, result: TuningResult, name: str, found: Range | Choices) -> None:
    floor = _floor(result.trials)

    def place(trial: Trial) -> float:
        value = trial.values[name]
        if isinstance(found, Choices):
            return float(found.choices.index(value))
        return float(value)

    for state, (mark, colour, _) in _MARKS.items():
        shown = [trial for trial in result.trials if trial.state == state]
        if shown:
            heights = [_height(trial, floor) for trial in shown]
            axes.scatter(
                [place(trial) for trial in shown],
                heights,
                marker=mark,
                color=colour,
                s=32,
                zorder=3,
            )
    _ring(axes, result.best, place)
    if isinstance(found, Choices):
        axes.set_xticks(range(len(found.choices)), [str(choice) for choice in found.choices])
        axes.set_xlim(-0.5, len(found.choices) - 0.5)
    else:
        if found.logarithmic:
            axes.set_xscale("log")
        axes.set_xlim(*_ends(found))
    axes.set_xlabel(name)
    _plain(axes)


def _ends(found: Range) -> tuple[float, float]:
    """Return a scale's ends, so that a value at an end of the range is seen whole."""
    if found.logarithmic:
        margin = (found.high / found.low) ** 0.05
        return found.low / margin, found.high * margin
    margin = (found.high - found.low) * 0.05
    return found.low - margin, found.high + margin


def _ring(axes: Any, best: Trial | None, place: Any) -> None:
    if best is not None and best.objective is not None:
        axes.scatter(
            [place(best)],
            [best.objective],
            s=150,
            facecolors="none",
            edgecolors=_BEST,
            lw=1.8,
            zorder=4,
        )


def _best_so_far(trials: Sequence[Trial]) -> tuple[list[int], list[float]]:
    """Return the best objective of the completed trials up to each trial, from the first completed one on."""
    numbers: list[int] = []
    heights: list[float] = []
    for trial in trials:
        done = trial.objective if trial.state == "completed" else None
        if done is None and not heights:
            continue
        numbers.append(trial.number)
        heights.append(max([*heights[-1:], *([done] if done is not None else [])]))
    return numbers, heights


def _floor(trials: Sequence[Trial]) -> float:
    """Return where trials without a value are drawn: below the others."""
    known = [trial.objective for trial in trials if trial.objective is not None]
    return min(known) - max(0.01, 0.08 * (max(known) - min(known))) if known else 0.0


def _height(trial: Trial, floor: float) -> float:
    return floor if trial.objective is None else trial.objective


def _title(result: TuningResult) -> str:
    plan, best = result.plan, result.best
    found = f"best {best.objective:.4f}, trial {best.number}" if best else "no trial was completed"
    return f"{plan.tune_id}: {len(result.trials)} of {plan.jobs} trials, {found}"


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(True, color=_FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=_INK)
