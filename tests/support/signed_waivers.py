"""Approvers with real keys, and waivers that they sign."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safety_tasks.records.waiver import Approver, Waiver
from safety_tasks.signing import approver_line, load_key, make_key

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = "a" * 64
WHY = "the new camera's slice is thin until April"


@dataclass(frozen=True)
class Signer:
    """A person with a key, in a file of their own."""

    approver: Approver
    key: Ed25519PrivateKey
    file: Path

    @property
    def line(self) -> str:
        """What approvers.toml says of them."""
        return approver_line(self.approver.name, self.approver.public_key)


def signer(folder: Path, name: str) -> Signer:
    """Make a person's key."""
    file = folder / f"{name}.pem"
    made = make_key(file)
    approver = Approver(name=name, public_key=made.public_key)
    return Signer(approver, load_key(file), file)


def waiver(**changes: Any) -> Waiver:
    """Return a waiver of run r1, given at noon for a week, but for what is changed."""
    values: dict[str, Any] = {
        "who": "Kim",
        "why": WHY,
        "checks": ("latency.x86-vnni", "support.*"),
        "run_id": "r1",
        "model_sha256": MODEL,
        "profile": "plant",
        "given_at": NOON,
        "until": NOON + timedelta(days=7),
    }
    return Waiver.of(**values | changes)
