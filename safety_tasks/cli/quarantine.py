"""Commands over quarantine: quarantine list, show, release, prune."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from safety_tasks.cli.console import opened, show
from safety_tasks.cli.drawing import draw, for_people, tell

APP: Final = typer.Typer(
    help="See what was set aside and why, mend it, and deliver it anew.", no_args_is_help=True
)
Batch = Annotated[str, typer.Argument(help="The batch that the items came in.")]


@APP.command(name="list")
def list_quarantine(
    batch: Annotated[str, typer.Argument(help="Only this batch.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also items that were released.")
    ] = False,
) -> None:
    """List refused batches with the reason, and items by batch and rule."""
    from safety_tasks.ingest.quarantine import list_items, refused_batches
    from safety_tasks.ingest.release_notes import items_by_state

    _, store = opened()
    refused = {name: why for name, why in refused_batches(store).items() if batch in ("", name)}
    waiting, released = items_by_state(store, list_items(store, batch or None))
    items = sorted(
        [*waiting, *(released if everything else ())], key=lambda i: (i.batch_id, i.file)
    )
    if not for_people():
        show({"refused": refused, "items": [item.to_dict() for item in items]})
        return
    draw("refused batches", ("batch", "reason"), refused.items())
    counts = Counter((item.batch_id, item.rule) for item in items)
    draw(
        "items by rule",
        ("batch", "rule", "items#"),
        ((*key, count) for key, count in sorted(counts.items())),
    )
    if batch:
        draw(
            f"items of {batch}",
            ("item", "file", "rule", "observed", "released as"),
            ((i.item_id, i.file, i.rule, i.observed, i.released_as) for i in items),
        )


@APP.command(name="show")
def show_items(
    batch: Batch,
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
) -> None:
    """Write a batch's items into a folder: pictures, labels, items.csv, a contact sheet; mend them there."""
    from safety_tasks.ingest.quarantine_folder import show_quarantine

    settings, store = opened()
    shown = show_quarantine(store, batch, out, settings.ingest, settings.classes)
    if shown.problem:
        tell(f"not all of the delivery could be read again: {shown.problem}")
    show(shown.to_dict())


@APP.command()
def release(
    batch: Batch,
    by: Annotated[str, typer.Option(help="Who mended or looked at them.")],
    item: Annotated[
        list[str] | None, typer.Option(help="An item; repeatable. None: all of the batch.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from", help="The folder that show wrote, mended: only what is still in it."
        ),
    ] = None,
    as_background: Annotated[
        bool,
        typer.Option("--as-background", help="The named items hold no hazard: empty labels."),
    ] = False,
    why: Annotated[str, typer.Option(help="The reason, for the record.")] = "",
) -> None:
    """Deliver items anew as the batch <batch>.fix<n>; ingest judges them like any other delivery."""
    from safety_tasks.ingest.quarantine_release import release_items

    settings, store = opened()
    released = release_items(
        store,
        batch,
        settings.ingest,
        settings.classes,
        released_by=by,
        why=why,
        item_ids=item or (),
        folder=folder,
        as_background=as_background,
    )
    if released.problem:
        tell(f"site, cameras and scenes may be missing: {released.problem}")
    tell(f"delivered as {released.batch_id}. Next: safety-tasks ingest {released.batch_id}")
    show(released.to_dict())


@APP.command()
def prune() -> None:
    """Delete items older than ingest.quarantine_retention_days; the ledger keeps their rows."""
    from safety_tasks.ingest import prune_quarantine

    settings, store = opened()
    days = settings.ingest.quarantine_retention_days
    gone = prune_quarantine(store, days, datetime.now(UTC))
    show({"retention_days": days, "deleted": list(gone)})
