"""Pictures as somebody names them: a folder, a list file, a split of a ``data.yaml``."""

from pathlib import Path

import pytest

from safety_tasks.benchmark.evaluation.listing import list_file, list_folder, list_yaml
from safety_tasks.errors import DatasetError

CLASSES = ("smoke", "fire", "person_down")
NAMES = "names: [smoke, fire, person_down]\n"
LINES = {
    "as Ultralytics writes it": "./images/val/{}",
    "relative": "images/val/{}",
    "absolute": "{root}/images/val/{}",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with two pictures in val and one in train; nothing here opens them."""
    for file in ("val/a.jpg", "val/deep/b.PNG", "train/c.jpeg"):
        path = tmp_path / "data" / "images" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "data"


def yaml(root: Path, text: str) -> Path:
    """Write a data.yaml."""
    (root / "data.yaml").write_text(text)
    return root / "data.yaml"


def files(pictures: tuple[Path, ...], root: Path) -> list[str]:
    """Return pictures relative to the folder of images."""
    return [path.relative_to(root / "images").as_posix() for path in pictures]


VAL = ["val/a.jpg", "val/deep/b.PNG"]


def test_a_folder_is_searched_to_its_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of every folder below count, in the order of their paths, wherever the command runs."""
    (root / "images" / "val" / "notes.md").touch()
    listing = list_folder(root)
    assert files(listing.pictures, root) == ["train/c.jpeg", *VAL]
    assert (listing.root, listing.names) == (root, None)
    monkeypatch.chdir(root / "images")
    assert list_folder(Path("val")).pictures == listing.pictures[1:]


def test_links_are_followed_once(root: Path) -> None:
    """A linked folder counts as if it lay there; a link in a circle ends."""
    (root.parent / "there").mkdir()
    (root / "images").rename(root.parent / "there" / "images")
    (root / "images").symlink_to(root.parent / "there" / "images")
    (root.parent / "there" / "images" / "again").symlink_to(root)
    assert files(list_folder(root).pictures, root) == ["train/c.jpeg", *VAL]


def test_pictures_of_other_kinds_are_not_passed_over(root: Path) -> None:
    """What is meant as a picture by its name is listed, so that it is named when it does not decode."""
    (root / "images" / "val" / "d.webp").touch()
    assert "val/d.webp" in files(list_folder(root).pictures, root)


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_list_file(root: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the list file; byte-order mark, CRLF, empty lines and any order are fine."""
    lines = [line.format(file, root=root) for file in ("deep/b.PNG", "a.jpg")]
    (root / "val.txt").write_text("\ufeff" + "\r\n\r\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(root.parent)
    listing = list_file(Path("data/val.txt"))
    assert files(listing.pictures, root) == VAL
    assert listing.root == root


@pytest.mark.parametrize(
    "text",
    [
        "val: images/val",
        "path: .\nval: images/val",
        "path: {root}\nvalidation: images/val",
        "val: val.txt",
        "val: [images/val/deep, one.txt]",
        "val: ../images/val",
        "path: ../data\nval: ./images/val/",
    ],
)
def test_a_split_of_a_data_yaml(
    root: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A split is a folder, a list file or a list of these, relative to ``path``, it to the data.yaml."""
    (root / "val.txt").write_text("./images/val/a.jpg\n./images/val/deep/b.PNG\n")
    (root / "one.txt").write_text("images/val/a.jpg\n")
    monkeypatch.chdir(tmp_path)
    path = yaml(root, text.format(root=root) + f"\ntrain: images/train\n{NAMES}")
    listing = list_yaml(path.relative_to(tmp_path), "val")
    assert [p.resolve() for p in listing.pictures] == [root / "images" / file for file in VAL]
    assert listing.names == CLASSES
    train = list_yaml(path, "train")
    assert [p.name for p in train.pictures] == ["c.jpeg"]


@pytest.mark.parametrize(
    "names",
    [
        "[smoke, 'no', 1]",
        "[smoke, no, 1]",
        "{0: smoke, 1: no, 2: 1}",
        "\n  2: '1'\n  0: smoke\n  1: no",
    ],
)
def test_names_are_text_in_the_order_of_their_numbers(root: Path, names: str) -> None:
    """A name that YAML would take for a number or a truth stays a name."""
    listing = list_yaml(yaml(root, f"val: images/val\nnames: {names}\n"), "val")
    assert listing.names == ("smoke", "no", "1")


def test_names_that_lie_beside_the_pictures_count(root: Path) -> None:
    """A folder or list with a data.yaml, or else a classes.txt, has the names that it gives."""
    (root / "val.txt").write_text("images/val/a.jpg\n")
    (root / "classes.txt").write_text("smoke\nfire\n\n")
    for listing in (list_folder(root), list_file(root / "val.txt")):
        assert (listing.names, listing.names_file) == (("smoke", "fire"), root / "classes.txt")
    path = yaml(root, f"val: images/val\n{NAMES}")
    for listing in (list_folder(root), list_file(root / "val.txt")):
        assert (listing.names, listing.names_file) == (CLASSES, path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"train: images/train\n{NAMES}", r"expected a split 'val', found train\. .*--split"),
        (f"val:\n{NAMES}", "expected a split 'val', found none"),
        ("val: images/val\n", "expected 'names'"),
        ("val: images/val\nnames: smoke\n", "expected 'names'"),
        ("val: images/val\nnames: {0: smoke, 2: fire}\n", "expected 'names'"),
        ("val: images/val\nnames: [[smoke]]\n", "expected 'names'"),
        (f"val: images/none\n{NAMES}", "expected a folder or a list file, found no .*images/none"),
        (f"path: nowhere\nval: images/val\n{NAMES}", "relative to the data.yaml"),
        (f"val: {{a: b}}\n{NAMES}", "expected 'path' to be a folder and 'val'"),
        (f"val: [[images/val]]\n{NAMES}", "expected 'path' to be a folder and 'val'"),
        (f"path: [a]\nval: images/val\n{NAMES}", "expected 'path' to be a folder"),
        (f"val: [images/val, images/val/deep]\n{NAMES}", r"found twice: .*deep/b\.PNG"),
        (f"val: empty\n{NAMES}", "expected pictures, found none"),
        ("- val\n", "expected splits and names"),
        ("val: [\n", "expected YAML"),
    ],
)
def test_a_wrong_data_yaml_says_what_is_wrong(root: Path, text: str, why: str) -> None:
    """The message names the file and what was expected in it."""
    (root / "empty").mkdir()
    with pytest.raises(DatasetError, match=rf"(?s)data\.yaml.*{why}"):
        list_yaml(yaml(root, text), "val")


def test_a_wrong_list_says_what_is_wrong(root: Path) -> None:
    """Pictures that are missing or named twice are counted and named; an empty or unreadable list is refused."""
    path = root / "val.txt"
    path.write_text("".join(f"images/{n}.jpg\n" for n in range(7)) + "images/val/a.jpg\n")
    with pytest.raises(
        DatasetError, match="expected 8 pictures, found 7 of them missing"
    ) as caught:
        list_file(path)
    assert "0.jpg" in str(caught.value)
    assert "and 2 more" in str(caught.value)
    path.write_text("images/val/a.jpg\n./images/val/a.jpg\n")
    with pytest.raises(DatasetError, match=r"found twice: .*a\.jpg"):
        list_file(path)
    path.write_text("\n")
    with pytest.raises(DatasetError, match=r"val\.txt: expected pictures, found none"):
        list_file(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError, match=r"val\.txt: expected a text in UTF-8"):
        list_file(path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    """Nothing to measure on is no measurement; a link that leads nowhere is missing."""
    with pytest.raises(DatasetError, match="expected pictures, found none"):
        list_folder(tmp_path)
    (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
    with pytest.raises(DatasetError, match="found 1 of them missing"):
        list_folder(tmp_path)
