"""A zip archive's members are what their headers say, or the archive is refused."""

import io
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import zip_by_hand, zip_of

from safety_tasks.ingest.formats.archive_members import BadArchive
from safety_tasks.ingest.formats.zip_members import zip_members

NAME, BYTES = b"images/a.jpg", b"some bytes " * 1000


def members(folder: Path, payload: bytes, max_members: int = 10) -> list[tuple[str, bool, bytes]]:
    """Return the name, whether it is a folder, and the bytes of each member."""
    (folder / "a.zip").write_bytes(payload)
    found = zip_members(folder / "a.zip", max_members)
    return [(each.name, each.is_folder, b"".join(each.pieces)) for each in found]


def test_a_member_by_hand(tmp_path: Path) -> None:
    """The maker of lies makes a sound archive when it tells none."""
    for method in (0, 8):
        sound = zip_by_hand(NAME, BYTES, method=method)
        assert members(tmp_path, sound) == [("images/a.jpg", False, BYTES)]
        assert zipfile.ZipFile(io.BytesIO(sound)).read("images/a.jpg") == BYTES


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (zip_by_hand(NAME, BYTES, told_bytes=10), "expected 10 bytes"),
        (zip_by_hand(NAME, BYTES, told_bytes=10, told_crc=0x1F69A7F9), "expected 10 bytes"),
        (zip_by_hand(NAME, BYTES, told_bytes=10**6), "expected 1000000 bytes"),
        (zip_by_hand(NAME, BYTES, told_bytes=10, method=0), "expected 10 bytes"),
        (zip_by_hand(NAME, BYTES, told_crc=1), "expected checksum 00000001"),
        (zip_by_hand(NAME, BYTES, method=0, told_crc=1), "expected checksum 00000001"),
        (zip_by_hand(NAME, BYTES, tail=b"more"), "end where its header says"),
        (zip_by_hand(NAME, BYTES, tail=b"more" * 40_000), "expected nothing after the bytes"),
        (zip_by_hand(NAME, BYTES, finished=False), "end where its header says"),
        (zip_by_hand(NAME, BYTES, local_name=b"images/b.jpg"), "two that differ"),
        (zip_by_hand(NAME, BYTES, local_name=b"../../b.jpg"), "two that differ"),
        (zip_by_hand(NAME, BYTES, flags=0x1), "encrypted"),
        (zip_by_hand(NAME, BYTES, flags=0x41), "encrypted"),
        (zip_by_hand(NAME, BYTES, flags=0x2000), "encrypted"),
        (zip_by_hand(NAME, BYTES, method=12), "by method 12"),
        (zip_by_hand(NAME, BYTES, method=99), "by method 99"),
        (zip_by_hand(NAME, b"/etc/passwd", mode=stat.S_IFLNK | 0o777), "as a link or a device"),
        (zip_by_hand(NAME, BYTES, mode=stat.S_IFIFO | 0o644), "as a link or a device"),
        (zip_by_hand(NAME, BYTES, mode=stat.S_IFBLK | 0o644), "as a link or a device"),
        (zip_by_hand(b"images/", BYTES), "folders without bytes"),
        (zip_by_hand(NAME, BYTES)[30:], "expected"),
        (zip_of([("a", b"1"), ("b", b"2")]).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "differ"),
    ],
)
def test_headers_that_lie(tmp_path: Path, payload: bytes, message: str) -> None:
    """Size, checksum, name, encryption, method and kind are each found out."""
    with pytest.raises(BadArchive, match=message):
        members(tmp_path, payload)


def test_a_name_with_a_zero_byte(tmp_path: Path) -> None:
    """The whole name is told, where Python's reader would cut it."""
    assert members(tmp_path, zip_by_hand(b"a.jpg\x00.exe", b""))[0][0] == "a.jpg\x00.exe"


def test_a_name_in_utf_8_without_its_flag(tmp_path: Path) -> None:
    """It is read as macOS means it; what is no UTF-8 is read in the old code page."""
    assert members(tmp_path, zip_by_hand("é.jpg".encode(), b""))[0][0] == "é.jpg"
    assert members(tmp_path, zip_by_hand(b"\x82.jpg", b""))[0][0] == "é.jpg"


def test_overlapping_members(tmp_path: Path) -> None:
    """Two entries over the same bytes are refused: so the greatest bombs are made."""
    one = zip_by_hand(NAME, BYTES)
    at = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    central = one[at:end]
    twice = struct.pack("<HHHHLLH", 0, 0, 2, 2, 2 * len(central), at, 0)
    with pytest.raises(BadArchive, match="found two at one place"):
        members(tmp_path, one[:end] + central + b"PK\x05\x06" + twice)


def test_a_member_that_reaches_into_the_next(tmp_path: Path) -> None:
    """A header that claims its neighbour's bytes as its own is refused."""
    payload = bytearray(zip_of([("a.jpg", b"1" * 50), ("b.jpg", b"2" * 50)], zipfile.ZIP_STORED))
    at = payload.index(b"PK\x01\x02")
    payload[at + 20 : at + 28] = struct.pack("<LL", 100, 100)
    with pytest.raises(BadArchive, match=r"'a\.jpg' over its neighbour"):
        members(tmp_path, bytes(payload))


def test_a_directory_that_is_too_large(tmp_path: Path) -> None:
    """The number of members and the directory's size are read before the directory itself."""
    payload = zip_of([(f"{n}.jpg", b"") for n in range(5)])
    assert len(members(tmp_path, payload, max_members=5)) == 5
    with pytest.raises(BadArchive, match="expected ≤ 4 members, found 5"):
        members(tmp_path, payload, max_members=4)
    at = payload.rindex(b"PK\x05\x06")
    for told in (struct.pack("<HL", 5, 10_000_000), struct.pack("<HL", 5, 0xFFFFFFFF)):
        with pytest.raises(BadArchive, match="expected ≤ 10 members"):
            members(tmp_path, payload[: at + 10] + told + payload[at + 16 :])


def test_the_large_format(tmp_path: Path) -> None:
    """An archive with the 64-bit end is read, and its directory capped, too."""
    payload = zip_of([("a.jpg", b"1")])
    at = payload.rindex(b"PK\x05\x06")
    size, offset = struct.unpack("<LL", payload[at + 12 : at + 20])
    for members_told, expected in ((1, None), (10**9, "found 1000000000 in a directory")):
        record = b"PK\x06\x06" + struct.pack(
            "<QHHLLQQQQ", 44, 45, 45, 0, 0, 1, members_told, size, offset
        )
        locator = b"PK\x06\x07" + struct.pack("<LQL", 0, at, 1)
        end = b"PK\x05\x06" + struct.pack(
            "<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0
        )
        large = payload[:at] + record + locator + end
        if expected is None:
            assert members(tmp_path, large) == [("a.jpg", False, b"1")]
        else:
            with pytest.raises(BadArchive, match=expected):
                members(tmp_path, large)


@given(st.binary(max_size=300))
def test_no_bytes_crash(payload: bytes) -> None:
    """Whatever follows the first bytes of a zip archive is read or refused."""
    with tempfile.TemporaryDirectory() as folder:
        for each in (b"PK\x03\x04" + payload, payload + zip_of([])[:12] + payload):
            try:
                members(Path(folder), each)
            except BadArchive as problem:
                str(problem).encode()
