"""Read a tar archive member by member: plain, or packed by gzip, bzip2 or xz.

Rules: read forwards once; every header must hold its checksum, and the archive its end mark, since the standard reader
takes a broken header for the end and loses what follows; only plain files and folders; of the extended headers only
path and size are believed, and they are capped. The memory of xz is capped.
Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar's long names.
"""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, Protocol

from safety_tasks.ingest.formats.archive_members import (
    PIECE_BYTES,
    BadArchive,
    Member,
    Stream,
    pieces_of,
    read_exactly,
)

_BLOCK: Final = 512
_MAX_EXTENDED_BYTES: Final = 1024 * 1024
_MAX_PADDING_BYTES: Final = 1024 * 1024
_XZ_MEMORY_BYTES: Final = 128 * 1024 * 1024
_OTHER_KINDS: Final = {b"1": "a link", b"2": "a link", b"K": "a link", b"S": "a sparse file"}
_RECORD: Final = re.compile(rb"([0-9]{1,7}) ([^=\n]{1,200})=")


def tar_members(path: Path) -> Iterator[Member]:
    """Yield the members of a tar archive.

    Raises:
        BadArchive: the archive or a member cannot be believed.
    """
    with path.open("rb") as packed:
        yield from _members(_unpacked(packed))


def _members(stream: Stream) -> Iterator[Member]:
    path: str | None = None
    size: int | None = None
    while (block := read_exactly(stream, _BLOCK, "a header or the end mark")).strip(b"\0"):
        name, given, kind = _header(block)
        if kind in (b"x", b"g", b"L"):
            if given > _MAX_EXTENDED_BYTES:
                raise BadArchive(f"expected ≤ {_MAX_EXTENDED_BYTES} bytes of header, found {given}")
            payload = read_exactly(stream, given, "an extended header")
            _skip_padding(stream, given)
            if kind == b"L":
                path = _text(payload.split(b"\0")[0])
                continue
            path_there, size_there = _extended(payload)
            if kind == b"g" and (path_there, size_there) != (None, None):
                raise BadArchive("expected a path and a size for each member, found one for all")
            path, size = path_there or path, size if size_there is None else size_there
            continue
        name, given = path or name, given if size is None else size
        path = size = None
        is_folder = kind == b"5" or (kind == b"\0" and name.endswith("/"))
        if kind not in (b"0", b"\0", b"5") or (is_folder and given):
            found = _OTHER_KINDS.get(kind, f"a device or something else ({kind!r}, {given} bytes)")
            raise BadArchive(f"expected plain files and folders, found {name!r} as {found}")
        yield Member(name, is_folder, given, pieces_of(stream, given, repr(name)))
        _skip_padding(stream, given)
    padding = 0
    while piece := stream.read(PIECE_BYTES):
        padding += len(piece)
        if piece.strip(b"\0") or padding > _MAX_PADDING_BYTES:
            raise BadArchive("expected nothing after the archive's end mark, found more")


def _header(block: bytes) -> tuple[str, int, bytes]:
    """Return the name, size and kind that a header block tells."""
    total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if _number(block[148:156]) != total:
        raise BadArchive("expected a tar header, found a block without its checksum")
    name = block[:100].split(b"\0")[0]
    if block[257:263] == b"ustar\0" and (before := block[345:500].split(b"\0")[0]):
        name = before + b"/" + name
    return _text(name), _number(block[124:136]), block[156:157]


def _number(text: bytes) -> int:
    """Read a number of a header: octal digits, or binary where the first bit is set."""
    if text[0] == 0x80:
        return int.from_bytes(text[1:], "big")
    digits = text.strip(b" \0")
    if re.fullmatch(rb"[0-7]*", digits) is None:
        raise BadArchive(f"expected an octal number in a tar header, found {text!r}")
    return int(digits or b"0", 8)


def _extended(payload: bytes) -> tuple[str | None, int | None]:
    """Return the path and size that a pax header tells, each None where it does not."""
    path: str | None = None
    size: int | None = None
    at = 0
    while at < len(payload):
        match = _RECORD.match(payload, at)
        end = at + int(match[1]) if match else 0
        if match is None or end <= match.end() or payload[end - 1 : end] != b"\n":
            raise BadArchive("expected a pax header, found a record that does not parse")
        key, value = match[2], payload[match.end() : end - 1]
        if key.startswith(b"GNU.sparse"):
            raise BadArchive("expected plain files, found a sparse file")
        if key == b"path":
            path = _text(value)
        if key == b"size":
            if re.fullmatch(rb"[0-9]{1,18}", value) is None:
                raise BadArchive(f"expected a size in a pax header, found {value[:40]!r}")
            size = int(value)
        at = end
    return path, size


def _skip_padding(stream: Stream, size_bytes: int) -> None:
    read_exactly(stream, -size_bytes % _BLOCK, "padding")


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise BadArchive(f"expected names in UTF-8, found {name[:100]!r}") from None


def _unpacked(packed: IO[bytes]) -> Stream:
    start = packed.read(6)
    packed.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return _Gzip(packed)
    if start.startswith(b"BZh"):
        return _Stream(packed, bz2.BZ2Decompressor)
    if start == b"\xfd7zXZ\0":
        return _Stream(
            packed,
            lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES),
        )
    return packed


class _Gzip:
    """What gzip packed, with its checksums."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def read(self, size: int) -> bytes:
        """Return at most so many bytes; none at the end."""
        try:
            return self._file.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
            raise BadArchive(f"expected a whole archive, found: {problem}") from None


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Stream:
    """What bzip2 or xz packed, perhaps in several streams one after the other."""

    def __init__(self, packed: IO[bytes], fresh: Callable[[], _Decompressor]) -> None:
        self._packed = packed
        self._fresh = fresh
        self._part = fresh()

    def read(self, size: int) -> bytes:
        """Return at most so many bytes; none at the end."""
        while True:
            given = b""
            if self._part.eof:
                given = self._part.unused_data or self._packed.read(PIECE_BYTES)
                if not given.strip(b"\0"):
                    return b""
                self._part = self._fresh()
            elif self._part.needs_input:
                given = self._packed.read(PIECE_BYTES)
                if not given:
                    raise BadArchive("expected a whole archive, found it cut")
            try:
                piece = self._part.decompress(given, size)
            except (OSError, lzma.LZMAError) as problem:  # bzip2 reports bad bytes as an OSError
                raise BadArchive(f"expected packed bytes, found: {problem}") from None
            if piece:
                return piece
