"""Commands that make pages and queues for people: dataset report, review."""

from pathlib import Path
from typing import Annotated

import typer

from safety_tasks.cli.console import opened, progress_of, show
from safety_tasks.cli.drawing import tell

Version = Annotated[
    str, typer.Argument(help="A version's id (16 hex digits); empty: the current one.")
]


def report(
    version: Version = "",
    out: Annotated[Path | None, typer.Option(help="Also write the page here.")] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Ask the champion first, and show the worst doubts.")
    ] = False,
) -> None:
    """Write a version as one page: balance, sizes, scenes, drift, ledger, samples; it opens offline."""
    from safety_tasks.store.base import get_artifact, keep_file
    from safety_tasks.store.manifests import choose_version
    from safety_tasks.validate.report_verb import report_dataset
    from safety_tasks.validate.suspicion_queue import review_labels

    settings, store = opened()
    chosen = choose_version(store, version)
    found = None
    if review:
        with progress_of("review") as progress:
            found = review_labels(store, chosen, progress=progress)
    page = report_dataset(store, chosen, review=found, ingest=settings.ingest)
    if out is not None:
        keep_file(out, get_artifact(store, page))
    show({"page": page.to_dict(), "out": str(out) if out is not None else None})


def review(
    version: Version = "",
    limit: Annotated[int, typer.Option(min=1, help="Doubts in the queue at most.")] = 200,
) -> None:
    """Queue the labels that the champion contradicts, worst first: a CSV and contact sheets; nothing is changed."""
    from safety_tasks.store.manifests import choose_version
    from safety_tasks.validate.suspicion_queue import review_labels

    _, store = opened()
    with progress_of("review") as progress:
        found = review_labels(store, choose_version(store, version), limit=limit, progress=progress)
    if found.problem:
        tell(f"no review: {found.problem}")
    if found.left:
        tell(f"{found.left} pictures were not looked at yet: run it again.")
    show(found.to_dict())
