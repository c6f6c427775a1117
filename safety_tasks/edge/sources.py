"""What there is to look at: pictures, videos, folders of them, and addresses of cameras.

Rules: a folder gives its pictures and videos in order of name, and whatever else lies in it is named, never left out in
silence; what this project itself writes into a folder is not looked at again; files come before live streams, which
may never end.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from safety_tasks.edge.addresses import is_address, require_known, shown, shown_path
from safety_tasks.errors import EdgeError

_QUERY: Final = re.compile("[?#]")
Kind = Literal["picture", "video", "snapshot", "stream"]
PICTURE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
VIDEO_SUFFIXES: Final = frozenset(
    {".mp4", ".avi", ".mov", ".mkv", ".m4v", ".webm", ".ts", ".mpg", ".mpeg"}
)


@dataclass(frozen=True)
class Source:
    """One thing to look at.

    Attributes:
        asked: what was named to get it, as it may be shown: the folder, the file or the address.
        kind: a snapshot is an address that gives one picture.
        address: the path or address itself; it may hold a password and must not be shown.
        shown: the same as it may be shown.
        stem: what files about it are called after.
    """

    asked: str
    kind: Kind
    address: str
    shown: str
    stem: str

    @property
    def is_stream(self) -> bool:
        """Whether it comes over the network."""
        return self.kind in ("snapshot", "stream")

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.address)


@dataclass(frozen=True)
class Sources:
    """What to look at, in order, and what was found but is not looked at, each with why."""

    wanted: tuple[Source, ...]
    ignored: tuple[str, ...]


def find_sources(asked: Sequence[str | Path], out: Path) -> Sources:
    """Find what there is to look at.

    Args:
        asked: files, folders, and addresses (as text: a path would spoil them).
        out: the folder of the results, which may lie in one that is looked at.

    Raises:
        EdgeError: there is nothing to look at, or a folder is that of the results.
        StreamError: an address is of a kind that is not read.
    """
    wanted: list[Source] = []
    ignored: list[str] = []
    for one in asked:
        if isinstance(one, str) and is_address(one):
            wanted.append(_camera(one))
        elif Path(one).is_dir():
            wanted += _in_folder(Path(one), out, ignored)
        else:
            wanted.append(_file(Path(one), asked=shown_path(Path(one))))
    wanted = list(_once(wanted, ignored))
    if not wanted:
        suffixes = ", ".join(sorted(PICTURE_SUFFIXES | VIDEO_SUFFIXES))
        raise EdgeError(
            f"expected pictures or videos ({suffixes}), found none in "
            f"{[shown(str(one)) for one in asked]} ({len(ignored)} other files)."
        )
    wanted.sort(key=lambda source: source.kind == "stream")
    return Sources(tuple(wanted), tuple(ignored))


def _camera(address: str) -> Source:
    require_known(address)
    safe = shown(address)
    place = safe.partition("://")[2].rpartition("@")[2]
    suffix = PurePosixPath(_QUERY.split(place, maxsplit=1)[0]).suffix.lower()
    single = suffix in PICTURE_SUFFIXES and address.lower().startswith("http")
    return Source(safe, "snapshot" if single else "stream", address, safe, place)


def _file(path: Path, *, asked: str) -> Source:
    kind: Kind = "video" if path.suffix.lower() in VIDEO_SUFFIXES else "picture"
    return Source(asked, kind, str(path), shown_path(path), path.stem)


def _in_folder(folder: Path, out: Path, ignored: list[str]) -> Iterator[Source]:
    results = out.resolve()
    if folder.resolve() == results:
        raise EdgeError(
            f"{shown_path(folder)}: expected another folder than --out, found the same. Results among "
            "pictures would be looked at next time: name a folder of their own."
        )

    def closed(problem: OSError) -> None:
        ignored.append(f"{shown_path(Path(problem.filename))}: {problem.strerror}")

    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=closed):
        here = Path(place)
        for name in list(folders):
            if (here / name).is_symlink():
                ignored.append(f"{shown_path(here / name)}: a link to a folder")
            elif (here / name).resolve() == results:
                folders.remove(name)
                ignored.append(f"{shown_path(here / name)}: the folder of the results")
        found += (here / name for name in files)
    for path in sorted(found):
        if path.suffix.lower() in PICTURE_SUFFIXES | VIDEO_SUFFIXES:
            yield _file(path, asked=shown_path(folder))
        else:
            ignored.append(f"{shown_path(path)}: neither picture nor video by its name")


def _once(found: list[Source], ignored: list[str]) -> Iterator[Source]:
    seen: set[str] = set()
    for source in found:
        key = source.address if source.is_stream else str(source.path.absolute())
        if key in seen:
            ignored.append(f"{source.shown}: named twice")
            continue
        seen.add(key)
        yield source
