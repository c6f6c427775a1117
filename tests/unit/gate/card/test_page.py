"""The card as a page: whole, in one language, with nothing from elsewhere."""

import re

import pytest
from support.made_benchmarks import made_alarms, made_picture, made_report
from support.made_gate_reports import made_gate_report, situated_report
from support.parsed_page import ParsedPage
from support.refused_reports import evidence_of

from safety_tasks.gate.card import Language, MissedPicture, card_html
from safety_tasks.records.gate import GateReport, Verdict

SEEN = MissedPicture("fire", "hall-2", "a.jpg", 0.214, made_picture(1))
GONE = MissedPicture("smoke", "gate", "b.jpg", None, None)
REPORTS = (
    made_gate_report(),
    made_gate_report(Verdict.FAIL),
    made_gate_report(Verdict.INCONCLUSIVE),
    situated_report("broken"),
    situated_report("bypassed"),
    situated_report("waived"),
    situated_report("approved"),
    situated_report("no_champion"),
    situated_report("demo"),
)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_is_whole(report: GateReport, language: Language) -> None:
    """Tags nest, the verdict stands in both languages, and the next action is there."""
    page = ParsedPage(card_html(report, [SEEN, GONE], language))
    assert page.problems == []
    assert [given["lang"] for tag, given in page.tags if tag == "html"] == [language]
    assert page.text.count(report.verdict.value) >= 1
    assert re.search(r"통과|불합격|판정 불가", page.text)
    assert ("Do this now" if language == "en" else "지금 할 일") in page.text


def test_nothing_is_loaded_from_elsewhere() -> None:
    """The policy forbids it, and nothing asks for it: no script, no link, no form, no address of the network."""
    page = card_html(made_gate_report(Verdict.FAIL), [SEEN, GONE], "en")
    there = ParsedPage(page)
    assert [given["content"] for _, given in there.tags if "http-equiv" in given] == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    ]
    assert len(there.addresses) == 1
    assert there.addresses[0].startswith("data:image/jpeg;base64,")
    assert not {tag for tag, _ in there.tags} & {
        "script",
        "link",
        "iframe",
        "object",
        "form",
        "base",
        "a",
    }
    words = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", words)


def test_equal_reports_give_equal_bytes() -> None:
    """A card can be told apart by its digest."""
    assert card_html(made_gate_report(), [SEEN], "ko") == card_html(
        made_gate_report(), [SEEN], "ko"
    )


@pytest.mark.parametrize(
    "payload",
    [None, b"", b"\xff\xd8\xff", b"GIF89a", made_picture(2)[:-200], b"<svg onload=alert(1)>"],
)
def test_a_picture_that_is_none_leaves_its_place(payload: bytes | None) -> None:
    """The caption stays, and the place says that the picture could not be read."""
    page = ParsedPage(
        card_html(made_gate_report(), [MissedPicture("fire", "s", "f.jpg", None, payload)], "en")
    )
    assert page.addresses == []
    assert "This picture could not be read" in page.text
    assert "f.jpg in scene s" in page.text


def test_four_pictures_are_shown_at_most() -> None:
    """A card is one screen."""
    page = ParsedPage(card_html(made_gate_report(), [SEEN] * 9, "en"))
    assert sum(tag == "img" for tag, _ in page.tags) == 4
    assert "kept no picture" in ParsedPage(card_html(made_gate_report(), [], "en")).text


def test_a_missing_number_is_a_dash_with_its_reason() -> None:
    """Never a zero, on no card."""
    candidate = made_report(hazards={}, false_alarms=made_alarms(background=0), incidents=None)
    report = made_gate_report(evidence=evidence_of(candidate))
    page = ParsedPage(card_html(report, [], "en"))
    assert "0.000" not in page.text
    assert page.text.count("not measured") >= 6
    assert "no background · at most 100.0" in page.text


def test_the_champion_is_left_out_where_there_is_none() -> None:
    """No empty columns; the heading says why."""
    page = ParsedPage(card_html(situated_report("no_champion"), [], "ko"))
    assert "아직 챔피언이 없습니다" in page.text
    assert "차이" not in page.text
