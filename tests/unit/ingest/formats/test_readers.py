"""The same boxes give the same label whatever format and class order they come in."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.file_source import FilesInMemory

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.detecting import sort_files
from safety_tasks.ingest.formats.labels import LabelLimits, LabelReader, ParsedLabel
from safety_tasks.ingest.formats.readers import Orphans, open_labels

CLASSES = ("smoke", "fire", "person_down")
WIDTH, HEIGHT = 1280, 720
Labelled = tuple[str, int, int, int, int]


def opened(
    files: dict[str, str], *, names_needed: bool = True
) -> tuple[LabelReader, Orphans, tuple[str, ...]]:
    """Open a delivery's labels."""
    source = FilesInMemory(files)
    found = sort_files(source.names(), what=source.what, names_needed=names_needed)
    names = ClassNames(CLASSES, {}, what="batch.json")
    labels, orphans = open_labels(source, found, names, LabelLimits(), names_needed=names_needed)
    return labels, orphans, found.pictures


def as_yolo(boxes: Sequence[Labelled], order: Sequence[str]) -> dict[str, str]:
    """Return a YOLO folder whose classes have this order."""
    lines = (
        f"{order.index(name)} {(left + right) / 2 / WIDTH:.8f} {(top + bottom) / 2 / HEIGHT:.8f} "
        f"{(right - left) / WIDTH:.8f} {(bottom - top) / HEIGHT:.8f}\n"
        for name, left, top, right, bottom in boxes
    )
    names = json.dumps(list(order))
    return {"images/a.jpg": "", "labels/a.txt": "".join(lines), "data.yaml": f"names: {names}"}


def as_coco(boxes: Sequence[Labelled], order: Sequence[str]) -> dict[str, str]:
    """Return a COCO export whose categories have this order."""
    document = {
        "images": [{"id": 5, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 10 + n, "name": name} for n, name in enumerate(order)],
        "annotations": [
            {
                "id": number,
                "image_id": 5,
                "category_id": 10 + order.index(name),
                "bbox": [left, top, right - left, bottom - top],
            }
            for number, (name, left, top, right, bottom) in enumerate(boxes)
        ],
    }
    return {"images/a.jpg": "", "annotations/instances_default.json": json.dumps(document)}


def as_voc(boxes: Sequence[Labelled], order: Sequence[str]) -> dict[str, str]:
    """Return a VOC export, which has no order of classes."""
    del order
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin>"
        f"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
        for name, left, top, right, bottom in boxes
    )
    size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
    text = f"<annotation>{size}{objects}</annotation>"
    return {"JPEGImages/a.jpg": "", "Annotations/a.xml": text}


@st.composite
def labelled(draw: st.DrawFn) -> Labelled:
    """Give a named box in whole pixels."""
    left, top = draw(st.integers(0, WIDTH - 2)), draw(st.integers(0, HEIGHT - 2))
    right, bottom = draw(st.integers(left + 1, WIDTH)), draw(st.integers(top + 1, HEIGHT))
    return draw(st.sampled_from(CLASSES)), left, top, right, bottom


def label(files: dict[str, str]) -> ParsedLabel:
    """Return the label of the only picture."""
    labels, orphans, pictures = opened(files)
    assert orphans == ()
    found = labels.label_of(pictures[0], WIDTH, HEIGHT)
    assert isinstance(found, ParsedLabel)
    return found


@given(st.lists(labelled(), min_size=1, max_size=6, unique=True), st.permutations(CLASSES))
def test_the_same_boxes_in_every_format(boxes: list[Labelled], order: list[str]) -> None:
    """YOLO, COCO and VOC of the same boxes give the same boxes, within the rounding, in any class order."""
    expected = label(as_voc(boxes, order)).boxes
    assert [CLASSES[box.class_id] for box in expected] == [name for name, *_ in boxes]
    for make in (as_yolo, as_coco):
        found = label(make(boxes, order)).boxes
        for one, other in zip(found, expected, strict=True):
            assert one.class_id == other.class_id
            for key in ("x_center", "y_center", "width", "height"):
                assert getattr(one, key) == pytest.approx(getattr(other, key), abs=1.5e-6)


@given(st.lists(labelled(), min_size=1, max_size=4), st.permutations(CLASSES))
def test_another_class_order_names_the_same_classes(
    boxes: list[Labelled], order: list[str]
) -> None:
    """An export with other numbers gives the very same label: smoke and fire cannot swap."""
    for make in (as_yolo, as_coco):
        assert label(make(boxes, order)) == label(make(boxes, CLASSES))


@pytest.mark.parametrize("make", [as_yolo, as_coco, as_voc])
def test_no_boxes(make: object) -> None:
    """An empty label is one in every format."""
    assert label(make([], CLASSES)) == ParsedLabel(())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("files", "orphans"),
    [
        (
            as_yolo([], CLASSES) | {"labels/b.txt": "", "labels/classes.txt": ""},
            [("labels/b.txt", "orphan_label"), ("labels/classes.txt", "orphan_label")],
        ),
        (as_voc([], CLASSES) | {"Annotations/b.xml": ""}, [("Annotations/b.xml", "orphan_label")]),
        (
            {
                "images/b.jpg": "",
                "annotations/x.json": as_coco([], CLASSES)["annotations/instances_default.json"],
            },
            [("a.jpg", "orphan_label")],
        ),
    ],
)
def test_labels_without_a_picture(files: dict[str, str], orphans: list[tuple[str, str]]) -> None:
    """A label, or an entry, whose picture is not there is an orphan of its rule."""
    _, found, _ = opened(files)
    assert [(file, rule) for file, rule, _ in found] == orphans


@pytest.mark.parametrize("make", [as_yolo, as_coco])
def test_no_class_of_ours(make: object) -> None:
    """Names of which none is ours refuse the delivery, unless it is one without hazards."""
    files = make([], ("car", "Fire"))  # type: ignore[operator]
    with pytest.raises(
        BatchError, match=r"found (car, Fire|Fire, car)\. If it is meant, add to batch\.json"
    ):
        opened(files)
    labels, _, pictures = opened(files, names_needed=False)
    assert labels.label_of(pictures[0], WIDTH, HEIGHT) == ParsedLabel(())


def test_backgrounds_without_names() -> None:
    """Where no names are needed, an empty label is one, and a box is of an unknown class."""
    files = {
        "images/a.jpg": "",
        "labels/a.txt": "",
        "images/b.jpg": "",
        "labels/b.txt": "0 .5 .5 1 1",
    }
    labels, _, _ = opened(files, names_needed=False)
    assert labels.label_of("images/a.jpg", 1, 1) == ParsedLabel(())
    assert getattr(labels.label_of("images/b.jpg", 1, 1), "rule", "") == "unknown_class"
