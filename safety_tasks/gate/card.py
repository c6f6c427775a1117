"""The verdict card: a gate report as a person reads it, in a terminal or as plain text.

Rules: the verdict stands first, then what was measured with its support, then every check that did not pass, in
English and Korean; a warning of the profile and synthetic data are always shown.
"""

import io
from typing import Final

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.records.model import IncidentResult

_STYLES: Final = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}
_KOREAN: Final = {
    Verdict.PASS: "통과",
    Verdict.FAIL: "불합격",
    Verdict.INCONCLUSIVE: "판정 불가",
}


def render_card(report: GateReport, extra: Group | None = None) -> Panel:
    """Return the card.

    Args:
        report: what to show.
        extra: more lines for its end, such as the release and the device.
    """
    parts: list[Text | Table | Group] = [_headline(report), _hazards(report), _latency(report)]
    if report.candidate.incidents is not None and report.candidate.incidents.total:
        parts.append(_incidents(report.candidate.incidents))
    parts.append(_champion(report))
    for check in report.checks:
        if check.verdict is not Verdict.PASS:
            parts.append(Text(f"✗ {check.name}: {check.reason}", style=_STYLES[check.verdict]))
            parts.append(Text(f"  {check.reason_ko}", style="dim"))
    for note in warnings(report):
        parts.append(Text(f"! {note}", style="bold magenta"))
    if extra is not None:
        parts.append(extra)
    return Panel(
        Group(*parts),
        title=f"gate report of run {report.run_id}",
        border_style=_STYLES[report.verdict],
        padding=(1, 2),
    )


def card_text(report: GateReport, width: int = 110) -> str:
    """Return the card as plain text of at most ``width`` columns."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as shown:
        console.print(render_card(report))
    return shown.get()


def warnings(report: GateReport) -> tuple[str, ...]:
    """Return what nobody may overlook."""
    found = [report.profile.warning] if report.profile.warning else []
    if report.synthetic:
        found.append("the pictures are synthetic: these numbers say nothing about real cameras")
    return tuple(found)


def _headline(report: GateReport) -> Text:
    verdict = report.verdict
    passed = sum(check.verdict is Verdict.PASS for check in report.checks)
    text = Text(f"{verdict.value}  {_KOREAN[verdict]}", style=_STYLES[verdict])
    text.append(
        f"   {passed} of {len(report.checks)} checks passed, profile {report.profile.name}, "
        f"dataset {report.dataset_version}, model {report.model_sha256[:12]}",
        style="default not bold",
    )
    return text


def _hazards(report: GateReport) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("hazard")
    for name in ("AP50", "floor", "champion", "recall", "pictures", "boxes", "scenes"):
        table.add_column(name, justify="right")
    theirs = report.champion.report
    for name, score in report.candidate.hazards.items():
        floor = report.profile.ap50_floors.get(name)
        other = theirs.hazards.get(name) if theirs else None
        table.add_row(
            name,
            _number(score.ap50),
            _number(floor),
            _number(other.ap50 if other else None),
            _number(score.recall),
            str(score.support.pictures),
            str(score.support.boxes),
            str(score.support.scenes),
        )
    return table


def _latency(report: GateReport) -> Text:
    found = report.candidate
    return Text(
        f"mAP50 {_number(found.map50)}, mAP50-95 {_number(found.map50_95)} on {found.pictures} holdout pictures of "
        f"{found.scenes} scenes; a frame takes p50 {found.latency.p50_ms:.1f} / p95 {found.latency.p95_ms:.1f} ms "
        f"at {found.imgsz_px} px (budget {report.profile.latency_p95_budget_ms:.0f})"
    )


def _incidents(found: IncidentResult) -> Text:
    return Text(
        f"{found.found} of {found.total} incidents on record found; {found.trained_on} of them lie in train or val"
    )


def _champion(report: GateReport) -> Text:
    champion = report.champion
    if champion.report is not None:
        return Text(f"measured beside release {champion.release_seq} on the same holdout")
    if champion.problem:
        return Text(f"the champion could not be measured: {champion.problem}", style="bold red")
    return Text("first release: no champion to compare with")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
