"""Label files are believed as a whole or not at all; only two harmless defects are mended, and noted."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.labels import OVERHANG, LabelProblem, ParsedLabel, parse_label
from safety_tasks.records.dataset import Box

CLASS_MAP = {0: 2, 1: 0}
GOOD = "0 0.5 0.5 0.2 0.2"


def parse(
    text: str | bytes, max_bytes: int = 4096, max_boxes: int = 4
) -> ParsedLabel | LabelProblem:
    """Parse under a small class map and limits."""
    payload = text if isinstance(text, bytes) else text.encode()
    return parse_label(payload, CLASS_MAP, max_bytes=max_bytes, max_boxes=max_boxes)


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
        ("0 0.1 0.1 0.2 0.2", (box(0.1, 0.1, 0.2, 0.2),)),
        ("0 0.123456789 0.5 0.2 0.2", (box(0.123457, 0.5, 0.2, 0.2),)),
        ("0 0.5 0.5 1e-9 1e-9", (box(0.5, 0.5, 1e-6, 1e-6),)),
    ],
)
def test_sound_labels(text: str, boxes: tuple[Box, ...]) -> None:
    """Line ends, blanks and number forms do not matter; classes are translated; nothing is mended."""
    assert parse(text) == ParsedLabel(boxes, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0", "malformed_label"),
        ("0 0.5 0.5 0.2", "malformed_label"),
        ("0 0.5 0.5 0.2 0.2 0.9", "malformed_label"),
        ("0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9", "malformed_label"),
        ("0,0.5,0.5,0.2,0.2", "malformed_label"),
        ("smoke 0.5 0.5 0.2 0.2", "malformed_label"),
        ("0.0 0.5 0.5 0.2 0.2", "malformed_label"),
        ("0 0.5 0.5 0.2 x", "malformed_label"),
        ("0 0.5 0.5 0.2 0.\x002", "malformed_label"),
        ("9" * 5000 + " 0.5 0.5 0.2 0.2", "malformed_label"),
        ("0 nan 0.5 0.2 0.2", "not_finite"),
        ("0 0.5 0.5 inf 0.2", "not_finite"),
        ("0 0.5 -inf 0.2 0.2", "not_finite"),
        ("0 0.5 0.5 1e999 0.2", "not_finite"),
        ("7 0.5 0.5 0.2 0.2", "unknown_class"),
        ("-1 0.5 0.5 0.2 0.2", "unknown_class"),
        ("0 0.5 0.5 0 0.2", "zero_area"),
        ("0 0.5 0.5 0.2 0.0", "zero_area"),
        ("0 0.5 0.5 -0.2 0.2", "zero_area"),
        ("0 1.002 0.5 0.001 0.2", "zero_area"),
        ("0 -0.5 0.5 0.2 0.2", "outside_picture"),
        ("0 0.95 0.5 0.2 0.2", "outside_picture"),
        ("0 320 240 64 64", "outside_picture"),
        ("0 1e308 0.5 1e308 0.2", "outside_picture"),
        ("\ufeff" + GOOD, "label_not_text"),
        (b"0 0.5 0.5 0.2 0.2\xff", "label_not_text"),
        ("０ 0.5 0.5 0.2 0.2", "label_not_text"),
        ("\n".join(f"0 0.5 0.5 0.2 0.{n}" for n in range(1, 6)), "too_many_boxes"),
        (" " * 4097, "label_too_large"),
    ],
)
def test_labels_that_are_not_believed(text: str | bytes, reason: str) -> None:
    """Each defect has its reason, and good lines before it do not save the file."""
    limit = 8192 if isinstance(text, str) and text.startswith("999") else 4096
    for before in (b"", f"{GOOD}\n".encode()) if reason != "label_too_large" else (b"",):
        payload = before + (text if isinstance(text, bytes) else text.encode())
        found = parse(payload, max_bytes=limit)
        assert isinstance(found, LabelProblem)
        assert found.reason == reason
        assert "expected" in found.detail or "box" in found.detail


@pytest.mark.parametrize(
    ("text", "boxes", "reasons"),
    [
        (f"{GOOD}\n{GOOD}\n", (box(0.5, 0.5, 0.2, 0.2),), ["duplicate_box"]),
        ("0 0.9 0.5 0.206 0.2", (box(0.8985, 0.5, 0.203, 0.2),), ["clipped_box"]),
        ("0 0.5 0.5 1.008 1.0", (box(0.5, 0.5, 1, 1),), ["clipped_box"]),
        ("0 0.1 0.5 0.2000001 0.2", (box(0.1, 0.5, 0.2, 0.2),), []),
    ],
)
def test_mended_labels_are_noted(text: str, boxes: tuple[Box, ...], reasons: list[str]) -> None:
    """A box written twice counts once and a small overhang is clipped; a rounding is not worth a row."""
    found = parse(text)
    assert isinstance(found, ParsedLabel)
    assert found.boxes == boxes
    assert [reason for reason, _ in found.mended] == reasons


def test_as_many_boxes_as_allowed() -> None:
    """The limit itself is allowed, and a repeated box does not count twice."""
    lines = [f"0 0.5 0.5 0.2 0.{n}" for n in range(1, 5)]
    found = parse("\n".join([lines[0], *lines]))
    assert isinstance(found, ParsedLabel)
    assert len(found.boxes) == 4


@pytest.mark.parametrize(("overhang", "believed"), [(0.9, True), (1.1, False)])
def test_the_overhang_limit(overhang: float, believed: bool) -> None:
    """An overhang just under the limit is clipped, just over it the file is refused."""
    found = parse(f"0 0.9 0.5 {2 * (0.1 + OVERHANG * overhang):.6f} 0.2")
    assert isinstance(found, ParsedLabel) is believed


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_bytes_raise(payload: bytes) -> None:
    """Whatever is delivered, the answer is a parsed label or a problem with a reason."""
    found = parse(payload)
    assert isinstance(found, ParsedLabel) or found.reason


NUMBER = st.floats() | st.sampled_from([0.0, 0.5, 1.0, 1.0049, -0.0049])


@given(st.sampled_from([0, 1, 5]), NUMBER, NUMBER, NUMBER, NUMBER)
def test_what_is_believed_lies_inside(
    class_id: int, x: float, y: float, width: float, height: float
) -> None:
    """Any numbers give a refusal, or a box inside the picture close to the one delivered."""
    found = parse(f"{class_id} {x!r} {y!r} {width!r} {height!r}")
    if isinstance(found, LabelProblem):
        return
    (got,) = found.boxes
    assert got.class_id == CLASS_MAP[class_id]
    for centre, size, given_centre in (
        (got.x_center, got.width, x),
        (got.y_center, got.height, y),
    ):
        assert centre - size / 2 >= -1e-5
        assert centre + size / 2 <= 1 + 1e-5
        assert math.isclose(centre, given_centre, abs_tol=OVERHANG)


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
    text = "".join(item.to_line() + "\n" for item in first.boxes)
    again = parse_label(text.encode(), {0: 0}, max_bytes=4096, max_boxes=4)
    assert again == ParsedLabel(first.boxes, ())
