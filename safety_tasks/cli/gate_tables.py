"""What a person sees of the gate's history, of checks explained, and of an old verdict beside a new one.

Rules: a verdict has its colour and its word, so that it is read without colours too; whatever came from the store is
shown as plain text.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from safety_tasks.cli.drawing import plain
from safety_tasks.records.gate import Verdict

if TYPE_CHECKING:
    from rich.text import Text

    from safety_tasks.gate.explaining import ExplainedCheck
    from safety_tasks.gate.replay import ChangedCheck, Policy, Replayed
    from safety_tasks.records.gate_history import HistoryEntry

STYLES: Final = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}
_DIGEST_LETTERS: Final = 12


def draw_history(entries: Sequence["HistoryEntry"]) -> None:
    """Draw entries of the history."""
    _draw(
        "gate history",
        ("#", "at (UTC)", "run", "verdict", "profile", "model", "kind", "note"),
        (
            (
                _text(str(entry.seq)),
                _text(entry.at.partition("+")[0]),
                _text(entry.run_id),
                _verdict(entry.verdict),
                _text(entry.profile),
                _text(entry.model_sha256[:_DIGEST_LETTERS]),
                _text(entry.kind),
                _text(entry.note),
            )
            for entry in entries
        ),
    )


def draw_checks(found: Iterable["ExplainedCheck"]) -> None:
    """Draw checks with what they mean."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for one in found:
        result, meaning = one.result, one.meaning
        weight = f" (waived by {result.waived_by})" if result.waived_by else f" ({result.mode})"
        margin = "none" if result.margin is None else f"{result.margin:+.4g}"
        console.print(
            Text.assemble(_text(one.name, "bold"), " ", _verdict(result.verdict), _text(weight))
        )
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for label, lines in (
            ("asks", (meaning.asks, meaning.asks_ko)),
            ("formula", (meaning.formula, meaning.formula_ko)),
            ("observed", filter(None, (result.observed, result.observed_ko))),
            ("required", filter(None, (result.required, result.required_ko))),
            ("margin", (margin,)),
            ("reason", (result.reason, result.reason_ko)),
            ("not covered", result.uncovered),
        ):
            for number, line in enumerate(lines):
                table.add_row(f"  {'' if number else label}", _text(line))
        console.print(table)
        console.print()


def draw_replay(found: "Replayed") -> None:
    """Draw an old verdict beside a new one."""
    _draw(
        f"run {found.run_id}, judged {found.at}",
        ("", "verdict", "policy", "version", "digest"),
        (
            (_text("old"), _verdict(found.old), *_policy(found.old_policy)),
            (_text("new"), _verdict(found.new), *_policy(found.new_policy)),
        ),
    )
    if found.given is not found.old:
        print(f"The report itself says {found.given.value}, self-test and waivers counted.")
    _draw(
        "checks that changed",
        ("check", "old", "new", "why it says so now"),
        (
            (
                _text(change.name),
                _weighed(change.old_verdict, change.old_mode, change),
                _weighed(change.new_verdict, change.new_mode, change),
                _text(change.reason).append("\n").append_text(_text(change.reason_ko)),
            )
            for change in found.changed
        ),
    )
    print(found.left_out)
    print(found.left_out_ko)


def _draw(title: str, columns: Sequence[str], rows: Iterable[Sequence["Text"]]) -> None:
    """Draw a table whose cells have their colours already."""
    from rich.console import Console
    from rich.table import Table

    console, cells = Console(), list(rows)
    console.print(_text(title + ("" if cells else ": none"), "bold"))
    if not cells:
        return
    table = Table(*columns, show_edge=False, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _text(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(plain(text), style=style)


def _verdict(verdict: Verdict | None) -> "Text":
    return _text("") if verdict is None else _text(verdict.value, STYLES[verdict])


def _weighed(verdict: Verdict | None, mode: str | None, change: "ChangedCheck") -> "Text":
    """Return a side's verdict, with its weight where that changed."""
    if verdict is None:
        return _text("not judged")
    shown = _verdict(verdict)
    return shown if change.old_mode == change.new_mode else shown.append(f" {mode}", style="dim")


def _policy(policy: "Policy") -> tuple["Text", "Text", "Text"]:
    return (
        _text(policy.profile),
        _text(str(policy.version)),
        _text(policy.sha256[:_DIGEST_LETTERS]),
    )
