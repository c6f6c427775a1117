"""Records of a waiver: who may sign one, what it says, and what came of reading it.

Rules: a waiver names a person, a reason and an end, at most 30 days after it was given; it is for one run, one model
and one profile; its id is derived from what it says, so that none can be written over another; times are UTC.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from safety_tasks.digests import digest_of, sha256_bytes
from safety_tasks.errors import WaiverRefused
from safety_tasks.records.base import Name, Record, Sha256

LONGEST: Final = timedelta(days=30)
# How far two machines' clocks may be apart before a waiver that was just given counts as one from the future.
CLOCK_SKEW: Final = timedelta(minutes=5)
ALL_OF: Final = ".*"

WaivedCheck = Annotated[
    str, Field(pattern=r"^[a-z0-9_-][a-z0-9_.-]*(\.\*)?$", min_length=1, max_length=200)
]


class PublicKey(Record):
    """The public part of an ed25519 key: 32 bytes as hex."""

    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @property
    def key_id(self) -> str:
        """The SHA-256 of the 32 bytes, as hex."""
        return sha256_bytes(bytes.fromhex(self.public_key))


class Approver(PublicKey):
    """A person whose signature counts."""

    name: Name


class Signature(Record):
    """An ed25519 signature, 64 bytes as hex, and the id of the key that made it."""

    key_id: Sha256
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class WaiverTerms(Record):
    """What a waiver says.

    ``who`` is the person as typed or as Airflow knows them; ``checks`` are full names of checks, such as
    ``latency.x86-vnni``, where a last ``.*`` stands for all of a kind; times are ISO 8601 in UTC.
    """

    who: Annotated[str, Field(min_length=1, max_length=100)]
    why: Annotated[str, Field(min_length=10, max_length=500)]
    checks: Annotated[tuple[WaivedCheck, ...], Field(min_length=1, max_length=20)]
    run_id: Name
    model_sha256: Sha256
    profile: Name
    given_at: str
    until: str

    @field_validator("who", "why")
    @classmethod
    def _one_line(cls, text: str) -> str:
        """Refuse what would not be read as it was meant."""
        if not text.isprintable() or text != text.strip():
            raise ValueError("expected one line that prints, with no space around it")
        return text

    @field_validator("given_at", "until")
    @classmethod
    def _utc(cls, text: str) -> str:
        """Refuse a time that is none, of another zone, or written otherwise."""
        found = datetime.fromisoformat(text)
        if found.utcoffset() != timedelta(0) or found.isoformat() != text:
            raise ValueError("expected a time in UTC, such as 2026-03-01T12:00:00+00:00")
        return text

    @model_validator(mode="after")
    def _ends(self) -> Self:
        """Refuse a waiver that never counts, or counts too long."""
        lasts = datetime.fromisoformat(self.until) - datetime.fromisoformat(self.given_at)
        if not timedelta(0) < lasts <= LONGEST:
            raise ValueError(
                f"expected an end after it was given, by at most {LONGEST.days} days, found {lasts}"
            )
        return self


class Waiver(WaiverTerms):
    """A waiver with its id: when it was given, and what it says."""

    waiver_id: Name

    @model_validator(mode="after")
    def _derived(self) -> Self:
        """Refuse an id that is another waiver's."""
        expected = _id_of(self.model_dump(mode="json", exclude={"waiver_id"}))
        if self.waiver_id != expected:
            raise ValueError(f"expected the id {expected}, which follows from what it says")
        return self

    @classmethod
    def of(
        cls,
        *,
        who: str,
        why: str,
        checks: tuple[str, ...],
        run_id: str,
        model_sha256: str,
        profile: str,
        given_at: datetime,
        until: datetime,
    ) -> Self:
        """Return a waiver as a person words it, with its id.

        Raises:
            WaiverRefused: something is missing, malformed or too long; every such part is named.
        """
        values = {
            "who": who,
            "why": why,
            "checks": checks,
            "run_id": run_id,
            "model_sha256": model_sha256,
            "profile": profile,
            "given_at": given_at.isoformat(),
            "until": until.isoformat(),
        }
        try:
            terms = WaiverTerms.model_validate(values).to_dict()
            return cls.model_validate(terms | {"waiver_id": _id_of(terms)})
        except ValidationError as problem:
            found = "; ".join(map(_told, problem.errors()))
            raise WaiverRefused(f"waiver for run {run_id}: {found}. Word it anew.") from problem

    def covers(self, check_name: str) -> bool:
        """Tell whether a check, by its full name, is among those that are waived."""
        return any(
            check_name == name
            or (
                name.endswith(ALL_OF)
                and f"{check_name}.".startswith(name.removesuffix(ALL_OF) + ".")
            )
            for name in self.checks
        )

    def is_active(self, at: datetime) -> bool:
        """Tell whether it counts at a time, with its zone: from when it was given, up to but not at its end."""
        return not self.is_early(at) and at < datetime.fromisoformat(self.until)

    def is_early(self, at: datetime) -> bool:
        """Tell whether it was given later than a time, by more than clocks differ."""
        return at + CLOCK_SKEW < datetime.fromisoformat(self.given_at)


class SignedWaiver(Record):
    """A waiver as it is stored."""

    format: Literal["safety-waiver/1"] = "safety-waiver/1"
    waiver: Waiver
    signature: Signature


class ProvedWaiver(Record):
    """A stored waiver that an approver, by name, signed."""

    key: str
    waiver: Waiver
    approver: str


class UnprovedWaiver(Record):
    """A stored object that is no waiver, or that no approver signed: why it counts for nothing."""

    key: str
    problem: str


GivenWaiver = ProvedWaiver | UnprovedWaiver


def _told(problem: ErrorDetails) -> str:
    where = ".".join(map(str, problem["loc"]))
    return f"{where}: {problem['msg']} (found {problem['input']!r})" if where else problem["msg"]


def _id_of(terms: dict[str, Any]) -> str:
    given_at = datetime.fromisoformat(terms["given_at"])
    return f"{given_at:%Y%m%dT%H%M%S}-{digest_of(terms)[:12]}"
