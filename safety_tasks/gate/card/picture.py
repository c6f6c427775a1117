"""The card as one picture, to be hung up, mailed or shown in a chat.

Rules: the same facts in the same order as on the page; of what does not fit the worst is shown and the rest counted.
"""

from collections.abc import Sequence
from typing import Final

from safety_tasks.gate.card.drawing import Colour, Sheet, rgb, text_width, wrapped
from safety_tasks.gate.card.facts import CardFacts, card_facts
from safety_tasks.gate.card.missed import MOST_PICTURES, MissedPicture
from safety_tasks.gate.card.picture_end import draw_files, draw_misses
from safety_tasks.gate.card.picture_rows import (
    DIM,
    INK,
    LINE,
    PAPER,
    PLAIN,
    SOFT,
    draw_hazards,
    draw_mark,
    draw_measures,
)
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import GateReport
from safety_tasks.said import Language, Said

WIDTH: Final = 1200
MARGIN: Final = 40
TALLEST: Final = 2400
INNER: Final = WIDTH - 2 * MARGIN
_LARGEST: Final = 80
_SMALLEST: Final = 40
_WHITE: Final = rgb("ffffff")
_GROUNDS: Final = {"PASS": "176f31", "FAIL": "9b0e24", "INCONCLUSIVE": "7d4e00", "broken": "5a0d67"}
_TINTS: Final = {
    "PASS": rgb("dafbe1"),
    "FAIL": rgb("ffebe9"),
    "INCONCLUSIVE": rgb("fff4c9"),
}
_BANNERS: Final = {
    "alarm": (rgb("82071e"), _WHITE),
    "warning": (rgb("fff1c2"), rgb("5c3a00")),
    "note": (rgb("eef0f3"), rgb("57606a")),
}


def card_png(report: GateReport, pictures: Sequence[MissedPicture], language: Language) -> bytes:
    """Return the card as a PNG, 1200 pixels wide and as high as it needs.

    Args:
        report: what to show.
        pictures: the worst misses; the first ``MOST_PICTURES`` are shown.
        language: of the whole card.
    """
    return _Drawn(card_facts(report), pictures[:MOST_PICTURES], language).png()


class _Drawn:
    """One card while it is drawn, from top to bottom."""

    def __init__(
        self, facts: CardFacts, pictures: Sequence[MissedPicture], language: Language
    ) -> None:
        self._facts, self._pictures, self._language = facts, pictures, language
        self._sheet = Sheet(WIDTH, TALLEST, PAPER)
        self._y = 0.0

    def png(self) -> bytes:
        self._header()
        for one in self._facts.banners:
            self._banner(self._of(one.text), *_BANNERS[one.loudness])
        self._y += 24
        self._why_and_next()
        self._heading(self._text("hazards"), self._of(self._facts.comparison))
        self._y = draw_hazards(self._sheet, self._facts, self._language, MARGIN, self._y, INNER)
        self._heading(self._text("measures"), self._of(self._facts.machine))
        self._y = draw_measures(self._sheet, self._facts, self._language, MARGIN, self._y, INNER)
        self._heading(self._text("variants"), "")
        self._y = draw_files(self._sheet, self._facts, self._language, MARGIN, self._y, INNER)
        self._heading(self._text("misses"), "")
        self._y = draw_misses(self._sheet, self._pictures, self._language, MARGIN, self._y, INNER)
        return self._sheet.png(round(self._y + MARGIN))

    def _header(self) -> None:
        facts, sheet = self._facts, self._sheet
        high, half = 176, 700
        sheet.box(0, 0, WIDTH, high, rgb(_GROUNDS[facts.tone]))
        korean = facts.verdict_text.ko
        beside = text_width(korean, 42, bold=True) + 22
        size = _largest(facts.verdict.value, half - beside)
        wide = sheet.write(
            MARGIN, 104 - size, facts.verdict.value, size, _WHITE, width=half, bold=True
        )
        left = MARGIN + wide + 22
        sheet.write(left, 60, korean, 42, _WHITE, width=half + MARGIN - left, bold=True)
        self._sheet.paragraph(MARGIN, 124, self._of(facts.meaning), 20, _WHITE, half, lines=1)
        about = (
            ("run", facts.run_id),
            ("model", facts.model_short),
            ("dataset", facts.dataset),
            ("policy", self._of(facts.policy)),
            ("judged", facts.judged_at),
            ("measured_on", self._of(facts.measured_on)),
        )
        for n, (key, value) in enumerate(about):
            y = 24 + n * 22
            sheet.write(780, y, self._text(key), 15, _WHITE, width=120)
            sheet.write(902, y, value, 15, _WHITE, width=WIDTH - MARGIN - 902, bold=True)
        self._y = high

    def _banner(self, text: str, ground: Colour, ink: Colour) -> None:
        lines = wrapped(text, 19, INNER, 4, bold=True)
        high = 25 * len(lines) + 18
        self._sheet.box(0, self._y, WIDTH, high, ground)
        for n, line in enumerate(lines):
            self._sheet.write(MARGIN, self._y + 9 + 25 * n, line, 19, ink, width=INNER, bold=True)
        self._y += high + 2

    def _why_and_next(self) -> None:
        left, gap = 650, 40
        top = self._y
        end = self._reasons(left)
        self._y = max(end, self._next(MARGIN + left + gap, top, INNER - left - gap)) + 8

    def _reasons(self, width: int) -> float:
        facts, y = self._facts, self._y
        y = (
            self._sheet.paragraph(
                MARGIN, y, self._of(facts.reasons_title), 17, DIM, width, bold=True
            )
            + 10
        )
        for one in facts.reasons:
            draw_mark(self._sheet, MARGIN + 12, y + 12, one.verdict)
            name = f"{self._of(one.asks)} · {one.subject}" if one.subject else self._of(one.asks)
            self._sheet.write(MARGIN + 36, y, name, 19, INK, width=width - 36, bold=True)
            y = self._sheet.paragraph(
                MARGIN + 36, y + 26, self._of(one.text), 17, DIM, width - 36, lines=3
            )
            y += 10
        if facts.more_reasons:
            more = self._text("more_reasons", facts.more_reasons)
            y = self._sheet.paragraph(MARGIN + 36, y, more, 16, DIM, width - 36, lines=1)
        return y

    def _next(self, x: int, y: float, width: int) -> float:
        sheet, facts = self._sheet, self._facts
        lines = wrapped(self._of(facts.next_action), 19, width - 40, 8, bold=True)
        high = 52 + 26 * len(lines)
        sheet.box(x, y, 40, high, PLAIN, 8)
        sheet.box(x + 6, y, width - 6, high, rgb("e9eef5"), 6)
        sheet.write(x + 20, y + 12, self._text("next"), 16, DIM, width=width - 40, bold=True)
        for n, line in enumerate(lines):
            sheet.write(x + 20, y + 38 + 26 * n, line, 19, INK, width=width - 40, bold=True)
        y += high + 12
        counts = facts.counts
        fates = (
            ("passed", counts.passed, "PASS"),
            ("refused", counts.refused, "FAIL"),
            ("inconclusive", counts.inconclusive, "INCONCLUSIVE"),
            ("reported", counts.reported, ""),
            ("waived", counts.waived, ""),
        )
        each = (width - 4 * 8) / len(fates)
        for n, (key, count, tone) in enumerate(fates):
            left = x + n * (each + 8)
            loud = rgb(_GROUNDS[tone]) if tone and count else DIM
            sheet.box(left, y, each, 72, _TINTS.get(tone, SOFT) if count else SOFT, 8)
            sheet.write(left, y + 6, str(count), 24, loud, width=each, bold=True, align="centre")
            for row, line in enumerate(wrapped(self._text(key), 12, each - 4, 2)):
                top = y + 36 + 15 * row
                sheet.write(left + 2, top, line, 12, DIM, width=each - 4, align="centre")
        return y + 72

    def _heading(self, text: str, beside: str) -> None:
        self._y += 16
        self._sheet.box(MARGIN, self._y, INNER, 1, LINE)
        self._y += 14
        wide = self._sheet.write(MARGIN, self._y, text, 17, DIM, width=INNER, bold=True)
        x = MARGIN + wide + 14
        self._sheet.write(x, self._y, beside, 16, DIM, width=MARGIN + INNER - x)
        self._y += 30

    def _of(self, text: Said) -> str:
        return text.within(self._language)

    def _text(self, key: str, *values: object) -> str:
        return said(key, *values).within(self._language)


def _largest(text: str, width: float) -> int:
    """Return the largest size, pixels, at which the verdict leaves room for what stands beside it."""
    sizes = (
        size for size in range(_LARGEST, _SMALLEST, -4) if text_width(text, size, True) <= width
    )
    return next(sizes, _SMALLEST)
