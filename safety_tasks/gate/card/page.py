"""The card as one HTML file that opens anywhere, without network, on a phone and on one sheet of A4.

Rules: pure; equal reports give equal bytes; what comes from data is escaped and set apart from the direction of the
words around it; no script, and the page's own policy lets the browser load nothing.
"""

import base64
from collections.abc import Sequence
from functools import cache
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from safety_tasks.gate.card.facts import card_facts
from safety_tasks.gate.card.missed import MOST_PICTURES, MissedPicture
from safety_tasks.gate.card.page_style import STYLE
from safety_tasks.gate.card.page_template import TEMPLATE
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import GateReport
from safety_tasks.said import Language, Said

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
MARKS: Final = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?", "broken": "!"}
_MOST_UNCOVERED: Final = 12


def card_html(report: GateReport, pictures: Sequence[MissedPicture], language: Language) -> str:
    """Return the card as HTML, to be written as UTF-8.

    Args:
        report: what to show.
        pictures: the worst misses; the first ``MOST_PICTURES`` are shown.
        language: of the whole page.
    """

    def of(text: Said) -> str:
        return text.within(language)

    return _page().render(
        f=card_facts(report),
        pictures=pictures[:MOST_PICTURES],
        language=language,
        of=of,
        t=lambda key, *values: of(said(key, *values)),
    )


def picture_uri(picture: MissedPicture) -> str:
    """Return a picture as an address that stands in the page; empty where there is none to show."""
    payload = picture.jpeg
    if payload is None:
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(payload).decode()}"


def place(value: float) -> str:
    """Return where a share (0-1) lies, in percent of its place."""
    return f"{min(1.0, max(0.0, value)) * 100:.1f}"


@cache
def _page() -> Template:
    page = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page.globals.update(
        style=STYLE,
        policy=POLICY,
        marks=MARKS,
        place=place,
        uri=picture_uri,
        most_uncovered=_MOST_UNCOVERED,
    )
    return page.from_string(TEMPLATE.lstrip())
