"""The card in a terminal, and as plain text.

Rules: one screen; English first, Korean beside it where a person must act; no text is read as rich's markup.
"""

import io
from collections.abc import Iterator
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from safety_tasks.gate.card.banners import Loudness
from safety_tasks.gate.card.facts import CardFacts, Tone, card_facts
from safety_tasks.gate.card.hazard_rows import worst_first
from safety_tasks.gate.card.shown import Number
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import GateReport, Verdict

STYLES: Final[dict[Tone, str]] = {
    "PASS": "green",
    "FAIL": "red",
    "INCONCLUSIVE": "yellow",
    "broken": "magenta",
}
MARKS: Final[dict[Verdict, str]] = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.INCONCLUSIVE: "?",
}
_LOUD: Final[dict[Loudness, str]] = {
    "alarm": "bold white on red",
    "warning": "bold magenta",
    "note": "cyan",
}
_MOST_UNCOVERED: Final = 6
_MOST_HAZARDS: Final = 12
_MOST_FILES: Final = 8


def render_card(report: GateReport, extra: Group | None = None) -> Panel:
    """Return the card.

    Args:
        report: what to show.
        extra: more lines for its end, such as the release and the device.
    """
    facts = card_facts(report)
    parts: list[RenderableType] = list(_parts(facts))
    if extra is not None:
        parts += [Text(), extra]
    title = Text(f"{said('title').en} · {facts.run_id}")
    return Panel(Group(*parts), title=title, border_style=STYLES[facts.tone], padding=(0, 2))


def card_text(report: GateReport, width: int = 110) -> str:
    """Return the card as plain text of at most ``width`` columns."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as shown:
        console.print(render_card(report))
    return shown.get()


def warnings(report: GateReport) -> tuple[str, ...]:
    """Return what nobody may overlook."""
    return tuple(banner.text.en for banner in card_facts(report).banners)


def _parts(facts: CardFacts) -> Iterator[RenderableType]:
    yield from _headline(facts)
    for banner in facts.banners:
        yield Text(f"! {banner.text.en}", style=_LOUD[banner.loudness])
        if banner.loudness == "alarm":
            yield Text(f"  {banner.text.ko}", style=_LOUD[banner.loudness])
    yield Text()
    yield from _reasons(facts)
    yield Text()
    yield _hazards(facts)
    yield Text(facts.comparison.en, style="bold")
    yield Text()
    yield _measures(facts)
    yield Text(facts.machine.en, style="dim")
    yield _files(facts)
    if facts.uncovered:
        names = ", ".join(facts.uncovered[:_MOST_UNCOVERED])
        more = len(facts.uncovered) - _MOST_UNCOVERED
        shown = said("and_more", names, more).en if more > 0 else names
        yield Text.assemble((f"{said('uncovered').en}: ", "dim"), shown)
    yield Text()
    yield Text.assemble((f"▶ {said('next').en}: ", "bold"), (facts.next_action.en, "bold"))
    yield Text(f"  {said('next').ko}: {facts.next_action.ko}")


def _headline(facts: CardFacts) -> Iterator[Text]:
    counts, style = facts.counts, f"bold {STYLES[facts.tone]}"
    yield Text.assemble(
        (f"{facts.verdict_text.en}  {facts.verdict_text.ko}", style), f"   {facts.meaning.en}"
    )
    yield Text(facts.meaning.ko, style="dim")
    numbers = (
        (counts.passed, "passed"),
        (counts.refused, "refused"),
        (counts.inconclusive, "inconclusive"),
        (counts.reported, "reported"),
        (counts.waived, "waived"),
    )
    told = ", ".join(f"{number} {said(key).en}" for number, key in numbers)
    yield Text(f"{counts.total} checks: {told}")
    yield Text(f"policy {facts.policy.en} · judged {facts.judged_at}", style="dim")
    about = f"model {facts.model_short} · dataset {facts.dataset} · {facts.measured_on.en}"
    yield Text(about, style="dim")


def _reasons(facts: CardFacts) -> Iterator[Text]:
    yield Text(facts.reasons_title.en, style="bold")
    for reason in facts.reasons:
        style = STYLES[reason.verdict.value]
        yield Text.assemble((f"{MARKS[reason.verdict]} {reason.check}: ", style), reason.text.en)
        if reason.verdict is not Verdict.PASS:
            yield Text(f"  {reason.text.ko}", style="dim")
    if facts.more_reasons:
        yield Text(f"  {said('more_reasons', facts.more_reasons).en}", style="dim")


def _hazards(facts: CardFacts) -> RenderableType:
    if not facts.hazards:
        return Text(said("no_hazards").en)
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", expand=False)
    table.add_column(_head("hazard"), overflow="fold")
    compared = ("champion", "difference") if facts.is_compared else ()
    for key in ("ap50", "floor", *compared, "recall", "support_short"):
        table.add_column(_head(key), justify="right", overflow="fold")
    for row in worst_first(facts.hazards, _MOST_HAZARDS):
        beside = (row.champion_ap50, row.difference) if facts.is_compared else ()
        cells = [_cell(number) for number in (row.ap50, row.floor, *beside, row.recall)]
        name = f"{MARKS[row.verdict]} {row.hazard}"
        support = " / ".join(str(each) for each in row.support) if row.support else "-"
        table.add_row(Text(name, style=STYLES[row.verdict.value]), *cells, Text(support))
    return _with_more(table, len(facts.hazards) - _MOST_HAZARDS)


def _with_more(table: Table, more: int) -> RenderableType:
    if more <= 0:
        return table
    return Group(table, Text(said("more_hazards", more).en, style="dim"))


def _measures(facts: CardFacts) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
    for _ in range(2):
        table.add_column(style="dim", overflow="fold")
        table.add_column(justify="right", overflow="fold")
        table.add_column(style="dim", overflow="fold")
    cells = [
        (
            Text(one.name.en),
            Text(
                one.number.shown,
                style="" if one.verdict is None else STYLES[one.verdict.value],
            ),
            Text(one.beside.en),
        )
        for one in facts.measures
    ]
    half = (len(cells) + 1) // 2
    for n, left in enumerate(cells[:half]):
        right = cells[half + n] if half + n < len(cells) else ()
        table.add_row(*left, *right)
    return table


def _files(facts: CardFacts) -> Group:
    lines = []
    for one in facts.files[:_MOST_FILES]:
        where = f" ({one.hardware})" if one.hardware else ""
        style = {"ships": "green", "held_back": "dim"}.get(one.state, "yellow")
        lines.append(
            Text.assemble((f"{one.name}{where}: {said(one.state).en}", style), f", {one.why.en}")
        )
    return Group(*lines)


def _head(key: str) -> Text:
    return Text(said(key).en)


def _cell(number: Number) -> Text:
    text = Text(number.shown)
    if number.beside.en:
        text.append(f" {number.beside.en}", style="dim")
    return text
