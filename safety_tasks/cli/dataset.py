"""Commands over dataset versions: dataset list, show, diff, export, verify, report, review, purge."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from safety_tasks.cli.console import opened, progress_of, show
from safety_tasks.cli.dataset_pages import Version, report, review
from safety_tasks.cli.dataset_tables import (
    draw_diff,
    draw_proof,
    draw_purge,
    draw_version,
    draw_versions,
)
from safety_tasks.cli.drawing import for_people, plain, tell
from safety_tasks.errors import ConfigError

if TYPE_CHECKING:
    from safety_tasks.records.dataset import DatasetVersion, PurgeReport

APP: Final = typer.Typer(
    help="Look at dataset versions, compare, prove and export them; purge a picture.",
    no_args_is_help=True,
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
APP.command()(report)
APP.command()(review)


@APP.command(name="list")
def list_versions() -> None:
    """List the versions, newest first: the current line, then side branches."""
    from safety_tasks.dataset import list_dataset_versions

    _, store = opened()
    lines = list_dataset_versions(store)
    if for_people():
        draw_versions(lines)
    else:
        show([line.to_dict() for line in lines])


@APP.command(name="show")
def show_one(
    version: Version = "",
    scenes: Annotated[bool, typer.Option("--scenes", help="Also count each scene.")] = False,
) -> None:
    """Show what a version holds: splits, hazards, kinds, sites, ledger, holdout."""
    from safety_tasks.dataset import show_version
    from safety_tasks.store.manifests import choose_version

    _, store = opened()
    view = show_version(store, choose_version(store, version), with_scenes=scenes)
    if for_people():
        draw_version(view)
    else:
        show(view.to_dict())


@APP.command()
def diff(
    older: Annotated[str, typer.Argument(help="The version to compare with.")],
    newer: Version = "",
    examples: Annotated[int, typer.Option(min=0, help="Digests to name of each change.")] = 20,
) -> None:
    """Say what came, went, moved and was relabelled between two versions."""
    from safety_tasks.dataset import diff_versions
    from safety_tasks.store.manifests import choose_version, read_version

    _, store = opened()
    found = diff_versions(
        store, read_version(store, older), choose_version(store, newer), examples=examples
    )
    if for_people():
        draw_diff(found)
    else:
        show(found.to_dict())


@APP.command()
def export(
    version: Version = "",
    *,
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    split: Annotated[
        list[str] | None, typer.Option(help="A split to write; repeatable. None: train and val.")
    ] = None,
    with_holdout: Annotated[
        bool,
        typer.Option(
            "--with-holdout",
            help="Let out what judges models (holdout, incident): read only to judge, never to learn from.",
        ),
    ] = False,
) -> None:
    """Write a version as a YOLO folder, ready for Ultralytics; pictures are read-only links into the cache."""
    from safety_tasks.dataset import export_version
    from safety_tasks.dataset.exporting import LEARNING
    from safety_tasks.store.manifests import choose_version

    _, store = opened()
    wanted = split or [*LEARNING, *(["holdout"] if with_holdout else [])]
    with progress_of("export") as progress:
        done = export_version(
            store,
            choose_version(store, version),
            out,
            splits=wanted,  # type: ignore[arg-type]  # the verb refuses what is no split
            with_holdout=with_holdout,
            progress=progress,
        )
    show(done.to_dict())


@APP.command()
def verify(version: Version = "") -> None:
    """Prove a version: its tables, every picture and label, no leak. Status 1 if anything is damaged."""
    from safety_tasks.dataset import verify_version
    from safety_tasks.store.manifests import choose_version

    _, store = opened()
    name = version or choose_version(store, None).version_id
    with progress_of("verify") as progress:
        proof = verify_version(store, name, progress=progress)
    if for_people():
        draw_proof(proof)
    else:
        show({"sound": proof.is_sound, **proof.to_dict()})
    if not proof.is_sound:
        raise typer.Exit(1)


@APP.command()
def purge(
    picture: Annotated[str, typer.Option(help="The picture's SHA-256, all 64 hex digits.")],
    why: Annotated[str, typer.Option(help="The reason, for the record.")],
    by: Annotated[str, typer.Option(help="Who asks for it.")],
    from_releases: Annotated[
        bool,
        typer.Option(
            "--from-releases",
            help="Also where it is a golden picture: devices can then no longer install that release.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a picture's bytes for good, wherever this system keeps them, and make a version without it current."""
    from safety_tasks.ingest import purge_picture
    from safety_tasks.store.manifests import read_current, read_version
    from safety_tasks.validate import adopt_version

    if not _SHA256.fullmatch(picture):
        raise ConfigError(
            f"--picture: expected 64 hex digits, found {picture!r}. See dataset export."
        )
    _confirm(f"Remove {picture[:12]}… for good? It cannot be brought back.", yes)
    settings, store = opened()

    def purged_from(version: "DatasetVersion | None") -> "PurgeReport":
        return purge_picture(
            store, picture, current=version, purged_by=by, why=why, from_releases=from_releases
        )

    found = read_current(store)
    base_id = found[0].version_id if found else None
    report = purged_from(read_version(store, base_id) if base_id else None)
    if for_people():
        draw_purge(report)
    else:
        show(report.to_dict())
    sys.stdout.flush()
    tell(
        "left: folders that were exported, and copies elsewhere, are not searched. Delete them by hand."
    )
    if report.version is None:
        return
    first = report.version

    def build(base: str | None) -> "DatasetVersion":
        if base == base_id or base is None:
            return first
        version = read_version(store, base)
        return purged_from(version).version or version

    version, _ = adopt_version(store, build, settings.ingest)
    tell(f"current: version {version.version_id}, without the picture. Train anew on it.")


def _confirm(question: str, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError(
            "expected --yes, since nobody is there to ask, found none. Nothing was done."
        )
    typer.confirm(plain(question), abort=True, err=True)
