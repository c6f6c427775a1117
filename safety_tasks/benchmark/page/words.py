"""Texts and numbers of the benchmark page in one language.

Rules: values are escaped where they enter a text; a number that is None is a dash that says why, never 0 and never
nothing; a number has as many digits as it is sure of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from safety_tasks.benchmark.page.texts_en_ko import LANGUAGES, Language
from safety_tasks.benchmark.page.texts_speed_en_ko import TEXTS
from safety_tasks.records.scores import Interval

MINUS: Final = "−"
_SLICE_KINDS_NAMED: Final = ("box_size", "brightness", "hard_negatives")


@dataclass(frozen=True)
class Number:
    """A number, or the key of the text that says why there is none; ``interval`` is in its unit."""

    value: float | None
    why: str
    interval: Interval | None = None
    why_no_interval: str = ""

    @property
    def interval_expected(self) -> bool:
        """Whether an interval belongs to this number."""
        return self.interval is not None or bool(self.why_no_interval and self.value is not None)


def _milliseconds(value: float) -> str:
    return f"{value:,.1f}" if value >= 10 else f"{value:.2f}"


def _signed(value: float, digits: int) -> str:
    # Zero is added so that what rounds to nothing is not below it.
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", MINUS)


FORMS: Final[dict[str, Callable[[float], str]]] = {
    "score": "{:.3f}".format,
    "fine": "{:.4f}".format,
    "change": lambda value: _signed(value, 3),
    "fine_change": lambda value: _signed(value, 4),
    "share": "{:.0%}".format,
    "rate": "{:,.1f}".format,
    "count": "{:,.0f}".format,
    "ratio": "{:.3f}".format,
    "ms": lambda value: f"{_milliseconds(value)} ms",
    "mib": lambda value: f"{value / 2**20:,.1f} MiB",
}


@dataclass(frozen=True)
class Words:
    """One language's words."""

    language: Language

    def text(self, key: str, *values: object) -> Markup:
        """Return a text with its blanks filled; values are escaped."""
        words = Markup(TEXTS[key][LANGUAGES.index(self.language)])  # noqa: S704 - a text of this project, not of data
        return words.format(*values) if values else words

    def named(self, kind: str, value: str) -> str:
        """Return the name of a value that the project itself gave, else the value."""
        known = TEXTS.get(f"{kind} {value}")
        return known[LANGUAGES.index(self.language)] if known else value

    def part(self, kind: str, value: str) -> str:
        """Return the name of a part of the holdout; scenes and sources keep theirs."""
        return self.named(kind, value) if kind in _SLICE_KINDS_NAMED else value

    def dash(self, why: str) -> Markup:
        """Return the mark of a missing number, which says why when pointed at, tapped or read aloud.

        Args:
            why: the key of a text.
        """
        reason = self.text(why)
        return Markup(
            '<abbr class="none" tabindex="-1" role="note" title="{0}" aria-label="{0}">–</abbr>'
        ).format(reason)

    def number(self, number: Number, form: str) -> Markup:
        """Return a number in a form of ``FORMS``, or its dash."""
        if number.value is None:
            return self.dash(number.why)
        return Markup("{}").format(FORMS[form](number.value))

    def interval(self, number: Number, form: str) -> Markup:
        """Return the number's interval in a form of ``FORMS``, or its dash."""
        if number.interval is None:
            return self.dash(number.why_no_interval)
        ends = (FORMS[form](end) for end in (number.interval.low, number.interval.high))
        shown = self.text("span_signed" if "change" in form else "span", *ends)
        return Markup('<span title="{}">{}</span>').format(
            self.text("interval_title", number.interval.scenes), shown
        )
