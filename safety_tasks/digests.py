"""SHA-256 digests and canonical JSON: the one way this project names content.

Rules: digests are 64 lower-case hex digits; JSON that is hashed has sorted keys, no
spaces, UTF-8, and no NaN or infinity (RFC 8259 has none, and a digest must not depend on a parser).
"""

import hashlib
import json
from pathlib import Path
from typing import Any

_CHUNK_BYTES = 1 << 20


def sha256_bytes(payload: bytes) -> str:
    """Return the SHA-256 of ``payload`` as 64 lower-case hex digits."""
    return hashlib.sha256(payload).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's content, read in 1 MiB pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """Encode ``value`` so that equal values give equal bytes.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value's canonical form."""
    return sha256_bytes(canonical_json(value))
