"""Only what label files write as numbers are numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.formats.numbers import (
    decimal_of,
    json_decimal_of,
    json_whole_of,
    whole_of,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", None),
        ("0", 0),
        ("+7", 7),
        ("-1", -1),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("1_0", None),
        ("١", None),
        ("１", None),
        ("²", None),
        (" 1", None),
        ("1\n", None),
        ("1.0", None),
        ("0x1", None),
        ("1e1", None),
        ("--1", None),
    ],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    """ASCII digits with a sign count; other digits, underscores and blanks do not."""
    assert whole_of(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", None),
        (".", None),
        ("e5", None),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-5e-1", -0.5),
        ("+2E+1", 20.0),
        ("1e400", math.inf),
        ("-1e400", -math.inf),
        ("1e-400", 0.0),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("1_0", None),
        ("0.1_0", None),
        ("٠.٥", None),
        ("0x1p3", None),
        ("0.5\x00", None),
        ("0.5 ", None),
        ("0,5", None),
        ("1e", None),
        ("nan(1)", None),
        ("0." + "0" * 62, 0.0),
        ("0." + "0" * 63, None),
    ],
)
def test_decimal_numbers(text: str, number: float | None) -> None:
    """Plain and scientific notation count, and the infinities, so that they can be named."""
    assert decimal_of(text) == number


def test_nan_is_a_number() -> None:
    """NaN is read as such, in any case, so that it is refused as NaN."""
    assert all(math.isnan(decimal_of(text) or 0) for text in ("nan", "NaN", "-nan"))


@given(st.floats())
def test_written_numbers_read_back(value: float) -> None:
    """Whatever Python writes as a decimal number is read as the same number."""
    found = decimal_of(repr(value))
    assert found is not None
    assert found == value or (math.isnan(found) and math.isnan(value))


@pytest.mark.parametrize(
    ("value", "whole", "decimal"),
    [
        (None, None, None),
        (0, 0, 0.0),
        (-3, -3, -3.0),
        (1.5, None, 1.5),
        (2.0, None, 2.0),
        (True, None, None),
        (False, None, None),
        ("1", None, None),
        ([1], None, None),
        ({}, None, None),
        (10**400, 10**400, math.inf),
    ],
)
def test_numbers_of_json(value: object, whole: int | None, decimal: float | None) -> None:
    """True, false and text are no numbers, and none is too large to be judged."""
    assert (json_whole_of(value), json_decimal_of(value)) == (whole, decimal)
