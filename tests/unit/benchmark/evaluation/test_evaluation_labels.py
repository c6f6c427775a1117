"""YOLO label files are found where Ultralytics looks for them, and read strictly."""

from pathlib import Path

import pytest

from safety_tasks.benchmark.evaluation.labels import MAX_BOXES, MAX_BYTES, find_label, read_label
from safety_tasks.errors import DatasetError
from safety_tasks.records.picture import Box

CLASSES = ("smoke", "fire", "person_down")
LINE = "1 0.5 0.5 0.2 0.2"


def written(path: Path, text: str = "") -> Path:
    """Write a file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_label_lies_beside_the_last_folder_of_images(tmp_path: Path) -> None:
    """Of two folders named images the last one is replaced, however deep the picture lies below it."""
    label = written(tmp_path / "images" / "site" / "labels" / "a" / "b" / "1.txt")
    assert find_label(tmp_path / "images" / "site" / "images" / "a" / "b" / "1.jpg") == label


def test_a_label_may_lie_beside_its_picture(tmp_path: Path) -> None:
    """Where the folder of labels has none, the file beside the picture counts; the folder's comes first."""
    picture = tmp_path / "images" / "1.v2.png"
    beside = written(tmp_path / "images" / "1.v2.txt")
    assert find_label(picture) == beside
    apart = written(tmp_path / "labels" / "1.v2.txt")
    assert find_label(picture) == apart
    assert find_label(tmp_path / "images" / "2.png") is None


def test_lines_become_boxes(tmp_path: Path) -> None:
    """Blanks, tabs, empty lines, CRLF and exponents are what label files hold; an empty one has no boxes."""
    text = "0 0.5 0.25 0.1 0.2\r\n\r\n  2\t.5 1.  1e-1 1\n"
    label = read_label(written(tmp_path / "a.txt", text), CLASSES)
    assert label.boxes == (
        Box(class_id=0, x_center=0.5, y_center=0.25, width=0.1, height=0.2),
        Box(class_id=2, x_center=0.5, y_center=1.0, width=0.1, height=1.0),
    )
    assert label.repeated == 0
    assert read_label(written(tmp_path / "b.txt", "\n \n"), CLASSES).boxes == ()


def test_a_box_that_stands_twice_counts_once(tmp_path: Path) -> None:
    """No detector can find one box twice; how many lines repeat one is counted."""
    label = read_label(written(tmp_path / "a.txt", f"{LINE}\n{LINE}\n1 0.50 0.5 0.2 .2\n"), CLASSES)
    assert (len(label.boxes), label.repeated) == (1, 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1 0.5 0.5 0.2", "found 4 fields"),
        ("1 0.5 0.5 0.2 0.2 0.9", "a sixth is a confidence"),
        ("1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2", "found 9 fields"),
        ("3 0.5 0.5 0.2 0.2", "expected a class number of 0 smoke, 1 fire, 2 person_down"),
        ("-1 0.5 0.5 0.2 0.2", "found '-1'"),
        ("1.0 0.5 0.5 0.2 0.2", "found '1.0'"),
        ("fire 0.5 0.5 0.2 0.2", "found 'fire'"),
        ("1 nan 0.5 0.2 0.2", "expected shares"),
        ("1 0.5 inf 0.2 0.2", "expected shares"),
        ("1 0.5 0.5 1.01 0.2", "expected shares"),
        ("1 -0.1 0.5 0.2 0.2", "expected shares"),
        ("1 0.5 0.5 0 0.2", "above 0"),
        ("1 0.5 0.5 0.2 1e-400", "above 0"),
        ("1 0_1 0.5 0.2 0.2", "expected shares"),
        ("1 320 240 64 64", "expected shares"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    """Whatever is no box stops the measurement, with the file, the line and what was expected."""
    path = written(tmp_path / "a.txt", f"{LINE}\n\n{line}\n")
    with pytest.raises(DatasetError, match=r"a\.txt, line 3: expected") as caught:
        read_label(path, CLASSES)
    assert why in str(caught.value)


def test_a_file_that_is_no_label_is_named(tmp_path: Path) -> None:
    """Too many bytes, too many boxes, bytes that are no text, and no file at all are errors with the file's name."""
    boxes = "".join(f"0 0.{n:04} 0.5 0.2 0.2\n" for n in range(MAX_BOXES + 1))
    path = written(tmp_path / "a.txt", boxes)
    with pytest.raises(DatasetError, match=rf"a\.txt: expected at most {MAX_BOXES} boxes"):
        read_label(path, CLASSES)
    path.write_text(boxes.partition("\n")[2])
    assert len(read_label(path, CLASSES).boxes) == MAX_BOXES
    path.write_bytes(b"\n" * (MAX_BYTES + 1))
    with pytest.raises(DatasetError, match=rf"a\.txt: expected a label of at most {MAX_BYTES}"):
        read_label(path, CLASSES)
    path.write_bytes("１ 0.5 0.5 0.2 0.2".encode())
    with pytest.raises(DatasetError, match=r"a\.txt: expected a label file in ASCII"):
        read_label(path, CLASSES)
    with pytest.raises(DatasetError, match=r"none\.txt: expected a label file"):
        read_label(tmp_path / "none.txt", CLASSES)
