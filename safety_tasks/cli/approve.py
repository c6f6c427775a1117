"""The command gate approve: an approver's yes or no before ``stable``, where Airflow does not ask."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from safety_tasks.cli.console import opened, show
from safety_tasks.cli.drawing import tell


def approve(
    run_id: Annotated[str, typer.Argument(help="The training run's id, as train printed it.")],
    key: Annotated[Path, typer.Option(help="An approver's private key, of keys approver.")],
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file with the key's passphrase on one line.")
    ] = None,
    note: Annotated[str, typer.Option(help="Kept in the report.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Say no.")] = False,
) -> None:
    """Record an approver's yes, or no, to publishing a run's latest report to stable."""
    from safety_tasks.gate import find_gate_report, record_approval
    from safety_tasks.records.gate import Approval
    from safety_tasks.signing import (
        find_approver,
        load_approvers,
        load_key,
        public_part,
        read_passphrase,
    )

    _, store = opened()
    private = load_key(key, None if passphrase_file is None else read_passphrase(passphrase_file))
    signer = find_approver(load_approvers(), public_part(private).key_id)
    approval = Approval(
        decision="rejected" if reject else "approved",
        who=signer.name,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        note=" ".join(note.split()),
    )
    ref = record_approval(store, find_gate_report(store, run_id), approval)
    tell(f"run {run_id} was {approval.decision} by {signer.name}")
    show(ref.to_dict())
