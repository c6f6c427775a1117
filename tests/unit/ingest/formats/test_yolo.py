"""YOLO label files are believed as a whole or not at all, and classes are translated by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.formats.class_names import ClassNames
from safety_tasks.ingest.formats.labels import LabelLimits, LabelProblem, ParsedLabel
from safety_tasks.ingest.formats.yolo import parse_yolo
from safety_tasks.records.picture import Box, label_text

OURS = ClassNames(("smoke", "fire", "person_down"), {"flame": "fire"}, what="batch.json")
NAMES = {0: "person_down", 1: "smoke", 2: "car", 3: "Fire", 4: "flame"}
GOOD = "0 0.5 0.5 0.2 0.2"


def parse(text: str | bytes) -> ParsedLabel | LabelProblem:
    """Parse under a small list of names."""
    payload = text if isinstance(text, bytes) else text.encode()
    return parse_yolo(payload, NAMES, OURS, LabelLimits(max_boxes=4))


def box(*values: float, class_id: int = 2) -> Box:
    """Return a box of centre and size."""
    x_center, y_center, width, height = values
    return Box(class_id=class_id, x_center=x_center, y_center=y_center, width=width, height=height)


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("", ()),
        ("\n \r\n\t\n", ()),
        (GOOD, (box(0.5, 0.5, 0.2, 0.2),)),
        (f"{GOOD}\n", (box(0.5, 0.5, 0.2, 0.2),)),
        (f"{GOOD}\r\n1 .5 .5 1 1\r\n", (box(0.5, 0.5, 0.2, 0.2), box(0.5, 0.5, 1, 1, class_id=0))),
        ("  0\t0.5  0.5 0.2 0.2 ", (box(0.5, 0.5, 0.2, 0.2),)),
        ("0 5e-1 0.5 2E-1 0.2", (box(0.5, 0.5, 0.2, 0.2),)),
        ("4 0.5 0.5 0.2 0.2", (box(0.5, 0.5, 0.2, 0.2, class_id=1),)),
        ("00 0.5 0.5 0.2 0.2" + " " * 30_000, (box(0.5, 0.5, 0.2, 0.2),)),
    ],
)
def test_sound_labels(text: str, boxes: tuple[Box, ...]) -> None:
    """Line ends, blanks and number forms do not matter; the number's name decides the class."""
    found = parse(text)
    assert isinstance(found, ParsedLabel)
    assert (found.boxes, found.mended) == (boxes, ())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0", "malformed_label"),
        ("0 0.5 0.5 0.2", "malformed_label"),
        ("0 0.5 0.5 0.2 0.2 0.9", "unexpected_confidence"),
        ("0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9", "malformed_label"),
        ("0 0.1 0.1 0.9 0.1 0.9 0.9", "malformed_label"),
        ("0,0.5,0.5,0.2,0.2", "malformed_label"),
        ("smoke 0.5 0.5 0.2 0.2", "malformed_label"),
        ("0.0 0.5 0.5 0.2 0.2", "malformed_label"),
        ("1_0 0.5 0.5 0.2 0.2", "malformed_label"),
        ("0 0.5 0.5 0.2 0.1_0", "malformed_label"),
        ("0 0.5 0.5 0.2 0x1p-3", "malformed_label"),
        ("0 0.5 0.5 0.2 x", "malformed_label"),
        ("0 0.5 0.5 0.2 0.\x002", "malformed_label"),
        ("0 0.5 0.5 0.2 0.2\x00", "malformed_label"),
        ("0\x0b0.5 0.5 0.2 0.2", "malformed_label"),
        (f"{GOOD}\r{GOOD}", "malformed_label"),
        ("9" * 5000 + " 0.5 0.5 0.2 0.2", "malformed_label"),
        ("0 0.5 0.5 0.2 0." + "2" * 5000, "malformed_label"),
        ("0 nan 0.5 0.2 0.2", "not_finite"),
        ("0 0.5 0.5 inf 0.2", "not_finite"),
        ("0 0.5 -inf 0.2 0.2", "not_finite"),
        ("0 0.5 0.5 1e400 0.2", "not_finite"),
        ("7 0.5 0.5 0.2 0.2", "unknown_class"),
        ("-1 0.5 0.5 0.2 0.2", "unknown_class"),
        ("2 0.5 0.5 0.2 0.2", "unknown_class"),
        ("3 0.5 0.5 0.2 0.2", "unknown_class"),
        ("0 0.5 0.5 0 0.2", "zero_area"),
        ("0 0.5 0.5 -0.2 0.2", "zero_area"),
        ("0 -0.5 0.5 0.2 0.2", "outside_picture"),
        ("0 320 240 64 64", "outside_picture"),
        ("\ufeff" + GOOD, "label_not_text"),
        (b"0 0.5 0.5 0.2 0.2\xff", "label_not_text"),
        (GOOD.encode("utf-16"), "label_not_text"),
        ("０ 0.5 0.5 0.2 0.2", "label_not_text"),
        ("١ 0.5 0.5 0.2 0.2", "label_not_text"),
        ("\n".join(f"0 0.5 0.5 0.2 0.{n}" for n in range(1, 6)), "too_many_boxes"),
    ],
)
def test_labels_that_are_not_believed(text: str | bytes, rule: str) -> None:
    """Each defect has its rule, and good lines before it do not save the file."""
    for before in (b"", f"{GOOD}\n".encode()):
        found = parse(before + (text if isinstance(text, bytes) else text.encode()))
        assert isinstance(found, LabelProblem)
        assert found.rule == rule
        assert "expected" in found.observed
        assert len(found.observed) < 300


def test_an_unknown_class_is_called_by_its_name() -> None:
    """The reason gives the delivered name, and the alias to add where it is nearly ours."""
    found = parse("2 0.5 0.5 0.2 0.2")
    assert isinstance(found, LabelProblem)
    assert found.observed.startswith(
        "line 1: expected one of smoke, fire, person_down, found 'car'"
    )
    near = parse("3 0.5 0.5 0.2 0.2")
    assert isinstance(near, LabelProblem)
    assert '"class_aliases": {"Fire": "fire"}' in near.observed


@pytest.mark.parametrize(
    ("text", "rules"),
    [(f"{GOOD}\n{GOOD}\n", ["duplicate_box"]), ("0 0.5 0.5 1.008 0.2", ["clipped_box"])],
)
def test_mended_labels_are_noted(text: str, rules: list[str]) -> None:
    """What was mended is told with its line."""
    found = parse(text)
    assert isinstance(found, ParsedLabel)
    assert [rule for rule, _ in found.mended] == rules
    assert all("line" in observed for _, observed in found.mended)


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_bytes_raise(payload: bytes) -> None:
    """Whatever is delivered, the answer is a label or a problem with a rule."""
    found = parse(payload)
    assert isinstance(found, ParsedLabel) or found.rule


@given(
    st.lists(
        st.tuples(st.floats(0.3, 0.7), st.floats(0.3, 0.7), st.floats(0.01, 0.5)),
        max_size=4,
        unique=True,
    )
)
def test_a_written_label_reads_back_the_same(boxes: list[tuple[float, float, float]]) -> None:
    """What was parsed, written as a label and parsed again is the same, with nothing mended."""
    first = parse("\n".join(f"1 {x} {y} {size} {size}" for x, y, size in boxes))
    assert isinstance(first, ParsedLabel)
    payload = label_text(first.boxes).encode()
    again = parse_yolo(payload, {0: "smoke"}, OURS, LabelLimits())
    assert again == ParsedLabel(first.boxes)
