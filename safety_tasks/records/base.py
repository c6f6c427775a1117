"""What every record shares.

Rules: records are frozen, refuse unknown fields, and hold no NaN or infinity; a record that is
written is written as canonical JSON, so that its digest names it.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from safety_tasks.digests import canonical_json, sha256_bytes
from safety_tasks.errors import SafetyTasksError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+:-]{0,199}$")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Record(BaseModel):
    """A frozen value with a canonical JSON form."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_json_bytes(self) -> bytes:
        """Return the canonical JSON form."""
        return canonical_json(self.model_dump(mode="json"))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON form."""
        return sha256_bytes(self.to_json_bytes())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, fit for an XCom."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json_bytes(
        cls,
        payload: bytes,
        *,
        what: str,
        error: type[SafetyTasksError] = SafetyTasksError,
    ) -> Self:
        """Parse a record from JSON.

        Args:
            payload: UTF-8 JSON.
            what: what the bytes are, for the message (``"release document releases/1/…"``).
            error: the error of the tree that a bad payload becomes.

        Raises:
            SafetyTasksError: (or ``error``) the payload is not this record.
        """
        try:
            return cls.model_validate_json(payload)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the document"
            raise error(
                f"{what}: expected a {cls.__name__}, found a problem at {where}: {first['msg']} "
                f"({problem.error_count()} in all). It was written by other code or altered."
            ) from problem


class Artifact(Record):
    """A file in the store with its digest."""

    key: Annotated[str, Field(min_length=1, max_length=1024)]
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]
