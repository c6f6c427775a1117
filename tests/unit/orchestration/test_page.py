"""The page shows each report as it is stored, and what serves now, in English and Korean."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.toy_runs import publish_toy

from safety_tasks.gate import find_gate_report, read_gate_report
from safety_tasks.gate.history import append
from safety_tasks.inference.detector import Found
from safety_tasks.orchestration.page_texts import LANGUAGES, TEXTS, Words, choose_language
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReportRef, Verdict
from safety_tasks.records.model import ChampionBenchmark
from safety_tasks.records.picture import Picture
from safety_tasks.store.local import LocalStore

Judge = Callable[..., GateReportRef]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&<b onload=x>"


def sees_nothing(picture: Picture) -> Found:
    """Find no hazard anywhere."""
    return ()


def articles(html: str) -> list[str]:
    """Return the HTML of each report."""
    return re.findall(r"<article.*?</article>", html, re.DOTALL)


def test_without_reports_the_page_says_what_to_do(page: TestClient) -> None:
    """A new store is no error: the page names the folder to deliver to and the DAG to trigger."""
    answer = page.get("/")
    assert answer.status_code == 200
    assert "incoming/" in answer.text
    assert "ingest_labeled_images" in answer.text
    assert articles(answer.text) == []
    assert answer.text.count("Nothing published yet") == 2


@pytest.mark.parametrize(
    ("choices", "verdict", "reason", "step"),
    [
        (
            {},
            "PASS 통과",
            "Every required check passed: 25. Only reported, whatever they found: 11.",
            "it may be published",
        ),
        (
            {"finds": sees_nothing},
            "FAIL 불합격",
            "AP50 of smoke is 0.000, below the floor of 0.500",
            "Look at the misses",
        ),
        (
            {"profile": {"min_support_scenes": 5}},
            "INCONCLUSIVE 판정 불가",
            "the holdout holds too little smoke",
            "more scenes",
        ),
        ({"p95_ms": 5000.0}, "FAIL 불합격", "over the budget of 1000.0 ms", "quiet machine"),
    ],
)
def test_a_report_is_shown_with_verdict_reasons_and_next_step(
    page: TestClient, judge: Judge, choices: dict[str, Any], verdict: str, reason: str, step: str
) -> None:
    """Verdict in colour and words, run, UTC time, dataset, each reason, and what to do next."""
    policy = {"warning": "not for a plant"} | dict(choices.pop("profile", {}))
    judge("run-7", profile=policy, **choices)
    [article] = articles(page.get("/").text)
    top = article.partition("<details>")[0]
    assert f'card {verdict.split()[0]}"' in article
    for text in (verdict, "run-7", "2026-03-01 12:00:00 UTC", "toy", reason, step):
        assert text in top
    assert "not for a plant" in top
    assert "synthetic" in top.lower()


def test_the_details_hold_every_check_and_number(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """All checks with both languages' reasons, hazards with floor, champion and support, latency, champion."""
    judge("earlier", age_h=1)
    theirs = read_gate_report(local_store, find_gate_report(local_store, "earlier")).candidate
    judge("r1", champion=ChampionBenchmark(release_seq=4, report=theirs))
    article, _ = articles(page.get("/").text)
    inside = article.partition("<details>")[2]
    for kind in ("support", "ap50", "recall", "non_inferiority"):
        for hazard in ("smoke", "fire", "person_down"):
            assert f"<code>{kind}.{hazard}</code>" in inside
    for text in ("latency.x86-vnni", "1.000", "0.500", "2 pictures, 2 boxes", "only reported"):
        assert text in inside
    assert "p50 10.0 ms, p95 20.0 ms, p99 40.0 ms at 64 px on toy (budget p95 1000 ms)" in inside
    assert "Beside release 4, measured on the same holdout." in inside
    assert "enough evidence to judge smoke" in inside
    assert "smoke을(를) 판정할 근거가 충분합니다" in inside


def test_the_champions_problem_is_shown(page: TestClient, judge: Judge) -> None:
    """A champion that could not be measured is named, with its own next step."""
    judge("r1", champion=ChampionBenchmark(release_seq=4, report=None, problem="it was altered"))
    html = page.get("/").text
    assert "The champion could not be measured: it was altered" in html
    assert "release 4, not measured" in html


def test_reports_are_counted_and_newest_first(page: TestClient, judge: Judge) -> None:
    """The newest report stands first, and the head counts each verdict."""
    judge("a", age_h=2, profile={"min_support_scenes": 5})
    judge("b", age_h=1, finds=sees_nothing)
    judge("c")
    html = page.get("/").text
    assert re.findall(r"<h3>(\w)</h3>", html) == ["c", "b", "a"]
    for verdict in ("FAIL", "INCONCLUSIVE", "PASS"):
        assert f'<span class="badge {verdict}">1 {verdict}' in html


def test_only_the_newest_fifty_are_shown(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """The page stays short however many runs there were."""
    report = read_gate_report(local_store, judge("first", age_h=1))
    for index in range(60):
        append(
            local_store,
            at=NOON,
            kind="verdict",
            run_id=f"n{index}",
            model_sha256=report.model_sha256,
            profile="toy",
            verdict=report.verdict,
            report=find_gate_report(local_store, "first").report,
        )
    assert len(articles(page.get("/").text)) == 50


def test_what_serves_now_stands_first(
    page: TestClient, local_store: LocalStore, version: DatasetVersion
) -> None:
    """Each channel's release, its age and its run are shown, and the run's report says that it serves."""
    publish_toy(local_store, version, "winner", channel="stable")
    html = page.get("/").text
    head, _, reports = html.partition("The newest reports")
    assert re.search(r"<code>stable</code>.*Release 1</strong> · winner.*0 min ago", head, re.S)
    assert re.search(r"<code>canary</code>.*Nothing published yet", head, re.S)
    assert head.index("<code>stable") < head.index("<code>canary")
    assert "serves stable now" in reports
    assert "serves canary now" not in reports
    assert "this model is what stable serves" in reports


def test_markup_in_a_value_is_text(page: TestClient, judge: Judge) -> None:
    """A reason, a warning or a machine's name that holds markup is shown as the text it is."""
    judge(
        "r1",
        champion=ChampionBenchmark(release_seq=4, report=None, problem=HOSTILE),
        profile={"warning": HOSTILE},
    )
    for language in LANGUAGES:
        html = page.get("/", params={"lang": language}).text
        assert "<script" not in html
        assert "<b onload" not in html
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 5


def test_korean_is_a_whole_page(page: TestClient, judge: Judge) -> None:
    """In Korean the page is marked as Korean, reasons are Korean, and the link leads back to English."""
    judge("r1", finds=sees_nothing)
    html = page.get("/", params={"lang": "ko"}).text
    assert '<html lang="ko">' in html
    assert "게이트 보고서" in html
    assert "smoke의 AP50이(가) 0.000로 하한 0.500보다 낮습니다" in html.partition("<details>")[0]
    assert '<a href="?lang=en" lang="en" hreflang="en">English</a>' in html
    assert '<span class="second" lang="en">' in html


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        (None, "fr,en-GB;q=0.8,ko;q=0.2", "en"),
        (None, "fr", "en"),
        ("ko", "en", "ko"),
        ("en", "ko", "en"),
        ("xx", "ko", "ko"),
    ],
)
def test_the_language_is_the_one_asked_for_or_accepted(
    asked: str | None, accepted: str, language: str
) -> None:
    """The address beats the browser; a language that is not there counts as not said."""
    assert choose_language(asked, accepted) == language


def test_both_languages_have_the_same_texts() -> None:
    """No text is missing in a language, and both take the same values."""
    english, korean = TEXTS["en"], TEXTS["ko"]
    assert english.keys() == korean.keys()
    for key, text in english.items():
        assert len(re.findall(r"{.*?}", text)) == len(re.findall(r"{.*?}", korean[key])), key


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (-5, "0 min", "0분"),
        (3599, "59 min", "59분"),
        (7320, "2 h 2 min", "2시간 2분"),
        (90000, "1 d 1 h", "1일 1시간"),
    ],
)
def test_an_age_has_its_two_largest_units(seconds: float, english: str, korean: str) -> None:
    """Minutes, hours and minutes, or days and hours; a clock that runs behind gives no negative age."""
    assert (Words("en").age(seconds), Words("ko").age(seconds)) == (english, korean)


def test_every_verdict_has_its_words() -> None:
    """A verdict is told by words in both languages, not by its colour alone."""
    assert {Words("en").verdict(verdict) for verdict in Verdict} == {
        "PASS 통과",
        "FAIL 불합격",
        "INCONCLUSIVE 판정 불가",
    }
