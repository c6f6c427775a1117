"""The card's words: both languages say the same, about every kind of check."""

import re

import pytest

from safety_tasks.gate.card.words import TEXTS, said
from safety_tasks.gate.card.words_next import NEXT_TEXTS
from safety_tasks.records.gate_policy import KINDS
from safety_tasks.said import Said


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same(key: str) -> None:
    """A text has both languages, with as many blanks, no tag, and Korean letters unless it needs none."""
    english, korean = TEXTS[key]
    assert english
    assert korean
    assert blanks(english) == blanks(korean)
    assert not set("<>`") & set(english + korean)
    assert english == korean or re.search(r"[가-힣]", korean)


def blanks(text: str) -> int:
    """Return how many values a text takes."""
    return len(re.findall(r"\{\d?\}", text))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_name_and_a_remedy(kind: str) -> None:
    """No check can stop a release without the card saying what it asks and what to do."""
    assert f"kind_{kind}" in NEXT_TEXTS
    assert f"next_{kind}" in NEXT_TEXTS


def test_a_blank_is_filled_by_its_own_language() -> None:
    """A text within a text keeps to the language around it."""
    inner = said("more_scenes", "fire", 3)
    assert said("and_more", inner, 2) == Said(
        "3 more scenes of fire and 2 more", "fire 장면 3개 더 외 2개"
    )
