"""Charts show their numbers, and nothing of data but numbers enters them."""

import re

import pytest

from safety_tasks.validate.report_charts import histogram_svg, meter, twin_svg


def test_a_histogram_has_a_bar_a_bin() -> None:
    """Bars are as high as their counts, and what is not nothing is seen."""
    svg = histogram_svg([0, 1, 1000], [0, 1, 2, 3], colour="plain", label="<x>")
    heights = [float(found) for found in re.findall(r'height="([\d.]+)"', svg)]
    assert heights == [0.0, 1.0, 100.0]
    assert "&lt;x&gt;" in svg
    assert "<title>2 - 3: 1,000</title>" in svg


@pytest.mark.parametrize(
    ("share", "width"), [(0, "0.00"), (0.0001, "0.60"), (0.5, "50.00"), (7, "100.00")]
)
def test_a_meter_stays_in_its_place(share: float, width: str) -> None:
    """Nothing is nothing, little is seen, and too much ends at the end."""
    assert f"width:{width}%" in meter(share, colour="c0")


def test_twins_share_one_scale() -> None:
    """Parent and version are compared bin by bin, the largest share of both as high as the chart."""
    svg = twin_svg([0.5, 0.5], [0.25, 0.75], ["a<", "b"], label="x")
    heights = [float(found) for found in re.findall(r'height="([\d.]+)" class="(?:was|now)"', svg)]
    assert heights == pytest.approx([66.67, 33.33, 66.67, 100.0])
    assert "a&lt;: 50.0%" in svg
