"""The verdict card: one screen that says what was decided, why, and what to do now, in English and Korean."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from safety_tasks.gate.card.facts import CardFacts, card_facts, facts_json
    from safety_tasks.gate.card.keeping import keep_cards, missed_pictures
    from safety_tasks.gate.card.markdown import card_markdown
    from safety_tasks.gate.card.missed import MissedPicture
    from safety_tasks.gate.card.next_steps import next_action
    from safety_tasks.gate.card.page import card_html
    from safety_tasks.gate.card.picture import card_png
    from safety_tasks.gate.card.terminal import card_text, render_card, warnings
    from safety_tasks.said import LANGUAGES, Language, Said

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
_MODULES: Final = {
    "CardFacts": "safety_tasks.gate.card.facts",
    "card_facts": "safety_tasks.gate.card.facts",
    "facts_json": "safety_tasks.gate.card.facts",
    "keep_cards": "safety_tasks.gate.card.keeping",
    "missed_pictures": "safety_tasks.gate.card.keeping",
    "card_markdown": "safety_tasks.gate.card.markdown",
    "MissedPicture": "safety_tasks.gate.card.missed",
    "next_action": "safety_tasks.gate.card.next_steps",
    "card_html": "safety_tasks.gate.card.page",
    "card_png": "safety_tasks.gate.card.picture",
    "card_text": "safety_tasks.gate.card.terminal",
    "render_card": "safety_tasks.gate.card.terminal",
    "warnings": "safety_tasks.gate.card.terminal",
    "LANGUAGES": "safety_tasks.said",
    "Language": "safety_tasks.said",
    "Said": "safety_tasks.said",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no more: a page shows reports where no model can run."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
