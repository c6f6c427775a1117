"""Commands over the history of runs: runs list, show, compare, rerun."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from safety_tasks.cli.console import epochs_of, opened, show
from safety_tasks.cli.drawing import for_people, tell
from safety_tasks.cli.run_tables import draw_comparison, draw_run, draw_runs

APP: Final = typer.Typer(
    help="Look at training runs and adopted models, compare two, train one again.",
    no_args_is_help=True,
)
Run = Annotated[str, typer.Argument(help="A run's id, as runs list shows it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON in a terminal too.")]


@APP.command(name="list")
def list_all(as_json: Json = False) -> None:
    """List the runs, newest first, with their verdicts and releases."""
    from safety_tasks.train.runs.history import list_runs

    _, store = opened()
    lines = list_runs(store)
    if for_people() and not as_json:
        draw_runs(lines)
    else:
        show([line.to_dict() for line in lines])


@APP.command(name="show")
def show_one(run_id: Run, as_json: Json = False) -> None:
    """Show all that is recorded of a run: what went in, its curves, its numbers, its verdict."""
    from safety_tasks.train.runs.history import show_run

    _, store = opened()
    view = show_run(store, run_id)
    if for_people() and not as_json:
        draw_run(view)
    else:
        show(view.to_dict())


@APP.command()
def compare(
    a: Run,
    b: Annotated[str, typer.Argument(help="The run to compare it with.")],
    as_json: Json = False,
) -> None:
    """Say what two runs do not share, and what may be concluded from their numbers."""
    from safety_tasks.train.runs.comparing import compare_runs

    _, store = opened()
    found = compare_runs(store, a, b)
    if for_people() and not as_json:
        draw_comparison(found)
    else:
        show(found.to_dict())


@APP.command(name="rerun")
def run_again(
    run_id: Run,
    new_id: Annotated[
        str, typer.Option("--run-id", help="The new run's id; empty: a new one.")
    ] = "",
) -> None:
    """Train again, on this machine, from the very record of a run: same data, recipe, seed and base weights."""
    from safety_tasks.train.runs.rerunning import plan_rerun, rerun
    from safety_tasks.validate import validate_dataset

    settings, store = opened()
    planned = plan_rerun(store, run_id)
    for line in planned.warnings:
        tell(f"not as it was: {line}")
    name = new_id or f"{run_id[:170]}-again-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    validation = validate_dataset(store, planned.version, settings.ingest)
    with epochs_of(name) as progress:
        run = rerun(store, planned, validation, name, settings.train, progress=progress)
    show(run.to_dict())
