"""What zip and tar readers have in common: members in a stream, and one way to refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

PIECE_BYTES: Final = 65536


class BadArchive(ValueError):
    """An archive or a member of it cannot be believed: what was expected, what was found."""


class Stream(Protocol):
    """Something to read bytes from, forwards."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; fewer than asked do not mean the end, none do."""


@dataclass(frozen=True)
class Member:
    """A member as its archive tells of it.

    ``pieces`` gives its bytes, must be used up before the next member, and raises BadArchive where they are not
    what the header says.
    """

    name: str
    is_folder: bool
    size_bytes: int
    pieces: Iterator[bytes]


def read_exactly(stream: Stream, size_bytes: int, what: str) -> bytes:
    """Read so many bytes, which must be small.

    Raises:
        BadArchive: the stream ends before.
    """
    return b"".join(pieces_of(stream, size_bytes, what))


def pieces_of(stream: Stream, size_bytes: int, what: str) -> Iterator[bytes]:
    """Yield so many bytes of a stream in pieces of at most 64 KiB.

    Raises:
        BadArchive: the stream ends before.
    """
    left = size_bytes
    while left > 0:
        piece = stream.read(min(left, PIECE_BYTES))
        if not piece:
            raise BadArchive(f"expected {size_bytes} bytes of {what}, found {size_bytes - left}")
        left -= len(piece)
        yield piece
