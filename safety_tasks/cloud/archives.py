"""Read a job's ``model.tar.gz`` member by member.

Rules: only plain files with the names that are expected, each once and under its own cap, are read, into memory;
nothing is ever unpacked to a path that an archive names. Everything else refuses the archive by the member's name: a
link, a device, a folder, ``..``, another file. What is read in all is capped too, packed and unpacked.
"""

import gzip
import tarfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from safety_tasks.errors import ArtifactError

_PIECE_BYTES: Final = 1 << 16
# For a member's headers, also extended ones; the archive's end is padded to 10240 bytes.
_HEADER_BYTES: Final = 8192
_PADDING_BYTES: Final = 1 << 16
_PACKING_BYTES: Final = 1 << 16
_KINDS: Final = {
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.DIRTYPE: "a folder",
}


def packed_cap(wanted: Mapping[str, int]) -> int:
    """Return how large an archive of these files can be at most, in bytes: packing hardly makes anything larger."""
    return _unpacked_cap(wanted) + _unpacked_cap(wanted) // 1000 + _PACKING_BYTES


def read_archive(
    path: Path, wanted: Mapping[str, int], *, optional: Collection[str] = ()
) -> dict[str, bytes]:
    """Return the files of an archive.

    ``./name`` counts as ``name``, and the root folder itself may be listed, since tools write both.

    Args:
        path: a gzip'd tar archive, from outside.
        wanted: the names that may be in it -> the most bytes that each may have.
        optional: those of them that may be absent.

    Raises:
        ArtifactError: it is no such archive, is too large, holds something else, or lacks a file.
    """
    where = path.name
    size = path.stat().st_size
    if size > packed_cap(wanted):
        raise ArtifactError(
            f"{where}: expected at most {packed_cap(wanted)} bytes, found {size}. The job wrote more than its result."
        )
    try:
        with path.open("rb") as packed:
            found = _read(packed, wanted, where)
    except (EOFError, OSError, zlib.error, tarfile.TarError, UnicodeDecodeError) as problem:
        raise ArtifactError(
            f"{where}: expected a whole gzip'd tar archive, found: {problem}. Let the job write it again."
        ) from problem
    missing = sorted(set(wanted) - set(optional) - set(found))
    if missing:
        raise ArtifactError(
            f"{where}: expected {', '.join(sorted(wanted))}, found no {', '.join(missing)}. "
            "The job ended before it wrote its result: see its log."
        )
    return found


def _read(packed: BinaryIO, wanted: Mapping[str, int], where: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    stream = _Capped(gzip.GzipFile(fileobj=packed), _unpacked_cap(wanted), where)
    # A stream is read forwards only, and of what the reader asks for no more is unpacked.
    with tarfile.open(fileobj=stream, mode="r|", bufsize=tarfile.BLOCKSIZE) as archive:  # type: ignore[call-overload]
        for member in archive:
            name = member.name.removeprefix("./")
            if member.isdir() and name in ("", "."):
                continue
            _require_plain(member, name, wanted, where)
            if name in found:
                raise ArtifactError(f"{where}: expected each file once, found {name!r} twice.")
            content = archive.extractfile(member)
            found[name] = content.read() if content else b""  # a cut one is refused by the reader
    while piece := stream.read(_PIECE_BYTES):  # to gzip's checksum at the end
        if piece.strip(b"\0"):
            raise ArtifactError(
                f"{where}: expected nothing after the archive's end, found more. It is not what the job wrote."
            )
    return found


def _require_plain(
    member: tarfile.TarInfo, name: str, wanted: Mapping[str, int], where: str
) -> None:
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        kind = _KINDS.get(member.type, "something that is no plain file")
        raise ArtifactError(
            f"{where}: expected plain files, found {name!r} as {kind}. It was not written by our job: do not use it."
        )
    if name not in wanted:
        raise ArtifactError(
            f"{where}: expected only {', '.join(sorted(wanted))}, found {name!r}. It was not written by our job: "
            "do not use it."
        )
    if not 0 <= member.size <= wanted[name]:
        raise ArtifactError(
            f"{where}: expected at most {wanted[name]} bytes of {name!r}, found {member.size}."
        )


def _unpacked_cap(wanted: Mapping[str, int]) -> int:
    return sum(wanted.values()) + (len(wanted) + 1) * _HEADER_BYTES + _PADDING_BYTES


class _Capped:
    """A stream that is refused once it gave more than it may."""

    def __init__(self, file: gzip.GzipFile, cap_bytes: int, where: str) -> None:
        self._file, self._cap, self._given, self._where = file, cap_bytes, 0, where

    def read(self, size: int) -> bytes:
        """Return at most so many bytes; none at the end."""
        piece = self._file.read(size)
        self._given += len(piece)
        if self._given > self._cap:
            raise ArtifactError(
                f"{self._where}: expected at most {self._cap} bytes unpacked, found more. It is no result of our job."
            )
        return piece
