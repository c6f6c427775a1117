"""The card as a picture: drawn whole, in both languages, on any machine; no text leaves its place."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_benchmarks import made_measurements, made_picture, made_report, made_score
from support.made_gate_checks import made_profile
from support.made_gate_reports import Situation, made_evidence, made_gate_report, situated_report

from safety_tasks.gate.card import LANGUAGES, Language, MissedPicture, card_facts, card_png
from safety_tasks.gate.card.drawing import Sheet, fitting, rgb, text_width, wrapped
from safety_tasks.gate.card.picture import WIDTH
from safety_tasks.gate.card.picture_end import draw_misses
from safety_tasks.gate.card.picture_rows import draw_hazards
from safety_tasks.gate.card.shown import ELLIPSIS
from safety_tasks.records.gate import GateReport, Verdict

Image = npt.NDArray[np.uint8]
SEEN = MissedPicture("fire", "hall-2", "a.jpg", 0.214, made_picture(1))
GONE = MissedPicture("smoke", "gate", "b.jpg", None, None)


def drawn(report: GateReport, language: Language = "en", *pictures: MissedPicture) -> Image:
    """Return a card, decoded to (height, width, 3) uint8 BGR."""
    image = cv2.imdecode(np.frombuffer(card_png(report, pictures, language), np.uint8), 1)
    assert image is not None
    return np.asarray(image, np.uint8)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "situation", ["plain", "broken", "bypassed", "waived", "no_champion", "demo"]
)
def test_a_card_is_a_picture(situation: Situation, language: Language) -> None:
    """It decodes, has the size of a sheet, and every tenth of it shows something."""
    image = drawn(situated_report(situation), language, SEEN, GONE)
    assert image.shape[1] == WIDTH
    assert 900 <= image.shape[0] <= 1600
    for part in np.array_split(image[:-60], 10):
        assert part.std() > 3


@pytest.mark.parametrize(
    ("report", "colour"),
    [
        (made_gate_report(), "176f31"),
        (made_gate_report(Verdict.FAIL), "9b0e24"),
        (made_gate_report(Verdict.INCONCLUSIVE), "7d4e00"),
        (situated_report("broken"), "5a0d67"),
    ],
)
def test_the_verdict_is_seen_from_afar(report: GateReport, colour: str) -> None:
    """Its colour fills the head of the card."""
    assert tuple(drawn(report)[5, 5]) == rgb(colour)


def test_both_words_of_the_longest_verdict_have_room() -> None:
    """INCONCLUSIVE is made smaller until the Korean word stands beside it, right of the middle of the head."""
    head = drawn(made_gate_report(Verdict.INCONCLUSIVE))[50:110, 540:740]
    assert (head.min(axis=2) > 200).sum() > 500


def test_the_languages_differ() -> None:
    """A Korean card is not an English one with boxes in the place of letters."""
    english, korean = (card_png(made_gate_report(), [], language) for language in LANGUAGES)
    assert english != korean
    letters = {text_width("가나다", 20), text_width("□□□", 20), text_width("???", 20)}
    assert len(letters) == 3


def test_a_picture_that_cannot_be_read_is_a_grey_place() -> None:
    """The card is as high as with the picture."""
    broken = MissedPicture("fire", "hall-2", "a.jpg", 0.214, made_picture(1)[:400])
    assert (
        drawn(made_gate_report(), "en", SEEN).shape == drawn(made_gate_report(), "en", broken).shape
    )


def test_of_many_hazards_the_worst_are_shown() -> None:
    """Thirty hazards do not make a card longer than a sheet."""
    names = tuple(f"hazard_{n}" for n in range(30))
    candidate = made_report(hazards={name: made_score(0.8) for name in names})
    measured = made_measurements(candidate=candidate)
    evidence = made_evidence(measured=measured).model_copy(update={"classes": names})
    image = drawn(made_gate_report(evidence=evidence, profile=made_profile(names)))
    assert image.shape[0] <= 1700


@settings(deadline=None)
@given(
    st.text(max_size=200),
    st.integers(min_value=8, max_value=60),
    st.integers(min_value=0, max_value=400),
)
def test_a_line_fits_its_place(text: str, size: int, width: int) -> None:
    """It is the text, or its beginning with an ellipsis, or nothing."""
    line = fitting(text, size, width)
    assert text_width(line, size) <= width
    assert line == text or line == "" or text.startswith(line.removesuffix(ELLIPSIS))


@settings(deadline=None)
@given(
    st.text(st.sampled_from("ab  위험W"), max_size=120),
    st.integers(min_value=60, max_value=400),
    st.integers(min_value=1, max_value=5),
)
def test_a_paragraph_loses_nothing_that_has_room(text: str, width: int, lines: int) -> None:
    """Lines fit, there are no more than asked for, and without an ellipsis they are the whole text."""
    found = wrapped(text, 16, width, lines)
    assert len(found) <= lines
    assert all(text_width(line, 16) <= width for line in found)
    if not any(line.endswith(ELLIPSIS) for line in found):
        assert "".join("".join(found).split()) == "".join(text.split())


def test_what_lies_beyond_the_sheet_is_lost() -> None:
    """Drawing past its ends raises nothing."""
    sheet = Sheet(40, 30, rgb("ffffff"))
    picture = np.zeros((30, 40, 3), np.uint8)
    sheet.picture(20, 20, 40, 30, picture)
    sheet.write(0, 28, "long", 20, rgb("000000"), width=400)
    sheet.box(-10, -10, 100, 100, rgb("00ff00"), 4)
    assert cv2.imdecode(np.frombuffer(sheet.png(500), np.uint8), 1).shape == (30, 40, 3)


@pytest.mark.parametrize(
    ("height", "width", "row", "column"),
    [(40, 40, 0, 0), (40, 120, 0, 1), (120, 40, 1, 0), (400, 1200, 0, 1), (1200, 400, 1, 0)],
)
def test_the_middle_of_a_picture_is_laid_in(height: int, width: int, row: int, column: int) -> None:
    """Of three parts of a picture only the middle one is seen, its edges where the place's edges are."""
    parts = np.zeros((height, width, 3), np.uint8)
    colours = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    for part, colour in zip(
        np.array_split(parts, 3, axis=1 if column else 0), colours, strict=True
    ):
        part[:] = colour if row or column else colours[1]
    sheet = Sheet(100, 100, rgb("ffffff"))
    sheet.picture(10, 20, 40, 40, parts)
    seen = cv2.imdecode(np.frombuffer(sheet.png(100), np.uint8), 1)
    assert seen is not None
    inside = seen[24:56, 14:46]
    assert (inside == (0, 255, 0)).all()
    assert (seen[:19] == seen[0, 0]).all()
    assert (seen[61:] == seen[0, 0]).all()


def test_a_picture_made_smaller_is_averaged() -> None:
    """Fine detail becomes its mean colour, not whichever pixel lies there."""
    fine = np.zeros((800, 800, 3), np.uint8)
    fine[::2] = 255
    sheet = Sheet(60, 60, rgb("ffffff"))
    sheet.picture(0, 0, 50, 50, fine)
    seen = cv2.imdecode(np.frombuffer(sheet.png(60), np.uint8), 1)
    assert seen is not None
    assert np.abs(seen[5:45, 5:45].astype(int) - 127).max() <= 2


def test_a_bold_line_is_wider() -> None:
    """And so fewer letters have room, in one line and in a paragraph."""
    text = "못 찾은 화재 missed fire " * 3
    usual, bold = text_width(text, 20), text_width(text, 20, bold=True)
    assert usual < bold < 1.2 * usual
    assert fitting(text, 20, usual + 0.01) == text
    assert text_width(fitting(text, 20, usual, bold=True), 20, bold=True) <= usual
    assert all(
        text_width(line, 20, bold=True) <= 200 for line in wrapped(text, 20, 200, 5, bold=True)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_is_nothing_to_draw_a_line_says_so(language: Language) -> None:
    """A table without rows and a row without pictures are one line each, in dim ink, inside their place."""
    none = made_evidence(measured=made_measurements(candidate=made_report(hazards={})))
    facts = card_facts(made_gate_report(evidence=none.model_copy(update={"classes": ()})))
    for draw in (
        lambda sheet: draw_hazards(sheet, facts, language, 40, 20, 300),
        lambda sheet: draw_misses(sheet, (), language, 40, 20, 300),
    ):
        sheet = Sheet(400, 80, rgb("ffffff"))
        assert 40 <= draw(sheet) <= 50
        image = cv2.imdecode(np.frombuffer(sheet.png(80), np.uint8), 1)
        assert image is not None
        rows, columns = np.nonzero(image.min(axis=2) < 200)
        assert 20 <= rows.min() < rows.max() <= 46
        assert 40 <= columns.min() < 45
        assert 150 < columns.max() <= 340
