"""Addresses of cameras and streams, and what may be shown of them.

Rule: whatever is printed, logged or written names a camera without its name and password; where it is not clear where
a secret ends, too much is left out rather than too little.
"""

import os
import re
from pathlib import Path
from typing import Final

from safety_tasks.errors import StreamError

SCHEMES: Final = ("rtsp", "rtsps", "http", "https")
_ADDRESS: Final = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)$", re.DOTALL)
# Of cameras that take name and password in the path or behind the question mark.
_SECRET: Final = re.compile(
    r"(?i)([a-z0-9_.-]*(?:user|usr|login|name|pass|pwd|psw|token|key|auth|secret|sig|credential|session)"
    r"[a-z0-9_.-]*=)[^&;/?#]*"
)
_LEFT_OUT: Final = "…"
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
_MAX_NAME: Final = (
    50  # of four bytes each at most, so that a number and a suffix still fit into a file's name
)


def is_address(source: str) -> bool:
    """Tell whether a source is an address, not a path."""
    return _ADDRESS.match(source) is not None


def require_known(source: str) -> None:
    """Refuse an address of a kind that is not read.

    Raises:
        StreamError: its scheme is none of ``SCHEMES``.
    """
    found = _ADDRESS.match(source)
    scheme = found["scheme"].lower() if found else ""
    if scheme not in SCHEMES:
        raise StreamError(
            f"{shown(source)}: expected an address that begins with {', '.join(SCHEMES)}, found "
            f"{scheme or 'none'}. Name the camera by one of these; a file is named by its path."
        )


def shown(source: str) -> str:
    """Return a source as it may be shown: a path as it is, an address without name, password and keys."""
    found = _ADDRESS.match(source)
    if found is None:
        return source
    # A password may hold any sign, even "@" and "/": all before the last "@" goes.
    _, at, kept = found["rest"].rpartition("@")
    kept = _SECRET.sub(rf"\g<1>{_LEFT_OUT}", kept)
    return f"{found['scheme']}://{_LEFT_OUT if at else ''}{at}{kept}"


def shown_path(path: Path) -> str:
    """Return a path as it may be shown: a name that is no text has its odd bytes written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def file_stem(text: str) -> str:
    """Return a text as a part of a file's name: letters, digits, ``. _ -``; no folder, no leading dot, not long."""
    plain = _NOT_IN_NAMES.sub("-", text).strip(".-")
    return plain[:_MAX_NAME].rstrip(".-") or "picture"
