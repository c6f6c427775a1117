"""A text in English and Korean, and what many checks say of a number and its limit.

Rule: what reads alike in both languages, such as a number with its unit, is given once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


@dataclass(frozen=True)
class Said:
    """One text in both languages."""

    en: str
    ko: str

    def within(self, language: Language) -> str:
        """Return it in one language."""
        return self.ko if language == "ko" else self.en


MISSING: Final = Said("missing", "없음")
NO_CHAMPION: Final = Said("no champion", "챔피언 없음")


def alike(text: str | Said) -> Said:
    """Return a text in both languages; what is given once reads alike."""
    return Said(text, text) if isinstance(text, str) else text


def at_least(limit: str | Said, *, surely: bool = False) -> Said:
    """Return that a number must reach a limit; ``surely``: with all of its interval."""
    both = alike(limit)
    return Said(
        f"at least {both.en}{', surely' if surely else ''}",
        f"{both.ko} 이상{', 확실히' if surely else ''}",
    )


def at_most(limit: str | Said, *, surely: bool = False) -> Said:
    """Return that a number may not pass a limit; ``surely``: with none of its interval."""
    both = alike(limit)
    return Said(
        f"at most {both.en}{', surely' if surely else ''}",
        f"{both.ko} 이하{', 확실히' if surely else ''}",
    )


def listed(parts: Sequence[Said]) -> Said:
    """Return texts in one line with commas; empty where there is none."""
    return Said(", ".join(part.en for part in parts), ", ".join(part.ko for part in parts))
