"""The card as Markdown, for Airflow's pages, a chat or a ticket.

Rules: texts from data are escaped, and what a reader of Markdown would turn into a link by itself is broken up, so that
no name can bring a tag, a link, a picture, a table cell or a mention; no HTML at all.
"""

import re
from collections.abc import Iterable
from typing import Final

from safety_tasks.gate.card.facts import CardFacts, card_facts
from safety_tasks.gate.card.shown import Number
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.said import Language, Said

MARKS: Final[dict[str, str]] = {"PASS": "✅", "FAIL": "❌", "INCONCLUSIVE": "❓", "broken": "⛔"}
_LOUD: Final = {"alarm": "⛔", "warning": "⚠️", "note": "ℹ️"}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#!|~$&^])")
# What turns into a link or a mention without any mark: a wide letter looks alike and is none.
_WIDE: Final = str.maketrans({"@": "＠", "#": "＃"})
_LINKS: Final = (
    (re.compile(r":(?=//)|(?<=mailto):|(?<=xmpp):", re.I), "："),
    (re.compile(r"(?<=www)\.", re.I), "．"),
)


def escaped(text: str) -> str:
    """Return a text that Markdown shows letter by letter, on one line."""
    for pattern, wide in _LINKS:
        text = pattern.sub(wide, text)
    return _SPECIAL.sub(r"\\\1", text.translate(_WIDE))


def card_markdown(report: GateReport, language: Language) -> str:
    """Return the card in one language.

    Args:
        report: what to show.
        language: of the whole card.
    """
    facts = card_facts(report)
    return "\n".join(_Lines(facts, language).all()) + "\n"


class _Lines:
    """The lines of one card."""

    def __init__(self, facts: CardFacts, language: Language) -> None:
        self._facts, self._language = facts, language

    def all(self) -> list[str]:
        facts = self._facts
        return [
            *self._headline(),
            *(f"> {_LOUD[one.loudness]} **{self._of(one.text)}**\n>" for one in facts.banners),
            "",
            f"**▶ {self._text('next')}:** {self._of(facts.next_action)}",
            "",
            f"### {self._of(facts.reasons_title)}",
            "",
            *self._reasons(),
            "",
            f"### {self._text('hazards')}",
            "",
            *self._hazards(),
            "",
            f"### {self._text('measures')}",
            "",
            *self._measures(),
            "",
            f"### {self._text('variants')}",
            "",
            *self._files(),
            *self._uncovered(),
        ]

    def _headline(self) -> list[str]:
        facts, counts = self._facts, self._facts.counts
        numbers = (
            (counts.passed, "passed"),
            (counts.refused, "refused"),
            (counts.inconclusive, "inconclusive"),
            (counts.reported, "reported"),
            (counts.waived, "waived"),
        )
        told = " · ".join(f"{self._text(key)} {number}" for number, key in numbers)
        about = (
            ("run", f"`{facts.run_id}`"),
            ("model", f"`{facts.model_short}`"),
            ("dataset", escaped(facts.dataset)),
            ("policy", self._of(facts.policy)),
            ("judged", escaped(facts.judged_at)),
            ("measured_on", self._of(facts.measured_on)),
        )
        return [
            f"## {MARKS[facts.tone]} {facts.verdict_text.en} {facts.verdict_text.ko}",
            "",
            self._of(facts.meaning),
            "",
            " · ".join(f"{self._text(key)} {value}" for key, value in about),
            "",
            f"{self._text('checks')}: {told}",
            "",
        ]

    def _reasons(self) -> list[str]:
        found = [
            f"- {MARKS[one.verdict.value]} **{self._of(one.asks)}** ({escaped(one.check)}): {self._of(one.text)}"
            for one in self._facts.reasons
        ]
        more = self._facts.more_reasons
        return [*found, f"- {self._text('more_reasons', more)}"] if more else found

    def _hazards(self) -> list[str]:
        facts = self._facts
        if not facts.hazards:
            return [self._text("no_hazards")]
        beside = ("champion", "difference") if facts.is_compared else ()
        keys = ("hazard", "ap50", "floor", *beside, "recall", "support_short")
        rows = [_row(self._text(key) for key in keys), _row("---" for _ in keys)]
        for row in facts.hazards:
            compared = (row.champion_ap50, row.difference) if facts.is_compared else ()
            numbers = (row.ap50, row.floor, *compared, row.recall)
            name = f"{MARKS[row.verdict.value]} {escaped(row.hazard)}"
            support = " / ".join(str(each) for each in row.support) if row.support else "-"
            rows.append(_row((name, *(self._number(one) for one in numbers), support)))
        return [*rows, "", self._of(facts.comparison), "", self._text("intervals")]

    def _measures(self) -> list[str]:
        rows = [
            f"- {self._mark(one.verdict)}{self._of(one.name)}: **{self._number(one.number)}** ({self._of(one.limit)})"
            for one in self._facts.measures
        ]
        return [*rows, "", self._of(self._facts.machine)]

    def _files(self) -> list[str]:
        lines = []
        for one in self._facts.files:
            where = f" ({escaped(one.hardware)})" if one.hardware else ""
            name = f"{escaped(one.name)}{where}"
            lines.append(f"- **{name}**: {self._text(one.state)}, {self._of(one.why)}")
        return lines

    def _uncovered(self) -> list[str]:
        names = self._facts.uncovered
        if not names:
            return []
        told = ", ".join(escaped(name) for name in names)
        return ["", f"**{self._text('uncovered')}:** {told}"]

    def _mark(self, verdict: Verdict | None) -> str:
        return "" if verdict is None else f"{MARKS[verdict.value]} "

    def _number(self, number: Number) -> str:
        beside = number.beside.within(self._language)
        if not beside:
            return number.shown
        inside = escaped(beside)
        return (
            f"{number.shown} {inside}" if beside.startswith("[") else f"{number.shown} ({inside})"
        )

    def _of(self, text: Said) -> str:
        return escaped(text.within(self._language))

    def _text(self, key: str, *values: object) -> str:
        return escaped(said(key, *values).within(self._language))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
