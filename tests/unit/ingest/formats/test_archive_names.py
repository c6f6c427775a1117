"""Names of members are plain, different, and never decide where anything is written."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archives import ARCHIVES, Member, zip_of

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.archives import ArchiveSource

Make = Callable[[list[Member]], bytes]
Open = Callable[..., ArchiveSource]
every_kind = pytest.mark.parametrize("make", ARCHIVES.values(), ids=ARCHIVES)
LONG = "images/" + "d" * 150 + "/" + "e" * 190 + ".jpg"


@pytest.mark.parametrize(
    ("given_names", "names"),
    [
        (["a.jpg"], ["a.jpg"]),
        (["top/a.jpg", "top/images/b.jpg"], ["a.jpg", "images/b.jpg"]),
        (["top/a.jpg", "b.jpg"], ["b.jpg", "top/a.jpg"]),
        (["top/a.jpg", "other/a.jpg"], ["other/a.jpg", "top/a.jpg"]),
        (["images/a.jpg"], ["images/a.jpg"]),
        (["JPEGImages/a.jpg"], ["JPEGImages/a.jpg"]),
        (["./top/a.jpg", "./top/b.jpg"], ["a.jpg", "b.jpg"]),
        (["top/a.jpg", "__MACOSX/top/._a.jpg", ".DS_Store", "top/Thumbs.db"], ["a.jpg"]),
        (["x/café.jpg", "x/cafe.jpg"], ["cafe.jpg", "café.jpg"]),
        ([unicodedata.normalize("NFD", "x/é.jpg")], ["é.jpg"]),
        ([LONG], [LONG]),
    ],
)
def test_names(opened: Open, given_names: list[str], names: list[str]) -> None:
    """One wrapping folder is taken off, ``./`` too, junk is passed over, Unicode is composed."""
    members = [(name, b"") for name in given_names]
    for kind in ("zip", "tar", "tar_gnu"):
        assert opened(ARCHIVES[kind](members)).names() == tuple(sorted(names))
    with pytest.raises(BatchError, match="expected a member, found none"):
        opened(zip_of(members)).size_bytes("top/a.jpg" if "a.jpg" in names else "c.jpg")


BAD_NAMES = (
    "/etc/passwd",
    "../a.jpg",
    "images/../../a.jpg",
    "images/./a.jpg",
    "images//a.jpg",
    "..",
    "",
    "C:/a.jpg",
    "c:a.jpg",
    "images\\a.jpg",
    "..\\a.jpg",
    "images/a\n.jpg",
    "images/a\x7f.jpg",
    "images/a\u202egpj.exe",
    "images/\u200b.jpg",
)


@every_kind
@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_are_refused(opened: Open, make: Make, name: str, tmp_path: Path) -> None:
    """A name that is no plain relative path refuses the archive, and writes nothing under it."""
    with pytest.raises(BatchError, match=r"incoming/b/x\.zip: expected"):
        opened(make([("images/good.jpg", b"x"), (name, b"evil")]))
    outside = [path.name for path in tmp_path.iterdir()]
    assert sorted(outside) == ["packed", "scratch0"]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar_gnu"])
@pytest.mark.parametrize("name", ["a" * 201, "/".join(["d" * 100] * 7)])
def test_names_that_are_too_long(opened: Open, kind: str, name: str) -> None:
    """A name that could not be kept in quarantine is refused."""
    with pytest.raises(BatchError, match="of ≤ 700 bytes, ≤ 200 between /"):
        opened(ARCHIVES[kind]([(name, b"")]))


@every_kind
@pytest.mark.parametrize(
    "names",
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg", "./a.jpg"),
        ("a.jpg", "A.JPG"),
        ("stra\u00dfe.jpg", "STRASSE.jpg"),
        ("\u00e9.jpg", "e\u0301.jpg"),
        ("__MACOSX/a", "__MACOSX/a"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_stand_twice(opened: Open, make: Make, names: tuple[str, str]) -> None:
    """The same name, or one that another file system would take for it, refuses the archive."""
    with pytest.raises(BatchError, match="expected each name once"):
        opened(make([(name, b"") for name in names]))
