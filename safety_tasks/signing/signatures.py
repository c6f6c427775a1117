"""Sign a payload, and prove who signed one.

Rule: what is signed begins with its purpose, so that a signature for one never counts for another.
"""

import re
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safety_tasks.errors import SignatureRefused
from safety_tasks.records.waiver import Approver, PublicKey, Signature
from safety_tasks.signing.approvers import find_approver

_PURPOSE: Final = re.compile(r"[a-z_]+/[0-9]+")


def public_part(key: Ed25519PrivateKey) -> PublicKey:
    """Return the part of a key that everybody may know."""
    return PublicKey(public_key=key.public_key().public_bytes_raw().hex())


def sign(key: Ed25519PrivateKey, payload: bytes, purpose: str) -> Signature:
    """Sign a payload for one purpose and its version, such as ``waiver/1``."""
    return Signature(
        key_id=public_part(key).key_id, signature=key.sign(_framed(purpose, payload)).hex()
    )


def verify(
    approvers: Sequence[Approver], signature: Signature, payload: bytes, purpose: str
) -> Approver:
    """Return the approver who signed a payload for a purpose.

    Raises:
        SignatureRefused: the key is not an approver's, or the signature is of something else.
    """
    approver = find_approver(approvers, signature.key_id)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(approver.public_key))
    try:
        key.verify(bytes.fromhex(signature.signature), _framed(purpose, payload))
    except InvalidSignature:
        raise SignatureRefused(
            f"expected {approver.name}'s signature over these bytes for {purpose}, found one that does not fit. "
            "They were altered, or signed for something else: have it signed anew."
        ) from None
    return approver


def _framed(purpose: str, payload: bytes) -> bytes:
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError(f"expected a purpose and its version, such as waiver/1, found {purpose!r}")
    return f"safety-tasks/{purpose}\n".encode() + payload
