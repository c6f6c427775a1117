"""No text from data breaks out of a card: not in HTML, Markdown, a terminal, a picture or JSON."""

import json
import re
import unicodedata

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from support.made_gate_reports import hostile_report
from support.parsed_page import ParsedPage

from safety_tasks.gate.card import (
    MissedPicture,
    card_facts,
    card_html,
    card_markdown,
    card_png,
    card_text,
    facts_json,
)
from safety_tasks.gate.card.picture import TALLEST, WIDTH
from safety_tasks.gate.card.shown import ELLIPSIS, plain

NASTY = (
    "</p></main><script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "<!-- --><b>&lt;&amp;&#60;",
    "[red]bold[/red] [link=http://evil.example]x[/link] [/]",
    "[text](http://evil.example) ![x](http://evil.example/x.png)",
    "http://evil.example www.evil.example a@evil.example mailto:a@evil.example",
    "| a | b |\n| --- | --- |\n# head\n- item\n1. one\n> quote\n```\ncode\n```",
    "**bold** __bold__ `code` ~~gone~~ $math$ :fire: [^1] [^1]: note",
    "{{ 7 * 7 }} {% raw %} {0} {}",
    "\x1b[31mred\x1b]8;;http://evil.example\x07link\x07",
    "\u202e gnp.evil \u2066 \u200f \u061c",
    "\u0000\u0007\u0085\u2028\u2029\ufeff\u200b",
    "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a" * 20,
    "W" * 500,
    "위험" * 200,
    "\U0001f525" * 80,
)
TEXTS = st.text(min_size=1, max_size=80) | st.sampled_from(NASTY)
SETTINGS = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def names() -> st.SearchStrategy[str]:
    """Return names that leave something to be shown."""
    return TEXTS.filter(lambda text: bool(plain(text)) and text != "smoke")


def tokens_of(markdown: str) -> list[str]:
    """Return what a reader of Markdown, HTML allowed, makes of a card, without its words."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found: list[str] = []
    for token in parser.parse(markdown):
        found += [token.type, *(each.type for each in _inside(token) if each.type != "text")]
    return found


def _inside(token: Token) -> list[Token]:
    return token.children or []


@SETTINGS
@given(names())
def test_html_keeps_its_structure(name: str) -> None:
    """A card with a hostile name has the tags of one with a plain name, and loads nothing."""
    picture = MissedPicture(name, name, name, 0.5, b"no picture")
    page = ParsedPage(card_html(hostile_report(name), [picture], "en"))
    plainly = ParsedPage(card_html(hostile_report("plain"), [picture], "en"))
    assert page.problems == []
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plainly.tags]
    assert page.addresses == []
    assert not [
        given for _, attributes in page.tags for given in attributes if given.startswith("on")
    ]


@SETTINGS
@given(names())
def test_markdown_keeps_its_structure(name: str) -> None:
    """No name becomes a tag, a link, a heading, a cell or emphasis, nor what a reader would link by itself."""
    card = card_markdown(hostile_report(name), "en")
    assert tokens_of(card) == tokens_of(card_markdown(hostile_report("plain"), "en"))
    assert not re.search(r"https?:/|www\.|@|(?i:mailto):", card)
    assert all(letter == "\n" or letter.isprintable() for letter in card.replace("\ufe0f", ""))


@SETTINGS
@given(names())
def test_a_terminal_obeys_nothing(name: str) -> None:
    """Every letter prints, every line has the width of the card, and markup is text."""
    card = card_text(hostile_report(name), width=110)
    assert all(letter == "\n" or letter.isprintable() for letter in card)
    assert {cell_len(line) for line in card.splitlines()} == {110}


def test_markup_is_shown_letter_by_letter() -> None:
    """Rich's brackets and a terminal's commands are words like any other."""
    card = card_text(hostile_report("[red]x[/red]\x1b[31m"), width=200)
    assert "[red]x[/red]\\x1b[31m" in card


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(names())
def test_a_picture_keeps_its_margins(name: str) -> None:
    """Whatever is written, it decodes, is as wide as it must be, and nothing reaches into the margin."""
    picture = MissedPicture(name, name, name, None, None)
    image = cv2.imdecode(
        np.frombuffer(card_png(hostile_report(name), [picture], "en"), np.uint8), 1
    )
    assert image is not None
    height, width = image.shape[:2]
    assert width == WIDTH
    assert height < TALLEST
    margins = np.concatenate([image[:, :36], image[:, -36:]], axis=1)
    assert (margins == margins[:, :1]).all()


@SETTINGS
@given(names())
def test_machines_read_plain_texts(name: str) -> None:
    """The JSON holds one line a text, of letters that print."""
    document = json.loads(facts_json(card_facts(hostile_report(name)), []))
    assert all(text.isprintable() for text in _texts(document))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


@given(st.text(max_size=300), st.integers(min_value=1, max_value=90))
def test_plain_texts_are_one_short_line(text: str, most: int) -> None:
    """Nothing that does not print is left, no pile of marks, and no more letters than asked for."""
    shown = plain(text, most)
    assert len(shown) <= most
    assert shown.isprintable()
    marks = "".join("m" if unicodedata.combining(letter) else "." for letter in shown)
    assert "mmm" not in marks
    assert plain(shown, most) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fire", "fire"),
        ("a\n\tb", "a b"),
        ("\u202efire", "\\u202efire"),
        ("\x1b[31m", "\\x1b[31m"),
        ("x" * 61, "x" * 59 + ELLIPSIS),
    ],
)
def test_what_does_not_print_is_written_out(text: str, shown: str) -> None:
    """A reader sees that there was something."""
    assert plain(text) == shown
