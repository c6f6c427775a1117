"""An archive is read like the folder it holds, or refused whole before anything of it is used."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import ARCHIVES, Member, zip_by_hand, zip_of

from safety_tasks.errors import BatchError, StoreError
from safety_tasks.ingest.formats.archives import (
    ArchiveLimits,
    ArchiveSource,
    is_archive,
    open_archive,
)

Make = Callable[[list[Member]], bytes]
MEMBERS: list[Member] = [
    ("data.yaml", b"names: [fire]"),
    ("images/a.jpg", bytes(range(256)) * 300),
    ("labels/a.txt", b""),
]
Open = Callable[..., ArchiveSource]
every_kind = pytest.mark.parametrize("make", ARCHIVES.values(), ids=ARCHIVES)


@every_kind
def test_an_empty_archive(opened: Open, make: Make) -> None:
    """It holds nothing, which is for the delivery to judge."""
    assert opened(make([])).names() == ()


@every_kind
def test_members_come_back(opened: Open, make: Make, tmp_path: Path) -> None:
    """Every member has its name and its bytes; on disk it has a number."""
    source = opened(make(MEMBERS))
    assert source.names() == tuple(sorted(name for name, _ in MEMBERS))
    for name, payload in MEMBERS:
        assert source.read(name, 10**6) == payload
    written = [path for path in (tmp_path / "scratch0").rglob("*") if path.is_file()]
    assert len(written) == len(MEMBERS)
    assert all(path.name.isdecimal() for path in written)


@every_kind
@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_members": 2}, "expected ≤ 2 members"),
        ({"max_member_bytes": 76_799}, "expected ≤ 76799 bytes a member, found 76800"),
        ({"max_total_bytes": 76_812}, "expected ≤ 76812 bytes in all"),
    ],
)
def test_caps(opened: Open, make: Make, limits: dict[str, int], message: str) -> None:
    """One member or byte more than allowed refuses the archive; the very limit does not."""
    with pytest.raises(BatchError, match=message):
        opened(make(MEMBERS), **limits)
    assert opened(make(MEMBERS), **{key: value + 1 for key, value in limits.items()}).names()


@pytest.mark.parametrize("kind", ["zip", "tar_gz", "tar_bz2", "tar_xz"])
def test_a_bomb(opened: Open, kind: str, tmp_path: Path) -> None:
    """Much from little is refused by the ratio, before much is written."""
    bomb = ARCHIVES[kind]([(f"{n}.jpg", b"\0" * 3_000_000) for n in range(8)])
    with pytest.raises(BatchError, match=r"≤ 200 times the \d+ bytes of the archive, found more"):
        opened(bomb)
    written = sum(p.stat().st_size for p in (tmp_path / "scratch0").rglob("*") if p.is_file())
    assert written <= 200 * len(bomb)
    assert opened(ARCHIVES[kind]([("a.txt", b"\0" * 1_000_000)])).names() == ("a.txt",)


@every_kind
def test_an_archive_that_was_cut(opened: Open, make: Make) -> None:
    """Wherever an archive ends too early it is refused: nothing of it counts as the whole."""
    whole = make(MEMBERS)
    unpadded = whole if make in (ARCHIVES["zip"], ARCHIVES["zip_stored"]) else whole.rstrip(b"\0")
    for size in {0, 1, 3, 10, 511, 600, len(unpadded) // 2, len(unpadded) - 1}:
        with pytest.raises(BatchError, match=r"incoming/b/x\.zip: expected"):
            opened(whole[: min(size, len(unpadded) - 1)])


@every_kind
@given(data=st.data())
def test_a_changed_byte(
    make: Make, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """One changed byte is found out, or changes no name, and no bytes where the format can tell."""
    payload = bytearray(make(MEMBERS))
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    folder = tmp_path_factory.mktemp("changed")
    (folder / "packed").write_bytes(payload)
    try:
        source = open_archive(folder / "packed", folder / "scratch", ArchiveLimits())
    except BatchError as problem:
        str(problem).encode()
        return
    assert source.names() == tuple(sorted(name for name, _ in MEMBERS))
    if make in (ARCHIVES["tar"], ARCHIVES["tar_gnu"], ARCHIVES["tar_ustar"]):
        return  # a plain tar has no checksum over its members' bytes
    assert all(source.read(name, 10**6) == content for name, content in MEMBERS)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"x" * 2000,
        b"\x1f\x8b" + b"x" * 50,
        b"BZh9xxxx",
        b"\xfd7zXZ\0x",
        b"PK\x03\x04x",
        b"Rar!\x1a\x07\x00",
    ],
)
def test_what_is_no_archive(opened: Open, payload: bytes) -> None:
    """Other bytes are refused, whatever the name says."""
    with pytest.raises(BatchError, match="expected"):
        opened(payload)


def test_a_folder_with_two_names(opened: Open) -> None:
    """A folder's own header is looked at, too, so that no file is taken for one."""
    with pytest.raises(BatchError, match="two that differ"):
        opened(zip_by_hand(b"images/", b"", local_name=b"imagesX"))


def test_scratch_that_cannot_be_written(opened: Open, tmp_path: Path) -> None:
    """A full or closed disk is the store's fault, not the batch's."""
    (tmp_path / "scratch0").write_bytes(b"")
    with pytest.raises(StoreError, match="could not unpack"):
        opened(zip_of(MEMBERS))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("", False),
        ("a.zip", True),
        ("A.ZIP", True),
        ("a.tar", True),
        ("a.tar.gz", True),
        ("a.tgz", True),
        ("a.tar.bz2", True),
        ("a.tbz2", True),
        ("a.tar.xz", True),
        ("a.txz", True),
        ("a.gz", False),
        ("a.zip.txt", False),
        ("zip", False),
        ("a.rar", False),
    ],
)
def test_which_names_are_archives(name: str, answer: bool) -> None:
    """The formats that are read are known by their suffix."""
    assert is_archive(name) is answer
