"""Commands over keys: keys approver, show."""

from pathlib import Path
from typing import Annotated, Final

import typer

from safety_tasks.cli.console import show
from safety_tasks.cli.drawing import tell

APP: Final = typer.Typer(
    help="Make the key that an approver signs with, and show its public part.", no_args_is_help=True
)
KeyFile = Annotated[Path, typer.Argument(help="The file of the private key.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="A file with the key's passphrase on one line; none: it has no passphrase."),
]


@APP.command()
def approver(
    file: KeyFile,
    name: Annotated[str, typer.Option(help="Who will sign with it.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make an approver's key in a new file, and show the line that lets its signatures count."""
    from safety_tasks.signing import approver_line, make_key, read_passphrase, require_approver_name

    require_approver_name(name)
    passphrase = None if passphrase_file is None else read_passphrase(passphrase_file)
    made = make_key(file, passphrase)
    tell(
        "To let it count, propose this line for [approvers] of config/approvers.toml, for the owners to review:"
    )
    tell(approver_line(name, made.public_key))
    show({"name": name, "key_id": made.key_id, "public_key": made.public_key, "file": str(file)})


@APP.command(name="show")
def show_one(file: KeyFile, passphrase_file: PassphraseFile = None) -> None:
    """Show the public part of a key, and which approver it is."""
    from safety_tasks.signing import load_approvers, load_key, public_part, read_passphrase

    passphrase = None if passphrase_file is None else read_passphrase(passphrase_file)
    found = public_part(load_key(file, passphrase))
    names = [one.name for one in load_approvers() if one.key_id == found.key_id]
    show(
        {
            "approver": names[0] if names else None,
            "key_id": found.key_id,
            "public_key": found.public_key,
            "file": str(file),
        }
    )
