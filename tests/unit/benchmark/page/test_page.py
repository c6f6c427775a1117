"""The benchmark page: whole, escaped, in two languages, and quiet on the network."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_benchmarks import (
    SCENES,
    made_alarms,
    made_details,
    made_measurements,
    made_report,
    made_score,
)
from support.parsed_page import ParsedPage

from safety_tasks.benchmark.page.rendering import SECTIONS, render_page
from safety_tasks.benchmark.page.script import DRAWING, plotly_script
from safety_tasks.benchmark.page.texts_en_ko import ACCURACY_TEXTS, LANGUAGES, Language
from safety_tasks.benchmark.page.texts_speed_en_ko import SPEED_TEXTS, TEXTS
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.model import ChampionBenchmark, Measurements
from safety_tasks.records.timing import Latency

HOSTILE = "\"><script>alert(1)</script><img src=http://evil/x onerror='x'>{{7*7}}&amp;</style>%{x}"
DETAILS, PICTURES = made_details(each=2)
# A report of code that measured none of what came later, and no champion.
BARE = Measurements(
    run_id="r1",
    champion=ChampionBenchmark(release_seq=None, report=None),
    candidate=made_report(
        hazards={"fire": made_score(0.7, ar=None, ap50_interval=None)},
        **dict.fromkeys(("ar", "map50_interval", "map50_95_interval", "incidents", "confusion")),
        **dict.fromkeys(("false_alarms", "noise", "device_latency")),
        slices=(),
        events={},
        latency=Latency(p50_ms=40, p95_ms=44, p99_ms=50, frames=9, threads=1, machine="m"),
    ),
)


def written(page: str) -> str:
    """Return a page without plotly's own 5 MB, which are not this project's words."""
    assert page.count(plotly_script()) == 1
    return page.replace(plotly_script(), "")


def parsed(measured: Measurements, details: BenchmarkDetails | None = None, **given: Any) -> ParsedPage:  # fmt: skip
    """Return the English page, parsed."""
    page = render_page(measured, details, given.get("pictures", PICTURES), "en")
    return ParsedPage(written(page))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("measured", "details"), [(BARE, None), (made_measurements(), DETAILS)], ids=["bare", "full"]
)
def test_every_section_is_there(
    measured: Measurements, details: BenchmarkDetails | None, language: Language
) -> None:
    """Each has its place, its heading and its link, in the order that was promised, whatever is missing."""
    page = ParsedPage(written(render_page(measured, details, PICTURES, language)))
    assert page.problems == []
    assert [name for name in page.ids if name in SECTIONS] == list(SECTIONS)
    assert len(set(page.ids)) == len(page.ids)
    assert page.addresses[: len(SECTIONS)] == [f"#{name}" for name in SECTIONS]
    assert [given["lang"] for tag, given in page.tags if tag == "html"] == [language]


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Pictures stand in the page, links stay in it, and no address of the network is written into it."""
    page = written(render_page(made_measurements(), DETAILS, PICTURES, "en"))
    there = ParsedPage(page)
    assert all(a.startswith(("#", "data:image/jpeg;base64,")) for a in there.addresses)
    assert sum(tag == "img" for tag, _ in there.tags) == len(PICTURES)
    assert not {tag for tag, _ in there.tags} & {"link", "iframe", "object", "form", "base", "embed"}  # fmt: skip
    assert not [name for _, given in there.tags for name in given if name.startswith("on")]
    words = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|fetch\(|XMLHttp|import\(", words)


def test_the_policy_allows_two_scripts_and_no_network() -> None:
    """Scripts are named by their digests, so that none that slipped in would run."""
    page = parsed(made_measurements(), DETAILS)
    policies = [given["content"] for _, given in page.tags if "http-equiv" in given]
    assert len(policies) == 1
    rules = {rule.split()[0]: rule.split()[1:] for rule in policies[0].split(";")}
    assert rules.pop("style-src") == ["'unsafe-inline'"]
    assert rules.pop("img-src") == ["data:"]
    scripts = rules.pop("script-src")
    assert len(scripts) == 2
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", script) for script in scripts)
    assert rules == {"default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"]}


def test_names_are_escaped() -> None:
    """A class, a scene, a file or a reason cannot become part of the page, of its JSON or of plotly's markup."""

    def page_of(name: str) -> str:
        classes, scenes = (name, "fire", "person_down"), (name, *SCENES[1:])
        details, pictures = made_details(classes, scenes, 2)
        measured = made_measurements(classes, scenes)
        return written(render_page(measured, details, pictures, "en"))

    hostile, plain = page_of(HOSTILE), page_of("plain")
    there = ParsedPage(hostile)
    assert [tag for tag, _ in there.tags] == [tag for tag, _ in ParsedPage(plain).tags]
    assert there.text.count(HOSTILE) >= 20
    assert hostile.count("</script>") == plain.count("</script>") == 3
    figures = re.search(r'id="figures">(.*?)</script>', hostile)
    assert figures
    assert not set(figures[1]) & set("<>&")
    texts = json.dumps(json.loads(figures[1]))
    assert "<script" not in texts
    assert "&lt;script" in texts


@settings(deadline=None, max_examples=15)
@given(st.text(min_size=1, max_size=60))
def test_no_name_breaks_the_page(name: str) -> None:
    """Whatever a name holds, the page's structure is the same."""
    measured = made_measurements(("smoke", "fire"), (name,))
    plain = made_measurements(("smoke", "fire"), ("plain",))
    assert [tag for tag, _ in parsed(measured).tags] == [tag for tag, _ in parsed(plain).tags]


def test_both_languages_say_the_same() -> None:
    """Every text has both languages, with the same places for values, and no tag of its own."""
    assert not ACCURACY_TEXTS.keys() & SPEED_TEXTS.keys()
    for key, (english, korean) in TEXTS.items():
        assert english, key
        assert korean, key
        assert len(re.findall(r"\{\d*\}", english)) == len(re.findall(r"\{\d*\}", korean)), key
        assert "<" not in english + korean, key


def test_a_page_is_in_one_language() -> None:
    """Both have the same structure and numbers; words of the other language are in neither."""
    pages = {n: written(render_page(made_measurements(), DETAILS, PICTURES, n)) for n in LANGUAGES}
    english, korean = (ParsedPage(pages[name]) for name in LANGUAGES)
    assert [tag for tag, _ in english.tags] == [tag for tag, _ in korean.tags]
    assert not re.search("[가-힣]", pages["en"])
    assert "Confusion matrix" not in pages["ko"]
    assert "혼동 행렬" in korean.text
    score = re.compile(r"(?<!\d)0\.\d{3}(?!\d)")
    assert score.findall(english.text) == score.findall(korean.text)


def test_equal_records_give_equal_pages() -> None:
    """The page holds no clock and no chance."""
    first, second = (render_page(made_measurements(), DETAILS, PICTURES, "ko") for _ in range(2))
    assert first == second


def test_the_page_is_plotly_and_its_pictures_and_little_more() -> None:
    """Forty scenes and a gallery cost no more than a quarter of a megabyte beside both."""
    scenes = tuple(f"scene-{n:02d}-of-a-very-long-storage-hall" for n in range(40))
    details, pictures = made_details(scenes=scenes)
    page = render_page(made_measurements(scenes=scenes), details, pictures, "ko")
    shown = sum(4 * len(payload) / 3 + 3 for payload in pictures.values())
    assert len(written(page).encode()) - shown < 250_000
    assert len(plotly_script().encode()) < 6_000_000


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("nothing was ever released", {"champion": {"release_seq": None, "report": None}, "differences": {}}),
        ("could not be measured, so no comparison", {"champion": {"release_seq": 3, "report": None, "problem": "p"}}),
        ("no background picture among those", {"candidate": made_report(false_alarms=made_alarms(background=0))}),
        ("did not measure false alarms", {"candidate": made_report(false_alarms=None)}),
        ("noise floor was not measured", {"candidate": made_report(noise=None)}),
        ("did not count confusions", {"candidate": made_report(confusion=None)}),
        ("scored no parts", {"candidate": made_report(slices=())}),
        ("counted no events", {"candidate": made_report(events={})}),
        ("setting of a device was not timed", {"candidate": made_report(device_latency=None)}),
        ("scores no hazard class", {"candidate": made_report(hazards={})}),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(said: str, changes: dict[str, Any]) -> None:
    """A part that is not there is a sentence, never an empty table or chart, and never a crash."""
    measured = Measurements.model_validate(dict(made_measurements()) | changes)
    page = parsed(measured, DETAILS)
    assert said in page.text
    assert said not in parsed(made_measurements(), DETAILS).text


def test_without_details_no_chart_is_empty() -> None:
    """Neither curves nor frames nor gallery have a place for a chart; all three say so."""
    assert not [1 for _, given in parsed(made_measurements()).tags if "data-figure" in given]
    empty = BenchmarkDetails(curves={}, frames_ms=())
    page = parsed(made_measurements(), empty)
    assert not [1 for _, given in page.tags if "data-figure" in given]
    for said in ("smoke: there is no curve", "No single frame times", "No picture was kept"):
        assert said in page.text


def test_a_picture_without_its_bytes_says_so() -> None:
    """It keeps its place, with its names; so does one that is no JPEG."""
    keys = list(PICTURES)
    page = parsed(made_measurements(), DETAILS, pictures=PICTURES | {keys[0]: b"", keys[1]: b"<svg/>"})  # fmt: skip
    assert page.text.count("The bytes of this picture are missing") == 2
    assert sum(tag == "img" for tag, _ in page.tags) == len(PICTURES) - 2


def test_every_chart_has_its_figure_and_its_words() -> None:
    """Each place names a figure that is there and a title; each table has headers; each picture a text."""
    page = written(render_page(made_measurements(), DETAILS, PICTURES, "en"))
    there = ParsedPage(page)
    figures = re.search(r'id="figures">(.*?)</script>', page)
    assert figures
    placed = [given for _, given in there.tags if "data-figure" in given]
    assert {given["data-figure"] for given in placed} == set(json.loads(figures[1]))
    assert all(given["aria-labelledby"] in there.ids for given in placed)
    assert sum(tag == "figcaption" for tag, _ in there.tags) == len(placed) + len(PICTURES)
    assert {given.get("scope") for tag, given in there.tags if tag == "th"} == {"col", "row"}
    assert all(given["alt"] for tag, given in there.tags if tag == "img")
    assert all(given["title"] == given["aria-label"] for tag, given in there.tags if tag == "abbr")


def test_the_drawing_may_stand_in_a_page() -> None:
    """Neither script ends its own tag, and neither needs what the policy forbids."""
    for source in (DRAWING, plotly_script()):
        assert not re.search(r"</script|<!--|<script", source, re.IGNORECASE)
    assert not re.search(r"eval\(|Function\(|innerHTML", DRAWING)
