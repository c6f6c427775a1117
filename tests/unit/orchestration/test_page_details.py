"""What one report's part of the page holds: policy, hazards, files, the gate's test of itself, what people decided."""

import re
from datetime import UTC, datetime

import pytest
from support.made_gate_reports import (
    TESTED,
    hostile_report,
    made_gate_report,
    made_waiver,
    situated_report,
)

from safety_tasks.orchestration.page_template import render
from safety_tasks.orchestration.page_texts import LANGUAGES, Words
from safety_tasks.orchestration.page_view import PageView, ReportRow
from safety_tasks.records.gate import Approval, GateReport, KnownBad, Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shown(report: GateReport, language: str = "en") -> tuple[str, str]:
    """Return a report's part of the page as text: what is seen at once, and what is behind the details."""
    row = ReportRow(NOON, report.run_id, report)
    html = render(PageView(NOON, rows=(row,)), Words("ko" if language == "ko" else "en"))
    [article] = re.findall(r"<article.*?</article>", html, re.DOTALL)
    top, _, inside = article.partition("<details>")
    return text_of(top), text_of(inside)


def text_of(html: str) -> str:
    """Return the words of HTML, one space between two."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split()).replace(" :", ":")


def test_the_policy_is_named_by_version_and_digest() -> None:
    """Whoever reads a verdict knows by which rules it was made."""
    report = made_gate_report()
    top, _ = shown(report)
    profile = report.profile
    assert f"{profile.name} v{profile.policy_version} ({report.policy_sha256[:12]})" in top


def test_a_hazard_stands_beside_the_champion_with_intervals() -> None:
    """AP50, its floor, the champion's, the difference with its interval, recall and what it needs, support."""
    report = made_gate_report()
    name, score = next(iter(report.candidate.hazards.items()))
    difference = report.evidence.measured.differences[f"ap50.{name}"]
    assert score.ap50_interval is not None
    assert difference.interval is not None
    _, inside = shown(report)
    assert (
        f"{score.ap50:.3f} {score.ap50_interval.low:.2f}-{score.ap50_interval.high:.2f}" in inside
    )
    sign = f"{difference.difference:+.3f}".replace("-", "\u2212")
    assert sign in inside
    assert "candidate − champion" in inside
    assert f"{score.support.pictures} pictures, {score.support.boxes} boxes" in inside


def test_each_language_reads_what_was_seen_and_required() -> None:
    """A number stands in both; the words about it are those of the page's language."""
    english, korean = (shown(made_gate_report(), language)[1] for language in ("en", "ko"))
    assert "48 pictures, 73 boxes, 12 scenes at least 40 pictures" in english
    assert "46.1 ms at most 60.0 ms" in english
    assert "사진 48장, 박스 73개, 장면 12개 사진 40장, 박스 60개, 장면 10개 이상" in korean
    assert "46.1 ms 60.0 ms 이하" in korean
    assert "at most 60.0 ms" not in korean


def test_a_number_that_is_missing_says_why() -> None:
    """Without a champion there is a dash and its reason, not a zero."""
    _, inside = shown(situated_report("no_champion"))
    assert "- no champion" in inside
    assert "No champion yet" in inside


def test_files_that_ship_and_those_left_out_are_listed() -> None:
    """Each file of the release stands with its class of hardware, and why it ships or not."""
    _, inside = shown(made_gate_report())
    assert "Files of the release" in inside
    assert "reference ships: the reference model" in inside
    assert "(x86-vnni) left out: on holdout: agreement F1 0.941, needed are 0.970" in inside
    _, inside = shown(made_gate_report(Verdict.FAIL))
    assert "reference held back: nothing is published" in inside


def test_the_gates_test_of_itself_is_told() -> None:
    """How many bad candidates it refused, which were not made, and the alarm if one came through."""
    skipped = KnownBad(name="slow-int8", must_be_refused_by="int8", refused=False, skipped="-")
    _, inside = shown(made_gate_report(self_test=(*TESTED, skipped)))
    assert (
        "It refused 3 of 3 candidates that were made bad on purpose. Not made: slow-int8." in inside
    )
    top, inside = shown(situated_report("broken"))
    assert "GATE BROKEN" in top
    assert "It refused 3 of 4" in inside
    top, inside = shown(situated_report("broken"), "ko")
    assert "게이트 고장" in top
    assert "후보 4개 중 3개를 거부했습니다" in inside


def test_a_broken_gate_is_an_alarm_in_colour_too() -> None:
    """It does not look like a remark."""
    row = ReportRow(NOON, "r1", situated_report("broken"))
    html = render(PageView(NOON, rows=(row,)), Words("en"))
    assert '<p class="note alarm">⚠ GATE BROKEN' in html


def test_what_a_policy_bypasses_is_loud() -> None:
    """A check that guards people and does not count is named before anything else is read."""
    top, inside = shown(situated_report("bypassed"))
    assert "BYPASSED" in top
    assert "recall" in top
    assert "only reported" in inside


def test_waivers_are_shown_whoever_they_are_for() -> None:
    """One that takes out a check, with who and why; one of another run as well; the check keeps its own verdict."""
    top, inside = shown(situated_report("waived"))
    waiver = made_waiver("latency.x86-vnni")
    for word in ("WAIVED", waiver.who, waiver.approver, waiver.why, "w-other", "Waived: 1."):
        assert word in top
    assert re.search(r"latency\.x86-vnni FAIL 불합격 69\.2 ms .*? · waived by w-5f2c81", inside)


@pytest.mark.parametrize(
    ("decision", "words"),
    [("approved", "s.park"), ("rejected", "REJECTED"), ("timed_out", "NOT APPROVED in time")],
)
def test_what_was_decided_before_stable_is_shown(decision: str, words: str) -> None:
    """Who said yes or no, or that nobody did."""
    given = Approval.model_validate(
        {"decision": decision, "who": "s.park", "at": "2026-03-01T12:00:00+00:00", "note": ""}
    )
    top, _ = shown(made_gate_report(approval=given))
    assert words in top


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_from_data_stay_text(language: str) -> None:
    """Whatever a class, a machine, a reason or a waiver is called, it becomes no markup."""
    hostile = "<script>alert(1)</script><img src=x onerror=y>"
    row = ReportRow(NOON, "r1", hostile_report(hostile))
    html = render(PageView(NOON, rows=(row,)), Words("ko" if language == "ko" else "en"))
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
