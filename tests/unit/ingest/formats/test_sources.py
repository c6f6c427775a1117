"""Every source of files tells the same names, sizes and bytes, and refuses what is not there or too large."""

import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.file_source import FilesInMemory

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.archives import ArchiveLimits, open_archive
from safety_tasks.ingest.formats.sources import Source, StoreSource, is_junk, read_text
from safety_tasks.store.local import LocalStore

FILES: Mapping[str, bytes] = {"b.txt": b"12", "a/c.jpg": b"", "a/b.jpg": b"\xff" * 100}


def _store(tmp_path: Path, files: Mapping[str, bytes]) -> Source:
    store = LocalStore(tmp_path / "store")
    for name, payload in files.items():
        store.put(f"incoming/b/{name}", payload)
    store.put("incoming/bb/other.txt", b"")
    return StoreSource(store, "incoming/b/")


def _archive(tmp_path: Path, files: Mapping[str, bytes]) -> Source:
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, payload in files.items():
            archive.writestr(name, payload)
    return open_archive(packed, tmp_path / "scratch", ArchiveLimits())


def _memory(tmp_path: Path, files: Mapping[str, bytes]) -> Source:
    del tmp_path
    return FilesInMemory(files)


@pytest.mark.parametrize("make", [_store, _archive, _memory])
class TestEverySource:
    """What holds for each kind of source."""

    def test_names_are_sorted(self, make: type, tmp_path: Path) -> None:
        """All names are told in order, and none of another batch."""
        assert make(tmp_path, {}).names() == ()
        assert make(tmp_path, FILES).names() == ("a/b.jpg", "a/c.jpg", "b.txt")

    def test_bytes_and_sizes(self, make: type, tmp_path: Path) -> None:
        """Each file comes back as it was given, up to the very cap."""
        source = make(tmp_path, FILES)
        for name, payload in FILES.items():
            assert source.size_bytes(name) == len(payload)
            assert source.read(name, len(payload)) == payload

    def test_several_threads(self, make: type, tmp_path: Path) -> None:
        """Reads from several threads at once do not mix."""
        files = {f"{number}.txt": bytes([number]) * 5000 for number in range(40)}
        source = make(tmp_path, files)
        with ThreadPoolExecutor(8) as pool:
            found = pool.map(lambda name: source.read(name, 5000), [*files] * 5)
        assert list(found) == [*files.values()] * 5

    def test_too_large(self, make: type, tmp_path: Path) -> None:
        """One byte more than the cap is refused, with the file's name."""
        with pytest.raises(BatchError, match=r"a/b\.jpg: expected ≤ 99 bytes"):
            make(tmp_path, FILES).read("a/b.jpg", 99)

    @pytest.mark.parametrize("name", ["", "a", "a/d.jpg", "../b.txt", "/etc/passwd"])
    def test_absent(self, make: type, tmp_path: Path, name: str) -> None:
        """A name that was not listed is refused, and never looked up elsewhere."""
        source = make(tmp_path, FILES)
        with pytest.raises(BatchError):
            source.size_bytes(name)
        with pytest.raises(BatchError):
            source.read(name, 1000)


def test_an_object_that_vanished(tmp_path: Path) -> None:
    """What was listed and is gone refuses the batch, since a delivery does not change."""
    source = _store(tmp_path, FILES)
    (tmp_path / "store" / "incoming" / "b" / "b.txt").unlink()
    with pytest.raises(BatchError, match="found it gone"):
        source.read("b.txt", 10)


def test_names_that_no_store_can_address(tmp_path: Path) -> None:
    """A file whose name is no plain key refuses the batch by name, instead of failing later."""
    folder = tmp_path / "store" / "incoming" / "b"
    folder.mkdir(parents=True)
    (folder / "a\nb.jpg").touch()
    with pytest.raises(BatchError, match=r"found 'a\\nb.jpg'"):
        StoreSource(LocalStore(tmp_path / "store"), "incoming/b/")


@pytest.mark.parametrize(
    ("payload", "text"), [(b"", ""), (b"\xef\xbb\xbfa\r\n", "a\r\n"), ("ä".encode(), "ä")]
)
def test_text(payload: bytes, text: str) -> None:
    """Text is UTF-8, its byte order mark taken off, its line ends kept."""
    assert read_text(FilesInMemory({"a": payload}), "a", 100) == text


@pytest.mark.parametrize("payload", [b"\xff", "a".encode("utf-16")])
def test_text_in_another_encoding(payload: bytes) -> None:
    """Anything else than UTF-8 is refused with the file's name."""
    with pytest.raises(BatchError, match="incoming/b/a: expected UTF-8"):
        read_text(FilesInMemory({"a": payload}), "a", 100)


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("", False),
        ("images/a.jpg", False),
        (".DS_Store", True),
        ("images/.DS_Store", True),
        ("images/Thumbs.db", True),
        ("images/desktop.ini", True),
        ("__MACOSX/images/a.jpg", True),
        ("images/._a.jpg", True),
        ("images/.a.jpg", False),
        ("images/Thumbs.db.jpg", False),
    ],
)
def test_junk(name: str, junk: bool) -> None:
    """What systems leave behind is known by name; a hidden picture is none of it."""
    assert is_junk(name) is junk
