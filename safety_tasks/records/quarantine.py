"""Records of quarantine: what was set aside, why, and what became of it."""

from typing import Annotated

from pydantic import Field

from safety_tasks.records.base import Artifact, Name, Record


class QuarantineItem(Record):
    """One picture that was set aside, with its label as delivered.

    ``picture`` is None where it was too large to keep; ``released_as`` is the batch that it was delivered anew in.
    """

    item_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    batch_id: Name
    file: str
    rule: str
    observed: str
    picture: Artifact | None
    label: Artifact | None
    quarantined_at: str
    released_as: Name | None = None
