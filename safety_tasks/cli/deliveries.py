"""Commands over deliveries: deliver, ingest, validate."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from safety_tasks.cli.console import opened, progress_of, show
from safety_tasks.cli.drawing import tell
from safety_tasks.records.batch import BatchKind


def deliver(
    folder: Annotated[
        Path, typer.Argument(help="A folder in YOLO, COCO or Pascal VOC layout, or a zip or tar.")
    ],
    batch: Annotated[str, typer.Option(help="The batch's name under incoming/.")],
    kind: Annotated[
        BatchKind, typer.Option(help="What its pictures are for; in batch.json if it has none.")
    ] = BatchKind.LABELLED,
    empty_label_is_background: Annotated[
        bool,
        typer.Option(
            "--empty-label-is-background",
            help="Say that an empty label file means a picture without hazard.",
        ),
    ] = False,
    replaces_labels: Annotated[
        bool,
        typer.Option(
            "--replaces-labels",
            help="Say that its labels replace those of pictures that are in the dataset already.",
        ),
    ] = False,
) -> None:
    """Upload labelled pictures as a batch, marker last."""
    from safety_tasks.ingest import deliver_folder

    _, store = opened()
    with progress_of("deliver") as progress:
        files = deliver_folder(
            store,
            folder,
            batch,
            empty_label_is_background=empty_label_is_background,
            kind=kind,
            replaces_labels=replaces_labels,
            progress=progress,
        )
    show({"batch": batch, "files": files})


def ingest(
    batches: Annotated[
        list[str] | None,
        typer.Argument(help="Batches under incoming/. None: all that are complete and new."),
    ] = None,
) -> None:
    """Turn delivered batches into a new dataset version; validate makes it current. Status 1 if one was refused."""
    from safety_tasks.ingest import ingest_pending

    settings, store = opened()
    with progress_of("ingest") as progress:
        outcome = ingest_pending(
            store,
            settings.ingest,
            settings.classes,
            only=batches or (),
            progress=lambda batch, done, total: progress(done, total),
        )
    for batch, hours in outcome.stuck.items():
        tell(
            f"stuck: {batch} has no _READY marker for {hours:.0f} h. Write it, or remove the batch."
        )
    for batch, reason in outcome.refused.items():
        tell(f"refused: {batch}: {reason}")
    show(outcome.to_dict())
    if outcome.refused:
        raise typer.Exit(1)


def validate(
    version: Annotated[str, typer.Argument(help="A dataset version's id (16 hex digits).")],
    current: Annotated[bool, typer.Option(help="Make it the current version if it passes.")] = True,
) -> None:
    """Judge a dataset version with the Great Expectations suite."""
    from safety_tasks import validate as stage
    from safety_tasks.store.manifests import read_version

    settings, store = opened()
    found = read_version(store, version)
    report = stage.validate_dataset(store, found, settings.ingest)
    if current:
        stage.make_current(store, found, report)
    show(report.to_dict())


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (deliver, ingest, validate)
