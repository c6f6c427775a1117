"""Read a zip archive member by member.

Rules: the central directory is capped before it is read; members may not overlap (a bomb that uses the same bytes many
times does); the local header must tell the same name; a member's bytes must end exactly where its headers say, with
its checksum; only stored and deflated members, not encrypted, plain files or folders.
Source: PKWARE, APPNOTE.TXT - .ZIP File Format Specification, 6.3.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

from safety_tasks.ingest.formats.archive_members import (
    PIECE_BYTES,
    BadArchive,
    Member,
    pieces_of,
    read_exactly,
)

_END: Final = b"PK\x05\x06"
_LOCAL: Final = b"PK\x03\x04"
_END_BYTES: Final = 22
_MAX_COMMENT: Final = 65535
_BYTES_A_MEMBER: Final = 1024  # of the central directory: a header of 46, a name, some extra
_NOT_PLAIN: Final = 0x1 | 0x20 | 0x40 | 0x2000  # encrypted, patched, strongly encrypted, masked


def zip_members(path: Path, max_members: int) -> Iterator[Member]:
    """Yield the members of a zip archive.

    Raises:
        BadArchive: the archive or a member cannot be believed.
    """
    _check_directory(path, max_members)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as problem:
        raise BadArchive(f"expected a zip archive, found: {problem}") from None
    with archive, path.open("rb") as stream:
        infos = archive.infolist()
        starts = sorted(info.header_offset for info in infos)
        ends = dict(pairwise([*starts, archive.start_dir]))
        if len(ends) != len(infos) or min(starts, default=0) < 0:
            raise BadArchive("expected members side by side, found two at one place or one outside")
        for info in infos:
            name = _name(info)
            _check_member(info, name)
            yield Member(
                name,
                name.endswith("/"),
                info.file_size,
                _pieces(stream, info, name, ends[info.header_offset]),
            )


def _check_directory(path: Path, max_members: int) -> None:
    """Refuse a central directory that is too large, before it is read."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - _END_BYTES - _MAX_COMMENT))
        tail = stream.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_BYTES:
            raise BadArchive("expected a zip archive, found no end of it: it was cut")
        members, directory_bytes = struct.unpack("<HL", tail[at + 10 : at + 16])
        if tail[at - 20 : at - 16] == b"PK\x06\x07":
            (offset,) = struct.unpack("<Q", tail[at - 12 : at - 4])
            stream.seek(min(offset, size))
            record = stream.read(56)
            if len(record) != 56 or record[:4] != b"PK\x06\x06":
                raise BadArchive("expected a zip archive, found no end of it: it was cut")
            members, directory_bytes = struct.unpack("<QQ", record[32:48])
    if members > max_members or directory_bytes > max_members * _BYTES_A_MEMBER:
        raise BadArchive(
            f"expected ≤ {max_members} members, found {members} in a directory of {directory_bytes} bytes"
        )


def _name(info: zipfile.ZipInfo) -> str:
    """Return the whole name: as UTF-8 also where only the flag is missing, as macOS leaves it out."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _check_member(info: zipfile.ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"expected plain files, found {name!r} as a link or a device")
    if info.flag_bits & _NOT_PLAIN:
        raise BadArchive(f"expected members without encryption, found {name!r} encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(
            f"expected members stored or deflated, found {name!r} by method {info.compress_type}"
        )
    if name.endswith("/") and info.file_size:
        raise BadArchive(f"expected folders without bytes, found {name!r} with {info.file_size}")


def _pieces(stream: IO[bytes], info: zipfile.ZipInfo, name: str, end: int) -> Iterator[bytes]:
    stream.seek(info.header_offset)
    header = read_exactly(stream, 30, f"the header of {name!r}")
    flags, name_bytes, extra_bytes = struct.unpack("<6xH18xHH", header)
    written = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    if (
        header[:4] != _LOCAL
        or flags & _NOT_PLAIN
        or read_exactly(stream, name_bytes, f"the name of {name!r}") != written
    ):
        raise BadArchive(f"expected one header for {name!r}, found two that differ")
    read_exactly(stream, extra_bytes, f"the header of {name!r}")
    if stream.tell() + info.compress_size > end:
        raise BadArchive(f"expected members side by side, found {name!r} over its neighbour")
    packed = pieces_of(stream, info.compress_size, repr(name))
    found = checksum = 0
    for piece in packed if info.compress_type == zipfile.ZIP_STORED else _inflated(packed, name):
        found += len(piece)
        if found > info.file_size:
            break
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if found != info.file_size:
        raise BadArchive(f"expected {info.file_size} bytes in {name!r}, found {_or_more(found)}")
    if checksum != info.CRC:
        raise BadArchive(f"expected checksum {info.CRC:08x} of {name!r}, found {checksum:08x}")


def _inflated(packed: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield what deflated pieces hold, in pieces of at most 64 KiB."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in packed:
            if inflater.eof:
                raise BadArchive(f"expected nothing after the bytes of {name!r}, found more")
            while piece:
                yield inflater.decompress(piece, PIECE_BYTES)
                piece = inflater.unconsumed_tail
        while not inflater.eof and (rest := inflater.decompress(b"", PIECE_BYTES)):
            yield rest
    except zlib.error as problem:
        raise BadArchive(f"expected deflated bytes in {name!r}, found: {problem}") from None
    if not inflater.eof or inflater.unused_data:
        raise BadArchive(f"expected the bytes of {name!r} to end where its header says")


def _or_more(found: int) -> str:
    return f"{found} or more"
