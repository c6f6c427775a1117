"""A delivery's files tell its one format; what is of no known use is named."""

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.detecting import Sorted, sort_files


def sort(files: str, *, names_needed: bool = True) -> Sorted:
    """Sort files, given with blanks between them."""
    return sort_files(files.split(), what="incoming/b/", names_needed=names_needed)


@pytest.mark.parametrize(
    ("files", "kind", "pictures", "labels", "unexpected"),
    [
        ("data.yaml images/a.jpg", "yolo", "images/a.jpg", "", ""),
        ("classes.txt images/a.jpg labels/a.txt", "yolo", "images/a.jpg", "labels/a.txt", ""),
        ("classes.txt notes.json images/a.jpg", "yolo", "images/a.jpg", "", ""),
        (
            "data.yaml README.roboflow.txt README.dataset.txt train/images/a.jpg train/labels/a.txt",
            "yolo",
            "train/images/a.jpg",
            "train/labels/a.txt",
            "",
        ),
        (
            "data.yaml images/a.jpg labels/a.txt labels/train.cache train.txt val.txt LICENSE LICENCE.md",
            "yolo",
            "images/a.jpg",
            "labels/a.txt",
            "",
        ),
        (
            "data.yaml images/a.JPEG b.jpg images/a.txt images/c.zip sub/train.txt x.json",
            "yolo",
            "images/a.JPEG",
            "",
            "b.jpg images/a.txt images/c.zip sub/train.txt x.json",
        ),
        (
            "annotations/instances_default.json images/default/a.jpg x.txt",
            "coco",
            "images/default/a.jpg",
            "annotations/instances_default.json",
            "x.txt",
        ),
        (
            "train/_annotations.coco.json train/a.jpg valid/_annotations.coco.json",
            "coco",
            "train/a.jpg",
            "train/_annotations.coco.json valid/_annotations.coco.json",
            "",
        ),
        ("result.json images/a.jpg", "coco", "images/a.jpg", "result.json", ""),
        (
            "Annotations/a.xml JPEGImages/a.jpg ImageSets/Main/default.txt labelmap.txt",
            "voc",
            "JPEGImages/a.jpg",
            "Annotations/a.xml",
            "",
        ),
        (
            "train/a.jpg train/a.xml train/b.xml",
            "voc",
            "train/a.jpg",
            "train/a.xml train/b.xml",
            "",
        ),
        ("data.yaml images/a.jpg meta.xml", "yolo", "images/a.jpg", "", "meta.xml"),
        ("data.yaml images/a.jpg .DS_Store images/._a.jpg", "yolo", "images/a.jpg", "", ""),
        (
            "_READY batch.json manifest.csv data.yaml images/a.jpg",
            "yolo",
            "images/a.jpg",
            "",
            "",
        ),
        ("data.yaml images/a.gif images/b.TIFF", "yolo", "images/a.gif images/b.TIFF", "", ""),
    ],
)
def test_formats(files: str, kind: str, pictures: str, labels: str, unexpected: str) -> None:
    """Each export is told by what only it has; companions are known; the rest is unexpected."""
    found = sort(files)
    assert found.format == kind
    assert found.pictures == tuple(pictures.split())
    assert found.labels == tuple(labels.split())
    assert found.unexpected == tuple(unexpected.split())


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("", "expected class names in data.yaml"),
        ("images/a.jpg labels/a.txt", "expected class names in data.yaml"),
        ("images/a.jpg annotations.xml", "expected class names in data.yaml"),
        ("data.yaml", "expected pictures in images/"),
        (
            "data.yaml a.jpg",
            "expected pictures in images/ (or train/images, …), found none among 2",
        ),
        ("data.yaml images/a.jpg annotations/x.json", "yolo: data.yaml; coco: annotations/x.json"),
        ("classes.txt images/a.jpg images/a.xml", "yolo: classes.txt; voc: images/a.xml"),
        ("a.jpg a.xml instances_x.json", "coco: instances_x.json; voc: a.xml"),
    ],
)
def test_deliveries_that_are_refused(files: str, message: str) -> None:
    """No format, no picture, or a mixture, with what was found."""
    with pytest.raises(BatchError, match=r"^incoming/b/: expected") as caught:
        sort(files)
    assert message in str(caught.value)


def test_a_delivery_without_hazard_needs_no_names() -> None:
    """Backgrounds and false alarms are YOLO without names; where names are there, they tell the format."""
    found = sort("images/a.jpg labels/a.txt", names_needed=False)
    assert (found.format, found.labels) == ("yolo", ("labels/a.txt",))
    assert sort("a.jpg a.xml", names_needed=False).format == "voc"
