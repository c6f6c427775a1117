"""A reader keeps decoded pictures as long as they fit into its bound, and reads the others again."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from toy_models import png, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference import pictures as module
from safety_tasks.inference.pictures import PictureReader


class Disk:
    """A folder of pictures by digest, whose reads are counted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int = 4) -> None:
        self.paths = {}
        self.read: list[str] = []
        for number in range(count):
            path = folder / f"{number}.png"
            path.write_bytes(png(np.full((10, 10 + number, 3), number, np.uint8)))
            self.paths[f"{number:064x}"] = path
        usual = module.read_picture

        def watched(path: Path) -> npt.NDArray[np.uint8]:
            self.read.append(path.stem)
            return usual(path)

        monkeypatch.setattr(module, "read_picture", watched)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Give four pictures of 300, 330, 360 and 390 bytes, decoded."""
    return Disk(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("most_bytes", "kept"),
    [
        (0, ""),
        (299, ""),
        (300, "0"),
        (629, "0"),
        (630, "01"),
        (689, "01"),
        (989, "01"),
        (990, "012"),
        (1379, "012"),
        (1380, "0123"),
        (1 << 30, "0123"),
    ],
)
def test_a_reader_keeps_as_much_as_fits(disk: Disk, most_bytes: int, kept: str) -> None:
    """What fits into the bound is read once, what does not each time; the pixels are the same."""
    reader = PictureReader(disk.paths, most_bytes)
    for _ in range(3):
        for number, sha256 in enumerate(disk.paths):
            found = reader.read(sha256)
            assert found.shape == (10, 10 + number, 3)
            assert (found == number).all()
    assert disk.read[:4] == ["0", "1", "2", "3"]
    assert disk.read[4:] == [n for n in "0123" if n not in kept] * 2


def test_a_smaller_picture_fits_where_a_larger_did_not(disk: Disk) -> None:
    """The bound is for what is kept, not for what was tried."""
    reader = PictureReader(disk.paths, 350)
    for number in (3, 0, 0, 3, 0):
        reader.read(f"{number:064x}")
    assert disk.read == ["3", "0", "3"]


def test_a_reader_keeps_a_gigabyte_without_a_word(disk: Disk) -> None:
    """Nobody has to name a bound for a few pictures."""
    reader = PictureReader(disk.paths)
    for _ in range(2):
        for sha256 in disk.paths:
            reader.read(sha256)
    assert disk.read == ["0", "1", "2", "3"]


def test_a_reader_of_nothing_and_of_what_is_gone(tmp_path: Path) -> None:
    """A digest that nobody listed is a mistake of the caller; a file that is gone or broken is named, each time."""
    with pytest.raises(KeyError):
        PictureReader({}).read("0" * 64)
    (tmp_path / "text.png").write_text("no picture")
    reader = PictureReader({"a": tmp_path / "gone.png", "b": tmp_path / "text.png"})
    for _ in range(2):
        with pytest.raises(ArtifactError, match=r"gone\.png: expected a picture"):
            reader.read("a")
        with pytest.raises(ArtifactError, match=r"text\.png: expected a JPEG or PNG"):
            reader.read("b")
    (tmp_path / "text.png").write_bytes(png(toy_picture([])))
    assert reader.read("b").shape == (64, 64, 3)
