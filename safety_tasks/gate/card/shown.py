"""Numbers, and texts from data, made fit to be shown on a card.

Rules: a number that is missing is a dash that carries its reason, never 0; what came from data is one line of printing
letters, where whatever does not print is written out, so that nothing turns the direction of the words around it or is
obeyed by a terminal; what is too long ends in an ellipsis.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from safety_tasks.gate.card.words import said
from safety_tasks.records.scores import Interval
from safety_tasks.said import Said

DASH: Final = "-"
ELLIPSIS: Final = "…"
MINUS: Final = "\u2212"
NAME_LETTERS: Final = 60
REASON_LETTERS: Final = 260
_MOST_MARKS: Final = 2
_READ_LETTERS: Final = 4096


@dataclass(frozen=True)
class Number:
    """A number as it is shown, with its 95 % interval; ``why`` says why one of the two is a dash.

    ``low`` and ``high`` are the interval's ends; ``interval`` is empty where none belongs to the number.
    """

    value: float | None
    shown: str
    low: float | None = None
    high: float | None = None
    interval: str = ""
    why: Said | None = None

    @property
    def beside(self) -> Said:
        """What stands beside it in small print: its interval, else why that or the number is missing."""
        if self.low is not None or self.why is None:
            return Said(self.interval, self.interval)
        return self.why


def plain(text: str, most: int = NAME_LETTERS) -> str:
    """Return a text of data as one line of at most ``most`` printing letters."""
    letters: list[str] = []
    marks = 0
    for letter in " ".join(text[:_READ_LETTERS].split()):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            letters.append(letter if letter.isprintable() else ascii(letter)[1:-1])
    return clipped("".join(letters), most)


def clipped(text: str, most: int) -> str:
    """Return at most ``most`` letters, the last an ellipsis where some are left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def score(
    value: float | None, interval: Interval | None, why: Said, why_no_interval: Said
) -> Number:
    """Return an AP or a recall (0-1) as ``0.873`` with ``0.81-0.91``."""
    if value is None:
        return missing(why)
    if interval is None:
        return Number(value, f"{value:.3f}", interval=DASH, why=why_no_interval)
    span = f"{_ended(interval.low, 0.0):.2f}-{_ended(interval.high, 0.0):.2f}"
    return Number(value, f"{value:.3f}", interval.low, interval.high, span)


def change(
    value: float | None, interval: Interval | None, why: Said, why_no_interval: Said
) -> Number:
    """Return a difference of two scores as ``+0.012`` with ``[−0.02, +0.04]``, its ends where one can lie."""
    if value is None:
        return missing(why)
    if interval is None:
        return Number(value, signed(value, 3), interval=DASH, why=why_no_interval)
    span = f"[{signed(_ended(interval.low, -1.0), 2)}, {signed(_ended(interval.high, -1.0), 2)}]"
    return Number(value, signed(value, 3), interval.low, interval.high, span)


def amount(value: float | None, unit: str, why: Said) -> Number:
    """Return a number with one decimal and its unit, such as ``46.1 ms``."""
    if value is None:
        return missing(why)
    return Number(value, f"{value:,.1f} {unit}".rstrip())


def rate(value: float, interval: Interval | None, why_no_interval: Said) -> Number:
    """Return a count of 1,000 as ``50.0`` with ``24.1-93.0``."""
    if interval is None:
        return Number(value, f"{value:.1f}", interval=DASH, why=why_no_interval)
    low, high = max(0.0, interval.low), min(1000.0, interval.high)
    return Number(value, f"{value:.1f}", low, high, f"{low:.1f}-{high:.1f}")


def missing(why: Said) -> Number:
    """Return a number that there is not."""
    return Number(None, DASH, why=why)


def signed(value: float, digits: int) -> str:
    """Return a number with its sign; what rounds to nothing is not below it."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", MINUS)


def moment(at: str) -> str:
    """Return a time to the minute in UTC; one that cannot be read stays as it is."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return plain(at)
    if found.tzinfo is None:
        return plain(at)
    try:
        return f"{found.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return plain(at)


def listed(names: tuple[str, ...], most: int) -> Said:
    """Return names of data with commas, the ones beyond ``most`` counted."""
    text = ", ".join(plain(name) for name in names[:most])
    return counted(Said(text, text), len(names) - most)


def joined(parts: Sequence[Said], total: int = 0) -> Said:
    """Return phrases in one line, the ones of ``total`` that are not there counted."""
    text = Said("; ".join(part.en for part in parts), "; ".join(part.ko for part in parts))
    return counted(text, total - len(parts))


def counted(text: Said, more: int) -> Said:
    """Return a text with how many more there are, where there are any."""
    return said("and_more", text, more) if more > 0 else text


def _ended(end: float, least: float) -> float:
    """Return an interval's end where its number can lie, up to 1: Student's intervals reach beyond."""
    return min(1.0, max(least, end))
