"""The page of the dataset report: whole, escaped, in two languages, and quiet on the network."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.parsed_page import ParsedPage
from support.report_views import full_view, view

from safety_tasks.records.review import LabelReview
from safety_tasks.validate.report_page import (
    POLICY,
    SECTIONS,
    ReportView,
    measure_name,
    psi_reading,
    render_report,
)
from safety_tasks.validate.report_texts import TEXTS

HOSTILE = "\"><script>alert(1)</script><img src=http://evil/x onerror='x'>{{7*7}}&amp;"


def parsed(shown: ReportView) -> ParsedPage:
    """Return a view's page, parsed."""
    return ParsedPage(render_report(shown).decode())


@pytest.mark.parametrize("shown", [view(), full_view()], ids=["bare", "full"])
def test_every_section_is_there(shown: ReportView) -> None:
    """Each has its place, its heading and its link, whatever is missing."""
    page = parsed(shown)
    assert page.problems == []
    assert [name for name in page.ids if name in SECTIONS] == list(SECTIONS)
    assert len(set(page.ids)) == len(page.ids)
    assert page.addresses[: len(SECTIONS)] == [f"#{name}" for name in SECTIONS]


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Pictures stand in the page, links lead beside it, and the policy forbids the rest."""
    page = parsed(full_view())
    assert all(
        address.startswith(("#", "../", "data:image/jpeg;base64,")) for address in page.addresses
    )
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "iframe",
        "object",
        "form",
        "base",
    }
    assert not [name for _, given in page.tags for name in given if name.startswith("on")]
    policies = [given["content"] for _, given in page.tags if given.get("http-equiv")]
    assert policies == [POLICY]
    assert "default-src 'none'" in POLICY
    assert "url(" not in render_report(full_view()).decode()
    assert "@import" not in render_report(full_view()).decode()


def test_names_are_escaped() -> None:
    """A file name, a scene or a reason cannot become part of the page."""
    plain, hostile = parsed(full_view()), parsed(full_view(HOSTILE))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert [list(given) for _, given in hostile.tags] == [list(given) for _, given in plain.tags]
    assert hostile.text.count(HOSTILE) >= 10


@settings(deadline=None, max_examples=40)
@given(st.text(min_size=1, max_size=60))
def test_no_name_breaks_the_page(name: str) -> None:
    """Whatever a name holds, the page's structure is the same."""
    assert [tag for tag, _ in parsed(full_view(name)).tags] == [
        tag for tag, _ in parsed(full_view()).tags
    ]


def test_both_languages_say_the_same() -> None:
    """Every text has both languages, with the same places for values; the page shows as many of each."""
    for key, (english, korean) in TEXTS.items():
        assert english, key
        assert korean, key
        assert len(re.findall(r"\{\d*\}", english)) == len(re.findall(r"\{\d*\}", korean)), key
        assert "<" not in english + korean, key
    page = parsed(full_view())
    spans = [
        given["class"]
        for tag, given in page.tags
        if tag == "span" and "lang" in given and "class" in given
    ]
    assert spans.count("en") == spans.count("ko") > 100
    assert "Class balance" in page.words["en"]
    assert "클래스 균형" in page.words["ko"]


def test_every_text_is_used() -> None:
    """A text that no page shows is one that nobody keeps right."""
    said = parsed(full_view()).text + parsed(view()).text
    first = view()
    orphan = first.version.model_copy(update={"parent_id": None, "synthetic": True})
    said += parsed(replace(first, version=orphan, drift=())).text
    attributes = " ".join(
        value for _, given in parsed(full_view()).tags for value in given.values()
    )
    rare = {
        "psi_mid",
        "psi_high",
        "valid",
        "warns",
        "no_holdout",
        "suspicion_none",
        "no_comparison",
    }
    rare |= {"missing", "altered", "other_scenes"}
    for key, (english, _) in TEXTS.items():
        start = re.split(r"\{\d*\}", english)
        assert key in rare or all(part in said or part in attributes for part in start), key


@pytest.mark.parametrize("picture", ["img", "svg"])
def test_what_is_drawn_is_also_said(picture: str) -> None:
    """Pictures have a text for who does not see them, in both languages."""
    given = [given for tag, given in parsed(full_view()).tags if tag == picture]
    assert given
    assert all(" / " in each.get("alt", each.get("aria-label", "")) for each in given)


def test_tables_have_headers() -> None:
    """Each column and each row is named."""
    scopes = [given.get("scope") for tag, given in parsed(full_view()).tags if tag == "th"]
    assert set(scopes) == {"col", "row"}


def test_a_purged_picture_says_so() -> None:
    """It keeps its place in the samples and in the doubts."""
    page = parsed(full_view())
    assert page.text.count("This picture was purged") == 2
    assert sum(tag == "img" for tag, _ in page.tags) == 3


@pytest.mark.parametrize(
    ("psi", "reading"),
    [(0.0, "psi_low"), (0.0999, "psi_low"), (0.1, "psi_mid"), (0.25, "psi_mid"), (0.2501, "psi_high"), (9, "psi_high")],
)  # fmt: skip
def test_drift_is_read_as_usual(psi: float, reading: str) -> None:
    """Under 0.1 the same, to 0.25 moved, above another population."""
    assert psi_reading(psi)[0] == reading


def test_every_measure_of_drift_has_a_name() -> None:
    """Also those of a class that is called as another measure is."""
    names = [measure_name(row.measure) for row in view().drift]
    assert "Pictures with smoke" in names[0]
    assert "Class mix" in names[3]


def test_without_a_champion_the_page_says_why() -> None:
    """Nothing to compare with is shown as that, not as no doubts."""
    version_id = view().version.version_id
    review = LabelReview(
        version_id=version_id, model_sha256=None, release_seq=None, problem="why not"
    )
    page = parsed(view(review=review))
    assert "There is no comparison yet. " in page.text.replace("아직 비교하지 못했습니다.", " ")
    assert "why not" in page.text
    assert "No doubt was found" not in page.text
