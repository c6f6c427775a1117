"""Records of the gate's history: one entry for each verdict, approval and waiver.

Rules: an entry holds the digest of the one before, as it is stored; the first holds none; a verdict stands beside its
report; times are UTC.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from safety_tasks.records.base import Artifact, Name, Record, Sha256
from safety_tasks.records.gate import Verdict

EntryKind = Literal["verdict", "approval", "waiver"]
LONGEST_NOTE: Final = 500
LAST_SEQ: Final = 99_999_999


class HistoryEntry(Record):
    """What the gate said, or a person decided, at a time.

    ``seq`` counts from 1 without a gap; ``report`` is the report where it is never written again; ``note`` is who and
    why, on one line, for an approval and a waiver.
    """

    format: Literal["safety-gate-history/1"] = "safety-gate-history/1"
    seq: Annotated[int, Field(ge=1, le=LAST_SEQ)]
    previous_sha256: Sha256 | None
    at: str
    kind: EntryKind
    run_id: Name
    verdict: Verdict | None = None
    profile: Name
    model_sha256: Sha256
    report: Artifact | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""

    @field_validator("at")
    @classmethod
    def _utc(cls, text: str) -> str:
        """Refuse a time that is none, of another zone, or written otherwise."""
        found = datetime.fromisoformat(text)
        if found.utcoffset() != timedelta(0) or found.isoformat() != text:
            raise ValueError("expected a time in UTC, such as 2026-03-01T12:00:00+00:00")
        return text

    @field_validator("note")
    @classmethod
    def _one_line(cls, text: str) -> str:
        """Refuse what a terminal would not show as it is."""
        if not text.isprintable():
            raise ValueError("expected one line that prints")
        return text

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse an entry without what its place or its kind asks for."""
        if (self.seq == 1) != (self.previous_sha256 is None):
            raise ValueError(
                "expected the digest of the entry before in each entry but the first, and none in that"
            )
        if self.kind == "verdict" and (self.verdict is None or self.report is None):
            raise ValueError("expected a verdict with its report, found one without the other")
        return self
