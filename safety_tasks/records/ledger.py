"""The ledger: every item that was dropped, changed or doubted, by which rule, and what was done."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from safety_tasks.records.base import Name, Record


class LedgerKind(StrEnum):
    """What a ledger row is about."""

    PICTURE = "picture"
    LABEL = "label"
    BOX = "box"


class LedgerAction(StrEnum):
    """What was done."""

    QUARANTINED = "quarantined"
    DROPPED = "dropped"
    CHANGED = "changed"
    WARNED = "warned"
    RESERVED = "reserved"
    PURGED = "purged"
    RELEASED = "released"


class LedgerRow(Record):
    """One thing that was dropped, changed or doubted on the way in: which rule, what was seen, what was done."""

    batch_id: Name
    file: str
    kind: LedgerKind
    rule: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    observed: str
    action: LedgerAction
