"""What a person sees of runs: a list, one of them, two beside each other."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from safety_tasks.cli.drawing import Cell, draw, plain

if TYPE_CHECKING:
    from safety_tasks.records.model import BenchmarkReport
    from safety_tasks.records.training import TrainingRun
    from safety_tasks.train.runs.results import RunComparison, RunLine, RunView

_BARS: Final = "▁▂▃▄▅▆▇█"
_WIDTH: Final = 40


def sparkline(values: Sequence[float | None], width: int = _WIDTH) -> str:
    """Return a curve as one line of bars, its lowest value the lowest bar; a gap is a space.

    Args:
        values: one an epoch, None where it was not measured.
        width: at most so many bars; of more epochs, evenly spaced ones are shown, the last among them.
    """
    if len(values) > width:
        step = (len(values) - 1) / (width - 1)
        values = [values[round(index * step)] for index in range(width)]
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    top = len(_BARS) - 1
    return "".join(
        " " if value is None else _BARS[round((value - low) / span * top) if span else 0]
        for value in values
    )


def draw_runs(lines: Iterable["RunLine"]) -> None:
    """Draw the runs there are."""
    draw(
        "runs",
        (
            "run",
            "when (UTC)",
            "version",
            "recipe",
            "backend",
            "epochs#",
            "mAP50 on val#",
            "verdict",
            "releases",
            "problem",
        ),
        (
            (
                line.run_id,
                line.started_at.partition("+")[0],
                line.dataset_version,
                line.recipe,
                line.backend,
                line.epochs,
                _number(line.best_map50),
                line.verdict,
                ", ".join(str(seq) for seq in line.releases),
                line.problem,
            )
            for line in lines
        ),
    )


def draw_run(view: "RunView") -> None:
    """Draw all that is recorded of a run."""
    line = view.line
    print(plain(f"run {line.run_id} on version {line.dataset_version or 'unknown'}"))
    if line.problem:
        print(plain(f"PROBLEM: {line.problem}"))
    if view.training is not None:
        _draw_training(view.training)
    draw(
        "curves",
        ("metric", "first#", "best#", "last#", "epoch by epoch"),
        (_curve_row(name, values) for name, values in view.curves.items()),
    )
    if view.exported is not None:
        parity = view.exported.parity
        said = (
            "none, it came as ONNX"
            if parity is None
            else f"{parity.max_box_difference_px:.4f} px, score {parity.max_score_difference:.5f}"
        )
        print(
            f"model {view.exported.model.sha256[:12]} at {view.exported.imgsz_px} px, parity: {said}"
        )
    if view.benchmark is not None:
        _draw_benchmark(view.benchmark)
    if line.verdict is not None:
        released = ", ".join(str(seq) for seq in line.releases) or "none"
        print(f"verdict {line.verdict.value}, releases: {released}")
    for reason in view.reasons:
        print(plain(f"  {reason}"))


def draw_comparison(found: "RunComparison") -> None:
    """Draw what two runs do not share."""
    columns = ("what", found.a, found.b)
    for section, rows in found.differences.items():
        draw(section, columns, ((row.what, row.a, row.b) for row in rows))
    if not found.differences:
        print("nothing differs that is recorded")
    draw("best of the curves, on val", columns, ((row.what, row.a, row.b) for row in found.best))
    draw(
        "on the same holdout",
        ("hazard", "AP50 a#", "AP50 b#", "recall a#", "recall b#"),
        (
            (
                row.hazard,
                _number(row.a_ap50),
                _number(row.b_ap50),
                _number(row.a_recall),
                _number(row.b_recall),
            )
            for row in found.hazards
        ),
    )
    for reason in found.unfair:
        print(plain(f"NOT FAIR: {reason}"))


def _draw_training(run: "TrainingRun") -> None:
    source = run.base_weights
    print(plain(f"started {run.started_at}, {run.backend}, {run.seconds:.0f} s"))
    print(
        plain(f"from {source.kind}: {source.source} {(source.sha256 or '')[:12]} ({source.note})")
    )
    print(f"{run.pictures} pictures, {run.replayed} of them replayed; code {run.code_sha256[:12]}")
    draw(
        "recipe",
        ("field", "value"),
        ((name, str(value)) for name, value in run.recipe.to_dict().items()),
    )
    if run.job is not None:
        cost = "unknown" if run.job.cost_usd is None else f"{run.job.cost_usd:.2f} USD"
        print(
            plain(f"job {run.job.name} on {run.job.instance_count} {run.job.instance_type}, {cost}")
        )
    if run.fit is None:
        return
    fit, machine = run.fit, run.fit.hardware
    rows: list[tuple[Cell, ...]] = [
        ("device", f"{fit.device} ({', '.join(machine.devices)}), {fit.precision}"),
        (
            "machine",
            f"{machine.machine}, {machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GiB",
        ),
        ("epochs", f"{fit.epochs_done}, the best {fit.best_epoch}, batch {fit.batch}"),
        ("cut and resumed after", ", ".join(str(epoch) for epoch in fit.resumed_after) or "never"),
        *(("note", note) for note in fit.notes),
        *((name, installed) for name, installed in sorted(fit.packages.items())),
    ]
    draw("fit", ("what", "value"), rows)


def _curve_row(name: str, values: Sequence[float | None]) -> tuple[Cell, ...]:
    from safety_tasks.train.engine.curves_table import best_of

    known = [value for value in values if value is not None]
    best = best_of({name: tuple(values)}, name)
    return (name, _number(known[0]), _number(best), _number(known[-1]), sparkline(values))


def _draw_benchmark(report: "BenchmarkReport") -> None:
    draw(
        f"holdout of version {report.dataset_version}: {report.pictures} pictures, {report.scenes} scenes",
        ("hazard", "AP50#", "AP50-95#", "recall#", "threshold#"),
        (
            (
                name,
                _number(score.ap50),
                _number(score.ap50_95),
                _number(score.recall),
                _number(score.threshold),
            )
            for name, score in report.hazards.items()
        ),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
