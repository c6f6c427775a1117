"""A job's archive: only what is expected is read, and an evil archive is refused by what is evil in it."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.archives import tar_of

from safety_tasks.cloud.archives import packed_cap, read_archive
from safety_tasks.errors import ArtifactError

WANTED = {"best.pt": 4096, "fit.json": 256}
SOUND = [("best.pt", b"weights"), ("fit.json", b"{}")]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Give a reader of archives from bytes."""

    def from_bytes(payload: bytes, **more: tuple[str, ...]) -> dict[str, bytes]:
        path = tmp_path / "in" / "model.tar.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(payload)
        try:
            return read_archive(path, WANTED, **more)
        finally:
            assert [each.name for each in tmp_path.rglob("*")] == ["in", "model.tar.gz"]

    return from_bytes


@pytest.mark.parametrize(
    "tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]
)
def test_a_sound_archive(read: Callable[..., dict[str, bytes]], tar_format: int) -> None:
    """Every member's bytes come by its name, whatever dialect wrote them, at the largest size allowed."""
    members = [("best.pt", b"w" * 4096), ("fit.json", b"")]
    assert read(tar_of(members, "gz", tar_format=tar_format)) == dict(members)


def test_a_folder_packed_by_tar_itself(
    read: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    """With the root listed and ``./`` before each name, it is the same."""
    folder = tmp_path / "in" / "model"
    folder.mkdir(parents=True)
    stream = io.BytesIO()
    for name, payload in SOUND:
        (folder / name).write_bytes(payload)
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        archive.add(folder, ".")
    for name, _ in SOUND:
        (folder / name).unlink()
    folder.rmdir()
    assert read(stream.getvalue()) == dict(SOUND)


def _typed(kind: bytes, target: str = "/etc/passwd") -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        if info.name == "best.pt":
            info.type, info.linkname, info.size = kind, target, 0

    return change


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.FIFOTYPE, "a pipe"),
        (tarfile.DIRTYPE, "a folder"),
        (tarfile.CONTTYPE, "no plain file"),
        (b"Z", "no plain file"),
    ],
)
def test_what_is_no_plain_file(
    read: Callable[..., dict[str, bytes]], kind: bytes, found: str
) -> None:
    """A link or device under an expected name is refused as what it is."""
    payload = tar_of([("best.pt", b""), ("fit.json", b"{}")], "gz", change=_typed(kind))
    with pytest.raises(ArtifactError, match=f"'best.pt' as .*{found}"):
        read(payload)


@pytest.mark.parametrize(
    "name",
    ["../best.pt", "/best.pt", "a/best.pt", "./../best.pt", "best.pt/", "extra.py", "BEST.PT", ""],
)
def test_other_names(read: Callable[..., dict[str, bytes]], name: str) -> None:
    """A path out, an absolute one, a folder's, another case or another file: none is read."""
    with pytest.raises(ArtifactError, match=r"model\.tar\.gz: expected"):
        read(tar_of([*SOUND, (name, b"x")], "gz"))


def test_a_name_twice(read: Callable[..., dict[str, bytes]]) -> None:
    """The second is not taken instead of the first, also when it is spelt otherwise."""
    for name in ("best.pt", "./best.pt"):
        with pytest.raises(ArtifactError, match=r"'best\.pt' twice"):
            read(tar_of([*SOUND, (name, b"other")], "gz"))


def test_a_member_above_its_cap(read: Callable[..., dict[str, bytes]]) -> None:
    """One byte more than expected is refused by the header alone."""
    with pytest.raises(ArtifactError, match=r"at most 256 bytes of 'fit\.json', found 257"):
        read(tar_of([("best.pt", b""), ("fit.json", b"x" * 257)], "gz"))


def test_a_member_that_lies_about_its_size(read: Callable[..., dict[str, bytes]]) -> None:
    """A header that promises more than there is gives an error, not a short file."""

    def change(info: tarfile.TarInfo) -> None:
        info.size = 4000 if info.name == "best.pt" else info.size

    with pytest.raises(ArtifactError):
        read(tar_of([("best.pt", b"few")], "gz", change=change))


def test_a_bomb(tmp_path: Path) -> None:
    """Gigabytes of zeros in a small file are not unpacked: reading ends at the cap."""
    path = tmp_path / "model.tar.gz"
    sound = tar_of(SOUND)[: 4 * 512]
    with gzip.open(path, "wb", compresslevel=9) as stream:
        stream.write(sound)
        for _ in range(64):
            stream.write(bytes(1 << 20))
    assert path.stat().st_size < packed_cap(WANTED)
    with pytest.raises(ArtifactError, match="bytes unpacked, found more"):
        read_archive(path, WANTED)


def test_a_bomb_in_headers(read: Callable[..., dict[str, bytes]]) -> None:
    """An extended header that is huge is held back by the same cap, before it is in memory."""
    huge = tar_of(SOUND, "gz", pax_headers={"comment": "x" * (64 << 20)})
    with pytest.raises(ArtifactError, match="bytes unpacked, found more"):
        read(huge)


def test_many_headers(read: Callable[..., dict[str, bytes]]) -> None:
    """A chain of extended headers without a file ends in an error of ours, not in a stack overflow."""
    block = tarfile.TarInfo("././@PaxHeader")
    block.type = tarfile.XHDTYPE
    chain = block.tobuf(tarfile.USTAR_FORMAT) * 5000
    with pytest.raises(ArtifactError):
        read(gzip.compress(chain + tar_of(SOUND)))


def test_too_large_a_file(tmp_path: Path) -> None:
    """A file larger than any result can be is refused before it is opened."""
    path = tmp_path / "model.tar.gz"
    with path.open("wb") as stream:
        stream.truncate(packed_cap(WANTED) + 1)
    with pytest.raises(ArtifactError, match="at most"):
        read_archive(path, WANTED)


def test_incompressible_files_at_their_caps_fit(read: Callable[..., dict[str, bytes]]) -> None:
    """What is allowed unpacked is allowed packed, even where packing makes it larger."""
    noise = bytes((each * each * 31 + each // 7) % 256 for each in range(4096))
    assert read(tar_of([("best.pt", noise), ("fit.json", noise[:256])], "gz"))["best.pt"] == noise


@pytest.mark.parametrize("absent", ["best.pt", "fit.json"])
def test_a_missing_file(read: Callable[..., dict[str, bytes]], absent: str) -> None:
    """What is not there is named, unless it may be absent."""
    payload = tar_of([each for each in SOUND if each[0] != absent], "gz")
    with pytest.raises(ArtifactError, match=f"found no {absent}"):
        read(payload)
    assert absent not in read(payload, optional=(absent,))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no archive",
        tar_of(SOUND),
        tar_of(SOUND, "bz2"),
        gzip.compress(b"no tar"),
        tar_of(SOUND, "gz")[:-4],
        tar_of(SOUND, "gz")[:60],
        tar_of(SOUND, "gz") + b"garbage",
        gzip.compress(tar_of(SOUND) + b"more"),
        gzip.compress(tar_of(SOUND) + tar_of([("best.pt", b"other")])),
    ],
    # A packed file holds the second in which it was packed: named by it, a test has another name in each worker.
    ids=[
        *(
            "empty",
            "no archive",
            "not packed",
            "packed otherwise",
            "no tar",
            "cut end",
            "cut early",
        ),
        *("garbage behind", "more inside", "a second tar inside"),
    ],
)
def test_broken_archives(read: Callable[..., dict[str, bytes]], payload: bytes) -> None:
    """Another packing, a cut end, bytes after the end: an error of ours, never another one."""
    with pytest.raises(ArtifactError, match=r"model\.tar\.gz"):
        read(payload)


@pytest.mark.parametrize("at", range(100, 1500, 100))
def test_a_flipped_byte(read: Callable[..., dict[str, bytes]], at: int) -> None:
    """Any change is found by gzip's checksum or by the headers'."""
    noise = bytes((each * each * 31 + each // 7) % 256 for each in range(4096))
    payload = bytearray(tar_of([("best.pt", noise), ("fit.json", b"{}")], "gz"))
    payload[at] ^= 0x10
    with pytest.raises(ArtifactError):
        read(bytes(payload))
