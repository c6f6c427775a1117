"""The charts of the benchmark page, as figures for plotly that stand in the page as JSON.

Rules: a colour is the name of one of the page's own (``--c0``), looked up when drawn, so that charts follow light and
dark; plotly reads markup in its texts, so that every text of data is escaped for it; each line has a dash of its own
where colours repeat; no data, no chart.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import escape

from safety_tasks.benchmark.page.words import Words
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.model import Measurements
from safety_tasks.records.scores import Curve, HazardScore
from safety_tasks.records.variants import FrontierStep, ModelVariant

Figure = dict[str, Any]
COLOURS: Final = 3
DASHES: Final = ("solid", "dash", "dot")
_MOST_LETTERS: Final = 40
_FONT: Final = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans KR","Noto Sans CJK KR",'
    '"Apple SD Gothic Neo","Malgun Gothic",sans-serif'
)


def recall_precision_figure(
    curves: Mapping[str, Curve], hazards: Mapping[str, HazardScore], words: Words
) -> Figure | None:
    """Draw precision against recall of each hazard, with its operating point.

    Args:
        curves: by hazard.
        hazards: scores in the order of the class map.
        words: the language.
    """
    traces: list[Figure] = []
    for index, (name, score) in enumerate(hazards.items()):
        curve = curves.get(name)
        if curve is None or not curve.threshold:
            continue
        where = {"color": colour_of(index), "dash": dash_of(index)}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": plotly_text(name),
                "x": _short(curve.recall),
                "y": _short(curve.precision),
                "customdata": _short(curve.threshold),
                "line": where | {"width": 2.5},
                "hovertemplate": f"{words.text('recall')} %{{x:.3f}}<br>{words.text('precision')} %{{y:.3f}}"
                f"<br>{words.text('threshold')} %{{customdata:.3f}}",
            }
        )
        if score.recall is not None and score.precision is not None:
            traces.append(_operating_point(name, score, index, words))
    if not traces:
        return None
    return figure_of(
        traces,
        titled_axis(words.text("recall"), [0, 1.02]),
        titled_axis(words.text("precision"), [0, 1.04]),
    )


def threshold_figure(curve: Curve, threshold: float, words: Words) -> Figure | None:
    """Draw precision, recall and F1 of one hazard against the threshold, the operating one marked."""
    if not curve.threshold:
        return None
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": str(words.text(key)),
            "x": _short(curve.threshold),
            "y": _short(values),
            "line": {"color": colour, "width": 2, "dash": dash, "shape": "hv"},
        }
        for key, values, colour, dash in (
            ("precision", curve.precision, "--c0", DASHES[0]),
            ("recall", curve.recall, "--c1", DASHES[1]),
            ("f1", curve.f1, "--c2", DASHES[2]),
        )
    ]
    figure = figure_of(
        traces, titled_axis(words.text("threshold"), [0, 1]), titled_axis("", [0, 1.04])
    )
    figure["layout"]["hovermode"] = "x unified"
    figure["layout"]["shapes"] = [_line("x", threshold, "--ink")]
    return figure


def frontier_figure(variant: ModelVariant, words: Words) -> Figure | None:
    """Draw what each choice of float layers costs (time) and brings (agreement), with the budget's line."""
    if not variant.steps:
        return None
    traces: list[Figure] = []
    for key, within, colour, symbol in (
        ("is_within", True, "--good", "circle"),
        ("is_beyond", False, "--bad", "x"),
    ):
        steps = [step for step in variant.steps if step.within is within]
        if steps:
            marker = {"color": colour, "symbol": symbol, "size": 11}
            traces.append(_steps(steps, str(words.text(key)), marker, words))
    chosen = [step for step in variant.steps if step.float_modules == variant.float_modules][:1]
    if chosen:
        ring = {"color": "--ink", "symbol": "circle-open", "size": 20, "line": {"width": 2}}
        traces.append(
            _steps(chosen, str(words.text("chosen")), ring, words) | {"hoverinfo": "skip"}
        )
        traces[-1].pop("hovertemplate")
    figure = figure_of(
        traces, titled_axis(words.text("graph_ratio")), titled_axis(words.text("agreement"))
    )
    if variant.budget is not None:
        least = variant.budget.budget.min_agreement_f1
        figure["layout"]["shapes"] = [_line("y", least, "--bad")]
    return figure


def figures_of(
    measured: Measurements,
    details: BenchmarkDetails | None,
    variants: Sequence[ModelVariant],
    words: Words,
) -> dict[str, Figure]:
    """Return every figure that there is data for, but for the frames, by the name that the page knows it by.

    Args:
        measured: operating points.
        details: curves; None where they were not kept.
        variants: those with a frontier.
        words: the language.
    """
    hazards = measured.candidate.hazards
    curves = details.curves if details else {}
    found: dict[str, Figure | None] = {
        "recall_precision": recall_precision_figure(curves, hazards, words)
    }
    for index, (name, score) in enumerate(hazards.items()):
        if name in curves:
            found[f"threshold_{index}"] = threshold_figure(curves[name], score.threshold, words)
    for variant in variants:
        found[f"frontier_{variant.name}"] = frontier_figure(variant, words)
    return {name: figure for name, figure in found.items() if figure is not None}


def colour_of(index: int) -> str:
    """Return the name of a hazard's colour, that of its boxes on pictures; colours repeat."""
    return f"--c{index % COLOURS}"


def dash_of(index: int) -> str:
    """Return the dash that tells apart hazards of one colour."""
    return DASHES[index // COLOURS % len(DASHES)]


def plotly_text(text: str) -> str:
    """Return a text of data so that plotly shows its letters: no tag, no link, no entity, and not too long."""
    cut = text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
    return str(escape(cut))


def figure_of(traces: list[Figure], x: Figure, y: Figure) -> Figure:
    """Return a figure of traces over two axes, in the page's font and colours."""
    layout: Figure = {
        "xaxis": x,
        "yaxis": y,
        "font": {"family": _FONT, "size": 12.5, "color": "--ink"},
        "paper_bgcolor": "--card",
        "plot_bgcolor": "--card",
        "hoverlabel": {
            "bgcolor": "--bg",
            "bordercolor": "--line",
            "font": {"family": _FONT, "color": "--ink"},
        },
        "showlegend": False,
        "margin": {"l": 52, "r": 12, "t": 10, "b": 46},
    }
    return {"data": traces, "layout": layout}


def titled_axis(title: str, between: list[float] | None = None) -> Figure:
    """Return an axis with a title and, if given, fixed ends."""
    axis: Figure = {
        "title": {"text": str(title), "standoff": 8},
        "gridcolor": "--line",
        "linecolor": "--dim",
        "zeroline": False,
        "automargin": True,
    }
    return axis | ({"range": between} if between else {})


def _operating_point(name: str, score: HazardScore, index: int, words: Words) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plotly_text(name),
        "x": [score.recall],
        "y": [score.precision],
        "marker": {
            "color": colour_of(index),
            "symbol": "diamond",
            "size": 13,
            "line": {"color": "--ink", "width": 1.5},
        },
        "hovertemplate": f"{words.text('operating_threshold', f'{score.threshold:.3f}')}<br>"
        f"{words.text('recall')} %{{x:.3f}}<br>{words.text('precision')} %{{y:.3f}}",
    }


def _steps(steps: Sequence[FrontierStep], name: str, marker: Figure, words: Words) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [step.time_ratio for step in steps],
        "y": [step.agreement_f1 for step in steps],
        "customdata": [str(words.text("layers_count", len(s.float_modules))) for s in steps],
        "marker": marker,
        "hovertemplate": "%{customdata}<br>%{x:.3f} · %{y:.4f}",
    }


def _line(axis: str, at: float, colour: str) -> Figure:
    other = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": at,
        f"{axis}1": at,
        f"{other}0": 0,
        f"{other}1": 1,
        f"{other}ref": "paper",
        "line": {"color": colour, "width": 1.5, "dash": "dash"},
    }


def _short(values: Sequence[float]) -> list[float]:
    return [round(value, 4) for value in values]
