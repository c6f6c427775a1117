"""COCO labels: which picture an entry lists, and which boxes are believed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.file_source import FilesInMemory

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.coco import CocoLabels
from safety_tasks.ingest.formats.labels import LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.records.picture import Box

OURS = ClassNames(("smoke", "fire", "person_down"), {"flame": "fire"}, what="batch.json")
NAMES = ("person_down", "fire", "car", "flame")
FIRE = Box(class_id=1, x_center=0.2, y_center=0.3, width=0.2, height=0.4)
WHERE = "annotations/instances_train.json"


def image(name: str, number: int = 1, **parts: Any) -> dict[str, Any]:
    """Return an entry of a 200x100 picture."""
    return {"id": number, "file_name": name, "width": 200, "height": 100} | parts


def annotation(number: int = 1, **parts: Any) -> dict[str, Any]:
    """Return a box of fire on picture 1."""
    entry = {"id": number, "image_id": 1, "category_id": 2, "bbox": [20, 10, 40, 40]}
    return entry | {"iscrowd": 0, "area": 1600.0, "segmentation": []} | parts


def document(images: Sequence[Mapping[str, Any]], *annotations: Mapping[str, Any]) -> str:
    """Return a document."""
    categories = [{"id": number, "name": name} for number, name in enumerate(NAMES, start=1)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def labels(files: Mapping[str, str], pictures: Sequence[str] = ("images/a.jpg",)) -> CocoLabels:
    """Open documents."""
    limits = LabelLimits(max_boxes=3)
    return CocoLabels(FilesInMemory(files), files, tuple(pictures), OURS, limits)


def label(*annotations: Mapping[str, Any], **parts: Any) -> ParsedLabel | LabelProblem | None:
    """Return the label of the one picture, 200x100, with these annotations."""
    opened = labels({WHERE: document([image("a.jpg", **parts)], *annotations)})
    return opened.label_of("images/a.jpg", 200, 100)


@pytest.mark.parametrize(
    ("annotations", "boxes"),
    [
        ([], ()),
        ([annotation()], (FIRE,)),
        ([annotation(category_id=4)], (FIRE,)),
        ([annotation(bbox=[20.0, 10, 40.0, 4e1])], (FIRE,)),
        ([annotation(attributes={"occluded": True, "rotation": 0.0})], (FIRE,)),
        ([{"image_id": 1, "category_id": 2, "bbox": [20, 10, 40, 40]}], (FIRE,)),
        (
            [annotation(), annotation(category_id=1, bbox=[0, 0, 200, 100])],
            (FIRE, Box(class_id=2, x_center=0.5, y_center=0.5, width=1, height=1)),
        ),
    ],
)
def test_sound_labels(annotations: list[dict[str, Any]], boxes: tuple[Box, ...]) -> None:
    """Left, top, width and height in pixels become centre and size; none is an empty label."""
    found = label(*annotations)
    assert isinstance(found, ParsedLabel)
    assert (found.boxes, found.mended) == (boxes, ())


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"bbox": None}, "malformed_label"),
        ({"bbox": []}, "malformed_label"),
        ({"bbox": [1, 2, 3]}, "malformed_label"),
        ({"bbox": [1, 2, 3, 4, 5]}, "malformed_label"),
        ({"bbox": [20, 10, 40, "40"]}, "malformed_label"),
        ({"bbox": [20, 10, 40, True]}, "malformed_label"),
        ({"bbox": {"0": 1}}, "malformed_label"),
        ({"bbox": "1234"}, "malformed_label"),
        ({"bbox": [float("nan"), 10, 40, 40]}, "not_finite"),
        ({"bbox": [20, 10, float("inf"), 40]}, "not_finite"),
        ({"bbox": [20, 10**400, 40, 40]}, "not_finite"),
        ({"bbox": [20, 10, 0, 40]}, "zero_area"),
        ({"bbox": [20, 10, 40, -40]}, "zero_area"),
        ({"bbox": [-20, 10, 40, 40]}, "outside_picture"),
        ({"bbox": [20, 10, 40, 91]}, "outside_picture"),
        ({"category_id": 3}, "unknown_class"),
        ({"iscrowd": 1}, "crowd_box"),
        ({"iscrowd": None}, "crowd_box"),
        ({"iscrowd": "0"}, "crowd_box"),
        ({"attributes": {"rotation": 12.5}}, "rotated_box"),
        ({"attributes": {"rotation": "no"}}, "rotated_box"),
        ({"attributes": {"rotation": float("nan")}}, "rotated_box"),
        ({"attributes": []}, "rotated_box"),
        ({"score": 0.9}, "unexpected_confidence"),
    ],
)
def test_labels_that_are_not_believed(bad: dict[str, Any], rule: str) -> None:
    """Each defect has its rule, and a good annotation before it does not save the picture."""
    for before in ([], [annotation(bbox=[1, 1, 9, 9])]):
        found = label(*before, annotation(7) | bad)
        assert isinstance(found, LabelProblem)
        assert found.rule == rule
        assert found.observed.startswith(f"annotation {len(before) + 1} (id 7): expected")
        assert len(found.observed) < 300


def test_too_many_boxes() -> None:
    """More boxes than are believable refuse the picture's label."""
    found = label(*(annotation(bbox=[1, 1, 9, size]) for size in range(2, 6)))
    assert isinstance(found, LabelProblem)
    assert found.rule == "too_many_boxes"


@pytest.mark.parametrize(
    "size",
    [
        {"width": 100, "height": 200},
        {"width": 200, "height": None},
        {"width": "200"},
        {"width": 200.0},
        {"height": 99},
        {"width": 0, "height": 0},
        {"width": True},
    ],
)
def test_another_size(size: dict[str, Any]) -> None:
    """Boxes of a picture of another size, or of none, are not this picture's; even where there is no box."""
    for annotations in ([], [annotation()]):
        found = label(*annotations, **size)
        assert isinstance(found, LabelProblem)
        assert found.rule == "size_disagrees"


@pytest.mark.parametrize(
    ("listed", "pictures", "found"),
    [
        ("b.jpg", ["images/a.jpg"], None),
        ("a.jpg", ["a.jpg"], "a.jpg"),
        ("a.jpg", ["images/a.jpg"], "images/a.jpg"),
        ("./a.jpg", ["images/a.jpg"], "images/a.jpg"),
        ("images/a.jpg", ["images/a.jpg"], "images/a.jpg"),
        ("a.jpg", ["images/train/a.jpg", "images/val/a.jpg"], "images/train/a.jpg"),
        ("a.jpg", ["annotations/a.jpg", "x/a.jpg"], "annotations/a.jpg"),
        ("a.jpg", ["x/y/a.jpg"], "x/y/a.jpg"),
        ("y/a.jpg", ["x/y/a.jpg"], "x/y/a.jpg"),
        ("z/a.jpg", ["x/y/a.jpg"], None),
        ("a.jpg", ["x/a.jpg", "y/a.jpg"], None),
        ("a.jpg", ["x/ba.jpg"], None),
        ("../a.jpg", ["a.jpg"], None),
        ("/a.jpg", ["a.jpg"], None),
        ("images\\a.jpg", ["images/a.jpg"], None),
        ("A.JPG", ["images/a.jpg"], None),
    ],
)
def test_which_picture_is_listed(listed: str, pictures: list[str], found: str | None) -> None:
    """A path, or a path under a folder that CVAT or Roboflow uses, names a picture; a guess among two does not."""
    opened = labels({WHERE: document([image(listed)])}, pictures)
    labelled = [name for name in pictures if opened.label_of(name, 200, 100) is not None]
    assert labelled == ([found] if found else [])
    assert list(opened.absent) == ([] if found else [(listed, WHERE)])


def test_a_picture_that_nobody_listed() -> None:
    """It has no label, which is not an empty one, and nothing to show."""
    opened = labels({WHERE: document([image("a.jpg")])}, ["images/a.jpg", "images/b.jpg"])
    assert opened.label_of("images/b.jpg", 200, 100) is None
    assert opened.raw_of("images/b.jpg") is None
    assert opened.label_of("images/a.jpg", 200, 100) == ParsedLabel(())


@pytest.mark.parametrize(
    "files",
    [
        {WHERE: document([image("a.jpg"), image("a.jpg", 2)])},
        {WHERE: document([image("a.jpg"), image("images/a.jpg", 2)])},
        {WHERE: document([image("a.jpg")]), "annotations/person.json": document([image("a.jpg")])},
        {WHERE: document([image("gone.jpg"), image("gone.jpg", 2)])},
    ],
)
def test_a_picture_that_is_listed_twice(files: dict[str, str]) -> None:
    """Two entries for one file refuse the delivery, also under two names or in two documents."""
    with pytest.raises(BatchError, match="expected each picture listed once"):
        labels(files)


def test_more_json_than_fits_into_memory() -> None:
    """Documents that are small alone but large together refuse the delivery."""
    padding = " " * 30_000_000
    files = {f"annotations/{n}.json": document([]) + padding for n in range(3)}
    with pytest.raises(BatchError, match="expected ≤ 67108864 bytes of COCO JSON"):
        labels(files)


def test_documents_may_number_their_categories_as_they_like() -> None:
    """Two documents with other numbers for one name mean the same class."""
    other = json.loads(document([image("b.jpg")], annotation(category_id=9)))
    other["categories"] = [{"id": 9, "name": "fire"}]
    opened = labels(
        {WHERE: document([image("a.jpg")], annotation()), "annotations/b.json": json.dumps(other)},
        ["images/a.jpg", "images/b.jpg"],
    )
    assert opened.label_of("images/a.jpg", 200, 100) == opened.label_of("images/b.jpg", 200, 100)
    assert opened.categories == set(NAMES)


def test_the_entries_as_delivered() -> None:
    """A picture's entries can be kept: as JSON, with the names of the categories, in ASCII."""
    opened = labels({WHERE: document([image("a.jpg")], annotation(note="ä"))})
    kept = opened.raw_of("images/a.jpg")
    assert kept is not None
    assert kept[0] == "images/a.jpg.json"
    found = json.loads(kept[1].decode("ascii"))
    assert found["listed_in"] == WHERE
    assert found["image"] == image("a.jpg")
    assert found["annotations"] == [annotation(note="ä") | {"category": "fire"}]


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.sampled_from(["bbox", "iscrowd", "attributes", "segmentation", "id"]), VALUE)
def test_any_value_in_an_annotation(key: str, value: Any) -> None:
    """Whatever stands in an annotation, the answer is a label or a problem that can be written."""
    found = label(annotation() | {key: value})
    assert found is not None
    if isinstance(found, LabelProblem):
        found.observed.encode()
