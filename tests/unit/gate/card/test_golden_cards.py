"""Whole cards of every situation, in every form and both languages, are as somebody looked at them last."""

import pytest
from support.golden_cards import FOLDER, PICTURES, RENEW, REPORTS, alike, pictures, texts


def test_nothing_is_kept_that_is_not_made() -> None:
    """Each file is of a situation that is tested."""
    made = {file for name in REPORTS for file in texts(name)}
    made |= {file for name in PICTURES for file in pictures(name)}
    assert {path.name for path in FOLDER.iterdir()} == made


@pytest.mark.parametrize("name", REPORTS)
def test_words_and_their_places(name: str) -> None:
    """Terminal, Markdown, page and JSON, letter by letter."""
    for file, text in texts(name).items():
        assert text == (FOLDER / file).read_text(encoding="utf-8"), f"{file}: {RENEW}"


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(name: str) -> None:
    """Every pixel of a card that is drawn."""
    for file, payload in pictures(name).items():
        assert alike(payload, (FOLDER / file).read_bytes()), f"{file}: {RENEW}"


def test_another_picture_is_not_alike() -> None:
    """What compares pictures sees another verdict and another language."""
    (english, korean), (other, _) = (list(pictures(name).values()) for name in ("broken", "fail"))
    assert alike(english, english)
    assert not alike(english, other)
    assert not alike(english, korean)
