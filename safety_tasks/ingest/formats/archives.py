"""Open a delivery that is one zip or tar archive, or refuse it whole.

Rules: members are read one by one in a stream and written to scratch under numbers, never under their names; every
byte is counted while it is read, so a header that lies about a size is found out; nothing is read beyond the caps.
Refused: links, devices, sparse files, encryption; names that are absolute, climb, hold backslashes, drive letters or
control characters, or stand twice (also where only case or Unicode form differs); sizes, checksums and ends that do
not hold. Passed over: what macOS and Windows leave behind. One folder around everything is taken off.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safety_tasks.errors import BatchError, StoreError
from safety_tasks.ingest.formats.archive_members import BadArchive, Member
from safety_tasks.ingest.formats.sources import is_junk, require_bearable
from safety_tasks.ingest.formats.tar_members import tar_members
from safety_tasks.ingest.formats.zip_members import zip_members
from safety_tasks.store.base import is_key

_SUFFIXES: Final = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_HERE: Final = re.compile(r"^(\./)+")
_MAX_NAME_BYTES: Final = 700
_MAX_PART_BYTES: Final = 200
_RATIO_FROM_BYTES: Final = 1024 * 1024
_A_FOLDER: Final = 1000
# Folders that mean something in one of the formats are never taken for a wrapping.
_MEANT: Final = frozenset(
    {"images", "labels", "annotations", "jpegimages", "imagesets", "train", "valid", "val", "test"}
)


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold: members, bytes of one, bytes of all, and unpacked ÷ packed bytes (from 1 MiB on)."""

    max_members: int = 100_000
    max_member_bytes: int = 32 * 1024 * 1024
    max_total_bytes: int = 20 * 1024 * 1024 * 1024
    max_ratio: float = 200.0


@dataclass(frozen=True)
class _Unpacked:
    path: Path
    size_bytes: int


class ArchiveSource:
    """The members of an archive, unpacked into scratch."""

    def __init__(self, what: str, members: dict[str, _Unpacked]) -> None:
        self._what = what
        self._members = members

    @property
    def what(self) -> str:
        """The archive, as if it were a folder."""
        return f"{self._what}/"

    def names(self) -> tuple[str, ...]:
        """Return the names of all members, sorted."""
        return tuple(sorted(self._members))

    def size_bytes(self, name: str) -> int:
        """Return the size of a member; raise BatchError if there is none of that name."""
        return self._member(name).size_bytes

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a member's bytes; raise BatchError if it is not there or larger than ``max_bytes``."""
        member = self._member(name)
        require_bearable(self.what + name, member.size_bytes, max_bytes)
        return member.path.read_bytes()

    def _member(self, name: str) -> _Unpacked:
        if name not in self._members:
            raise BatchError(f"{self.what}{name}: expected a member, found none.")
        return self._members[name]


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive that can be opened."""
    return _SUFFIXES.search(name) is not None


def open_archive(
    path: Path, scratch: Path, limits: ArchiveLimits, *, what: str = ""
) -> ArchiveSource:
    """Unpack an archive.

    Args:
        path: the archive.
        scratch: a private folder that stays while the source is read; the caller removes it.
        limits: what the archive may hold.
        what: the archive's name for messages; its path if empty.

    Raises:
        BatchError: the archive or one of its members cannot be believed.
        StoreError: scratch cannot be written.
    """
    what = what or str(path)
    with path.open("rb") as stream:
        is_zip = stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    members = zip_members(path, limits.max_members) if is_zip else tar_members(path)
    try:
        unpacked = _unpack(members, scratch, limits, path.stat().st_size)
    except BadArchive as problem:
        raise BatchError(
            f"{what}: {problem}. Pack plain files again, and deliver the batch anew."
        ) from None
    return ArchiveSource(what, _without_top(unpacked))


def _unpack(
    members: Iterator[Member], scratch: Path, limits: ArchiveLimits, packed_bytes: int
) -> dict[str, _Unpacked]:
    found: dict[str, _Unpacked] = {}
    seen: set[str] = set()
    total = 0
    bearable = min(
        limits.max_total_bytes, max(_RATIO_FROM_BYTES, int(limits.max_ratio * packed_bytes))
    )
    for number, member in enumerate(members):
        if number >= limits.max_members:
            raise BadArchive(f"expected ≤ {limits.max_members} members, found more")
        name = _plain(member.name)
        if member.is_folder:
            _write(member, None)
            continue
        name = unicodedata.normalize("NFC", name)
        folded = name.casefold()
        if not name or folded in seen:
            raise BadArchive(f"expected each name once, found {name!r} again, or but for its case")
        seen.add(folded)
        if member.size_bytes > limits.max_member_bytes:
            raise BadArchive(
                f"expected ≤ {limits.max_member_bytes} bytes a member, found {member.size_bytes} in {name!r}"
            )
        total += member.size_bytes
        if total > bearable:
            raise BadArchive(
                f"expected ≤ {limits.max_total_bytes} bytes in all and ≤ {limits.max_ratio:g} times the "
                f"{packed_bytes} bytes of the archive, found more"
            )
        place = scratch / f"{number // _A_FOLDER:06d}" / f"{number:09d}"
        _write(member, None if is_junk(name) else place)
        if not is_junk(name):
            found[name] = _Unpacked(place, member.size_bytes)
    return found


def _write(member: Member, place: Path | None) -> None:
    """Use up a member's bytes: into a file, or into nothing."""
    if place is None:
        for _ in member.pieces:
            pass
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            for piece in member.pieces:
                stream.write(piece)
    except OSError as problem:
        raise StoreError(
            f"{place}: could not unpack: {problem}. Check the folder's rights and its free space."
        ) from problem


def _plain(name: str) -> str:
    """Return a plain name without ``./`` before and ``/`` behind it; empty for the folder itself."""
    plain = _HERE.sub("", name).removesuffix("/")
    if plain in ("", ".") and name.startswith("."):
        return ""
    if (
        not is_key(plain)
        or _DRIVE.match(plain)
        or len(plain.encode()) > _MAX_NAME_BYTES
        or max(len(part.encode()) for part in plain.split("/")) > _MAX_PART_BYTES
    ):
        raise BadArchive(
            f"expected plain relative names of ≤ {_MAX_NAME_BYTES} bytes, ≤ {_MAX_PART_BYTES} between /, "
            f"found {name[:200]!r}"
        )
    return plain


def _without_top(members: dict[str, _Unpacked]) -> dict[str, _Unpacked]:
    """Take off the one folder that holds everything, unless its name means something."""
    tops = {name.partition("/")[0] for name in members}
    if len(tops) != 1 or any("/" not in name for name in members):
        return members
    (top,) = tops
    if top.lower() in _MEANT:
        return members
    return {name.partition("/")[2]: member for name, member in members.items()}
