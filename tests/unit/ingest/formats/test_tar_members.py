"""A tar archive's members are plain files and folders, whole to the end mark, or the archive is refused."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import tar_of

from safety_tasks.ingest.formats.archive_members import BadArchive
from safety_tasks.ingest.formats.tar_members import tar_members

FORMATS = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)
Unpack = Callable[[bytes], list[tuple[str, bool, bytes]]]


@pytest.fixture
def members(tmp_path: Path) -> Unpack:
    """Give a reader of the name, whether it is a folder, and the bytes of each member."""

    def unpack(payload: bytes) -> list[tuple[str, bool, bytes]]:
        (tmp_path / "a.tar").write_bytes(payload)
        found = tar_members(tmp_path / "a.tar")
        return [(each.name, each.is_folder, b"".join(each.pieces)) for each in found]

    return unpack


def changed(**parts: object) -> bytes:
    """Return an archive of one member whose header has other parts."""

    def change(info: tarfile.TarInfo) -> None:
        for key, value in parts.items():
            setattr(info, key, value)

    return tar_of([("a.jpg", b"")], change=change)


@pytest.mark.parametrize("tar_format", FORMATS)
def test_folders_and_files(members: Unpack, tar_format: int) -> None:
    """Names of any length and script, and folders, are read in every format of tar."""
    stream = io.BytesIO()
    deep = "/".join(["folder"] * 18) + "/"
    names = ["a.jpg", deep + "b.jpg", "é.jpg"]
    if tar_format != tarfile.USTAR_FORMAT:
        names.append("x" * 180 + "/" + "y" * 180)
    with tarfile.open(fileobj=stream, mode="w", format=tar_format) as archive:
        folder = tarfile.TarInfo("images")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 700
            archive.addfile(info, io.BytesIO(b"x" * 700))
    found = members(stream.getvalue())
    assert found[0][1:] == (True, b"")
    assert found[1:] == [(name, False, b"x" * 700) for name in names]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "of a header or the end mark, found 0"),
        (b"\0" * 511, "found 511"),
        (changed(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "'a.jpg' as a link"),
        (changed(type=tarfile.LNKTYPE, linkname="b.jpg"), "'a.jpg' as a link"),
        (changed(type=tarfile.SYMTYPE, linkname="x" * 200), "as a link"),
        (changed(type=tarfile.CHRTYPE), "as a device or something else"),
        (changed(type=tarfile.BLKTYPE), "as a device or something else"),
        (changed(type=tarfile.FIFOTYPE), "as a device or something else"),
        (changed(type=tarfile.CONTTYPE), "as a device or something else"),
        (changed(type=tarfile.GNUTYPE_SPARSE), "as a sparse file"),
        (changed(type=tarfile.DIRTYPE, size=5), "as a device or something else"),
        (changed(type=b"V"), "as a device or something else"),
        (changed(pax_headers={"GNU.sparse.major": "1"}), "found a sparse file"),
        (changed(pax_headers={"size": "-5"}), "expected a size in a pax header"),
        (changed(pax_headers={"size": "١"}), "expected a size in a pax header"),
        (changed(pax_headers={"size": "9" * 17}), "expected 99999999999999999 bytes"),
        (changed(size=1_000_000), "expected 1000000 bytes of 'a.jpg'"),
        (tar_of([("a.jpg", b"1")], pax_headers={"path": "b.jpg"}), "one for all"),
        (tar_of([("a.jpg", b"1" * 600)])[:1100], "of 'a.jpg'"),
        (tar_of([("a.jpg", b"1" * 600)])[:1536], "a header or the end mark, found 0"),
        (tar_of([("a.jpg", b"1")])[:700], "of padding"),
        (tar_of([("a.jpg", b"1")]) + b"x", "nothing after the archive's end mark"),
        (tar_of([("a.jpg", b"1")]) + tar_of([("b.jpg", b"2")]), "nothing after the archive's end"),
        (tar_of([("a.jpg", b"1")]) + b"\0" * 2**21, "nothing after the archive's end mark"),
        (tar_of([("a.jpg", b"1")]).replace(b"a.jpg", b"b.jpg"), "without its checksum"),
        (
            tar_of([("a.jpg", b"1")], tar_format=tarfile.USTAR_FORMAT).replace(
                b"0000644", b"000064x"
            ),
            "checksum",
        ),
    ],
)
def test_archives_that_are_refused(members: Unpack, payload: bytes, message: str) -> None:
    """Links, devices, sparse files, lies about sizes, and whatever is cut or appended."""
    with pytest.raises(BadArchive) as caught:
        members(payload)
    assert message in str(caught.value)


def test_a_broken_header_is_not_the_end(members: Unpack) -> None:
    """Where Python's reader stops without a word, and loses what follows, the archive is refused."""
    payload = bytearray(tar_of([("a.jpg", b"1"), ("b.jpg", b"2"), ("c.jpg", b"3")]))
    payload[1024 + 5] ^= 1
    with tarfile.open(fileobj=io.BytesIO(bytes(payload))) as archive:
        assert archive.getnames() == ["a.jpg"]
    with pytest.raises(BadArchive, match="without its checksum"):
        members(bytes(payload))


def test_an_extended_header_is_for_one_member(members: Unpack) -> None:
    """Path and size of an extended header do not last beyond the member that follows it."""

    def change(info: tarfile.TarInfo) -> None:
        if info.name == "a.jpg":
            info.pax_headers = {"size": "1", "path": "é.jpg"}

    payload = tar_of([("a.jpg", b"1"), ("b.jpg", b"2" * 600)], change=change)
    assert members(payload) == [("é.jpg", False, b"1"), ("b.jpg", False, b"2" * 600)]


def test_long_extended_headers(members: Unpack) -> None:
    """A header of more than 1 MiB is not read into memory."""
    fine = changed(pax_headers={"comment": "x" * 1_000_000})
    assert members(fine) == [("a.jpg", False, b"")]
    with pytest.raises(BadArchive, match="expected ≤ 1048576 bytes of header"):
        members(changed(pax_headers={"comment": "x" * 1_100_000}))


@pytest.mark.parametrize(
    "record", [b"x", b"5 a=b", b"6 a=b\n\n", b"99 a=b\n", b"0 a=b\n", b"5 ab\n", b"1_0 a=b\n"]
)
def test_extended_headers_that_do_not_parse(members: Unpack, record: bytes) -> None:
    """A record that is not exactly as long as it says is refused."""
    info = tarfile.TarInfo("header")
    info.type, info.size = tarfile.XHDTYPE, len(record)
    block = info.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")
    with pytest.raises(BadArchive, match="a record that does not parse"):
        members(block + tar_of([("a.jpg", b"1")]))


def test_a_name_that_is_not_utf_8(members: Unpack) -> None:
    """It is refused, since it could not be written down."""
    payload = bytearray(tar_of([("a.jpg", b"1")]))
    payload[0] = 0xFF
    payload[148:156] = b"%06o\0 " % (sum(payload[:512]) - sum(payload[148:156]) + 256)
    with pytest.raises(BadArchive, match="expected names in UTF-8"):
        members(bytes(payload))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_in_several_streams(members: Unpack, pack: Callable[[bytes], bytes]) -> None:
    """Parallel packers write several streams one after the other, which are one archive."""
    whole = tar_of([("a.jpg", b"1" * 3000)])
    assert members(pack(whole[:1000]) + pack(whole[1000:])) == [("a.jpg", False, b"1" * 3000)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_bytes_that_are_bad(members: Unpack, pack: Callable[[bytes], bytes]) -> None:
    """A changed, a missing and a foreign tail are refused by every packer."""
    packed = pack(tar_of([("a.jpg", bytes(range(256)) * 20)]))
    for bad in (
        packed[:20] + bytes([packed[20] ^ 255]) + packed[21:],
        packed[:-1],
        packed + b"foreign",
    ):
        with pytest.raises(BadArchive):
            members(bad)


def test_memory_of_xz(members: Unpack) -> None:
    """A stream that asks for more memory than the largest preset is refused."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**28}]
    packed = lzma.compress(tar_of([("a.jpg", b"1")]), filters=filters)
    with pytest.raises(BadArchive, match="emory"):
        members(packed)
    assert members(lzma.compress(tar_of([("a.jpg", b"1")]), preset=9))


@given(
    st.lists(
        st.tuples(st.text("abc/é", min_size=1, max_size=120), st.binary(max_size=1500)), max_size=3
    ),
    st.sampled_from(FORMATS[:2]),
)
def test_any_archive_of_python_reads_back(
    tmp_path_factory: pytest.TempPathFactory,
    given_members: list[tuple[str, bytes]],
    tar_format: int,
) -> None:
    """What Python's own writer makes, of any names and sizes, comes back."""
    path = tmp_path_factory.mktemp("any") / "a.tar"
    path.write_bytes(tar_of(given_members, tar_format=tar_format))
    found = [(each.name, b"".join(each.pieces)) for each in tar_members(path)]
    assert found == [(name, payload) for name, payload in given_members]


@given(st.binary(max_size=1200))
def test_no_bytes_crash(tmp_path_factory: pytest.TempPathFactory, payload: bytes) -> None:
    """Whatever is given is read or refused."""
    path = tmp_path_factory.mktemp("any") / "a.tar"
    whole = tar_of([("a.jpg", b"1" * 600)], tar_format=tarfile.GNU_FORMAT)
    for each in (payload, whole[: len(payload)] + payload, b"\x1f\x8b\x08" + payload):
        path.write_bytes(each)
        try:
            for member in tar_members(path):
                b"".join(member.pieces)
        except BadArchive as problem:
            str(problem).encode()
