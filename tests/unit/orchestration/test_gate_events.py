"""What a verdict tells the outside: cards in the log, a metric for each check, and the text that people are sent."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.observability import stats
from support.made_gate_checks import made_check
from support.made_gate_reports import hostile_report, made_gate_report, situated_report

from safety_tasks.orchestration.gate_events import count_checks, event_extra, log_cards
from safety_tasks.records.base import Artifact
from safety_tasks.records.gate import GateReport, GateReportRef, Verdict

URI = "s3://plant/models"
KEYS = {"verdict", "run_id", "at", "title", "title_ko", "text", "text_ko", "report"}


class Metrics:
    """A metrics backend that keeps what it is sent, or is out of order."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.broken = False

    def gauge(self, stat: str, value: float, **options: Any) -> None:
        """Keep a gauge."""
        if self.broken:
            raise OSError("no route to the metrics server")
        self.sent[stat] = value

    def incr(self, stat: str, count: int = 1, **options: Any) -> None:
        """Count."""
        self.sent[stat] = self.sent.get(stat, 0) + count


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    """Let Airflow send its metrics to a backend of the test."""
    backend = Metrics()
    stats.initialize(factory=lambda: backend, export_legacy_names=False)  # type: ignore[arg-type,return-value]
    yield backend
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger

    stats.initialize(factory=NoStatsLogger, export_legacy_names=True)


def extra_of(report: GateReport) -> dict[str, Any]:
    """Return what the event of a report carries."""
    payload = report.to_json_bytes()
    kept = Artifact(
        key=f"runs/{report.run_id}/gate/reports/0123456789abcdef.json",
        sha256=report.digest(),
        size_bytes=len(payload),
    )
    ref = GateReportRef(
        run_id=report.run_id, verdict=report.verdict, report=kept, reasons=report.reasons
    )
    return event_extra(report, ref, URI)


@pytest.mark.parametrize(
    ("verdict", "korean"),
    [(Verdict.PASS, "통과"), (Verdict.FAIL, "불합격"), (Verdict.INCONCLUSIVE, "판정 불가")],
)
def test_the_event_says_what_happened_why_and_what_to_do(verdict: Verdict, korean: str) -> None:
    """The reference and, in both languages: verdict, run, model, three reasons at most, the next step, the card."""
    report = made_gate_report(verdict)
    extra = extra_of(report)
    assert GateReportRef.model_validate({k: v for k, v in extra.items() if k != "notification"})
    told = extra["notification"]
    assert set(told) == KEYS
    assert told["title"] == f"{verdict.value}: run {report.run_id}"
    assert told["title_ko"] == f"{korean}: 실행 {report.run_id}"
    for text, language in ((told["text"], "en"), (told["text_ko"], "ko")):
        lines = text.splitlines()
        assert report.model_sha256[:12] in lines[0]
        assert report.profile.name in lines[0]
        assert len(lines) == 3 + min(3, len(report.refusing))
        assert lines[-1].endswith(f"{URI}/runs/{report.run_id}/gate/card.{language}.html")
    for check in report.refusing[:3]:
        assert check.reason in told["text"]
        assert check.reason_ko in told["text_ko"]
    assert told["report"] == f"{URI}/{extra['report']['key']}"


def test_the_event_is_small_plain_json() -> None:
    """Airflow keeps it in its database and shows it in its UI: text, and no more than a few kilobytes."""
    extra = extra_of(made_gate_report(Verdict.FAIL))
    assert json.loads(json.dumps(extra)) == extra
    assert len(json.dumps(extra)) < 8192


@pytest.mark.parametrize("name", ["a\nNext: publish it", "\x1b[31mred", "\u202egnip", "x" * 5000])
def test_names_from_data_cannot_write_lines_of_their_own(name: str) -> None:
    """A scene or class that holds a line break, a terminal's command or a book stays within its reason."""
    told = extra_of(hostile_report(name))["notification"]
    for text in (told["text"], told["text_ko"]):
        assert len(text.splitlines()) == 4
        assert len(text) < 1200
        assert all(line.isprintable() for line in text.splitlines())
    assert len(re.findall("^Next: ", told["text"], re.MULTILINE)) == 1


def test_a_broken_gate_is_told_as_such() -> None:
    """Nobody is told to publish by a gate that let a bad model through."""
    told = extra_of(situated_report("broken"))["notification"]
    assert "Next: Stop" in told["text"]
    assert "다음: 중지" in told["text_ko"]


def test_every_check_is_a_metric(metrics: Metrics) -> None:
    """1, 0 and -1 by the check's own verdict, waived or not, under its name; the verdict is counted."""
    checks = (
        made_check("ap50.smoke"),
        made_check("support.person_down", Verdict.INCONCLUSIVE),
        made_check("latency.x86-vnni", Verdict.FAIL, waived_by="w-1"),
    )
    report = made_gate_report(checks=checks)
    count_checks(report)
    count_checks(report)
    assert metrics.sent["safety.gate.check.ap50.smoke"] == 1
    assert metrics.sent["safety.gate.check.support.person_down"] == 0
    assert metrics.sent["safety.gate.check.latency.x86-vnni"] == -1
    assert metrics.sent[f"safety.gate.verdict.{report.verdict.value.lower()}"] == 2
    assert all(re.fullmatch(r"[a-z0-9_.-]+", name) for name in metrics.sent)


def test_metrics_that_cannot_be_sent_fail_nothing(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    """A metrics server that is down is a warning, not a verdict that nobody gets."""
    metrics.broken = True
    with caplog.at_level(logging.WARNING, "safety_tasks"):
        count_checks(made_gate_report())
    assert "no route to the metrics server" in caplog.text


def test_the_log_holds_the_card_in_both_languages(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever opens the task's log reads the whole card."""
    report = made_gate_report(Verdict.FAIL)
    with caplog.at_level(logging.INFO, "safety_tasks"):
        log_cards(report)
    english, korean = caplog.messages
    assert report.run_id in english
    assert report.run_id in korean
    assert "FAIL" in english
    assert "불합격" in korean
