"""A text in both languages: what reads alike is given once, and a limit is said the same way everywhere."""

import pytest

from safety_tasks.said import LANGUAGES, Said, alike, at_least, at_most, listed

SMOKE, FIRE = Said("smoke", "연기"), Said("fire", "화재")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (alike("46.1 ms"), Said("46.1 ms", "46.1 ms")),
        (alike(SMOKE), SMOKE),
        (at_least("0.600"), Said("at least 0.600", "0.600 이상")),
        (at_least("0.600", surely=True), Said("at least 0.600, surely", "0.600 이상, 확실히")),
        (at_least(SMOKE), Said("at least smoke", "연기 이상")),
        (at_most("60.0 ms"), Said("at most 60.0 ms", "60.0 ms 이하")),
        (at_most("9.0", surely=True), Said("at most 9.0, surely", "9.0 이하, 확실히")),
        (at_most(FIRE), Said("at most fire", "화재 이하")),
        (listed([SMOKE, FIRE]), Said("smoke, fire", "연기, 화재")),
        (listed([]), Said("", "")),
    ],
)
def test_words(said: Said, expected: Said) -> None:
    """Both languages say the same."""
    assert said == expected


def test_each_language_has_its_own_text() -> None:
    """The text of one language is never shown for the other."""
    assert [SMOKE.within(language) for language in LANGUAGES] == ["smoke", "연기"]
