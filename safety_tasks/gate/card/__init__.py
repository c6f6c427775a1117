"""The verdict card: one screen that says what was decided, why, and what to do now, in English and Korean."""

from safety_tasks.gate.card.facts import CardFacts, card_facts, facts_json
from safety_tasks.gate.card.keeping import keep_cards, missed_pictures
from safety_tasks.gate.card.markdown import card_markdown
from safety_tasks.gate.card.missed import MissedPicture
from safety_tasks.gate.card.next_action import next_action
from safety_tasks.gate.card.page import card_html
from safety_tasks.gate.card.picture import card_png
from safety_tasks.gate.card.terminal import card_text, render_card, warnings
from safety_tasks.gate.card.words import LANGUAGES, Language, Said

__all__ = [
    "LANGUAGES",
    "CardFacts",
    "Language",
    "MissedPicture",
    "Said",
    "card_facts",
    "card_html",
    "card_markdown",
    "card_png",
    "card_text",
    "facts_json",
    "keep_cards",
    "missed_pictures",
    "next_action",
    "render_card",
    "warnings",
]
