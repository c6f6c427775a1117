"""Figures of the benchmark page: what they hold, and that plotly reads no markup of data in them."""

import json
from typing import Any

import pytest
from support.made_benchmarks import made_curve, made_details, made_measurements, made_score

from safety_tasks.benchmark.page.charts import (
    Figure,
    colour_of,
    dash_of,
    figures_of,
    plotly_text,
    recall_precision_figure,
    threshold_figure,
)
from safety_tasks.benchmark.page.frames import BINS, frames_figure, histogram_of
from safety_tasks.benchmark.page.script import figures_json, inline_script
from safety_tasks.benchmark.page.words import Words
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.scores import Curve

ENGLISH = Words("en")
STEADY = [1.0 + 0.01 * n for n in range(200)]
NOTHING = Curve(threshold=(), precision=(), recall=(), f1=())


def frames(candidate: list[float], champion: list[float]) -> BenchmarkDetails:
    """Return details of frame times alone."""
    return BenchmarkDetails(
        curves={}, frames_ms=tuple(candidate), champion_frames_ms=tuple(champion)
    )


def colours_in(value: Any, key: str = "") -> list[str]:
    """Return every colour that a figure names."""
    if isinstance(value, dict):
        return [each for name, held in value.items() for each in colours_in(held, name)]
    if isinstance(value, list):
        return [each for held in value for each in colours_in(held, key)]
    return [value] if key.endswith("color") else []


@pytest.mark.parametrize("curves", [{}, {"smoke": NOTHING}, {"another": made_curve(0.8)}])
def test_no_curve_no_chart(curves: dict[str, Curve]) -> None:
    """Without points, or of no hazard that was scored, there is nothing to draw."""
    assert recall_precision_figure(curves, {"smoke": made_score(0.8)}, ENGLISH) is None
    assert threshold_figure(NOTHING, 0.3, ENGLISH) is None


def test_curves_mark_their_operating_points() -> None:
    """At the recall and precision that the report says; a hazard without detections has a line only."""
    hazards = {"smoke": made_score(0.8), "fire": made_score(0.7, precision=None)}
    curves = {name: made_curve(0.8) for name in hazards}
    figure = recall_precision_figure(curves, hazards, ENGLISH)
    assert figure
    assert [trace["mode"] for trace in figure["data"]] == ["lines", "markers", "lines"]
    point = figure["data"][1]
    assert (point["x"], point["y"]) == ([0.8 * 0.96], [0.8 * 1.07])
    assert "operating threshold 0.313" in point["hovertemplate"]
    assert len(figure["data"][0]["x"]) == len(curves["smoke"].recall)


def test_the_threshold_stands_in_its_chart() -> None:
    """Three lines that differ in colour and dash, and one across at the operating threshold."""
    figure = threshold_figure(made_curve(0.8), 0.3127, ENGLISH)
    assert figure
    assert len({(t["line"]["color"], t["line"]["dash"]) for t in figure["data"]}) == 3
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [0.3127]


def test_figures_have_the_names_of_their_places() -> None:
    """One of all hazards and one each."""
    details, _ = made_details()
    names = set(figures_of(made_measurements(), details, (), ENGLISH))
    assert names == {"recall_precision", "threshold_0", "threshold_1", "threshold_2"}
    assert figures_of(made_measurements(), None, (), ENGLISH) == {}


def test_every_colour_is_one_of_the_page() -> None:
    """So that it follows light and dark."""
    details, _ = made_details()
    histogram = histogram_of(details)
    assert histogram
    figures = figures_of(made_measurements(), details, (), ENGLISH)
    figures["frames"] = frames_figure(histogram, ENGLISH)
    for name, figure in figures.items():
        found = colours_in(figure)
        assert found, name
        assert all(colour.startswith("--") for colour in found), name


def test_hazards_of_one_colour_differ_in_dash() -> None:
    """Nine can be told apart, the first three by colour alone."""
    looks = [(colour_of(index), dash_of(index)) for index in range(9)]
    assert len(set(looks)) == 9
    assert {dash for _, dash in looks[:3]} == {"solid"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("<a href='http://evil'>x</a>", "&lt;a href=&#39;http://evil&#39;&gt;x&lt;/a&gt;"),
        ("<b>&lt;", "&lt;b&gt;&amp;lt;"),
        ("x" * 99, "x" * 39 + "…"),
        ("&" * 99, "&amp;" * 39 + "…"),
    ],
)
def test_plotly_reads_no_markup_of_data(text: str, shown: str) -> None:
    """Tags and entities are shown as letters; a long name is cut before it is escaped."""
    assert plotly_text(text) == shown


def test_a_hazard_enters_figures_escaped() -> None:
    """In each trace that carries its name, and in no template."""
    name = "<a href='//evil'>%{x}</a>"
    figure = recall_precision_figure({name: made_curve(0.8)}, {name: made_score(0.8)}, ENGLISH)
    assert figure
    assert "<a" not in json.dumps(figure)
    assert [trace["name"] for trace in figure["data"]] == [plotly_text(name)] * 2
    assert not any("evil" in trace["hovertemplate"] for trace in figure["data"])


def test_json_cannot_end_its_tag() -> None:
    """Whatever a figure holds reads back the same."""
    figures: dict[str, Figure] = {"x": {"data": ["</script><!--<script>'\"&\u2028"]}}
    shown = figures_json(figures)
    assert not set(shown) & set("<>&'\u2028")
    assert json.loads(shown) == figures


@pytest.mark.parametrize("source", ["x</SCRIPT >", "<!-- x", "a<script"])
def test_a_script_that_ends_its_tag_is_refused(source: str) -> None:
    """Also if a new plotly held such a word."""
    with pytest.raises(ValueError, match="ends its tag"):
        inline_script(source)


@pytest.mark.parametrize("details", [None, frames([], []), frames([], [3.0])])
def test_no_frames_no_histogram(details: BenchmarkDetails | None) -> None:
    """The champion's alone are not the candidate's."""
    assert histogram_of(details) is None


@pytest.mark.parametrize(
    ("candidate", "champion"),
    [([5.0], []), ([5.0, 5.0], [5.0]), ([1.0, 2.0, 3.0], [9.0]), ([*STEADY, 900.0], [1.5])],
)
def test_every_frame_is_counted(candidate: list[float], champion: list[float]) -> None:
    """Each side's shares are its whole, over the same bins, slow frames and single ones included."""
    found = histogram_of(frames(candidate, champion))
    assert found
    assert len(found.candidate) == len(found.champion) == BINS
    assert sum(found.candidate) == pytest.approx(1)
    assert sum(found.champion) == pytest.approx(1 if champion else 0)
    assert list(found.edges) == sorted(set(found.edges))
    assert len(frames_figure(found, ENGLISH)["data"]) == (2 if champion else 1)


def test_a_slow_frame_squeezes_nothing() -> None:
    """It falls into the last bin, which says how slow it was."""
    found = histogram_of(frames([*STEADY, 900.0], []))
    assert found
    assert found.edges[-1] < 4
    assert found.slowest_ms == 900.0
    assert found.candidate[-1] > 0
    assert "900.00 ms" in frames_figure(found, ENGLISH)["data"][0]["customdata"][-1]
    usual = histogram_of(frames([1.0, 2.0], []))
    assert usual
    assert usual.slowest_ms is None
