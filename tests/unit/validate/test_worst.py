"""The rows furthest from what is required come first, at most five, named so that they can be found."""

from typing import Any

import pandas as pd
import pytest

from safety_tasks.validate.rule import Rule
from safety_tasks.validate.worst import values_of, worst_rows

PICTURES = pd.DataFrame(
    {
        "sha256": [f"{n:x}" * 64 for n in range(8)],
        "file": [f"{n}.jpg" for n in range(8)],
        "batch_id": ["b"] * 8,
        "brightness": [100.0, 3.0, 250.0, 1.0, float("nan"), 5.0, 4.0, 2.0],
    }
)
BOXES = pd.DataFrame({"picture": [0, 0, 2], "width": [0.5, 0.0, 1.5]})
CLASSES = pd.DataFrame({"name": ["smoke", "fire"], "train_boxes": [7, 0]})
VERSION = pd.DataFrame({"version": ["f" * 16], "drift_brightness": [0.31234]})
TABLES = {"pictures": PICTURES, "boxes": BOXES, "classes": CLASSES, "version": VERSION}
BETWEEN = "expect_column_values_to_be_between"


def rule(table: str, kind: str, **kwargs: Any) -> Rule:
    """Return a rule of a library type."""
    return Rule("some_name", table, kind, kwargs, "because", "fail")


def brightness_of(rows: tuple[str, ...]) -> list[str]:
    """Return what the lines say of brightness."""
    return [row.rpartition(" ")[2] for row in rows]


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"min_value": 0, "max_value": 255}, []),
        ({"max_value": 200}, ["250"]),
        ({"min_value": 4.5}, ["1", "2", "3", "4"]),
        ({"min_value": 6}, ["1", "2", "3", "4", "5"]),
        ({"min_value": 101}, ["1", "2", "3", "4", "5"]),
        ({"min_value": 2.5, "max_value": 248}, ["250", "1", "2"]),
        ({"min_value": 1, "strict_min": True}, ["1"]),
    ],
)
def test_the_furthest_come_first(limits: dict[str, float], found: list[str]) -> None:
    """Rows are ordered by their distance from the limits, on either side; an empty cell is on no side."""
    rows = worst_rows(rule("pictures", BETWEEN, column="brightness", **limits), TABLES)
    assert brightness_of(rows) == found


@pytest.mark.parametrize(
    ("limits", "found"), [({"min_value": 60}, ["1", "2"]), ({"max_value": 50}, ["250", "100"])]
)
def test_a_mean_is_spoilt_by_one_side(limits: dict[str, float], found: list[str]) -> None:
    """Where a mean is too low the lowest rows are the worst, where it is too high the highest."""
    mean = "expect_column_mean_to_be_between"
    rows = worst_rows(rule("pictures", mean, column="brightness", **limits), TABLES)
    assert brightness_of(rows)[:2] == found


def test_rows_can_be_found() -> None:
    """A picture is named by digest, file and batch, a box by its picture's, another row by its own name."""
    flat = rule("boxes", BETWEEN, column="width", min_value=0, max_value=1, strict_min=True)
    assert worst_rows(flat, TABLES) == (
        "222222222222 2.jpg (b): width 1.5",
        "000000000000 0.jpg (b): width 0",
    )
    few = rule("classes", BETWEEN, column="train_boxes", min_value=1)
    assert worst_rows(few, TABLES) == ("fire: train_boxes 0",)
    assert worst_rows(rule("pictures", "expect_table_row_count_to_be_between"), TABLES) == ()


def test_every_value_where_there_are_few() -> None:
    """Small tables are told whole, a single row without its name; of large ones nothing is told here."""
    few = rule("classes", BETWEEN, column="train_boxes", min_value=1)
    assert values_of(few, TABLES) == "smoke 7, fire 0"
    drift = rule("version", BETWEEN, column="drift_brightness", max_value=0.25)
    assert values_of(drift, TABLES) == "0.3123"
    assert values_of(rule("pictures", BETWEEN, column="brightness"), TABLES) == ""
