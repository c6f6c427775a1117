"""Commands over waivers: gate waive, gate waivers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from safety_tasks.cli.console import opened, show
from safety_tasks.cli.drawing import draw, tell
from safety_tasks.cli.stored import record_of
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.waiver import LONGEST, ProvedWaiver, UnprovedWaiver, Waiver

_COLUMNS = ("waiver", "state", "run", "checks", "who", "approver", "until", "why")


def waive(
    run_id: Annotated[str, typer.Argument(help="The training run's id, as train printed it.")],
    check: Annotated[
        list[str],
        typer.Option(
            help="A check by its full name, as the report has it; a last .* for all of a kind; repeatable."
        ),
    ],
    why: Annotated[str, typer.Option(help="The reason, for the record: 10 to 500 characters.")],
    days: Annotated[
        int, typer.Option(min=1, max=LONGEST.days, help="When it ends by itself, days from now.")
    ],
    key: Annotated[Path, typer.Option(help="An approver's private key, of keys approver.")],
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file with the key's passphrase on one line.")
    ] = None,
    who: Annotated[str, typer.Option(help="Who decided; empty: the approver.")] = "",
    profile: Annotated[str, typer.Option(help="The gate profile it is for; empty: as set.")] = "",
) -> None:
    """Waive checks of one run's model for some days, signed by an approver; every report shows it."""
    from safety_tasks.gate.waivers import give_waiver
    from safety_tasks.profiles import load_profile
    from safety_tasks.signing import (
        find_approver,
        load_approvers,
        load_key,
        public_part,
        read_passphrase,
    )

    settings, store = opened()
    approvers = load_approvers()
    private = load_key(key, None if passphrase_file is None else read_passphrase(passphrase_file))
    signer = find_approver(approvers, public_part(private).key_id)
    exported = record_of(store, ExportedModel, run_id, "export.json", "export")
    given_at = datetime.now(UTC).replace(microsecond=0)
    waiver = Waiver.of(
        who=who or signer.name,
        why=why.strip(),
        checks=tuple(dict.fromkeys(check)),
        run_id=run_id,
        model_sha256=exported.model.sha256,
        profile=load_profile(profile or settings.retrain.profile).name,
        given_at=given_at,
        until=given_at + timedelta(days=days),
    )
    signed = give_waiver(store, waiver, private, approvers)
    tell(
        f"waiver {waiver.waiver_id}, signed by {signer.name}: {', '.join(waiver.checks)} of run {run_id} until "
        f"{waiver.until}. It counts when the gate judges the run again."
    )
    show(signed.to_dict())


def waivers() -> None:
    """List waivers: those that count now, those that ended, and what proves to be none."""
    from safety_tasks.gate.waivers import active_waivers, read_waivers
    from safety_tasks.signing import load_approvers

    _, store = opened()
    at = datetime.now(UTC)
    given = read_waivers(store, load_approvers(), at=at)
    active = active_waivers(given, at)
    ended = [one for one in given if isinstance(one, ProvedWaiver) and one not in active]
    problems = [one for one in given if isinstance(one, UnprovedWaiver)]
    rows = [
        *(_row(one, "active") for one in active),
        *(_row(one, "ended") for one in ended),
    ]
    draw("waivers", _COLUMNS, rows, to_stderr=True)
    if problems:
        draw(
            "not counted",
            ("object", "problem"),
            ((one.key, one.problem) for one in problems),
            to_stderr=True,
        )
    show(
        {
            "at": at.isoformat(timespec="seconds"),
            "active": [one.to_dict() for one in active],
            "ended": [one.to_dict() for one in ended],
            "problems": [one.to_dict() for one in problems],
        }
    )


def _row(one: ProvedWaiver, state: str) -> tuple[str, ...]:
    waiver = one.waiver
    checks = "\n".join(waiver.checks)
    return (
        waiver.waiver_id,
        state,
        waiver.run_id,
        checks,
        waiver.who,
        one.approver,
        waiver.until,
        waiver.why,
    )
