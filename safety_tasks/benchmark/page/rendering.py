"""Turn a benchmark into its page: one HTML file in one language that opens anywhere, without network.

Rules: pure; equal records give equal bytes; what comes from data is escaped, in HTML, in JSON and in plotly's texts;
the page's policy lets the browser run plotly and the drawing of the page's own figures, and load nothing.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from safety_tasks.benchmark.page import rows
from safety_tasks.benchmark.page import speed_rows as speed
from safety_tasks.benchmark.page.charts import colour_of, dash_of, figures_of
from safety_tasks.benchmark.page.frames import frames_figure, histogram_of
from safety_tasks.benchmark.page.script import (
    DRAWING,
    figures_json,
    inline_script,
    plotly_script,
    policy_for,
)
from safety_tasks.benchmark.page.style import STYLE
from safety_tasks.benchmark.page.template import ACCURACY, FRAME, MACROS
from safety_tasks.benchmark.page.template_parts import FOLDED_FROM, PARTS
from safety_tasks.benchmark.page.template_speed import END, SPEED
from safety_tasks.benchmark.page.texts_en_ko import Language
from safety_tasks.benchmark.page.words import FORMS, Number, Words
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.model import Measurements
from safety_tasks.records.variants import ModelVariant

SECTIONS: Final = (
    *("overview", "accuracy", "curves", "alarms", "confusion", "slices", "events", "noise"),
    *("latency", "variants", "gallery"),
)


def render_page(
    measured: Measurements,
    details: BenchmarkDetails | None,
    pictures: Mapping[str, bytes],
    language: Language,
    *,
    variants: Sequence[ModelVariant] = (),
) -> str:
    """Return the page as HTML, to be written as UTF-8.

    Args:
        measured: what it shows.
        details: curves, single frames and gallery; None where they were not kept.
        pictures: JPEG bytes of the gallery's pictures, by the key of their artifact.
        language: of the whole page.
        variants: how the variants were made; what was timed of them is in ``measured``.

    Returns:
        One file of plotly's size (5 MB) and that of the pictures.
    """
    words = Words(language)
    figures = figures_of(measured, details, variants, words)
    histogram = histogram_of(details)
    if histogram is not None:
        figures["frames"] = frames_figure(histogram, words)
    scripts = (plotly_script(), DRAWING)
    return _page().render(
        **_of_accuracy(measured),
        w=words,
        t=words.text,
        d=details,
        figures=figures,
        figures_json=figures_json(figures),
        slowest_ms=histogram.slowest_ms if histogram else None,
        latencies=speed.latency_columns(measured),
        fingerprint=speed.fingerprint_of(measured.candidate),
        variants=speed.variant_rows(measured, variants),
        gallery=speed.gallery_groups(details),
        picture_uri=partial(speed.picture_uri, pictures),
        scripts=[inline_script(source) for source in scripts],
        policy=policy_for(scripts),
    )


def _of_accuracy(measured: Measurements) -> dict[str, Any]:
    report, scored = measured.candidate, rows.hazard_rows(measured)
    state = rows.champion_state(measured)
    theirs = measured.champion.report if state == "beside" else None
    return {
        "m": measured,
        "c": report,
        "state": state,
        "classes": list(report.hazards),
        "rows": scored,
        "mean": rows.mean_row(measured),
        "alarms": rows.alarms(report),
        "champion_alarms": rows.alarms(theirs) if theirs else Number(None, "why_no_champion"),
        "slices": rows.slice_groups(report),
    }


def meter(share: float, colour: str) -> Markup:
    """Draw a bar as long as a share (0-1) of its place; a share above nothing is never too short to be seen."""
    wide = min(100.0, max(share * 100.0, 0.6 if share > 0 else 0.0))
    return Markup(
        '<span class="meter" aria-hidden="true"><i class="fill {}" style="width:{:.2f}%"></i></span>'
    ).format(colour, wide)


def _colour(index: int) -> str:
    return colour_of(index).removeprefix("--")


@cache
def _page() -> Template:
    page = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.globals.update(
        n="{:,}".format,
        ms=FORMS["ms"],
        mib=FORMS["mib"],
        number=Number,
        meter=meter,
        colour=_colour,
        dash=dash_of,
        share=rows.confusion_share,
        slice_ap50=rows.slice_ap50,
        slice_recall=rows.slice_recall,
        slice_alarms=rows.slice_alarms,
        latency_number=speed.latency_number,
        latency_forms=speed.LATENCY_FORMS,
        folded_from=FOLDED_FROM,
        style=STYLE,
        sections=SECTIONS,
    )
    return page.from_string("".join((MACROS.lstrip(), FRAME.lstrip(), ACCURACY, PARTS, SPEED, END)))
