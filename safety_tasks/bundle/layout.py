"""Where the parts of a release lie in the store.

Rules: all but the channel pointer are immutable; a document's key holds its sequence number, zero-padded so
that listing order is release order.
"""

import re
from typing import Final

from safety_tasks.records.release import Channel

RELEASES: Final = "releases/"
_DOCUMENT = re.compile(r"^releases/(\d{10})/release\.json$")


def document_key(release_seq: int) -> str:
    """Return the key of a release's document."""
    return f"{RELEASES}{release_seq:010d}/release.json"


def release_seq_of(key: str) -> int | None:
    """Return the sequence number that a document's key holds, or None for another key."""
    match = _DOCUMENT.match(key)
    return int(match.group(1)) if match else None


def blob_key(sha256: str, extension: str) -> str:
    """Return the key of a content-addressed part of a release."""
    return f"releases/blobs/{sha256[:2]}/{sha256}.{extension}"


def pointer_key(channel: Channel) -> str:
    """Return the key of a channel's pointer."""
    return f"channels/{channel}.json"


def beacon_key(device_id: str) -> str:
    """Return the key of a device's status."""
    return f"fleet/{device_id}/status.json"
