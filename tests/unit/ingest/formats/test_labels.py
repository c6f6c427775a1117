"""Boxes of any format end alike: inside the picture, rounded, once each; or the label is not believed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.formats.labels import (
    OVERHANG,
    BoxSheet,
    LabelLimits,
    LabelProblem,
    ParsedLabel,
)
from safety_tasks.records.picture import Box

Given = tuple[float, float, float, float]


def taken(*boxes: Given, limits: LabelLimits | None = None) -> ParsedLabel | LabelProblem:
    """Take boxes of class 1 in."""
    sheet = BoxSheet(limits or LabelLimits(max_boxes=4))
    for number, given_box in enumerate(boxes, start=1):
        problem = sheet.add(f"box {number}", 1, *given_box)
        if problem is not None:
            return problem
    return sheet.label()


def box(x: float, y: float, w: float, h: float) -> Box:
    """Return a box of class 1."""
    return Box(class_id=1, x_center=x, y_center=y, width=w, height=h)


GOOD = (0.5, 0.5, 0.2, 0.2)


def test_no_box() -> None:
    """A label without boxes is a label."""
    assert taken() == ParsedLabel((), (), ())


@pytest.mark.parametrize(
    ("given_box", "rule"),
    [
        ((math.nan, 0.5, 0.2, 0.2), "not_finite"),
        ((0.5, 0.5, math.inf, 0.2), "not_finite"),
        ((0.5, -math.inf, 0.2, 0.2), "not_finite"),
        ((0.5, 0.5, 0.0, 0.2), "zero_area"),
        ((0.5, 0.5, 0.2, -0.2), "zero_area"),
        ((1.002, 0.5, 0.001, 0.2), "zero_area"),
        ((-0.5, 0.5, 0.2, 0.2), "outside_picture"),
        ((0.95, 0.5, 0.2, 0.2), "outside_picture"),
        ((0.5, 0.01, 0.2, 0.2), "outside_picture"),
        ((0.5, 0.5, 1.1, 0.2), "outside_picture"),
        ((1e308, 0.5, 1e308, 0.2), "outside_picture"),
    ],
)
def test_boxes_that_are_not_believed(given_box: Given, rule: str) -> None:
    """Each defect has its rule, and a good box before it does not save the label."""
    for before in ([], [GOOD]):
        found = taken(*before, given_box)
        assert isinstance(found, LabelProblem)
        assert found.rule == rule
        assert found.observed.startswith(f"box {len(before) + 1}: expected")


@pytest.mark.parametrize(
    ("given_box", "kept", "rules"),
    [
        (GOOD, box(0.5, 0.5, 0.2, 0.2), []),
        ((0.9, 0.5, 0.206, 0.2), box(0.8985, 0.5, 0.203, 0.2), ["clipped_box"]),
        ((0.1, 0.5, 0.2000001, 0.2), box(0.1, 0.5, 0.2, 0.2), []),
        ((0.123456789, 0.5, 0.2, 0.2), box(0.123457, 0.5, 0.2, 0.2), []),
        ((0.5, 0.5, 1e-9, 1e-9), box(0.5, 0.5, 1e-6, 1e-6), []),
    ],
)
def test_what_is_kept(given_box: Given, kept: Box, rules: list[str]) -> None:
    """A small overhang is clipped and noted; a rounding is not worth a row; no box vanishes by rounding."""
    found = taken(given_box)
    assert isinstance(found, ParsedLabel)
    assert found.boxes == (kept,)
    assert [rule for rule, _ in found.mended] == rules


def test_a_box_twice() -> None:
    """A box that stands twice, to six decimals, counts once and is noted; another class is another box."""
    found = taken(GOOD, (0.5000001, 0.5, 0.2, 0.2))
    assert isinstance(found, ParsedLabel)
    assert found.boxes == (box(*GOOD),)
    assert found.mended == (("duplicate_box", "box 2 repeats an earlier box"),)
    sheet = BoxSheet(LabelLimits())
    assert sheet.add("", 0, *GOOD) is None
    assert sheet.add("", 1, *GOOD) is None
    assert len(sheet.label().boxes) == 2


@pytest.mark.parametrize(
    ("side", "share", "warned"),
    [(0.9, 0.9, False), (0.95, 0.9, True), (1.0, 0.9, True), (1.0, 1.0, False), (0.2, 0.0, True)],
)
def test_huge_boxes_are_doubted(side: float, share: float, warned: bool) -> None:
    """A box over the configured share is warned about and kept; the very share is not warned about."""
    found = taken((0.5, 0.5, side, side), limits=LabelLimits(max_box_share=share))
    assert isinstance(found, ParsedLabel)
    assert len(found.boxes) == 1
    assert [rule for rule, _ in found.warned] == ["huge_box"] * warned


def test_as_many_boxes_as_allowed() -> None:
    """The limit itself is allowed, and a repeated box does not count; one more refuses the label."""
    boxes = [(0.5, 0.5, 0.2, size / 10) for size in range(1, 6)]
    found = taken(boxes[0], *boxes[:4])
    assert isinstance(found, ParsedLabel)
    assert len(found.boxes) == 4
    over = taken(*boxes)
    assert isinstance(over, LabelProblem)
    assert over.rule == "too_many_boxes"


@pytest.mark.parametrize(("overhang", "believed"), [(0.9, True), (1.1, False)])
def test_the_overhang_limit(overhang: float, believed: bool) -> None:
    """An overhang just under the limit is clipped, just over it the label is refused."""
    found = taken((0.9, 0.5, 2 * (0.1 + OVERHANG * overhang), 0.2))
    assert isinstance(found, ParsedLabel) is believed


NUMBER = st.floats() | st.sampled_from([0.0, 0.5, 1.0, 1.0049, -0.0049])


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_what_is_believed_lies_inside(x: float, y: float, width: float, height: float) -> None:
    """Any numbers give a refusal, or a box inside the picture close to the one given."""
    found = taken((x, y, width, height))
    if isinstance(found, LabelProblem):
        return
    (got,) = found.boxes
    for centre, size, given_centre in (
        (got.x_center, got.width, x),
        (got.y_center, got.height, y),
    ):
        assert centre - size / 2 >= -1e-5
        assert centre + size / 2 <= 1 + 1e-5
        assert math.isclose(centre, given_centre, abs_tol=OVERHANG)
