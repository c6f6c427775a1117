"""Ledger rows about one picture that passed its checks: what became of it among the others."""

from safety_tasks.records.ledger import LedgerAction, LedgerKind, LedgerRow
from safety_tasks.records.picture import Arrival


def picture_row(arrival: Arrival, rule: str, observed: str, action: LedgerAction) -> LedgerRow:
    """Return the ledger row of a picture.

    Args:
        arrival: the picture, placed or not.
        rule: the rule that spoke.
        observed: what was seen.
        action: what was done.
    """
    return LedgerRow(
        batch_id=arrival.batch_id,
        file=arrival.file,
        kind=LedgerKind.PICTURE,
        rule=rule,
        observed=observed,
        action=action,
    )
