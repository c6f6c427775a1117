"""Turn the view of a dataset version into its report: one HTML file.

Rule: pure; equal views give equal bytes; what comes from data is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from safety_tasks.records.dataset import DatasetVersion, HoldoutSignOff, ValidationReport
from safety_tasks.records.review import LabelDoubt, LabelReview
from safety_tasks.validate.drift import CLASS_PREFIX, Drift
from safety_tasks.validate.report_charts import histogram_svg, meter, twin_svg
from safety_tasks.validate.report_data import Contents, CountRow
from safety_tasks.validate.report_samples import Thumbnail
from safety_tasks.validate.report_style import STYLE
from safety_tasks.validate.report_template import TEMPLATE
from safety_tasks.validate.report_texts import LANGUAGES, TEXTS

SECTIONS: Final = (
    *("version", "validation", "balance", "sizes", "light", "drift", "scenes", "ledger", "holdout"),
    *("suspicion", "samples"),
)
POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
PSI_SOME: Final = 0.1
PSI_MUCH: Final = 0.25
_PSI_SCALE: Final = 0.5
_COLOURS: Final = 3


@dataclass(frozen=True)
class SamplePictures:
    """The pictures shown of one split and hazard (None: background)."""

    split: str
    class_id: int | None
    thumbnails: tuple[Thumbnail, ...]


@dataclass(frozen=True)
class ReportView:
    """All that the report says.

    ``generation`` counts the versions of the line, this one included; ``docs_href`` and the hrefs of
    ``review_links`` (key of a text, its values, address) are relative to the page.
    """

    version: DatasetVersion
    generation: int
    contents: Contents
    drift: tuple[Drift, ...]
    ledger: tuple[CountRow, ...]
    sign_off: HoldoutSignOff | None
    validation: ValidationReport | None
    docs_href: str
    review: LabelReview | None
    review_links: tuple[tuple[str, tuple[str, ...], str], ...]
    doubts: tuple[tuple[LabelDoubt, Thumbnail], ...]
    samples: tuple[SamplePictures, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the hazards."""
        return self.version.classes

    @property
    def totals(self) -> tuple[tuple[str, int], ...]:
        """The numbers at the top: key of a text, count."""
        return (
            ("pictures", self.contents.pictures),
            ("boxes", self.contents.boxes),
            ("scenes", self.contents.scenes),
            ("backgrounds", self.contents.backgrounds),
            ("ledger_rows", self.version.ledger_rows),
        )

    @property
    def held(self) -> int:
        """How many expectations held."""
        return sum(item.success for item in self.validation.expectations) if self.validation else 0

    @property
    def judges(self) -> int:
        """How many pictures the holdout has."""
        return sum(row.pictures for row in self.contents.splits if row.split == "holdout")

    @property
    def splits_shown(self) -> list[tuple[str, list[SamplePictures]]]:
        """The samples, split by split."""
        return [(name, list(each)) for name, each in groupby(self.samples, lambda g: g.split)]

    @property
    def psi_scale(self) -> float:
        """The index at the right end of the bars."""
        return max(_PSI_SCALE, *(row.psi for row in self.drift), 0.0)


def render_report(view: ReportView) -> bytes:
    """Return the page as UTF-8 HTML."""
    return _page().render(v=view).encode()


def in_both(key: str, *values: object) -> Markup:
    """Return a text in both languages, of which the style shows one; values are escaped."""
    spans = []
    for language, text in zip(LANGUAGES, TEXTS[key], strict=True):
        words = Markup(text).format(*values)  # noqa: S704 - a text of this project, not of data
        spans.append(Markup('<span class="{0}" lang="{0}">{1}</span>').format(language, words))
    return Markup("").join(spans)


def beside(key: str, *values: object) -> str:
    """Return a text in both languages on one line, where no style reaches."""
    english, korean = (text.format(*values) for text in TEXTS[key])
    return english if english == korean else f"{english} / {korean}"


def measure_name(measure: str) -> Markup:
    """Return the name of a measure of drift in both languages."""
    if measure.startswith(CLASS_PREFIX) and f"drift_{measure}".replace(" ", "_") not in TEXTS:
        return in_both("drift_class", measure.removeprefix(CLASS_PREFIX))
    return in_both(f"drift_{measure}".replace(" ", "_"))


def psi_reading(psi: float) -> tuple[str, str]:
    """Return how a stability index is usually read: the key of its text, and its mark."""
    if psi > PSI_MUCH:
        return "psi_high", "bad"
    return ("psi_mid", "watch") if psi >= PSI_SOME else ("psi_low", "good")


def colour_of(class_id: int) -> str:
    """Return the style's class of a hazard; colours repeat as those of its boxes do."""
    return f"c{class_id % _COLOURS}"


def _lows(edges: Sequence[float], every: int) -> list[str]:
    return [f"{edge:g}" if n % every == 0 else "" for n, edge in enumerate(edges[:-1])]


def _percents(edges: Sequence[float]) -> list[str]:
    return [f"{edge * 100:g}%" for edge in edges[:-1]]


@cache
def _page() -> Template:
    page = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.globals.update(
        t=in_both,
        both=beside,
        n="{:,}".format,
        meter=meter,
        histogram=histogram_svg,
        twin=twin_svg,
        colour=colour_of,
        measure=measure_name,
        psi_reading=psi_reading,
        lows=_lows,
        percents=_percents,
        style=STYLE,
        policy=POLICY,
        sections=SECTIONS,
    )
    return page.from_string(TEMPLATE.lstrip())
