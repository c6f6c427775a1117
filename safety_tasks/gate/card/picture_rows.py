"""The table of hazards and the tiles of measures, on the card as a picture.

Rules: columns of numbers stand to the right; a bar shows AP50 with its interval beside floor and champion; a colour
never stands without a mark.
"""

from typing import Final

from safety_tasks.gate.card.drawing import Sheet, rgb, wrapped
from safety_tasks.gate.card.facts import CardFacts
from safety_tasks.gate.card.hazard_rows import HazardRow, worst_first
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import Verdict
from safety_tasks.said import Language

PAPER: Final = rgb("ffffff")
INK: Final = rgb("191d22")
DIM: Final = rgb("57606a")
LINE: Final = rgb("d9dee4")
SOFT: Final = rgb("f3f5f8")
TRACK: Final = rgb("e4e8ed")
PLAIN: Final = rgb("4c6a8c")
PALE: Final = rgb("a9b9cb")
VERDICTS: Final = {
    Verdict.PASS: rgb("116329"),
    Verdict.FAIL: rgb("a40e26"),
    Verdict.INCONCLUSIVE: rgb("7d4e00"),
}
_MOST_HAZARDS: Final = 8
_ROW: Final = 50


def draw_mark(sheet: Sheet, x: float, y: float, verdict: Verdict, radius: float = 12) -> None:
    """Draw a verdict as a disc with a tick, a cross or a question mark, around a place."""
    sheet.disc(x, y, radius, VERDICTS[verdict])
    r, wide = radius * 0.42, radius * 0.2
    if verdict is Verdict.PASS:
        tick = [(x - r, y + r * 0.1), (x - r * 0.25, y + r * 0.8), (x + r, y - r * 0.7)]
        sheet.strokes(tick, PAPER, wide)
    elif verdict is Verdict.FAIL:
        sheet.strokes([(x - r, y - r), (x + r, y + r)], PAPER, wide)
        sheet.strokes([(x - r, y + r), (x + r, y - r)], PAPER, wide)
    else:
        size = round(radius * 1.4)
        sheet.write(
            x - radius,
            y - size * 0.54,
            "?",
            size,
            PAPER,
            width=2 * radius,
            bold=True,
            align="centre",
        )


def draw_hazards(
    sheet: Sheet, facts: CardFacts, language: Language, x: float, y: float, width: float
) -> float:
    """Draw the table of hazards; return where it ends."""
    if not facts.hazards:
        sheet.write(x, y, said("no_hazards").within(language), 16, DIM, width=width)
        return y + 26
    beside = ("champion", "difference") if facts.is_compared else ()
    keys = ("ap50", "chart", "floor", *beside, "recall", "support_short")
    wide = {"chart": 200.0, "floor": 80.0, "support_short": 170.0, "difference": 130.0}
    widths = [wide.get(key, 100.0) for key in keys]
    name_width = width - sum(widths)
    left = x + name_width
    for key, each in zip(keys, widths, strict=True):
        if key != "chart":
            text = said(key).within(language)
            sheet.write(left, y, text, 14, DIM, width=each - 6, align="right")
        left += each
    y += 22
    for row in worst_first(facts.hazards, _MOST_HAZARDS):
        sheet.box(x, y, width, 1, LINE)
        draw_mark(sheet, x + 11, y + 21, row.verdict, 11)
        sheet.write(x + 32, y + 9, row.hazard, 19, INK, width=name_width - 40, bold=True)
        _draw_row(sheet, row, keys, widths, x + name_width, y + 7, language)
        y += _ROW
    more = len(facts.hazards) - _MOST_HAZARDS
    if more > 0:
        sheet.write(x, y, said("more_hazards", more).within(language), 15, DIM, width=width)
        y += 22
    legend = f"{said('intervals').within(language)} {said('legend').within(language)}"
    sheet.write(x, y + 4, legend, 13, DIM, width=width)
    return y + 20


def draw_measures(
    sheet: Sheet, facts: CardFacts, language: Language, x: float, y: float, width: float
) -> float:
    """Draw a tile a measure; return where they end."""
    gap, high = 12, 96
    each = (width - gap * (len(facts.measures) - 1)) / len(facts.measures)
    for n, one in enumerate(facts.measures):
        left = x + n * (each + gap)
        sheet.box(left, y, each, 24, LINE if one.verdict is None else VERDICTS[one.verdict], 8)
        sheet.box(left, y + 4, each, high - 4, SOFT, 6)
        inner = each - 20
        sheet.write(left + 10, y + 11, one.name.within(language), 13, DIM, width=inner)
        loud = one.verdict not in (None, Verdict.PASS)
        if one.verdict is not None and loud:
            draw_mark(sheet, left + each - 20, y + 42, one.verdict, 9)
        sheet.write(
            left + 10, y + 30, one.number.shown, 22, INK, width=inner - 22 * loud, bold=True
        )
        for line_n, line in enumerate(wrapped(one.beside.within(language), 12, inner, 2)):
            sheet.write(left + 10, y + 60 + 16 * line_n, line, 12, DIM, width=inner)
    return y + high


def _draw_row(
    sheet: Sheet,
    row: HazardRow,
    keys: tuple[str, ...],
    widths: list[float],
    x: float,
    y: float,
    language: Language,
) -> None:
    numbers = {
        "ap50": row.ap50,
        "floor": row.floor,
        "champion": row.champion_ap50,
        "difference": row.difference,
        "recall": row.recall,
    }
    for key, each in zip(keys, widths, strict=True):
        if key == "chart":
            _draw_bar(sheet, row, x + 24, y + 12, each - 30)
        elif key == "support_short":
            held = " / ".join(f"{count:,}" for count in row.support) if row.support else "-"
            sheet.write(x, y + 2, held, 17, INK, width=each - 6, align="right")
        else:
            number = numbers[key]
            sheet.write(x, y, number.shown, 19, INK, width=each - 6, bold=True, align="right")
            below = number.beside.within(language)
            sheet.write(x, y + 23, below, 13, DIM, width=each - 6, align="right")
        x += each


def _draw_bar(sheet: Sheet, row: HazardRow, x: float, y: float, width: float) -> None:
    sheet.box(x, y, width, 8, TRACK, 4)
    ap50 = row.ap50
    if ap50.low is not None and ap50.high is not None:
        low, high = (_share(end) for end in (ap50.low, ap50.high))
        sheet.box(x + low * width, y, max(2.0, (high - low) * width), 8, PALE, 4)
    if row.floor.value is not None:
        floor = x + _share(row.floor.value) * width
        sheet.box(floor - 1, y - 6, 2, 20, VERDICTS[Verdict.FAIL])
    if row.champion_ap50.value is not None:
        sheet.disc(x + _share(row.champion_ap50.value) * width, y + 4, 7, INK, 1.5)
    if ap50.value is not None:
        sheet.disc(x + _share(ap50.value) * width, y + 4, 5, PLAIN)


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
