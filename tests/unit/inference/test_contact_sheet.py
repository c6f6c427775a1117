"""A contact sheet shows every item it was given, whatever its size, its name or its state."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_tasks.inference.contact_sheet import (
    LABEL_BGR,
    DrawnBox,
    Tile,
    class_colour,
    draw_sheet,
    draw_tile,
    encode_sheet,
)
from safety_tasks.inference.pictures import decode_picture

COLOUR = (0, 0, 200)


def plain(width_px: int = 64, height_px: int = 48) -> npt.NDArray[np.uint8]:
    """Return a picture of one colour that nothing else on a sheet has."""
    picture = np.empty((height_px, width_px, 3), np.uint8)
    picture[:] = COLOUR
    return picture


def count(sheet: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    """Return how many pixels have exactly a colour."""
    return int((sheet == np.array(colour, np.uint8)).all(axis=2).sum())


def test_no_tile_is_refused() -> None:
    """A sheet of nothing would look like a sheet that failed."""
    with pytest.raises(ValueError, match="expected at least one tile"):
        draw_sheet([])


@pytest.mark.parametrize(
    ("tiles", "columns", "rows_across"), [(1, 4, (1, 1)), (4, 4, (1, 4)), (5, 4, (2, 4)), (3, 2, (2, 2))]
)  # fmt: skip
def test_tiles_are_laid_in_rows(tiles: int, columns: int, rows_across: tuple[int, int]) -> None:
    """A sheet grows by whole rows, and is no wider than its tiles need."""
    sheet = draw_sheet([Tile(plain())] * tiles, columns=columns, tile_px=(64, 48))
    assert sheet.shape == (10 + rows_across[0] * 58, 10 + rows_across[1] * 74, 3)
    assert count(sheet, COLOUR) == tiles * 64 * 48


@pytest.mark.parametrize(
    ("size", "drawn"),
    [((1, 1), (4, 4)), ((16, 12), (64, 48)), ((640, 480), (64, 48)), ((640, 10), (64, 1)), ((10, 640), (1, 48))],
)  # fmt: skip
def test_a_picture_keeps_its_aspect(size: tuple[int, int], drawn: tuple[int, int]) -> None:
    """A picture fills its place in one direction, is enlarged four times at most, and never vanishes."""
    assert draw_tile(Tile(plain(*size)), (64, 48)).shape == (drawn[1], drawn[0], 3)


def test_a_box_is_drawn_where_it_is() -> None:
    """The edge of a box lies on its shares of the picture, and nothing is drawn elsewhere."""
    drawn = draw_tile(Tile(plain(200, 100), boxes=(DrawnBox((0.25, 0.5, 0.75, 0.9)),)), (200, 100))
    rows, columns = np.nonzero((drawn == np.array(LABEL_BGR, np.uint8)).all(axis=2))
    assert abs(rows.min() - 50) <= 1
    assert abs(rows.max() - 90) <= 1
    assert abs(columns.min() - 50) <= 1
    assert abs(columns.max() - 150) <= 1
    assert count(drawn[:40], COLOUR) == 40 * 200


@pytest.mark.parametrize(
    ("xyxy", "corner"), [((-3.0, -3.0, 4.0, 4.0), 0), ((0, 0, 0, 0), 0), ((1.0, 1.0, 1.0, 1.0), -1)]
)
def test_a_box_beyond_the_picture_is_drawn_at_its_edge(
    xyxy: tuple[float, float, float, float], corner: int
) -> None:
    """A label that lies outside is seen, not lost."""
    drawn = draw_tile(Tile(plain(), boxes=(DrawnBox(xyxy),)))
    assert tuple(drawn[corner, corner]) == LABEL_BGR


def test_a_box_around_the_picture_is_its_frame() -> None:
    """All four of its edges are seen."""
    drawn = draw_tile(Tile(plain(), boxes=(DrawnBox((-3.0, -3.0, 4.0, 4.0)),)))
    for edge in (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]):
        assert (edge == np.array(LABEL_BGR, np.uint8)).all()


def test_what_cannot_be_shown_is_grey_and_says_why() -> None:
    """A purged picture keeps its place on the sheet."""
    there, gone = draw_sheet([Tile(plain())]), draw_sheet([Tile(None, instead="purged")])
    assert gone.shape == there.shape
    assert count(gone, (110, 110, 110)) > 0.8 * 320 * 240
    assert (gone == 235).all(axis=2).any()
    other = draw_sheet([Tile(None, instead="altered")])
    assert (gone != other).any()


def test_a_caption_takes_room_of_its_own() -> None:
    """Captions and title lie outside the pictures; a tile with fewer lines leaves them empty."""
    tiles = [Tile(plain(320, 240), ("a", "b")), Tile(plain(320, 240))]
    sheet = draw_sheet(tiles, title="All of them")
    assert count(sheet, COLOUR) == 2 * 320 * 240
    assert (
        sheet != draw_sheet([Tile(plain(320, 240), ("a", "c")), tiles[1]], title="All of them")
    ).any()


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_caption_can_be_drawn(text: str) -> None:
    """A file's name is hostile input: no text breaks a sheet or leaves its tile."""
    sheet = draw_sheet([Tile(plain(100, 48), (text,))], tile_px=(100, 48))
    bare = draw_sheet([Tile(plain(100, 48), ("",))], tile_px=(100, 48))
    assert sheet.shape == bare.shape
    assert (sheet[:, :10] == bare[:, :10]).all()
    assert (sheet[:, -13:] == bare[:, -13:]).all()


def test_korean_is_written_not_replaced() -> None:
    """Two Korean names look different from each other: the font has them."""
    one, two = (draw_sheet([Tile(plain(), (name,))]) for name in ("연기", "화재"))
    assert (one != two).any()


def test_equal_tiles_give_equal_bytes() -> None:
    """A sheet can be made again and is the same."""
    sheets = [encode_sheet(draw_sheet([Tile(plain(), ("a",))])) for _ in range(2)]
    assert sheets[0] == sheets[1]
    assert (
        decode_picture(sheets[0], what="sheet").shape == draw_sheet([Tile(plain(), ("a",))]).shape
    )


def test_a_class_has_one_colour() -> None:
    """Colours repeat only where there are more classes than colours."""
    assert len({class_colour(n) for n in range(3)}) == 3
    assert class_colour(3) == class_colour(0)
