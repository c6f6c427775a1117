"""What the process that reads a video and the one that looks at it say to each other.

Rules: a message is two lengths, a JSON object and the bytes of a picture if there is one; lengths are bounded, and what
does not read as one of these messages is nonsense, never run or guessed at. The looking process asks for a picture
with one byte.
"""

import json
import struct
from dataclasses import asdict, dataclass
from typing import Final

LENGTHS: Final = struct.Struct("<II")
MAX_WORDS_BYTES: Final = 64 * 1024
MAX_PICTURE_BYTES: Final = 1 << 30
NEXT: Final = b"n"


@dataclass(frozen=True)
class Wanted:
    """The video to read: address or absolute path; every so many frames; the library's patience in seconds."""

    address: str
    is_stream: bool
    every_nth_frame: int
    open_timeout_s: float
    read_timeout_s: float


@dataclass(frozen=True)
class Ready:
    """The reading process has started."""


@dataclass(frozen=True)
class Opened:
    """The video is open. ``frames`` is how many it says it has, 0 where it does not know: a live stream."""

    fps: float
    frames: int


@dataclass(frozen=True)
class Alive:
    """Frames come, though none that is wanted yet; so many so far."""

    read: int


@dataclass(frozen=True)
class Picture:
    """A frame follows: its number, its second, its size; so many wanted ones before it were overtaken or lost."""

    number: int
    time_s: float
    height_px: int
    width_px: int
    skipped: int
    read: int


@dataclass(frozen=True)
class Ended:
    """No more frames: the library gave up after ``waited_s`` seconds, for a reason of ``stream_reasons`` or none."""

    opened: bool
    read: int
    skipped: int
    waited_s: float
    reason: str


@dataclass(frozen=True)
class Failed:
    """The reading process itself failed; only the kind of the error, as its text could hold an address."""

    kind: str


Message = Ready | Opened | Alive | Picture | Ended | Failed
_KINDS: Final = {kind.__name__: kind for kind in (Ready, Opened, Alive, Picture, Ended, Failed)}


def encode(message: Message) -> bytes:
    """Return a message's bytes; a picture's own bytes follow them."""
    words = json.dumps([type(message).__name__, asdict(message)]).encode("ascii")
    payload = message.height_px * message.width_px * 3 if isinstance(message, Picture) else 0
    return LENGTHS.pack(len(words), payload) + words


def decode(words: bytes, payload: int) -> Message:
    """Return the message that these bytes are.

    Args:
        words: the JSON.
        payload: how many bytes of a picture follow.

    Raises:
        ValueError: they are none.
    """
    try:
        name, fields = json.loads(words)
        message: Message = _KINDS[name](**fields)
    except (KeyError, TypeError) as problem:
        raise ValueError(f"expected a message, found {words[:80]!r}") from problem
    size = (message.height_px, message.width_px) if isinstance(message, Picture) else (0, 0)
    if size[0] * size[1] * 3 != payload or min(size) < 0:
        raise ValueError(f"expected a picture's bytes, found {payload} for {size}")
    return message
