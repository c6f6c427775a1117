"""What a verdict tells the outside: the card in the task's log, a metric for each check, and the event of the report.

Rules: the event holds what a notification says, in English and Korean, and where the report is, so that whoever
delivers it needs nothing else; metrics that cannot be sent fail no task.
"""

import logging
import re
from typing import Any, Final

from safety_tasks.gate.card import LANGUAGES, card_markdown, next_action
from safety_tasks.gate.card.shown import REASON_LETTERS, plain
from safety_tasks.records.gate import GateReport, GateReportRef, Verdict

log = logging.getLogger("safety_tasks")
_SHOWN: Final = 3
_NOT_IN_METRICS: Final = re.compile(r"[^a-z0-9_.-]+")
_LEVELS: Final = {Verdict.PASS: 1, Verdict.INCONCLUSIVE: 0, Verdict.FAIL: -1}
_KOREAN: Final = {
    Verdict.PASS: "통과",
    Verdict.INCONCLUSIVE: "판정 불가",
    Verdict.FAIL: "불합격",
}


def log_cards(report: GateReport) -> None:
    """Write the card into the task's log, as Markdown in each language."""
    for language in LANGUAGES:
        log.info("%s", card_markdown(report, language))


def count_checks(report: GateReport) -> None:
    """Send a gauge for each check (1 PASS, 0 INCONCLUSIVE, -1 FAIL) and count the verdict."""
    from airflow.sdk.observability import stats

    try:
        for check in report.checks:
            name = _NOT_IN_METRICS.sub("_", check.name.lower())
            stats.gauge(f"safety.gate.check.{name}", _LEVELS[check.verdict])
        stats.incr(f"safety.gate.verdict.{report.verdict.value.lower()}")
    except Exception as problem:  # whatever the metrics backend raises
        log.warning("the gate's metrics were not sent: %s", problem)


def event_extra(report: GateReport, ref: GateReportRef, store_uri: str) -> dict[str, Any]:
    """Return what the event of the gate's report carries: its reference, and a notification's text."""
    return ref.to_dict() | {"notification": notification(report, ref, store_uri)}


def notification(report: GateReport, ref: GateReportRef, store_uri: str) -> dict[str, str]:
    """Return what to tell people about a verdict: title and text in English and Korean, and where to read on."""
    act = next_action(report)
    worst = report.refusing[:_SHOWN]
    reasons = [plain(check.reason, REASON_LETTERS) for check in worst]
    reasons_ko = [plain(check.reason_ko, REASON_LETTERS) for check in worst]
    folder = f"{store_uri}/runs/{report.run_id}/gate"
    lines = [f"Model {report.model_sha256[:12]}, profile {report.profile.name}.", *reasons]
    lines_ko = [f"모델 {report.model_sha256[:12]}, 프로필 {report.profile.name}.", *reasons_ko]
    return {
        "verdict": report.verdict.value,
        "run_id": report.run_id,
        "at": report.at,
        "title": f"{report.verdict.value}: run {report.run_id}",
        "title_ko": f"{_KOREAN[report.verdict]}: 실행 {report.run_id}",
        "text": "\n".join([*lines, f"Next: {act.en}", f"Card: {folder}/card.en.html"]),
        "text_ko": "\n".join([*lines_ko, f"다음: {act.ko}", f"카드: {folder}/card.ko.html"]),
        "report": f"{store_uri}/{ref.report.key}",
    }
