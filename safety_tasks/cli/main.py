"""The ``safety-tasks`` command.

Rules: a command is a few lines around one verb; heavy imports happen inside it, so that ``--help`` is quick and a
device needs only its own packages; an error of the tree is one line on stderr and status 1, a refusal of the gate
status 3; a result goes to stdout as JSON, so that commands can be chained.
"""

import sys

import typer

from safety_tasks.cli import (
    adopt,
    classes,
    dataset,
    deliveries,
    device,
    endpoint,
    evaluate,
    gate,
    holdout,
    keys,
    model,
    predict,
    quarantine,
    runs,
    tune,
)
from safety_tasks.cli.drawing import plain
from safety_tasks.errors import GateRefused, SafetyTasksError

app = typer.Typer(
    name="safety-tasks",
    help="Retrain, judge and release smoke, fire and fall detectors for edge cameras.\n\n"
    "In order: deliver, ingest, validate, train, export, benchmark, gate, publish; on a device: agent, predict; "
    "beside them: adopt, tune, runs, endpoint, dataset, holdout, quarantine, keys.\n\n"
    "Settings come from config/pipeline.toml and SAFETY_TASKS_<SECTION>_<NAME>.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _command in (
    *deliveries.COMMANDS,
    *model.COMMANDS,
    *adopt.COMMANDS,
    *tune.COMMANDS,
    *device.COMMANDS,
    *predict.COMMANDS,
    *evaluate.COMMANDS,
):
    app.command(name=_command.__name__)(_command)
app.add_typer(classes.APP, name="classes")
app.add_typer(dataset.APP, name="dataset")
app.add_typer(endpoint.APP, name="endpoint")
app.add_typer(gate.APP, name="gate")
app.add_typer(holdout.APP, name="holdout")
app.add_typer(keys.APP, name="keys")
app.add_typer(quarantine.APP, name="quarantine")
app.add_typer(runs.APP, name="runs")


def main() -> None:
    """Run a command; turn errors of the tree into one clear line."""
    try:
        app()
    except GateRefused as problem:
        # The card, which follows the reason, was shown before.
        typer.echo(f"refused: {plain(str(problem).partition(chr(10))[0])}", err=True)
        sys.exit(3)
    except SafetyTasksError as problem:
        typer.echo(f"error: {plain(str(problem))}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
