"""Commands over the holdout: holdout show, extend."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from safety_tasks.cli.console import opened, show
from safety_tasks.cli.dataset_tables import draw_holdout, draw_sign_off
from safety_tasks.cli.drawing import for_people, tell
from safety_tasks.errors import DatasetError

if TYPE_CHECKING:
    from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff

APP: Final = typer.Typer(
    help="Look at the frozen holdout, and let it grow with somebody's signature.",
    no_args_is_help=True,
)


@APP.command(name="show")
def show_one(
    version: Annotated[str, typer.Argument(help="A version's id; empty: the current one.")] = "",
) -> None:
    """Show what judges models, who signed for it, and which scenes wait in reserve."""
    from safety_tasks.dataset import show_holdout
    from safety_tasks.store.manifests import choose_version

    _, store = opened()
    view = show_holdout(store, choose_version(store, version))
    if for_people():
        draw_holdout(view)
    else:
        show(view.to_dict())


@APP.command()
def extend(
    by: Annotated[str, typer.Option(help="Who signs for it.")],
    why: Annotated[str, typer.Option(help="The reason, for the record.")],
    scene: Annotated[
        list[str] | None,
        typer.Option(help="A scene to add, whole; repeatable. None: sign for it as it is."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show before and after, and write nothing.")
    ] = False,
) -> None:
    """Add scenes to the holdout: shows before and after, validates the new version, makes it current."""
    from safety_tasks.ingest import extend_holdout
    from safety_tasks.store.dry_run import DryRunStore
    from safety_tasks.store.manifests import choose_version, read_version
    from safety_tasks.validate import adopt_version

    settings, store = opened()
    signed: list[HoldoutSignOff] = []

    def build(base: str | None) -> "DatasetVersion":
        if base is None:
            raise DatasetError(
                f"{store.uri}: expected a current dataset version, found none. Ingest and validate first."
            )
        version, sign_off = extend_holdout(
            store, read_version(store, base), scene or [], approved_by=by, why=why
        )
        signed[:] = [sign_off]
        draw_sign_off(sign_off, to_stderr=True)
        return version

    if dry_run:
        current = choose_version(store, None)
        _, sign_off = extend_holdout(
            DryRunStore(store), current, scene or [], approved_by=by, why=why
        )
        draw_sign_off(sign_off, to_stderr=True)
        tell("dry run: nothing was written.")
        show({"version": None, "sign_off": sign_off.to_dict()})
        return
    version, _ = adopt_version(store, build, settings.ingest)
    tell(f"current: version {version.version_id}.")
    show({"version": version.to_dict(), "sign_off": signed[0].to_dict()})
