"""Labelled pictures from disk: labels, scenes, names, and what is said of them."""

from pathlib import Path

import pytest

from safety_tasks.benchmark.evaluation.data import (
    TRAIN_NOTE,
    EvaluationData,
    is_version_id,
    read_files,
)
from safety_tasks.errors import ClassMapError, ConfigError, DatasetError

CLASSES = ("smoke", "fire", "person_down")
NAMES = "names: [smoke, fire, person_down]\n"
NO_NAMES = "names no classes: their numbers are taken as the model's own"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a YOLO folder: two pictures in val, one of them without hazards, and one in train."""
    for file, label in (("val/a", "1 0.5 0.5 0.2 0.2\n"), ("val/b", ""), ("train/c", "")):
        for folder, suffix, text in (("images", "jpg", "x"), ("labels", "txt", label)):
            path = tmp_path / "data" / folder / f"{file}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path / "data"


def boxes(data: EvaluationData) -> dict[str, list[int]]:
    """Return the class ids of each picture's boxes."""
    return {each.file: [box.class_id for box in each.boxes] for each in data.samples}


def manifest(root: Path, *rows: str) -> None:
    """Write a manifest beside the data."""
    (root / "manifest.csv").write_text("\n".join(("file,scene,split", *rows)))


def test_the_same_pictures_by_three_names(root: Path) -> None:
    """A folder, a list file and a data.yaml name the same samples; names are relative to what was named."""
    (root / "val.txt").write_text("./images/val/b.jpg\n./images/val/a.jpg\n")
    (root / "data.yaml").write_text(f"val: images/val\n{NAMES}")
    by_list, by_yaml = (read_files(root / f, CLASSES) for f in ("val.txt", "data.yaml"))
    assert boxes(by_list) == {"images/val/a.jpg": [1], "images/val/b.jpg": []}
    assert by_list.samples == by_yaml.samples
    by_folder = read_files(root / "images" / "val", CLASSES)
    assert boxes(by_folder) == {"a.jpg": [1], "b.jpg": []}
    assert [s.path for s in by_folder.samples] == [s.path for s in by_list.samples]


def test_splits_of_a_data_yaml(root: Path) -> None:
    """Val unless another is named; holdout is what Ultralytics calls test; train is said to be train."""
    path = root / "data.yaml"
    path.write_text(f"train: images/train\nval: images/val\n{NAMES}")
    assert len(read_files(path, CLASSES).samples) == 2
    assert TRAIN_NOTE not in read_files(path, CLASSES).notes
    train = read_files(path, CLASSES, "train")
    assert ([s.file for s in train.samples], train.notes[0]) == (
        ["images/train/c.jpg"],
        TRAIN_NOTE,
    )
    path.write_text(f"val: images/val\ntest: images/train\n{NAMES}")
    assert read_files(path, CLASSES, "test") == read_files(path, CLASSES, "holdout")
    assert boxes(read_files(path, CLASSES, "holdout")) == {"images/train/c.jpg": []}


@pytest.mark.parametrize(
    "name", ["none", "none.yaml", "list.csv", "picture.jpg", "0123456789abcdef"]
)
def test_what_is_no_data_is_refused(tmp_path: Path, name: str) -> None:
    """The message says what data may be."""
    (tmp_path / "list.csv").touch()
    (tmp_path / "picture.jpg").touch()
    with pytest.raises(ConfigError, match=r"expected a folder, a data\.yaml, a list file"):
        read_files(tmp_path / name, CLASSES)


def test_a_folder_has_no_splits(root: Path) -> None:
    """A split that is asked of a folder or a list is refused, never taken for all of it."""
    (root / "val.txt").write_text("images/val/a.jpg\n")
    for data in (root, root / "val.txt"):
        with pytest.raises(ConfigError, match=r"expected --split with a data\.yaml"):
            read_files(data, CLASSES, "val")


def test_a_missing_label_is_no_background(root: Path) -> None:
    """Pictures without a label file are counted and named; whoever accepts them is told how many they are."""
    for file in ("val/b", "train/c"):
        (root / "labels" / f"{file}.txt").unlink()
    with pytest.raises(
        DatasetError, match="each of 3 pictures, found none for 2 of them"
    ) as caught:
        read_files(root, CLASSES)
    assert "b.jpg" in str(caught.value)
    assert "--missing-label-is-background" in str(caught.value)
    data = read_files(root, CLASSES, missing_is_background=True)
    assert sorted(map(len, boxes(data).values())) == [0, 0, 1]
    assert "2 pictures without a label file count as background" in data.notes


def test_one_label_for_two_pictures_is_refused(root: Path) -> None:
    """A label that lies beside two pictures belongs to one of them, and nobody knows to which."""
    (root / "images" / "val" / "a.png").touch()
    with pytest.raises(DatasetError, match=r"several pictures for .*a\.txt"):
        read_files(root, CLASSES)


def test_a_bad_label_stops_everything(root: Path) -> None:
    """The first line that is no box is named; a line that repeats one is counted."""
    label = root / "labels" / "val" / "b.txt"
    label.write_text("0 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.2\n")
    assert "1 label lines repeat an earlier one and count once" in read_files(root, CLASSES).notes
    label.write_text("9 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DatasetError, match=r"b\.txt, line 1: expected a class number"):
        read_files(root, CLASSES)


@pytest.mark.parametrize("names", ["[fire, smoke, person_down]", "[smoke, fire]"])
def test_other_class_names_are_refused(root: Path, names: str) -> None:
    """Names that are not the model's would swap hazards, whether the data.yaml was named or lies there."""
    (root / "data.yaml").write_text(f"val: images/val\nnames: {names}\n")
    for data in (root, root / "data.yaml"):
        with pytest.raises(ClassMapError, match=r"data\.yaml: expected the classes 0 smoke"):
            read_files(data, CLASSES)


def test_what_a_folder_does_not_say_is_said(root: Path) -> None:
    """Without names their numbers are believed, and a folder beside its data.yaml is measured whole: both are noted."""
    assert any(NO_NAMES in note for note in read_files(root, CLASSES).notes)
    (root / "data.yaml").write_text(f"val: images/val\n{NAMES}")
    notes = read_files(root, CLASSES).notes
    assert any(note.startswith("every picture below") for note in notes)
    assert not any(NO_NAMES in note for note in notes)
    assert not any("every picture" in n for n in read_files(root / "data.yaml", CLASSES).notes)


def test_scenes_come_from_a_manifest_beside_the_data(root: Path) -> None:
    """By path or bare name, found from the folder, from its images, from a list and from a data.yaml."""
    (root / "val.txt").write_text("images/val/a.jpg\nimages/val/b.jpg\n")
    (root / "data.yaml").write_text(f"val: images/val\n{NAMES}")
    manifest(root, "images/val/a.jpg,hall,val", "b.jpg, yard ,val", "c.jpg,yard,train")
    for data in (root / "val.txt", root / "data.yaml", root / "images" / "val"):
        found = read_files(data, CLASSES)
        assert [s.scene for s in found.samples] == ["hall", "yard"]
        assert found.scenes_known
        assert not any("interval" in note for note in found.notes)
    assert [s.scene for s in read_files(root, CLASSES).samples] == ["yard", "hall", "yard"]


def test_scenes_are_known_of_all_or_of_none(root: Path) -> None:
    """One picture without a scene makes intervals impossible; so does no manifest; each is said."""
    found = read_files(root / "images" / "val", CLASSES)
    assert not found.scenes_known
    assert found.notes[-1] == (
        "no manifest.csv beside the data names scenes: no interval is claimed"
    )
    manifest(root, "a.jpg,hall,val")
    found = read_files(root / "images" / "val", CLASSES)
    assert [s.scene for s in found.samples] == [None, None]
    assert "names scenes of 1 of 2 pictures: no interval is claimed" in found.notes[-1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("file,where\na.jpg,hall\n", "expected columns file and scene"),
        ("", "expected columns file and scene"),
        ("file,scene\na.jpg,\n", "line 2: expected a file and its one scene"),
        ("file,scene\na.jpg\n", "line 2: expected a file and its one scene"),
        ("file,scene\na.jpg,hall\na.jpg,yard\n", "line 3: expected a file and its one scene"),
        ("file,scene\n\xff,hall\n", "expected comma-separated rows in UTF-8"),
    ],
)
def test_a_wrong_manifest_is_named(root: Path, text: str, why: str) -> None:
    """Its line is named; it is never passed over for a manifest that is not there."""
    (root / "manifest.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match=rf"manifest\.csv.*{why}"):
        read_files(root, CLASSES)


def test_a_name_that_is_no_text_is_written_out(root: Path) -> None:
    """Bytes that are no UTF-8 do not end the measurement; the name in results shows them."""
    for folder, suffix in (("images", ".jpg"), ("labels", ".txt")):
        here = root / folder / "train"
        (here / f"c{suffix}").rename(here / f"\udcff{suffix}")
    odd = (root / "images" / "train").rename(root / "images" / "\udcfe")
    (root / "labels" / "train").rename(root / "labels" / "\udcfe")
    found = read_files(odd, CLASSES)
    assert [sample.file for sample in found.samples] == ["\\xff.jpg"]
    assert found.notes[0].startswith(f"{root / 'images'}/\\xfe names no classes")


def test_a_path_comes_before_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen hex digits name a version, but for a file or folder of that name."""
    monkeypatch.chdir(tmp_path)
    assert is_version_id("0123456789abcdef")
    assert not is_version_id("0123456789abcdeg")
    assert not is_version_id("0123456789abcde")
    (tmp_path / "0123456789abcdef").mkdir()
    assert not is_version_id("0123456789abcdef")
