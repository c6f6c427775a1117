"""Curves: a row an epoch that the reader of curves understands, and a picture that shows them."""

import io

import pytest
from PIL import Image

from safety_tasks.records.training import Epoch
from safety_tasks.train.engine.curves import CurveRow, curves_csv, curves_png, row_of
from safety_tasks.train.engine.curves_table import read_curves


def _rows(count: int, measured: bool = True) -> list[CurveRow]:
    return [
        row_of(
            Epoch(
                number=number,
                total=count,
                seconds=1.5,
                eta_s=0,
                box_loss=2 / number,
                cls_loss=3 / number,
                dfl_loss=1 / number,
                map50=number / 100 if measured else None,
                map50_95=number / 200 if measured else None,
            ),
            0.01,
        )
        for number in range(1, count + 1)
    ]


def test_rows_come_back_by_name() -> None:
    """What is written is what the table of runs reads."""
    found = read_curves(curves_csv(_rows(3)))
    assert found["map50"] == (0.01, 0.02, 0.03)
    assert found["map50_95"] == (0.005, 0.01, 0.015)
    assert found["box_loss"] == pytest.approx((2, 1, 2 / 3), rel=1e-5)


def test_what_was_not_measured_is_empty() -> None:
    """No accuracy is no number, never zero."""
    assert b"1,1.5,2,3,1,,,0.01\n" in curves_csv(_rows(1, measured=False))


@pytest.mark.parametrize(("count", "measured"), [(1, True), (1, False), (40, True)])
def test_the_picture_depends_on_the_numbers(count: int, measured: bool) -> None:
    """It is a PNG of a readable size, and other numbers or another kept epoch draw another."""
    rows = _rows(count, measured)
    drawn = curves_png(rows, "tiny", 1)
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.format == "PNG"
        assert picture.width >= 900
        pixels = picture.tobytes()
    others = [curves_png([row.model_copy(update={"box_loss": 9.0}) for row in rows], "tiny", 1)]
    if count > 1:
        others.append(curves_png(rows, "tiny", 7))
    for other in others:
        with Image.open(io.BytesIO(other)) as picture:
            assert picture.tobytes() != pixels
