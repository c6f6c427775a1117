"""The files of the release, what is not covered, and the worst misses, on the card as a picture.

Rule: a missed picture that cannot be read is a grey place that says so.
"""

from collections.abc import Sequence
from typing import Final

from safety_tasks.errors import ArtifactError
from safety_tasks.gate.card.drawing import Image, Sheet, rgb, wrapped
from safety_tasks.gate.card.facts import CardFacts
from safety_tasks.gate.card.missed import MOST_PICTURES, MissedPicture
from safety_tasks.gate.card.picture_rows import DIM, INK, LINE
from safety_tasks.gate.card.words import said
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.said import Language

_STATES: Final = {"ships": rgb("116329"), "left_out": rgb("a40e26")}
_MOST_FILES: Final = 5
_MOST_UNCOVERED: Final = 6
_RIGHT: Final = 690


def draw_files(
    sheet: Sheet, facts: CardFacts, language: Language, x: float, y: float, width: float
) -> float:
    """Draw the files on the left and what is not covered on the right, below a heading; return where they end."""
    left = _RIGHT - 40
    top = y
    for one in facts.files[:_MOST_FILES]:
        ink = _STATES.get(one.state, DIM)
        sheet.write(x, y, said(one.state).within(language), 16, ink, width=120, bold=True)
        name = f"{one.name} · {one.hardware}" if one.hardware else one.name
        wide = sheet.write(x + 130, y, name, 16, INK, width=260, bold=True)
        beside = x + 130 + wide + 12
        why = one.why.within(language)
        y = sheet.paragraph(beside, y + 1, why, 15, DIM, x + left - beside) + 4
    if len(facts.files) > _MOST_FILES:
        sheet.write(x, y, f"+{len(facts.files) - _MOST_FILES}", 16, DIM, width=left)
        y += 25
    right, room = x + _RIGHT, width - _RIGHT
    heading = said("uncovered").within(language)
    sheet.write(right, top - 30, heading, 17, DIM, width=room, bold=True)
    text = ", ".join(facts.uncovered[:_MOST_UNCOVERED])
    shown = text or said("nothing_uncovered").within(language)
    more = len(facts.uncovered) - _MOST_UNCOVERED
    if more > 0:
        shown = said("and_more", text, more).within(language)
    return max(y, sheet.paragraph(right, top, shown, 16, INK, room, lines=4))


def draw_misses(
    sheet: Sheet,
    pictures: Sequence[MissedPicture],
    language: Language,
    x: float,
    y: float,
    width: float,
) -> float:
    """Draw the pictures side by side with their captions; return where they end."""
    if not pictures:
        text = said("no_misses").within(language)
        return sheet.paragraph(x, y, text, 16, DIM, width, lines=1)
    gap = 16
    each = round(width - gap * (MOST_PICTURES - 1)) // MOST_PICTURES
    high = each * 3 // 4
    for n, one in enumerate(pictures):
        left = x + n * (each + gap)
        image = _decoded(one)
        if image is None:
            sheet.box(left, y, each, high, LINE)
            lines = wrapped(said("picture_gone").within(language), 16, each - 24, 3)
            for row, line in enumerate(lines):
                at = y + high / 2 - 12 * len(lines) + 24 * row
                sheet.write(left + 12, at, line, 16, DIM, width=each - 24, align="centre")
        else:
            sheet.picture(left, y, each, high, image)
        found = one.found.within(language)
        title = f"{one.title} · {found}" if one.title else found
        sheet.write(left, y + high + 8, title, 15, INK, width=each, bold=True)
        sheet.write(left, y + high + 29, one.place.within(language), 14, DIM, width=each)
    return y + high + 48


def _decoded(picture: MissedPicture) -> Image | None:
    payload = picture.jpeg
    if payload is None:
        return None
    try:
        return decode_picture(payload, what=picture.file)
    except ArtifactError:
        return None
