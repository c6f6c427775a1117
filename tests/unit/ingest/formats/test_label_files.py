"""Each picture has the label file that lies where its own place says, read on demand and under a cap."""

import pytest
from support.file_source import FilesInMemory

from safety_tasks.ingest.formats.label_files import PairedLabels, pair
from safety_tasks.ingest.formats.labels import LabelLimits, LabelProblem, ParsedLabel


@pytest.mark.parametrize(
    ("picture", "labels", "label"),
    [
        ("images/a.jpg", [], None),
        ("images/a.jpg", ["labels/a.txt"], "labels/a.txt"),
        ("images/a.JPG", ["labels/a.txt"], "labels/a.txt"),
        ("images/a.b.png", ["labels/a.b.txt", "labels/a.txt"], "labels/a.b.txt"),
        ("train/images/a.jpg", ["labels/a.txt", "train/labels/a.txt"], "train/labels/a.txt"),
        ("train/images/a.jpg", ["labels/a.txt", "valid/labels/a.txt"], None),
        ("images/train/a.jpg", ["labels/train/a.txt"], "labels/train/a.txt"),
        ("images/images/a.jpg", ["images/labels/a.txt"], "images/labels/a.txt"),
        (
            "images/labels/images/a.jpg",
            ["images/labels/labels/a.txt"],
            "images/labels/labels/a.txt",
        ),
        ("a.jpg", ["a.txt"], "a.txt"),
        ("images/a.jpg", ["images/a.txt"], "images/a.txt"),
        ("images/a.jpg", ["images/a.txt", "labels/a.txt"], "labels/a.txt"),
        ("images/a", ["labels/a.txt"], "labels/a.txt"),
    ],
)
def test_pairs(picture: str, labels: list[str], label: str | None) -> None:
    """The folder of labels beside the folder of pictures comes first, then the picture's own folder."""
    assert pair([picture], labels, ("images", "labels"), ".txt") == {picture: label}


def parse(payload: bytes, width_px: int, height_px: int) -> ParsedLabel | LabelProblem:
    """Tell what arrived."""
    return LabelProblem("seen", f"{payload!r} {width_px}x{height_px}")


def paired(pairs: dict[str, str | None], **files: str | bytes) -> PairedLabels:
    """Pair label files, ``.`` written as ``_``."""
    source = FilesInMemory({name.replace("_", "."): each for name, each in files.items()})
    return PairedLabels(source, pairs, parse, LabelLimits(max_bytes=10))


def test_no_label() -> None:
    """A picture without a file has no label and nothing to show."""
    found = paired({"a.jpg": None})
    assert (found.label_of("a.jpg", 4, 3), found.raw_of("a.jpg")) == (None, None)


def test_a_label() -> None:
    """The parser gets the bytes and the picture's size."""
    found = paired({"a.jpg": "a.txt"}, a_txt="x" * 10)
    assert found.label_of("a.jpg", 4, 3) == LabelProblem("seen", "b'xxxxxxxxxx' 4x3")
    assert found.raw_of("a.jpg") == ("a.txt", b"x" * 10)


def test_a_label_that_is_too_large() -> None:
    """It is refused unread; its bytes are kept up to 4 MiB, and a note beyond."""
    found = paired({"a.jpg": "a.txt", "b.jpg": "b.txt"}, a_txt="x" * 11, b_txt=b"x" * 4194305)
    problem = found.label_of("a.jpg", 4, 3)
    assert isinstance(problem, LabelProblem)
    assert (problem.rule, problem.observed) == ("label_too_large", "expected ≤ 10 bytes, found 11")
    assert found.raw_of("a.jpg") == ("a.txt", b"x" * 11)
    kept = found.raw_of("b.jpg")
    assert kept is not None
    assert kept[1] == b"4194305 bytes, too large to keep: see incoming/b/\n"


def test_one_label_for_two_pictures() -> None:
    """It labels neither, since it belongs to one of them and nobody knows which."""
    found = paired({"a.jpg": "a.txt", "a.png": "a.txt"}, a_txt="")
    for picture in ("a.jpg", "a.png"):
        problem = found.label_of(picture, 4, 3)
        assert isinstance(problem, LabelProblem)
        assert problem.rule == "ambiguous_label"
