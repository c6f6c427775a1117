"""Pascal VOC files are believed as a whole or not at all, for the picture whose size they give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.labels import LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.ingest.formats.voc import parse_voc
from safety_tasks.records.picture import Box

OURS = ClassNames(("smoke", "fire", "person_down"), {"flame": "fire"}, what="batch.json")
SIZE = "<size><width>200</width><height>100</height><depth>3</depth></size>"


def corners(*values: object) -> str:
    """Return a bndbox."""
    tags = ("xmin", "ymin", "xmax", "ymax")
    inner = "".join(f"<{tag}>{value}</{tag}>" for tag, value in zip(tags, values, strict=True))
    return f"<bndbox>{inner}</bndbox>"


def item(name: str = "fire", box: str = corners(20, 10, 60, 50), more: str = "") -> str:
    """Return an object."""
    return f"<object><name>{name}</name>{more}{box}</object>"


def parse(*items: str, size: str = SIZE) -> ParsedLabel | LabelProblem:
    """Parse a document of a 200x100 picture."""
    text = f"<annotation><folder/><filename>other.jpg</filename>{size}{''.join(items)}</annotation>"
    return parse_voc(text.encode(), (200, 100), OURS, LabelLimits(max_boxes=3))


FIRE = Box(class_id=1, x_center=0.2, y_center=0.3, width=0.2, height=0.4)


@pytest.mark.parametrize(
    ("items", "boxes"),
    [
        ([], ()),
        ([item()], (FIRE,)),
        ([item(" flame ")], (FIRE,)),
        ([item(box=corners("20.0", " 10 ", "6e1", "50"))], (FIRE,)),
        (
            [item(more="<pose/><truncated>1</truncated><difficult>1</difficult><occluded/>")],
            (FIRE,),
        ),
        (
            [
                item(
                    more="<attributes><attribute><name>rotation</name><value>0.0</value></attribute></attributes>"
                )
            ],
            (FIRE,),
        ),
        ([item(more=f"<part><name>head</name>{corners(1, 1, 2, 2)}</part>")], (FIRE,)),
        (
            [item(), item("person_down", corners(0, 0, 200, 100))],
            (FIRE, Box(class_id=2, x_center=0.5, y_center=0.5, width=1, height=1)),
        ),
    ],
)
def test_sound_labels(items: list[str], boxes: tuple[Box, ...]) -> None:
    """Corners from 0 become centre and size; what is hard to see counts, parts do not."""
    found = parse(*items)
    assert isinstance(found, ParsedLabel)
    assert (found.boxes, found.mended) == (boxes, ())


@pytest.mark.parametrize(
    ("items", "rule"),
    [
        (["<object/>"], "malformed_label"),
        ([item(box="")], "malformed_label"),
        ([item(box=corners(20, 10, 60, 50) * 2)], "malformed_label"),
        ([item(name="")], "malformed_label"),
        ([f"<object><name>fire</name>{item()}</object>"], "malformed_label"),
        ([item(box=corners(20, 10, 60, "x"))], "malformed_label"),
        ([item(box=corners(20, 10, 60, "5_0"))], "malformed_label"),
        ([item(box=corners(20, 10, 60, "٥٠"))], "malformed_label"),
        ([item(box=corners(20, 10, 60, "0x32"))], "malformed_label"),
        ([item(box="<robndbox><cx>1</cx></robndbox>")], "malformed_label"),
        ([item(box=corners("nan", 10, 60, 50))], "not_finite"),
        ([item(box=corners(20, 10, "inf", 50))], "not_finite"),
        ([item(box=corners(20, 10, "1e400", 50))], "not_finite"),
        ([item(box=corners(60, 10, 20, 50))], "zero_area"),
        ([item(box=corners(20, 10, 60, 10))], "zero_area"),
        ([item(box=corners(-20, 10, 60, 50))], "outside_picture"),
        ([item(box=corners(20, 10, 60, 101))], "outside_picture"),
        ([item("Fire")], "unknown_class"),
        ([item("1")], "unknown_class"),
        (
            [
                item(
                    more="<attributes><attribute><name>rotation</name><value>12</value></attribute></attributes>"
                )
            ],
            "rotated_box",
        ),
        (
            [item(more="<attributes><attribute><name>rotation</name></attribute></attributes>")],
            "rotated_box",
        ),
        ([item(box=corners(20, 10, 60, 50 + n)) for n in range(4)], "too_many_boxes"),
    ],
)
def test_labels_that_are_not_believed(items: list[str], rule: str) -> None:
    """Each defect has its rule, and a good object before it does not save the file."""
    for before in ([], [item("smoke", corners(1, 1, 9, 9))]):
        found = parse(*before, *items)
        assert isinstance(found, LabelProblem)
        assert found.rule == rule
        assert "expected" in found.observed
        assert len(found.observed) < 300


@pytest.mark.parametrize(
    "size",
    [
        "",
        SIZE * 2,
        "<size><width>200</width></size>",
        "<size><width>100</width><height>200</height></size>",
        "<size><width>200.0</width><height>100</height></size>",
        "<size><width>0</width><height>0</height></size>",
    ],
)
def test_another_size(size: str) -> None:
    """Boxes of a picture of another size, or of none, are not this picture's."""
    found = parse(item(), size=size)
    assert isinstance(found, LabelProblem)
    assert found.rule == "size_disagrees"


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"", "malformed_label"),
        (b"<annotation>", "malformed_label"),
        (b"<annotations/>", "malformed_label"),
        (b"<!DOCTYPE annotation><annotation/>", "unsafe_xml"),
        (b"<annotation>" * 20, "malformed_label"),
    ],
)
def test_documents_that_are_none(payload: bytes, rule: str) -> None:
    """Broken or dangerous XML is told apart."""
    found = parse_voc(payload, (200, 100), OURS, LabelLimits())
    assert isinstance(found, LabelProblem)
    assert found.rule == rule


def test_an_export_that_counts_from_one() -> None:
    """A box to the last pixel stays inside when it is counted from 0; one pixel beyond a large picture is clipped."""
    size = "<size><width>640</width><height>480</height></size>"
    text = f"<annotation>{size}{item(box=corners(1, 1, 641, 480))}</annotation>"
    found = parse_voc(text.encode(), (640, 480), OURS, LabelLimits())
    assert isinstance(found, ParsedLabel)
    assert [rule for rule, _ in found.mended] == ["clipped_box"]


@given(st.binary(max_size=100) | st.text(max_size=60).map(lambda text: item(text).encode()))
def test_no_bytes_raise(payload: bytes) -> None:
    """Whatever is delivered, the answer is a label or a problem with a rule."""
    document = b"<annotation>" + SIZE.encode() + payload + b"</annotation>"
    found = parse_voc(document, (200, 100), OURS, LabelLimits())
    assert isinstance(found, ParsedLabel) or found.rule
