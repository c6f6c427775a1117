"""``python -m benchmarks [--only name]``: run benchmarks, write results, end non-zero if a bar is missed.

Rules: a benchmark that cannot measure ends non-zero and leaves no result of its own.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks import (
    busy_neighbour_p95,
    coco_scoring,
    demo_overhead,
    edge_frame_fp32,
    edge_frame_int8,
    edge_frame_vs_ultralytics,
    evaluate_vs_val,
    gate_coverage,
    gate_power,
    gate_power_equal,
    ingest_vs_cleanvision,
    ingest_vs_naive,
    int8_agreement,
    near_duplicates,
    pre_post_share,
    reingest,
    s3_objects,
    same_detections,
    swap_p99,
    train_speed,
    validate_growth,
    warm_start,
)
from benchmarks.result import NoResult, Result, write
from safety_tasks.errors import SafetyTasksError

SCRATCH: Final = Path(__file__).resolve().parents[1] / "var" / "bench"
BENCHMARKS: Final[dict[str, Callable[[Path], Result]]] = {
    module.NAME: module.run
    for module in (
        demo_overhead,
        ingest_vs_cleanvision,
        ingest_vs_naive,
        reingest,
        near_duplicates,
        validate_growth,
        s3_objects,
        train_speed,
        warm_start,
        edge_frame_fp32,
        edge_frame_vs_ultralytics,
        edge_frame_int8,
        pre_post_share,
        int8_agreement,
        same_detections,
        busy_neighbour_p95,
        evaluate_vs_val,
        coco_scoring,
        swap_p99,
        gate_power,
        gate_power_equal,
        gate_coverage,
    )
}


def main(
    only: Annotated[str, typer.Option(help=f"One of {', '.join(BENCHMARKS)}; empty: all.")] = "",
) -> None:
    """Measure side by side."""
    if only and only not in BENCHMARKS:
        typer.echo(f"ONLY: expected one of {', '.join(BENCHMARKS)}, found {only!r}.", err=True)
        raise typer.Exit(1)
    failed = False
    for name in [only] if only else BENCHMARKS:
        typer.echo(f"{name} …")
        try:
            result = BENCHMARKS[name](SCRATCH / name)
        except (NoResult, SafetyTasksError) as problem:
            typer.echo(f"{name}: no result: {problem}", err=True)
            failed = True
            continue
        path = write(result)
        word = "keeps" if result.passes else "MISSES"
        typer.echo(f"{name}: {result.ratio} {word} its bar of {result.bar} ({path.name})")
        failed |= not result.passes
    sys.exit(failed)


if __name__ == "__main__":
    typer.run(main)
